import CGSL
import Simulation

/// Looks for the values of one to four settings at which something is least or greatest, as far
/// as it can be known from noisy replications: a response in, an answer with intervals out.
///
/// Response surface methodology (Myers, Montgomery and Anderson-Cook: "Response Surface
/// Methodology", 4th ed.) under common random numbers: the range is covered with points; settings
/// that move nothing are screened out; polynomials are fitted in a window that shrinks about their
/// optimum for as long as the replications can tell the points in it apart; what is left of the
/// budget buys replications there; and the optimum is simulated before it is recommended.
///
/// Nothing here depends on anything but the response: it knows no feeds.
public struct Tuner: Sendable {
  /// A setting and the range of its values.
  public struct Axis: Sendable, Equatable {
    public var low: Double
    public var high: Double
    /// Whether equal factors, and not equal steps, are alike; needs a range above 0.
    public var isLogarithmic: Bool
    /// Whether it takes whole numbers only.
    public var isWhole: Bool

    public init(low: Double, high: Double, isLogarithmic: Bool, isWhole: Bool = false) {
      self.low = low
      self.high = high
      self.isLogarithmic = isLogarithmic
      self.isWhole = isWhole
    }

    /// The value at a share of the way, 0...1; the ends are exact.
    func value(at share: Double) -> Double {
      if share <= 0 { return low }
      if share >= 1 { return high }
      let value =
        isLogarithmic ? low * power(high / low, share) : low + (high - low) * share
      return isWhole ? min(max(value.rounded(), low), high) : value
    }

    func share(of value: Double) -> Double {
      if value <= low { return 0 }
      if value >= high { return 1 }
      return isLogarithmic ? ln(value / low) / ln(high / low) : (value - low) / (high - low)
    }
  }

  /// A value for each setting; nil leaves it as it is today.
  public typealias Point = [Double?]
  /// What so many replications give at each of the points, in their order; the first replications
  /// see the same random numbers at every point, and again when more of them are asked for. Nil
  /// where a point cannot be, or has no estimate.
  public typealias Simulate = (_ points: [Point], _ replications: Int) throws -> [Response?]

  public var axes: [Axis]
  public var isMaximised: Bool
  /// Points that may be simulated; one with twice the replications counts as two.
  public var budget: Int
  /// Of each point; more where the budget allows and the noise asks for it.
  public var replications: Int
  /// Of the points that screening looks at.
  public var seed: UInt64

  public init(
    _ axes: [Axis], isMaximised: Bool = false, budget: Int? = nil, replications: Int,
    seed: UInt64 = 1
  ) {
    self.axes = axes
    self.isMaximised = isMaximised
    self.budget = budget ?? Self.usualBudget(axes.count)
    self.replications = replications
    self.seed = seed
  }

  public static let mostAxes = 4

  /// Points that a surface over so many settings is fitted through.
  static func designSize(_ axes: Int) -> Int { [0, 9, 14, 22, 32][axes] }

  public static func leastBudget(_ axes: Int) -> Int {
    (axes > 1 ? Screening.points(axes) : 0) + designSize(axes) + 3
  }

  public static func usualBudget(_ axes: Int) -> Int { axes == 1 ? 60 : 4 * leastBudget(axes) - 40 }

  public func tune(_ simulate: @escaping Simulate) throws -> Tuning {
    // GSL's own handler would end the process; a call that fails gives a status.
    gsl_set_error_handler_off()
    var search = TuningSearch(self, simulate)
    return try search.run()
  }
}
