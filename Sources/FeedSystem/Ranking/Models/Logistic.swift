import CGSL
import Simulation

/// The logistic function, 1 ÷ (1 + e^-x).
enum Logistic {
  static func probability(_ logit: Double) -> Double { 1 / (1 + expo(-logit)) }

  /// Adds weight times probability to each sum, in plain IEEE arithmetic: probabilities are within
  /// 3 · 10^-7, the same bits on every machine; those of logits beyond ± 80 are that of ± 80.
  static func add(
    _ logits: UnsafePointer<Float>, weight: Float, to sums: UnsafeMutablePointer<Float>, count: Int
  ) {
    feedsim_add_probabilities(logits, weight, sums, count)
  }
}
