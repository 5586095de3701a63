import Settings
import Simulation
import Testing
import YAMLSettings

@testable import FeedSystem

/// Loads on their way through the stages, held to what is known exactly on an idle system.
@Suite struct FunnelTests {
  private static let two =
    "[{weighted: {visit: constant(2ms), perCandidate: 10us, keep: 100}}, "
    + "{chronological: {visit: constant(3ms), perCandidate: 500us, keep: 20}}]"

  private func sum(
    _ system: FeedSystem, each: Duration
  ) -> UInt128 {
    UInt128(system.measurements.loadsMeasured) * UInt128((FunnelRun.idle + each).nanoseconds)
  }

  @Test func latencyIsTheSumOfItsVisits() throws {
    try FunnelRun(ranking: Self.two).look { system in
      let first = system.measurements.funnel.stages[0]
      let second = system.measurements.funnel.stages[1]
      let loads = system.measurements.loadsMeasured
      #expect(loads > 200 && first.loads == loads && second.loads == loads)
      #expect(first.candidates == system.measurements.candidates)
      #expect(first.candidates > 150 * loads && first.kept > 90 * loads)
      #expect(first.kept <= 100 * loads && second.candidates == first.kept)
      #expect(second.kept <= 20 * loads && second.kept > 19 * loads)
      let fixed = sum(system, each: .milliseconds(5))
      let latency = system.measurements.feedLatency.exactSum
      let work = UInt128(10_000 * first.candidates + 500_000 * second.candidates)
      #expect(latency == fixed + work)
      let most = system.measurements.feedLatency.maximum
      #expect(most == 65_000_000, "8 + 2 + 200 x 0.01 + 3 + 100 x 0.5 ms")
      #expect(system.checkConservation().filter { !$0.passed } == [])
    }
  }

  /// One call for all, or several side by side: one round. One by one: 200 x 100 ms.
  @Test(arguments: [
    ("batched, batch: 200", 100), ("batched, batch: 30", 100), ("oneByOne", 20_000),
  ])
  func callsOfTheFeatureStore(_ calls: String, _ milliseconds: Int) throws {
    let ranking =
      "[{weighted: {visit: constant(0s), perCandidate: 0s, features: {calls: \(calls)}}}]"
    try FunnelRun(ranking: ranking).look { system in
      let stage = system.measurements.funnel.stages[0]
      let most = system.measurements.feedLatency.maximum
      let loads = system.measurements.loadsMeasured
      #expect(most == Int64((8 + milliseconds) * 1_000_000))
      #expect(stage.features == stage.candidates && stage.candidates > 150 * loads)
      if calls == "oneByOne" {
        let latency = system.measurements.feedLatency.exactSum
        #expect(latency == sum(system, each: .zero) + UInt128(stage.candidates) * 100_000_000)
      }
      let features = system.measurements.latencyParts.slowest(1).service(.featureStore)
      let rest = Double(FunnelRun.idle.nanoseconds)
      #expect(abs(system.measurements.feedLatency.mean - features - rest) < 1e-3)
      #expect(system.checkConservation().filter { !$0.passed } == [])
    }
  }

  /// 2 ms, then calls of 100 ms: after the third of them 250 ms are over.
  @Test func aLoadWhoseTimeIsUpEndsBetweenTwoCalls() throws {
    let ranking =
      "[{weighted: {visit: constant(2ms), perCandidate: 0s}}, "
      + "{chronological: {visit: constant(9ms), features: {calls: oneByOne}}}]"
    var run = FunnelRun(ranking: ranking)
    run.feed = "{candidates: 200, length: 50, budget: 250ms}"
    try run.look { system in
      let funnel = system.measurements.funnel.stages
      let most = system.measurements.feedLatency.maximum
      #expect(most == 310_000_000)
      let partial = system.measurements.funnel.partial
      let ranked = system.measurements.funnel.ranked
      #expect(ranked == system.measurements.loadsMeasured)
      #expect(Double(partial) > 0.9 * Double(ranked))
      #expect(funnel[0].loads == ranked && funnel[1].loads == ranked - partial)
      #expect(system.checkConservation().filter { !$0.passed } == [])
    }
  }

  /// Time enough changes nothing, whatever is done with it.
  @Test func abundantTimeChangesNothing() throws {
    var prints: [UInt64] = []
    for budget in ["", ", budget: 1h"] {
      var run = FunnelRun(ranking: Self.two)
      run.feed = "{candidates: 200, length: 50\(budget)}"
      prints.append(try run.look { $0.fingerprint })
    }
    #expect(prints[0] == prints[1])
  }

