import Settings
import Simulation

/// What two results say about a change, figure by figure: a pure value.
public struct Comparison: Sendable, Equatable {
  public enum Outcome: String, Sendable, CaseIterable {
    case regressed, improved, inconclusive
    case noChange = "no change"
  }

  /// Where the figures of one side come from.
  public struct Side: Sendable, Equatable {
    public var scenario: String
    public var scenarioHash: String
    public var seed: UInt64
    public var replications: Int

    init(_ result: Result) {
      scenario = result.scenario
      scenarioHash = result.scenarioHash
      seed = result.seed
      replications = result.replications
    }
  }

  /// Probabilities between 0 and 1.
  struct Chance: Sendable, Equatable {
    var worse: Double
    var better: Double
  }

  /// One statistic of one metric.
  public struct Row: Sendable, Equatable {
    public var metric: String
    public var statistic: String
    public var unit: Unit
    /// Nil where there is no estimate.
    public var base: Estimate?
    public var changed: Estimate?
    /// Changed − base in the metric's unit, with its 95 % interval where there is one.
    public var difference: Estimate?
    /// Whether the replications are compared one by one, under common random numbers.
    public var isPaired = false
    /// How many times smaller pairing makes the variance of the difference.
    public var varianceRatio: Double?
    public var outcome: Outcome
    /// Why, where interval and tolerance do not say it; else empty.
    public var reason = ""
    /// How probable a change so much worse, or better, than the tolerance is where there is none
    /// beyond it; nil where nothing is left to chance.
    var chance: Chance?

    /// As in rules: `feed.latency.p99`, and a metric's name alone for its mean.
    public var name: String { statistic == "mean" ? metric : "\(metric).\(statistic)" }
  }

  /// Two designs beside each other.
  public struct Pair: Sendable, Equatable {
    /// The designs' names; empty where a scenario compares none.
    public var base: String
    public var changed: String
    public var rows: [Row]
    /// Metrics that stand on one side only and are no loss: a stage that is not taken any more.
    public var notCompared: [String]
  }

  public var base: Side
  public var changed: Side
  /// Relative to the base's size: what is less does not matter.
  public var tolerance: Double
  public var pairs: [Pair]
  /// Designs of either side that have no counterpart.
  public var unpaired: [String]

  /// Compares designs of the same name, or the only design of each side.
  ///
  /// - Parameter tolerance: a share of the base's figure.
  /// - Throws: `InvalidInput` where the two did not ask the same: other users, another horizon,
  ///   no design in common.
  public init(_ base: Result, _ changed: Result, tolerance: Double) throws(InvalidInput) {
    try Self.checkHorizon(base.horizon, changed.horizon)
    guard base.population == changed.population else {
      func words(_ population: Population) -> String {
        "\(population.users) users and \(population.follows) follows"
      }
      throw InvalidInput(
        "the base has \(words(base.population)), the changed \(words(changed.population)); only "
          + "results of one population can be compared")
    }
    let designs = base.designs.compactMap { design in
      changed.counterpart(of: design.name, among: base.designs.count).map { (design, $0) }
    }
    guard !designs.isEmpty else {
      func names(_ result: Result) -> String {
        result.designs.map { $0.name.isEmpty ? "one without a name" : $0.name }
          .joined(separator: ", ")
      }
      throw InvalidInput(
        "the two share no design: \(names(base)) and \(names(changed))")
    }
    self.init(base, changed, tolerance: tolerance, designs)
    let paired = (designs.map(\.0.name), designs.map(\.1.name))
    unpaired =
      base.designs.map(\.name).filter { !paired.0.contains($0) }
      + changed.designs.map(\.name).filter { !paired.1.contains($0) }
  }

  /// Compares each later design of a result with the first.
  ///
  /// - Throws: `InvalidInput` where there is only one.
  public init(designsOf result: Result, tolerance: Double) throws(InvalidInput) {
    guard let first = result.designs.first, result.designs.count > 1 else {
      throw InvalidInput(
        "\(result.scenario) has one design and nothing to compare it with; give two results or "
          + "scenarios, or a scenario with several designs")
    }
    self.init(result, result, tolerance: tolerance, result.designs.dropFirst().map { (first, $0) })
  }

  private init(
    _ base: Result, _ changed: Result, tolerance: Double,
    _ designs: [(DesignResult, DesignResult)]
  ) {
    self.base = Side(base)
    self.changed = Side(changed)
    self.tolerance = tolerance
    let judge = Judge(
      tolerance: tolerance,
      pairs: base.seed == changed.seed && base.replications == changed.replications
        ? base.replications : nil)
    pairs = designs.map { judge.pair($0, $1) }
    unpaired = []
    withdrawWhatChanceExplains()
  }

