import FeedSystem
import Planning
import Settings
import Simulation
import Testing

/// Results made by hand: every verdict follows from figures that can be checked on paper.
private enum Hand {
  static func result(
    _ designs: [DesignResult], seed: UInt64 = 1, replications: Int = 3, users: Int = 10,
    duration: Int64 = 60
  ) -> Result {
    Result(
      feedsimVersion: "0", scenario: "hand", arguments: [], scenarioHash: "0", question: "",
      seed: seed, replications: replications, population: Population(users: users, follows: 20),
      horizon: Horizon(warmUp: .seconds(10), duration: .seconds(duration)), designs: designs,
      notes: [])
  }

  static func scalar(_ name: String, _ each: [Double]) -> Metric {
    Metric(
      name: name, unit: MetricNames.entry(name)?.unit ?? .ratio, count: each.count,
      mean: .mean(of: each))
  }

  static func one(_ metrics: Metric..., costs: [CostLine] = []) -> DesignResult {
    DesignResult(name: "", metrics: metrics, costs: costs)
  }

  /// The only row of a comparison of one metric.
  static func row(
    _ base: [Double], _ changed: [Double], of metric: String = "feed.read_amplification",
    seeds: (UInt64, UInt64) = (1, 1), tolerance: Double = 0.05
  ) throws -> Comparison.Row {
    let comparison = try Comparison(
      result([one(scalar(metric, base))], seed: seeds.0, replications: base.count),
      result([one(scalar(metric, changed))], seed: seeds.1, replications: changed.count),
      tolerance: tolerance)
    return try #require(comparison.rows.first)
  }
}

@Suite struct ComparisonTests {
  /// Paired differences d, d ± 1 have the variance 1 and the half-width t(2) / √3 = 2.4841.
  @Test(arguments: [
    (8.0, Comparison.Outcome.regressed), (7.4, .inconclusive), (2.6, .inconclusive),
    (2.5, .noChange), (0, .noChange), (-2.5, .noChange), (-2.6, .inconclusive),
    (-7.4, .inconclusive), (-7.5, .improved),
  ])
  func theIntervalAgainstTheToleranceDecides(
    _ shift: Double, _ outcome: Comparison.Outcome
  ) throws {
    let base = [90.0, 100, 110]
    let changed = zip(base, [shift - 1, shift, shift + 1]).map { $0 + $1 }
    let row = try Hand.row(base, changed)
    #expect(row.isPaired && row.outcome == outcome)
    #expect(abs((row.difference?.halfWidth ?? 0) - 2.4841377) < 1e-6)
    #expect(abs((row.difference?.value ?? 0) - shift) < 1e-9)
    // Swapped, worse is better. The margin is then a share of the other mean.
    let back = try Hand.row(changed, base, tolerance: 5 / (100 + shift))
    let opposite: [Comparison.Outcome: Comparison.Outcome] = [
      .regressed: .improved, .improved: .regressed,
    ]
    #expect(back.outcome == opposite[outcome] ?? outcome)
    // A hit ratio is better when it is higher.
    let ratio = try Hand.row(base, changed, of: "cache.feed.hit_ratio")
    #expect(ratio.outcome == opposite[outcome] ?? outcome)
  }

  @Test func aBaseOfNothingTakesAnyChange() throws {
    let lost = "delivery.lost"
    #expect(try Hand.row([0, 0, 0], [0, 0, 0], of: lost).outcome == .noChange)
    #expect(try Hand.row([0, 0, 0], [2, 2, 2], of: lost).outcome == .regressed)
    #expect(try Hand.row([0, 0, 0], [0, 0, 3], of: lost).outcome == .inconclusive)
    #expect(try Hand.row([2, 2, 2], [0, 0, 0], of: lost).outcome == .improved)
  }

  @Test func withoutAnIntervalNothingIsProven() throws {
    #expect(try Hand.row([5], [5]).outcome == .noChange)
    let row = try Hand.row([5], [50])
    #expect(row.outcome == .inconclusive && row.reason.contains("one replication"))
  }

