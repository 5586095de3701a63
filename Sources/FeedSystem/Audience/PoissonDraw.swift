import Simulation

/// Poisson variates.
///
/// Small means by counting the exponential gaps that fit, others by transformed rejection
/// (Hörmann: "The transformed rejection method for generating Poisson random variables",
/// 1993, algorithm PTRS), in constant time.
struct PoissonDraw {
  /// ln k! for k below 16.
  private let smallLogFactorials: [Double]

  init() {
    var factorial = 1.0
    smallLogFactorials = (0..<16).map { k in
      if k > 1 { factorial *= Double(k) }
      return ln(factorial)
    }
  }

  /// - Parameter mean: ≥ 0 and below 2^40.
  @inline(__always)
  func next(
    mean: Double, _ stream: inout RandomStream, _ exponential: Ziggurat
  ) -> Int {
    guard mean < 10 else { return transformed(mean, &stream) }
    var count = 0
    var point = exponential.drawExponential(&stream)
    while point < mean {
      count &+= 1
      point += exponential.drawExponential(&stream)
    }
    return count
  }

  private func transformed(_ mean: Double, _ stream: inout RandomStream) -> Int {
    let b = 0.931 + 2.53 * mean.squareRoot()
    let a = -0.059 + 0.02483 * b
    let accept = 0.9277 - 3.6224 / (b - 2)
    while true {
      let u = stream.uniform() - 0.5
      let v = stream.openUniform()
      let distance = 0.5 - abs(u)
      // Only u = -0.5 has no distance to the edge; it lies beyond every count.
      if distance <= 0 { continue }
      let count = ((2 * a / distance + b) * u + mean + 0.43).rounded(.down)
      if distance >= 0.07 && v <= accept { return Int(count) }
      if count < 0 || (distance < 0.013 && v > distance) { continue }
      let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
      let left = ln(v * inverseAlpha / (a / (distance * distance) + b))
      if left <= count * ln(mean) - mean - logFactorial(count) { return Int(count) }
    }
  }

  /// ln k!, by Stirling's series from 16 on (error below 10^-9).
  private func logFactorial(_ k: Double) -> Double {
    if k < 16 { return smallLogFactorials[Int(k)] }
    let halfLogTwoPi = 0.91893853320467274178
    return (k + 0.5) * ln(k) - k + halfLogTwoPi + (1 / 12 - 1 / (360 * k * k)) / k
  }
}