  /// Before anything is run for a comparison that would be refused.
  public static func checkHorizon(_ base: Horizon, _ changed: Horizon) throws(InvalidInput) {
    guard base.duration != changed.duration || base.warmUp != changed.warmUp else { return }
    func words(_ horizon: Horizon) -> String {
      func text(_ time: Duration) -> String { "\(NumberText.amount(time.seconds)) s" }
      return "\(text(horizon.duration)) after a warm-up of \(text(horizon.warmUp))"
    }
    throw InvalidInput(
      "the base measures \(words(base)), the changed \(words(changed)); only results of one "
        + "horizon can be compared")
  }

  /// Of so many figures some lie beyond the tolerance with their whole interval by chance alone:
  /// those that may be such are inconclusive. A comparison of equals then shows any regression at
  /// all in at most 2.5 % of cases, and of the regressions it shows as few are false (Benjamini
  /// and Hochberg: "Controlling the false discovery rate", J. R. Statist. Soc. B 57, 1995, §3).
  /// A figure that is compared alone is judged by its 95 % interval as it is.
  private mutating func withdrawWhatChanceExplains() {
    let chances = rows.compactMap(\.chance)
    let worst = Self.largestNotByChance(chances.map(\.worse))
    let best = Self.largestNotByChance(chances.map(\.better))
    for pair in pairs.indices {
      for index in pairs[pair].rows.indices {
        let row = pairs[pair].rows[index]
        guard let chance = row.chance else { continue }
        let isByChance =
          row.outcome == .regressed && chance.worse > worst
          || row.outcome == .improved && chance.better > best
        guard isByChance else { continue }
        pairs[pair].rows[index].outcome = .inconclusive
        pairs[pair].rows[index].reason = "of so many figures one such is no surprise"
      }
    }
  }

  /// The largest of the probabilities p₁ ≤ p₂ ≤ … with pₖ ≤ 2.5 % · k / count; −1 without one.
  private static func largestNotByChance(_ probabilities: [Double]) -> Double {
    let count = Double(probabilities.count)
    return probabilities.sorted().enumerated().last { rank, probability in
      probability <= 0.025 * Double(rank + 1) / count
    }?.element ?? -1
  }

  public var rows: [Row] { pairs.flatMap(\.rows) }

  public func count(_ outcome: Outcome) -> Int { rows.count { $0.outcome == outcome } }

  /// How many times smaller common random numbers make the variance of a difference: the median
  /// over the latencies and amplifications; nil where nothing is paired or nothing varies.
  public var varianceRatio: Double? {
    let ratios = rows.filter {
      $0.metric.contains("latency") || $0.metric.contains("amplification")
    }.compactMap(\.varianceRatio).sorted()
    guard !ratios.isEmpty else { return nil }
    return (ratios[(ratios.count - 1) / 2] + ratios[ratios.count / 2]) / 2
  }
}

extension Result {
  /// The design of that name, or, where both sides have but one, that.
  ///
  /// - Parameter count: how many designs the other side has.
  public func counterpart(of name: String, among count: Int) -> DesignResult? {
    if count == 1, designs.count == 1 { return designs.first }
    return designs.first { $0.name == name }
  }
}

/// Comes to an outcome from two estimates.
private struct Judge {
  var tolerance: Double
  /// The replications of both sides, where they saw the same random numbers.
  var pairs: Int?

  func pair(_ base: DesignResult, _ changed: DesignResult) -> Comparison.Pair {
    var pair = Comparison.Pair(base: base.name, changed: changed.name, rows: [], notCompared: [])
    for entry in MetricNames.all where entry.direction != .none {
      switch (base.metric(entry.name), changed.metric(entry.name)) {
      case (nil, nil): break
      case (nil, _): pair.notCompared.append(entry.name)
      case (let before?, let after?) where !before.isUnstable && !after.isUnstable:
        pair.rows += rows(entry, before, after)
      case (let before?, nil) where !before.isUnstable && changed.hasNoUse(for: entry.name):
        pair.notCompared.append(entry.name)
      case (let before?, let after):
        pair.rows.append(lost(entry, before, after, unpriced: changed.lacksPrice(for: entry.name)))
      }
    }
    return pair
  }