  @Test func anUnresolvedQuantileIsInconclusive() throws {
    func latency(_ values: [Double], resolved: Bool) -> Metric {
      var tail = Estimate.mean(of: values)
      tail.resolved = resolved
      return Metric(
        name: "feed.latency", unit: .milliseconds, count: 100, mean: .mean(of: [1, 1, 1]),
        quantiles: [.init(probability: 0.99, estimate: tail)])
    }
    for (resolved, outcome) in [(true, Comparison.Outcome.regressed), (false, .inconclusive)] {
      let comparison = try Comparison(
        Hand.result([Hand.one(latency([1, 2, 3], resolved: resolved))]),
        Hand.result([Hand.one(latency([11, 12, 13], resolved: true))]), tolerance: 0.05)
      #expect(comparison.rows.map(\.name) == ["feed.latency", "feed.latency.p99"])
      #expect(comparison.rows.map(\.outcome) == [.noChange, outcome])
    }
  }

  /// Means 2.5 and 12, variances 5/3 and 4: the difference 9.5 has the variance
  /// 5/12 + 4/3 = 1.75 and 1.75² / ((5/12)²/3 + (4/3)²/2) = 3.2347 degrees of freedom, whose t
  /// is 3.05571 by numerical integration.
  @Test func otherReplicationsAreComparedAsWelchDoes() throws {
    let row = try Hand.row([1, 2, 3, 4], [10, 12, 14])
    #expect(!row.isPaired && row.varianceRatio == nil)
    #expect(abs((row.difference?.halfWidth ?? 0) - 4.04233) < 1e-4)
    #expect(row.difference?.value == 9.5 && row.outcome == .regressed)
  }

  @Test func otherSeedsAreNotPaired() throws {
    let row = try Hand.row([1, 2, 3], [1.1, 2.1, 3.1], seeds: (1, 2))
    #expect(!row.isPaired && row.outcome == .inconclusive)
    let paired = try Hand.row([1, 2, 3], [1.1, 2.1, 3.3])
    #expect(paired.isPaired)
    // (1 + 1.2133…) / 0.0133…
    #expect(abs((paired.varianceRatio ?? 0) - (1 + 3.64 / 3) / (0.04 / 3)) < 1e-6)
  }

