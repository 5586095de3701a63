import CGSL

/// A value measured in a simulation, with its 95 % interval where replications allow one.
public struct Estimate: Sendable, Equatable {
  public var value: Double
  /// Half the width of the 95 % interval; nil with fewer than two replications.
  public var halfWidth: Double?
  /// False for a quantile whose replications are too short for it.
  public var resolved: Bool
  /// The value in each replication, in their order: what a paired comparison needs. Empty where
  /// there is but one value for all.
  public var each: [Double]

  /// Replication by replication, or the one value there is for all of them.
  public var values: [Double] { each.isEmpty ? [value] : each }

  public init(
    value: Double, halfWidth: Double? = nil, resolved: Bool = true, each: [Double] = []
  ) {
    self.value = value
    self.halfWidth = halfWidth
    self.resolved = resolved
    self.each = each
  }

  /// The mean over independent replications, with Student's t.
  public static func mean(of replications: [Double], confidence: Double = 0.95) -> Estimate {
    var spread = Spread()
    for value in replications { spread.add(value) }
    return Estimate(
      value: spread.mean, halfWidth: spread.halfWidth(confidence: confidence),
      each: replications)
  }

  /// Observations that must lie beyond a quantile in every replication.
  public static let observationsBeyond = 100.0

  /// The mean of the replications' own quantiles.
  ///
  /// Resolved if there are at least two replications and in each at least 100 observations lie
  /// beyond the quantile: 30 replications of 20,000 visits (200 beyond p99) cover a true p99
  /// 94.4 % of the time, 20 batches of 1,000 (10 beyond) only 24.8 %, since a quantile that
  /// few observations decide is biased, and the interval around it is then narrow and wrong.
  ///
  /// - Parameters:
  ///   - q: between 0 and 1.
  ///   - replications: the quantile in each replication.
  ///   - observations: in the shortest replication; effective ones, where they are correlated
  ///     over long stretches.
  public static func quantile(
    _ q: Double, of replications: [Double], observations: Double
  ) -> Estimate {
    var estimate = mean(of: replications)
    // A share such as 1 - 0.99 is not exact in binary.
    let beyond = observations * (1 - q) * (1 + 1e-9)
    estimate.resolved = replications.count >= 2 && beyond >= observationsBeyond
    return estimate
  }

  /// Whether the 95 % interval, widened by a factor, holds a value.
  public func holds(_ expected: Double, widened factor: Double = 1) -> Bool {
    guard let halfWidth else { return false }
    return abs(value - expected) <= halfWidth * factor
  }
}

/// A running mean and variance (Welford: "Note on a method for calculating corrected sums of
/// squares and products", Technometrics 4, 1962).
public struct Spread: Sendable, BitwiseCopyable {
  public private(set) var count = 0
  public private(set) var mean = 0.0
  private var squares = 0.0

  public init() {}

  public mutating func add(_ value: Double) {
    count += 1
    let change = value - mean
    mean += change / Double(count)
    squares += change * (value - mean)
  }

  /// The unbiased sample variance; 0 with fewer than two values.
  public var variance: Double { count > 1 ? squares / Double(count - 1) : 0 }

  /// Half the width of the mean's confidence interval; nil with fewer than two values.
  public func halfWidth(confidence: Double = 0.95) -> Double? {
    guard count > 1 else { return nil }
    return studentQuantile(confidence, freedom: Double(count - 1))
      * (variance / Double(count)).squareRoot()
  }
}

/// The t with P(-t ≤ T ≤ t) = confidence, from GSL, to nine digits: its last bits depend on the
/// C library's logarithm, and so on the machine.
///
/// - Parameter freedom: degrees of freedom; a fraction where two variances are pooled.
public func studentQuantile(_ confidence: Double, freedom: Double) -> Double {
  _ = errorHandlerIsOff
  guard freedom > 0, confidence > 0, confidence < 1 else { return 0 }
  let t = gsl_cdf_tdist_Pinv(0.5 + confidence / 2, freedom)
  guard t.isFinite, t < 1e6 else { return t }
  return (t * 1e9).rounded() / 1e9
}

/// P(T > t), from GSL, to nine digits.
///
/// - Parameter freedom: degrees of freedom.
func studentTail(_ t: Double, freedom: Double) -> Double {
  _ = errorHandlerIsOff
  guard freedom > 0, !t.isNaN else { return 1 }
  return (gsl_cdf_tdist_Q(t, freedom) * 1e9).rounded() / 1e9
}

/// GSL's own handler ends the process; off, a failed call returns NaN, which callers check.
let errorHandlerIsOff: Bool = {
  gsl_set_error_handler_off()
  return true
}()