  /// A metric that one side could not estimate.
  private func lost(
    _ entry: MetricNames.Entry, _ before: Metric, _ after: Metric?, unpriced: Bool
  ) -> Comparison.Row {
    let (outcome, reason): (Comparison.Outcome, String) =
      switch (before.isUnstable, after?.isUnstable) {
      case (true, false): (.improved, "had no steady state before")
      case (true, _): (.inconclusive, "there was no steady state to compare with")
      case (false, nil): (.regressed, unpriced ? "is priced no more" : "is measured no more")
      case (false, _): (.regressed, "has no steady state any more")
      }
    return Comparison.Row(
      metric: entry.name, statistic: "mean", unit: entry.unit, base: before.mean,
      changed: after?.mean, outcome: outcome, reason: reason)
  }

  private func rows(
    _ entry: MetricNames.Entry, _ before: Metric, _ after: Metric
  ) -> [Comparison.Row] {
    var entry = entry
    // What money is in is told by the price sheet, not by the metric's name.
    if entry.unit.isMoney { entry.unit = before.unit }
    if before.unit != after.unit, before.unit.isMoney {
      return [
        Comparison.Row(
          metric: entry.name, statistic: "mean", unit: before.unit, base: before.mean,
          changed: nil, outcome: .inconclusive,
          reason: "was in \(before.unit.rawValue) and is in \(after.unit.rawValue)")
      ]
    }
    let changed = after.statistics
    return before.statistics.filter(\.estimate.value.isFinite).map { name, base in
      let found = changed.first { $0.name == name && $0.estimate.value.isFinite }
      return row(entry, name, base, found?.estimate)
    }
  }

  private func row(
    _ entry: MetricNames.Entry, _ statistic: String, _ base: Estimate, _ changed: Estimate?
  ) -> Comparison.Row {
    var row = Comparison.Row(
      metric: entry.name, statistic: statistic, unit: entry.unit, base: base, changed: changed,
      outcome: .inconclusive)
    guard let changed else {
      (row.outcome, row.reason) = (.regressed, "is measured no more")
      return row
    }
    let isOneForAll = [base, changed].allSatisfy { $0.each.isEmpty && $0.halfWidth == nil }
    row.isPaired = base.each.count == pairs && changed.each.count == pairs
    var means =
      row.isPaired
      ? MeanDifference.paired(base.each, changed.each)
      : .independent(base.each, changed.each)
    // The figures that are shown, to the last bit.
    means.value = changed.value - base.value
    let difference = means.estimate()
    row.difference = difference
    if row.isPaired { row.varianceRatio = Estimate.varianceRatio(base.each, changed.each) }
    if base.value == changed.value, base.each == changed.each {
      row.outcome = .noChange
    } else if !base.resolved || !changed.resolved {
      row.reason = "the replications are too short for this quantile"
    } else if let halfWidth = isOneForAll ? 0 : difference.halfWidth, halfWidth.isFinite {
      let margin = tolerance * abs(base.value)
      let isLower = entry.direction == .lower
      row.outcome = outcome(
        isLower ? difference.value : -difference.value, halfWidth, margin: margin)
      if let above = means.chance(above: margin), let below = means.chance(below: -margin) {
        row.chance =
          isLower
          ? .init(worse: above, better: below) : .init(worse: below, better: above)
      }
      if row.outcome == .inconclusive { row.reason = "the interval reaches over the tolerance" }
    } else {
      row.reason = "one replication gives no interval"
    }
    return row
  }

  /// - Parameters:
  ///   - worse: how much worse the figure has become.
  ///   - margin: how much of that does not matter, in the metric's unit.
  private func outcome(
    _ worse: Double, _ halfWidth: Double, margin: Double
  ) -> Comparison.Outcome {
    let (least, most) = (worse - halfWidth, worse + halfWidth)
    if least > margin { return .regressed }
    if most < -margin { return .improved }
    return least >= -margin && most <= margin ? .noChange : .inconclusive
  }
}

extension DesignResult {
  /// Whether a metric is absent because the design does without the part that it is about: a
  /// stage, a tier or its bill, a part of the pipeline or the stores, a graph that moves, the
  /// draining of a backlog that never was.
  fileprivate func hasNoUse(for metric: String) -> Bool {
    if metric == "fan_out.drain_time" {
      return self.metric("fan_out.backlog")?.mean?.value == 0
    }
    if metric.hasPrefix("delivery.lag_to_") { return self.metric("delivery.incomplete") == nil }
    if MetricNames.ofParts.contains(metric) || MetricNames.stageEntry(metric) != nil { return true }
    let parts = ["feed.latency.", "tier.", "cost.month.", "graph."]
    return parts.contains { metric.hasPrefix($0) } && !lacksPrice(for: metric)
  }

  /// Whether a line of the bill has no price, so that the bill has become no smaller.
  fileprivate func lacksPrice(for metric: String) -> Bool {
    costs.contains { "cost.month.\($0.name)" == metric && $0.monthly == nil }
  }
}