  @Test func whatIsLostHasRegressed() throws {
    let kept = Hand.scalar("feed.throughput", [5, 6, 7])
    let gone = Hand.scalar("feed.read_amplification", [1, 2, 3])
    let comparison = try Comparison(
      Hand.result([Hand.one(kept, gone)]), Hand.result([Hand.one(kept)]), tolerance: 0.05)
    #expect(comparison.rows.map(\.outcome) == [.regressed, .noChange])
    #expect(comparison.rows.first?.reason == "is measured no more")
    // A stage that is not taken any more is no loss; what is new has nothing to be compared with.
    let stage = Hand.scalar("feed.latency.ranking", [1, 2, 3])
    let simpler = try Comparison(
      Hand.result([Hand.one(stage, kept)]), Hand.result([Hand.one(kept, gone)]), tolerance: 0.05)
    #expect(simpler.rows.map(\.metric) == ["feed.throughput"])
    #expect(
      simpler.pairs.first?.notCompared == ["feed.latency.ranking", "feed.read_amplification"])
  }

  @Test func anUnstableSystemHasRegressed() throws {
    let stable = Hand.scalar("feed.latency", [1, 2, 3])
    let unstable = Metric(name: "feed.latency", unit: .milliseconds, count: 9, mean: nil)
    func outcomes(_ base: Metric, _ changed: Metric) throws -> [Comparison.Outcome] {
      try Comparison(
        Hand.result([Hand.one(base)]), Hand.result([Hand.one(changed)]), tolerance: 0.05
      ).rows.map(\.outcome)
    }
    #expect(try outcomes(stable, unstable) == [.regressed])
    #expect(try outcomes(unstable, stable) == [.improved])
    #expect(try outcomes(unstable, unstable) == [.inconclusive])
  }

  @Test func aBillHasNoIntervalAndNeedsNone() throws {
    func bill(_ dollars: Double) -> Result {
      Hand.result([
        Hand.one(
          Metric(
            name: "cost.month", unit: .dollars, count: 1, mean: Estimate(value: dollars)))
      ])
    }
    for (dollars, outcome) in [
      (105.0, Comparison.Outcome.noChange), (105.1, .regressed), (95, .noChange),
      (94.9, .improved),
    ] {
      let comparison = try Comparison(bill(100), bill(dollars), tolerance: 0.05)
      #expect(comparison.rows.map(\.outcome) == [outcome], "\(dollars)")
    }
  }

  @Test func onlyTheSameQuestionIsCompared() throws {
    let design = Hand.one(Hand.scalar("feed.throughput", [1, 2, 3]))
    let base = Hand.result([design])
    func refusal(_ changed: Result) -> String {
      let error = #expect(throws: InvalidInput.self) {
        try Comparison(base, changed, tolerance: 0.05)
      }
      return error?.message ?? ""
    }
    #expect(refusal(Hand.result([design], users: 11)).contains("11 users"))
    #expect(refusal(Hand.result([design], duration: 61)).contains("61 s"))
    var (push, pull) = (design, design)
    push.name = "push"
    pull.name = "pull"
    #expect(refusal(Hand.result([push, pull])).contains("share no design"))
    #expect(throws: InvalidInput.self) { try Comparison(designsOf: base, tolerance: 0.05) }
    // One design beside one, whatever they are called; several by their names.
    #expect(try Comparison(base, Hand.result([push]), tolerance: 0.05).pairs.count == 1)
    let both = Hand.result([push, pull])
    #expect(
      try Comparison(both, both, tolerance: 0).pairs.map(\.changed) == ["push", "pull"])
    let within = try Comparison(designsOf: both, tolerance: 0).pairs
    #expect(within.map(\.base) == ["push"] && within.map(\.changed) == ["pull"])
    var other = pull
    other.name = "hybrid"
    let some = try Comparison(both, Hand.result([pull, other]), tolerance: 0)
    #expect(some.pairs.map(\.base) == ["pull"] && some.unpaired == ["push", "hybrid"])
  }

  @Test func whatOnlyDescribesTheTrafficIsLeftOut() throws {
    let names = MetricNames.all.filter { $0.direction == .none }.map(\.name)
    for name in ["publish.posts", "delivery.due", "fan_out.caught_up", "tier.ranking.servers"] {
      #expect(names.contains(name))
    }
    let higher = MetricNames.all.filter { $0.direction == .higher }.map(\.name)
    let hitRatios = MetricNames.all.map(\.name).filter { $0.hasSuffix("hit_ratio") }
    let others = [
      "feed.throughput", "engagement.throughput", "counters.writes_saved", "prefetch.hit_gain",
      "refresh.hit_gain", "ads.revenue", "requests.availability", "requests.goodput",
      "requests.publish.availability", "requests.engagement.availability", "incident.recovered",
    ]
    let worths = [
      "engagement.per_feed", "engagement.dwell", "engagement.breaking", "ranking.quality",
      "ranking.ndcg_5", "ranking.diversity", "ranking.author_diversity",
      "ranking.author_coverage", "ranking.model.linear.auc", "ranking.model.network.auc",
    ]
    let actions = Action.allCases.filter { !$0.isNegative && $0 != .dwell }
      .map { "engagement.\($0.key)" }
    #expect(hitRatios.contains("cache.feed.hit_ratio") && hitRatios.contains("cache.l1.hit_ratio"))
    #expect(Set(higher).isSubset(of: hitRatios + others + worths + actions))
    #expect(Set(others + worths + actions).isSubset(of: higher))
    let unsaid = hitRatios.filter { !higher.contains($0) && !$0.hasPrefix("region.") }
    #expect(unsaid == [])
  }
}

