import Simulation

/// What replications say of a point that is being tried.
public struct Response: Sendable, Equatable {
  /// A rule that the point is held to.
  public struct Rule: Sendable, Equatable {
    /// How far beyond its limit the figure is, replication by replication, in the metric's unit:
    /// at or below 0 keeps the rule. Empty for a rule that has no more or less, such as ==.
    public var excess: [Double]
    public var holds: Bool

    public init(excess: [Double], holds: Bool) {
      self.excess = excess
      self.holds = holds
    }
  }

  /// Replication by replication; one value where there is but one for all of them.
  public var objective: [Double]
  public var rules: [Rule]
  public var isFeasible: Bool { rules.allSatisfy(\.holds) }

  public init(objective: [Double], rules: [Rule] = []) {
    self.objective = objective
    self.rules = rules
  }
}

/// A point that was simulated.
public struct Trial: Sendable, Equatable {
  public var point: Tuner.Point
  public var replications: Int
  /// Nil where the point cannot be, or has no estimate.
  public var response: Response?

  public var isFeasible: Bool { response?.isFeasible ?? false }
}

/// Where the optimum is and how well that is known: a pure value.
public struct Tuning: Sendable, Equatable {
  /// Where a setting's optimum lies, with 95 % confidence.
  public struct Interval: Sendable, Equatable {
    public var low: Double
    public var high: Double
    /// Whether it reaches an end of the range, so that the optimum may lie beyond.
    public var isOpenBelow: Bool
    public var isOpenAbove: Bool

    /// Whether it is the whole range: the optimum may be anywhere.
    public var isWholeRange: Bool { isOpenBelow && isOpenAbove }
  }

  /// Values about the best at which little is lost.
  public struct Flatness: Sendable, Equatable {
    public enum Basis: String, Sendable {
      /// The objective is within 1 % of the best.
      case onePercent = "1 %"
      /// It cannot be told from the best, and that reaches further.
      case noise
    }
    public var low: Double
    public var high: Double
    public var basis: Basis
    /// Whether it goes on beyond what was looked at.
    public var isOpenBelow: Bool
    public var isOpenAbove: Bool
  }

  /// What screening saw of a setting: the mean size of its elementary effects on the objective.
  public struct Effect: Sendable, Equatable {
    public var size: Double
    /// Of one effect; nil where there is one value for all replications.
    public var halfWidth: Double?
  }

  public struct Setting: Sendable, Equatable {
    /// Nil where it is left as it is today.
    public var best: Double?
    /// Nil where the setting was not tuned.
    public var interval: Interval?
    public var flatness: Flatness?
    /// Nil where there was nothing to screen: a single setting.
    public var effect: Effect?
    /// Whether screening found that nothing depends on it.
    public var isInert = false
  }

  /// Every point that was simulated, in the order in which it was first.
  public var trials: [Trial]
  public var settings: [Setting]
  /// Of the trial that is recommended; nil where none keeps the rules.
  public var best: Int?
  /// Of the scenario as it is.
  public var today: Int
  /// Of the trial that comes nearest to keeping the rules, where none does.
  public var nearest: Int?
  /// The rules on whose limit the optimum lies.
  public var binding: [Int]
  /// How much worse today's settings are than the best, with the half-width of the paired
  /// difference; nil where either has no estimate.
  public var regret: Estimate?
  /// Points simulated, one of twice the replications as two.
  public var spent: Int

  /// The objective at the best setting.
  public var objective: Estimate? {
    best.flatMap { trials[$0].response }.map { Estimate.of($0.objective) }
  }
}

extension Estimate {
  /// Of the replications' values, or the one value there is.
  static func of(_ values: [Double]) -> Estimate {
    values.count > 1 ? .mean(of: values) : Estimate(value: values.first ?? .nan)
  }

  /// Changed − base over the replications that both have, or of their single values.
  static func common(_ base: [Double], _ changed: [Double]) -> Estimate {
    let count = min(base.count, changed.count)
    guard count > 1 else {
      return Estimate(value: of(changed).value - of(base).value)
    }
    return .mean(of: zip(changed, base).map { $0 - $1 })
  }
}
