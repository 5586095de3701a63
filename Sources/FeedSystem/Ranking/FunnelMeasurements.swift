import Simulation

/// What the stages of ranking have done for the loads of the measurement window.
public struct FunnelMeasurements: ~Copyable {
  /// Of one stage.
  public struct Counts: Sendable {
    /// Loads that came to it, the candidates that it was given, and those that it let go on.
    public var loads = 0
    public var candidates = 0
    public var kept = 0
    /// Floating-point operations, as many as it says that a candidate takes.
    public var flops = 0.0
    /// Features that it fetched.
    public var features = 0
  }

  public var stages: [Counts]
  /// The stage that begins each visit, and the time from the end of what went before: what is
  /// fetched for it and its visit.
  public let leaders: [Int]
  public var latency: Bank<Histogram>
  /// Loads ranked; of these, those that went without some stages, as their time was used up, and
  /// those ranked in degraded mode, whose stages are counted nowhere else.
  public var ranked = 0
  public var partial = 0
  public var degraded = 0

  init() {
    stages = []
    leaders = []
    latency = Bank(count: 0) { _ in Histogram() }
  }

  /// Without histograms for what the stages of one visit take, which `feed.latency.ranking` tells.
  init(_ funnel: Funnel) {
    stages = funnel.stages.map { _ in Counts() }
    leaders = funnel.isStaged ? funnel.passes.map(\.lowerBound) : []
    latency = Bank(count: leaders.count) { _ in Histogram() }
  }
}