/// What verdicts are worth over many comparisons.
@Suite struct ComparisonStatisticsTests {
  /// Ten replications of a figure around a mean, with the standard deviation 10.
  private func figures(_ seed: UInt64, mean: Double, deviation: Double = 10) -> [Double] {
    var stream = RandomStream(seed: seed, purpose: 0x746e_6f72, entity: 0)
    // The sum of twelve uniforms is as good as normal here.
    return (0..<10).map { _ in
      let sum = (0..<12).reduce(0.0) { total, _ in total + stream.uniform() }
      return mean + deviation * (sum - 6)
    }
  }

  private func regressions(
    mean: Double, deviation: Double, tolerance: Double
  ) throws -> Int {
    try (0..<200 as Range<UInt64>).count { pair in
      let base = figures(2 * pair, mean: 100, deviation: deviation)
      let changed = figures(2 * pair + 1, mean: mean, deviation: deviation)
      let row = try Hand.row(base, changed, seeds: (2 * pair, 2 * pair + 1), tolerance: tolerance)
      return row.outcome == .regressed
    }
  }

  @Test func theSameDesignRaisesNoAlarm() throws {
    #expect(try regressions(mean: 100, deviation: 10, tolerance: 0.05) <= 10)
    // Even where any difference matters, 2.5 % of the intervals lie wholly on the worse side.
    let alarms = try regressions(mean: 100, deviation: 10, tolerance: 0)
    #expect((1...10).contains(alarms), "\(alarms) of 200")
  }

  /// A hundred figures of one design, or the first of them changed.
  private func comparison(
    _ pair: UInt64, changing mean: Double = 100, deviation: Double = 10, tolerance: Double
  ) throws -> Comparison {
    let names = MetricNames.all.filter { $0.direction == .lower }.prefix(100).map(\.name)
    func result(_ seed: UInt64, mean: Double) -> Result {
      var design = Hand.one()
      design.metrics = names.enumerated().map { index, name in
        Hand.scalar(
          name,
          figures(
            seed << 10 + UInt64(index), mean: index == 0 ? mean : 100, deviation: deviation))
      }
      return Hand.result([design], seed: seed, replications: 10)
    }
    return try Comparison(
      result(2 * pair, mean: 100), result(2 * pair + 1, mean: mean), tolerance: tolerance)
  }

  /// 2.5 % of each figure's intervals lie wholly on the worse side: without more, nine comparisons
  /// of ten would show a regression.
  @Test func ofManyFiguresNoneRaisesAnAlarm() throws {
    let alarms = try (0..<200 as Range<UInt64>).map { try comparison($0, tolerance: 0) }
    #expect(alarms.count { $0.count(.regressed) > 0 } <= 10)
    #expect(alarms.count { $0.count(.improved) > 0 } <= 10)
    let reasons = alarms.flatMap(\.rows).filter { $0.reason.contains("no surprise") }
    #expect(reasons.count > 200 && reasons.allSatisfy { $0.outcome == .inconclusive })
  }

  @Test func oneChangeAmongManyFiguresIsFound() throws {
    let found = try (0..<200 as Range<UInt64>).count { pair in
      let rows = try comparison(pair, changing: 110, deviation: 1.5, tolerance: 0.05).rows
      return rows[0].outcome == .regressed
        && rows.dropFirst().allSatisfy { $0.outcome == .noChange }
    }
    #expect(found >= 190, "\(found) of 200")
  }

  @Test func aTrueTenPerCentIsFound() throws {
    #expect(try regressions(mean: 110, deviation: 2, tolerance: 0.05) >= 190)
    // One that the tolerance allows is not.
    #expect(try regressions(mean: 103, deviation: 2, tolerance: 0.05) == 0)
  }
}
