import ResponseSurfaces
import Settings
import Simulation

/// What a tuning says in the scenario's own terms: a pure value, from which every report is made.
public struct TuneAnswer: Sendable {
  /// A setting that was varied.
  public struct Setting: Sendable, Equatable {
    public var path: String
    public var range: QuantityRange
    public var isLogarithmic: Bool
    public var isWhole: Bool
    /// What the scenario has; empty where it leaves the setting to its default.
    public var today: String

    /// A value between the ends, as it is put into a scenario.
    public func text(_ value: Double) -> String { range.text(value, whole: isWhole) }
  }

  /// A metric's statistic.
  public struct Metric: Sendable, Equatable {
    /// As in rules: `feed.latency.p99`.
    public var name: String
    public var metric: String
    public var statistic: String
    public var unit: Unit
    public var isShare: Bool

    init(_ entry: MetricNames.Entry, statistic: String) {
      name = statistic == "mean" ? entry.name : "\(entry.name).\(statistic)"
      metric = entry.name
      self.statistic = statistic
      unit = entry.unit
      isShare = entry.isShare
    }
  }

  /// A point that was simulated.
  public struct Trial: Sendable, Equatable {
    /// The values of the settings, as they are put into a scenario.
    public var settings: [String]
    public var replications: Int
    /// In the order of the front's metrics; nil where it was not measured.
    public var figures: [Estimate?]
    public var objective: Estimate?
    public var verdicts: [Verdict]
    /// Why it is no scenario, or has no estimate; empty where it has one.
    public var problem: String

    public var isFeasible: Bool { objective != nil && verdicts.allSatisfy(\.passed) }
  }

  public var feedsimVersion: String
  public var scenario: String
  public var scenarioHash: String
  public var question: String
  public var seed: UInt64
  /// Of a point; the last window may have had more.
  public var replications: Int
  public var objective: Metric
  public var isMaximised: Bool
  /// As written.
  public var rules: [String]
  public var settings: [Setting]
  public var tuning: Tuning
  /// As many as the tuning's, in the same order.
  public var trials: [Trial]
  public var front: TuneFront
  public var budget: Int

  public var best: Trial? { tuning.best.map { trials[$0] } }
  public var today: Trial { trials[tuning.today] }

  /// Whether there is a setting that keeps every rule.
  public var isFeasible: Bool { tuning.best != nil }
}
