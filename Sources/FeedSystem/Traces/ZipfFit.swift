import Simulation

/// A Zipf law fitted to how often objects are requested: the object of rank r of n, ranked by its
/// requests, has the share r^-α / Σ k^-α.
///
/// Maximum likelihood over the ranks, all of them: the α at which the mean of ln r over the
/// requests is what the law expects (the likelihood equation of an exponential family, as in
/// Clauset, Shalizi, Newman: "Power-law distributions in empirical data", SIAM Review 2009, section
/// 3), by GSL's Brent. The standard error, 1 / √(N Var ln r), is that of so many independent
/// requests of the law with known ranks; it knows nothing of ranks that chance has put in order, of
/// requests that hang together, or of popularity that is no power of the rank.
public struct ZipfFit: Sendable, Equatable {
  /// α; 0 where all are requested alike.
  public let exponent: Double
  public let standardError: Double

  /// - Parameter counts: requests by object, falling, none of them 0.
  /// - Returns: nil for fewer than two objects.
  init?(_ counts: [Int]) {
    guard counts.count >= 2 else { return nil }
    let logarithms = (1...counts.count).map { ln(Double($0)) }
    var requests = 0.0
    var sum = 0.0
    for (count, logarithm) in zip(counts, logarithms) {
      requests += Double(count)
      sum += Double(count) * logarithm
    }
    let observed = sum / requests
    func excess(_ exponent: Double) -> Double { Self.moments(exponent, logarithms).mean - observed }
    // Falling counts are never flatter than uniform; rounding may say so.
    if excess(0) <= 1e-12 {
      exponent = 0
    } else {
      // Beyond, the first rank has all but 10^-6 of the requests.
      let steepest = 20.0
      exponent = root(from: 0, to: steepest) { excess($0) } ?? steepest
    }
    let variance = Self.moments(exponent, logarithms).variance
    standardError = variance > 0 ? 1 / (requests * variance).squareRoot() : 0
  }

  /// Mean and variance of ln r under the law.
  private static func moments(
    _ exponent: Double, _ logarithms: [Double]
  ) -> (mean: Double, variance: Double) {
    var weights = 0.0
    var first = 0.0
    var second = 0.0
    for logarithm in logarithms {
      let weight = expo(-exponent * logarithm)
      weights += weight
      first += weight * logarithm
      second += weight * logarithm * logarithm
    }
    let mean = first / weights
    return (mean, max(0, second / weights - mean * mean))
  }
}
