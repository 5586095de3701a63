import FeedSystem
import Simulation

/// Why a design's p99 is what it is, which tier gives way first, and which single change helps
/// most: a pure value.
public struct Explanation: Sendable {
  /// A tier as it stands at the scenario's traffic.
  public struct Standing: Sendable, Equatable {
    public var tier: TierName
    public var servers: Double
    /// Over the measurement window.
    public var utilisation: Estimate
    /// 1 − peak ÷ capacity; below 0 where the peak is more than the tier can do.
    public var headroom: Estimate

    /// How many times the traffic of this scenario saturates the tier, all else as it is; below 1
    /// where the peak does so already. Nil where nothing was asked of it.
    public var saturatesAt: Double? {
      headroom.value < 1 ? 1 / (1 - headroom.value) : nil
    }
  }

  /// What a single change did to p99.
  public struct Effect: Sendable, Equatable {
    public var change: SingleChange
    /// With the change, milliseconds; nil where there was no steady state.
    public var p99: Estimate?
    /// Changed − unchanged, milliseconds, pair by pair. Its interval holds for all changes
    /// together: see `Explanation.confidence`.
    public var difference: Estimate?
    /// Changed − unchanged, a month; nil without prices.
    public var cost: Double?
    /// What that is in.
    public var currency = Currency.dollars
    /// Whether the interval lies below 0: p99 is lower, and not by chance.
    public var isProven: Bool
  }

  public var scenario: String
  public var scenarioHash: String
  public var seed: UInt64
  public var replications: Int
  /// Empty where the scenario compares no designs.
  public var design: String
  /// Milliseconds; nil where there is no steady state.
  public var p99: Estimate?
  public var causes: Causes?
  /// The one that saturates first comes first.
  public var standings: [Standing]
  /// The one that helps most comes first. Empty where nothing was perturbed.
  public var effects: [Effect] = []
  /// By how much what a change raises was raised, as a share of what there was.
  public var step = 0.0
  /// Why nothing was perturbed, or what else must be said.
  public var notes: [String] = []

  /// - Parameter design: one of the result's designs.
  public init(_ result: Result, _ design: DesignResult) {
    scenario = result.scenario
    scenarioHash = result.scenarioHash
    seed = result.seed
    replications = result.replications
    self.design = design.name
    p99 = design.p99
    causes = design.causes
    standings = TierName.allCases.compactMap { Standing($0, design) }
      .sorted { ($0.headroom.value, $0.tier.rawValue) < ($1.headroom.value, $1.tier.rawValue) }
  }

  /// The same with what single changes were measured to do.
  public init(_ perturbed: Experiment.Perturbed, step: Double) {
    let base = perturbed.base.designs.first ?? DesignResult(name: "", metrics: [])
    self.init(perturbed.base, base)
    self.step = step
    let confidence = Self.confidence(of: perturbed.changes.count)
    effects = perturbed.changes.map { Effect($0.change, $0.design, base, confidence) }
      .sorted { $0.rank < $1.rank }
  }

  /// The confidence of each interval, so that with 95 % all of so many hold together (Bonferroni;
  /// Law: "Simulation Modeling and Analysis", 5th ed., section 9.7): the best of several changes
  /// looks better than it is.
  public static func confidence(of count: Int) -> Double { 1 - 0.05 / Double(max(count, 1)) }

  /// The change with the largest fall of p99 that is proven; nil where none is.
  public var helpsMost: Effect? { effects.first(where: \.isProven) }
}

extension DesignResult {
  fileprivate var p99: Estimate? {
    metric("feed.latency")?.quantiles.first { $0.name == "p99" && $0.estimate.value.isFinite }?
      .estimate
  }
}

extension Explanation.Standing {
  /// Nil for a tier that the design does not visit.
  fileprivate init?(_ tier: TierName, _ design: DesignResult) {
    func mean(_ name: String) -> Estimate? { design.metric("tier.\(tier.metric).\(name)")?.mean }
    guard let servers = mean("servers"), let utilisation = mean("utilisation"),
      let headroom = mean("headroom"), headroom.value.isFinite
    else { return nil }
    self.init(
      tier: tier, servers: servers.value, utilisation: utilisation, headroom: headroom)
  }
}

extension Explanation.Effect {
  fileprivate init(
    _ change: SingleChange, _ design: DesignResult, _ base: DesignResult, _ confidence: Double
  ) {
    self.change = change
    p99 = design.p99
    if let before = base.p99, let after = p99 {
      var paired = MeanDifference.paired(before.each, after.each)
        .estimate(confidence: confidence)
      paired.resolved = before.resolved && after.resolved
      difference = paired
    }
    if let before = base.metric("cost.month")?.mean, let after = design.metric("cost.month")?.mean {
      cost = after.value - before.value
      currency = base.currency
    }
    // A steady state where there was none needs no interval.
    let isSteadyNow = base.p99 == nil && p99 != nil
    let isLower = difference.map { difference in
      difference.resolved && difference.halfWidth.map { difference.value + $0 < 0 } ?? false
    }
    isProven = isSteadyNow || isLower ?? false
  }

  /// By what p99 becomes; where it had no steady state before, by what it is now.
  fileprivate var rank: Double { difference?.value ?? p99?.value ?? .infinity }
}