  /// What finds and scores is left out, what keeps the rules is not.
  @Test(arguments: [nil, Duration(nanoseconds: 1)])
  func sourcesAreSkippedAndRerankersAreNot(_ budget: Duration?) throws {
    var run = FunnelRun(ranking: "[weighted]")
    run.adjust = { design in
      let none = try FunnelStage(Idle(), visit: .milliseconds(1))
      let source = try FunnelStage(Newest(), visit: .milliseconds(1))
      design.ranking = Funnel([
        design.ranking.stages[0], none, source, try FunnelStage(Five()),
      ])
      design.feed.budget = budget
    }
    try run.look { system in
      let loads = system.measurements.loadsMeasured
      let stages = system.measurements.funnel.stages
      #expect(stages[3].loads == loads && stages[3].kept > 4 * loads)
      #expect(stages[3].kept <= 5 * loads)
      let latePartial = system.measurements.funnel.partial
      if budget == nil {
        #expect(stages[2].loads == loads && stages[2].kept == stages[2].candidates + 3 * loads)
        #expect(stages[2].flops == 1000 * Double(stages[2].candidates) && latePartial == 0)
      } else {
        #expect(stages[2].loads == 0 && stages[1].loads == loads && latePartial == loads)
      }
      #expect(system.checkConservation().filter { !$0.passed } == [])
    }
  }

  /// A stage that does nothing and shares a visit is as if it were not there; with a visit of its
  /// own it costs its time and nothing else.
  @Test func aStageThatDoesNothingCostsItsTime() throws {
    let plain = FunnelRun(ranking: "[weighted]")
    let fingerprint = try plain.look { $0.fingerprint }
    var shared = plain
    shared.adjust = { design in
      design.ranking = Funnel(design.ranking.stages + [try FunnelStage(Idle())])
    }
    #expect(try shared.look { $0.fingerprint } == fingerprint)
    var own = FunnelRun(ranking: "[{weighted: {visit: constant(2ms), perCandidate: 0s}}]")
    own.adjust = { design in
      let idle = try FunnelStage(Idle(), visit: .milliseconds(4))
      design.ranking = Funnel(design.ranking.stages + [idle])
    }
    try own.look { system in
      let latency = system.measurements.feedLatency.exactSum
      #expect(latency == sum(system, each: .milliseconds(6)))
      let visit = system.measurements.funnel.latency[1].mean
      #expect(visit == 4_000_000)
    }
  }

  /// Ten that score anything are the first ten; of none that is good enough all are looked at.
  @Test func aStageStopsWhenItHasSeenEnough() throws {
    var prints: [UInt64] = []
    for rule in ["", ", stopAt: {count: 10, score: 1e6}", ", stopAt: {count: 10, score: -1}"] {
      let ranking = "[{weighted: {visit: constant(2ms), perCandidate: 1ms\(rule)}}]"
      try FunnelRun(ranking: ranking).look { system in
        let stage = system.measurements.funnel.stages[0]
        prints.append(system.fingerprint)
        let latency = system.measurements.feedLatency.exactSum
        let fixed = sum(system, each: .milliseconds(2))
        #expect(latency == fixed + UInt128(stage.candidates) * 1_000_000)
        let most = system.measurements.feedLatency.maximum
        #expect(most == (rule.hasSuffix("-1}") ? 20_000_000 : 210_000_000))
      }
    }
    #expect(prints[0] == prints[1] && prints[0] != prints[2])
  }

  /// Work in operations is time at the tier: 1000 a candidate at 3 ms a million.
  @Test func operationsTakeTime() throws {
    var run = FunnelRun(ranking: "[weighted]")
    run.adjust = { design in
      var stage = try FunnelStage(Newest(), visit: .zero)
      stage.perMegaflop = .milliseconds(3)
      design.ranking = Funnel([stage])
    }
    try run.look { system in
      let stage = system.measurements.funnel.stages[0]
      let latency = system.measurements.feedLatency.exactSum
      #expect(latency == sum(system, each: .zero) + UInt128(stage.candidates) * 3000)
    }
  }

  /// Cutting keeps what sorting would put first, each with its score and source.
  @Test func cuttingKeepsTheBest() {
    var stream = RandomStream(seed: 3, purpose: 1)
    let pool = ListPool.sample(width: 1000)
    let keys = UnsafeMutablePointer<UInt64>.allocate(capacity: 1000)
    defer { keys.deallocate() }
    for round in 0..<200 {
      let count = Int(stream.below(1000))
      let limit = Int(stream.below(UInt64(count + 2)))
      var cut = pool.candidates(0, count: count, keys: keys)
      for place in 0..<count {
        cut.ids[place] = UInt32(place * 7 % 1000)
        cut.scores[place] = Float(Int(stream.below(round % 2 == 0 ? 9 : 100_000)) - 4) / 7
        cut.sources[place] = cut.ids[place] % 3 == 0 ? .ad : .trending
      }
      let all = (0..<count).map { (cut.scores[$0], cut.ids[$0]) }
      let best = all.sorted { $0 > $1 }.prefix(limit)
      cut.cut(to: limit)
      #expect(cut.count == min(limit, count))
      let kept = (0..<cut.count).map { (cut.scores[$0], cut.ids[$0]) }.sorted { $0 > $1 }
      let isSame = zip(kept, best).allSatisfy { $0 == $1 }
      let keepsSources = (0..<cut.count).allSatisfy {
        cut.sources[$0] == (cut.ids[$0] % 3 == 0 ? .ad : .trending)
      }
      #expect(isSame && keepsSources)
    }
  }

