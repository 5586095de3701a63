import CGSL
import Foundation
import Simulation

/// Whether at least a given share of all seeds keeps a rule, judged from some of them.
///
/// A normal law is fitted to the distances from the limit: k = mean ÷ standard deviation of n of
/// them is distributed as a noncentral t with n − 1 degrees of freedom, non-centrality z √n and
/// scale 1 ÷ √n where exactly the share Φ(z) keeps the rule. These are the one-sided tolerance
/// factors of Lieberman (Industrial Quality Control 14, 1958). Beside it stands the binomial test
/// of the seeds that failed, which needs no law at all.
struct ToleranceTest: Sendable {
  /// The share of seeds that is to keep the rule.
  var content: Double
  /// Chance of a wrong answer before the last stage.
  var risk = 0.02
  /// A share so large that a law with a longer tail than the normal one reaches the wanted share.
  static let farContent = 0.999

  enum Decision: Sendable { case kept, broken, open }

  /// The confidence that the share is reached.
  ///
  /// - Parameters:
  ///   - distances: from the limit, above 0 where the rule is kept; two at least.
  ///   - content: in place of the wanted share.
  func confidence(_ distances: [Double], content: Double? = nil) -> Double? {
    guard distances.count > 1 else { return nil }
    let count = Double(distances.count)
    let mean = distances.reduce(0, +) / count
    let squares = distances.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let deviation = (squares / (count - 1)).squareRoot()
    guard deviation > 1e-12 * abs(mean) else { return mean > 0 ? 1 : 0 }
    return Self.noncentralT(
      mean / deviation * count.squareRoot(), freedom: count - 1,
      noncentrality: gsl_cdf_ugaussian_Pinv(content ?? self.content) * count.squareRoot())
  }

  /// P(T ≤ t) of the noncentral t: the mean of Φ(t y ÷ √ν − δ) over a chi variable y.
  static func noncentralT(_ t: Double, freedom: Double, noncentrality: Double) -> Double? {
    let scale = t / freedom.squareRoot()
    let value = integralToInfinity(tolerance: 1e-7) { y in
      2 * y * gsl_ran_chisq_pdf(y * y, freedom)
        * gsl_cdf_ugaussian_P(scale * y - noncentrality)
    }
    return value.map { min(1, max(0, $0)) }
  }

  /// Whether so many failures are too many for the share.
  func isRefuted(failures: Int, of count: Int) -> Bool {
    guard failures > 0 else { return false }
    return gsl_cdf_binomial_Q(UInt32(failures - 1), 1 - content, UInt32(count)) <= 0.015
  }

  /// Whether so many failures leave little doubt that the share is reached: for 95 %, one in 99
  /// seeds.
  func isAssured(failures: Int, of count: Int) -> Bool {
    gsl_cdf_binomial_P(UInt32(failures), 1 - content, UInt32(count)) <= 2 * risk
  }

  /// Whether so many failures are rather too few for a smaller share than too many for it.
  func isLikely(failures: Int, of count: Int) -> Bool {
    gsl_cdf_binomial_P(UInt32(failures), 1 - content, UInt32(count)) <= 0.5
  }

  /// A rule without a spread has no confidence, and is kept where no seed breaks it; one failure
  /// says that chance does, and is looked into as long as there are seeds.
  ///
  /// - Parameters:
  ///   - series: of each rule its distances, empty for one that has none, such as `== 0`.
  ///   - failures: seeds that broke any rule.
  ///   - isProof: whether the normal law alone is not enough. Kept says the seeds' own count, or
  ///     distances that leave room for a longer tail; broken, a count above the share; and of the
  ///     last stage the count alone.
  ///   - isLast: whether no more seeds will be run, and the likelier side is taken.
  func decide(
    _ series: [[Double]], failures: Int, of count: Int, isProof: Bool = false,
    isLast: Bool = false
  ) -> Decision {
    if isRefuted(failures: failures, of: count) { return .broken }
    if isProof, isAssured(failures: failures, of: count) { return .kept }
    let allowed = Int((1 - content) * Double(count) + 1e-9)
    let spread = series.filter { !$0.isEmpty }
    let least = spread.map { confidence($0) ?? 0 }.min() ?? 1
    if isLast {
      if isProof, failures > 0 { return isLikely(failures: failures, of: count) ? .kept : .broken }
      return failures <= allowed && least >= 0.5 ? .kept : .broken
    }
    guard count >= 4 else { return .open }
    if least <= risk, !isProof || failures > allowed { return .broken }
    guard failures <= allowed, least >= 1 - risk else { return .open }
    if isAssured(failures: failures, of: count) { return .kept }
    guard failures == 0 else { return .open }
    let far = max(content, Self.farContent)
    let isFar = spread.allSatisfy { confidence($0, content: far) ?? 0 >= 1 - risk }
    return !isProof || isFar ? .kept : .open
  }
}
