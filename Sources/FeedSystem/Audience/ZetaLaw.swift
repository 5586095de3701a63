import CGSL
import Simulation

/// The discrete power law P(K = k) = k^-γ / ζ(γ, kmin) on k = kmin, kmin + 1, …, cut off at
/// kmax if one is given. Sums are exact, by GSL's Hurwitz zeta function
/// ζ(s, q) = Σ (q + i)^-s over i = 0, 1, ….
public struct ZetaLaw: Sendable {
  public let exponent: Double
  public let minimum: Int
  /// The largest value; nil for none.
  public let maximum: Int?
  private let whole: Double

  /// - Precondition: minimum ≥ 1; exponent > 1, or any with a maximum.
  public init(exponent: Double, minimum: Int = 1, maximum: Int? = nil) {
    self.exponent = exponent
    self.minimum = minimum
    self.maximum = maximum
    whole = Self.sum(power: exponent, from: minimum, to: maximum)
  }

  /// Σ k^-s over k = low ... high; infinity where it diverges.
  private static func sum(power s: Double, from low: Int, to high: Int?) -> Double {
    guard let high else { return s > 1 ? hurwitzZeta(s, Double(low)) : .infinity }
    guard high >= low else { return 0 }
    if s > 1 { return hurwitzZeta(s, Double(low)) - hurwitzZeta(s, Double(high) + 1) }
    // Below its pole the zeta series diverges, but a finite sum does not: terms one by one,
    // the long rest by Euler and Maclaurin.
    let direct = min(high, low + 99)
    var total = 0.0
    for k in low...direct { total += power(Double(k), -s) }
    guard high > direct else { return total }
    let a = Double(direct + 1)
    let b = Double(high)
    let fa = power(a, -s)
    let fb = power(b, -s)
    let integral = abs(s - 1) < 1e-9 ? ln(b / a) : (b * fb - a * fa) / (1 - s)
    let third = s * (s + 1) * (s + 2) * (fa / (a * a * a) - fb / (b * b * b)) / 720
    return total + integral + (fa + fb) / 2 + s * (fa / a - fb / b) / 12 - third
  }

  /// E[K^order]; infinity where it diverges.
  public func moment(_ order: Double) -> Double {
    Self.sum(power: exponent - order, from: minimum, to: maximum) / whole
  }

  public var mean: Double { moment(1) }
  public var variance: Double { moment(2) - mean * mean }
  /// E[K²] / E[K]: the followers of the author at the end of a random follow.
  public var sizeBiasedMean: Double { moment(2) / mean }

  /// P(K ≥ k).
  public func tail(from k: Int) -> Double {
    if k <= minimum { return 1 }
    return Self.sum(power: exponent, from: k, to: maximum) / whole
  }

  /// The smallest k with P(K ≤ k) ≥ q.
  public func quantile(_ q: Double) -> Int {
    var low = minimum
    var high = maximum ?? minimum
    if maximum == nil {
      while 1 - tail(from: high + 1) < q, high < Int.max / 4 { high = 2 * high }
    }
    while low < high {
      let middle = low + (high - low) / 2
      if 1 - tail(from: middle + 1) >= q { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// E[max of n independent draws], with a maximum: Σ over k below it of 1 - F(k)^n.
  public func expectedMaximum(ofDraws n: Int) -> Double? {
    guard let maximum else { return nil }
    var total = 0.0
    // The tail is summed from its far end, where it is smallest.
    var tail = 0.0
    for k in stride(from: maximum - 1, through: minimum, by: -1) {
      tail += power(Double(k + 1), -exponent) / whole
      total += 1 - power(1 - tail, Double(n))
    }
    return total + Double(minimum)
  }
}

/// ζ(s, q) = Σ (q + i)^-s over i = 0, 1, …; s > 1, q > 0; NaN where GSL cannot say.
func hurwitzZeta(_ s: Double, _ q: Double) -> Double {
  _ = gslErrorsAreValues
  return gsl_sf_hzeta(s, q)
}

/// GSL's own handler ends the process; without it a failed call returns NaN or a status.
private let gslErrorsAreValues: Bool = {
  gsl_set_error_handler_off()
  return true
}()