  /// Whatever scores there are, those that stay keep their order; a candidate that is there twice
  /// counts twice.
  @Test func cuttingLeavesTheOrder() {
    var stream = RandomStream(seed: 8, purpose: 1)
    let pool = ListPool.sample(width: 300)
    let keys = UnsafeMutablePointer<UInt64>.allocate(capacity: 300)
    defer { keys.deallocate() }
    let strange: [Float] = [-.infinity, -1, -0.0, 0, .leastNonzeroMagnitude, 1, .infinity]
    for round in 0..<60 {
      let count = 1 + Int(stream.below(300))
      let limit = Int(stream.below(UInt64(count + 1)))
      var cut = pool.candidates(0, count: count, keys: keys)
      for place in 0..<count {
        cut.ids[place] = UInt32(stream.below(round % 3 == 0 ? 40 : 1 << 29))
        cut.scores[place] = strange[Int(stream.below(UInt64(strange.count)))]
        cut.sources[place] = CandidateSource.allCases[Int(stream.below(2))]
      }
      let all = (0..<count).map { [cut.scores[$0].ordered, cut.ids[$0], cut.sources[$0].number] }
      let best = all.sorted { $1.lexicographicallyPrecedes($0) }.prefix(limit)
      cut.cut(to: limit)
      let kept = (0..<cut.count).map {
        [cut.scores[$0].ordered, cut.ids[$0], cut.sources[$0].number]
      }
      #expect(kept.sorted { $1.lexicographicallyPrecedes($0) } == Array(best))
      if round % 3 != 0 {
        let places = kept.map { all.firstIndex(of: $0) ?? -1 }
        #expect(places == places.sorted())
      }
      cut.isOrdered = false
      cut.sort()
      let sorted = (0..<cut.count).map {
        [cut.scores[$0].ordered, cut.ids[$0], cut.sources[$0].number]
      }
      #expect(sorted == Array(best))
    }
  }

  /// What benchmarks time: 1000 → 200 → 50, of which the newest is the first.
  @Test func aSampleIsRankedAsLoadsAre() throws {
    var parameters = try Parameters(
      SettingsFile.parse(
        "ranking: [{weighted: {time: 0, affinity: 0, keep: 200}}, {chronological: {keep: 50}}]",
        file: "test.yaml"))
    let design = try Design(&parameters)
    let sample = try FunnelSample(design.ranking, candidates: 1000, length: 60, seed: 4)
    let (first, count) = sample.rank(for: 3)
    let again = sample.rank(for: 3)
    #expect(count == 50 && again == (first, count))
    #expect(first > 900 && first < 1000)
  }

  /// Few servers, so that loads wait at every visit; stopped in mid-run or not.
  @Test(arguments: [1, 3], [Duration.seconds(60), .seconds(600)])
  func theLawsHold(_ servers: Int, _ length: Duration) throws {
    let ranking =
      "[{weighted: {perCandidate: 10us, keep: 100, features: {batch: 30}}}, "
      + "{weighted: {perCandidate: 100us, features: {failing: {at: 20s, for: 10s, latency: 9ms}}}}]"
    var run = FunnelRun(ranking: ranking)
    run.call = "2ms"
    run.feed = "{candidates: 200, length: 50, budget: 300ms}"
    run.more = "degraded: {at: 10s, for: 25s, ranking: [{weighted: {features: {}}}]}"
    run.servers = servers
    run.length = length
    try run.look { system in
      #expect(system.checkConservation().filter { !$0.passed } == [])
      let degraded = system.measurements.funnel.degraded
      #expect(degraded > 0 && degraded < system.measurements.funnel.ranked)
      let waited = system.measurements.latencyParts.slowest(1).waiting(.featureStore)
      #expect(waited > 0)
    }
  }
}

extension Float {
  /// Rises with it, -0 before 0.
  fileprivate var ordered: UInt32 { sign == .minus ? ~bitPattern : bitPattern | 1 << 31 }
}

extension CandidateSource {
  fileprivate var number: UInt32 { UInt32(rawValue) }
}
