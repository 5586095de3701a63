@preconcurrency import CGSL
import Simulation

/// A discrete power law fitted to the tail of a sample by maximum likelihood, the tail's
/// begin chosen by the Kolmogorov–Smirnov distance.
///
/// Clauset, Shalizi, Newman: "Power-law distributions in empirical data", SIAM Review 2009,
/// sections 3.1 (equation 3.5, with GSL's Hurwitz zeta function, minimised by GSL) and 3.3.
public struct PowerLawFit: Sendable, Equatable {
  public let exponent: Double
  /// Where the power law begins.
  public let minimum: Int
  /// Values at or above the minimum.
  public let tailCount: Int
  /// Largest distance between the tail's distribution and the fitted one.
  public let distance: Double

  /// Distinct values tried as the minimum; more are thinned out evenly by rank.
  private static let candidateLimit = 2000
  /// A tail of fewer values says nothing.
  private static let smallestTail = 10
  private static let exponents = 1.01...12.0

  /// Fits to values and how often each occurs, zeros left out.
  ///
  /// - Parameter histogram: ascending by value, frequencies positive.
  /// - Returns: nil when there are too few values to fit.
  public init?(_ histogram: [(value: Int, frequency: Int)]) {
    let points = histogram.filter { $0.value > 0 }
    guard points.count >= 2 else { return nil }
    var tails = [(count: Int, logSum: Double)](repeating: (0, 0), count: points.count + 1)
    for index in points.indices.reversed() {
      let (value, frequency) = points[index]
      tails[index].count = tails[index + 1].count + frequency
      tails[index].logSum =
        tails[index + 1].logSum + Double(frequency) * ln(Double(value))
    }
    let candidates = points.indices.dropLast().filter { tails[$0].count >= Self.smallestTail }
    guard !candidates.isEmpty else { return nil }
    let stride = (candidates.count + Self.candidateLimit - 1) / Self.candidateLimit
    var best: PowerLawFit?
    // Coarse over all candidates, then every one near the best.
    var tried = Set<Int>()
    for round in 0..<2 {
      let centre = best.flatMap { best in
        candidates.firstIndex { points[$0].value >= best.minimum }
      }
      let range =
        round == 0
        ? Array(Swift.stride(from: 0, to: candidates.count, by: stride))
        : Array(max(0, (centre ?? 0) - stride)..<min(candidates.count, (centre ?? 0) + stride))
      for position in range where tried.insert(position).inserted {
        let index = candidates[position]
        let tail = tails[index]
        guard
          let fit = PowerLawFit(
            points[index...], count: tail.count, logSum: tail.logSum,
            within: best?.distance ?? 1)
        else { continue }
        best = fit
      }
    }
    guard let best else { return nil }
    self = best
  }

  /// Fits the whole of a tail; nil when the distance is not below the limit.
  private init?(
    _ points: ArraySlice<(value: Int, frequency: Int)>, count: Int, logSum: Double,
    within limit: Double
  ) {
    guard let first = points.first,
      let exponent = Self.likeliest(from: first.value, meanLog: logSum / Double(count))
    else { return nil }
    self.exponent = exponent
    minimum = first.value
    tailCount = count
    let whole = hurwitzZeta(exponent, Double(first.value))
    var largest = 0.0
    var below = 0
    for (value, frequency) in points {
      if largest >= limit { return nil }
      let expectedBelow = 1 - hurwitzZeta(exponent, Double(value)) / whole
      let expectedUpTo = 1 - hurwitzZeta(exponent, Double(value) + 1) / whole
      largest = max(largest, abs(Double(below) / Double(count) - expectedBelow))
      below += frequency
      largest = max(largest, abs(Double(below) / Double(count) - expectedUpTo))
    }
    guard largest < limit else { return nil }
    distance = largest
  }

  /// Minimises ln ζ(α, kmin) + α · (mean of ln k), whose only minimum is the likeliest α.
  private static func likeliest(from minimum: Int, meanLog: Double) -> Double? {
    let at = Likelihood(minimum: Double(minimum), meanLog: meanLog).value
    return withGSLFunction(at) { function -> Double? in
      var low = exponents.lowerBound
      var high = exponents.upperBound
      // The continuous law's estimate is near enough to start from (equation 3.7).
      let excess = meanLog - ln(Double(minimum) - 0.5)
      var start = excess > 0 ? 1 + 1 / excess : 2
      start = min(max(start, low + 1e-3), high - 1e-3)
      guard at(start) < at(low), at(start) < at(high) else { return nil }
      guard let minimizer = gsl_min_fminimizer_alloc(gsl_min_fminimizer_brent) else { return nil }
      defer { gsl_min_fminimizer_free(minimizer) }
      guard gsl_min_fminimizer_set(minimizer, function, start, low, high) == 0 else { return nil }
      for _ in 0..<100 where high - low > 1e-9 {
        guard gsl_min_fminimizer_iterate(minimizer) == 0 else { break }
        low = gsl_min_fminimizer_x_lower(minimizer)
        high = gsl_min_fminimizer_x_upper(minimizer)
      }
      return gsl_min_fminimizer_x_minimum(minimizer)
    }
  }

  private struct Likelihood {
    let minimum: Double
    let meanLog: Double

    func value(_ exponent: Double) -> Double {
      ln(hurwitzZeta(exponent, minimum)) + exponent * meanLog
    }
  }
}
