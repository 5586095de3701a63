import Simulation

/// The logistic function, 1 ÷ (1 + e^-x).
enum Logistic {
  static func probability(_ logit: Double) -> Double { 1 / (1 + expo(-logit)) }

  /// Eight at once, in plain IEEE arithmetic: within 3 · 10^-7, the same bits on every machine.
  ///
  /// e^-x = 2^k e^r with |r| ≤ ½ ln 2 and Taylor's series of e^r to r^6, whose error is below
  /// 2 · 10^-7 of it. Beyond ± 80 the result is that of ± 80, 0 or 1 to within 10^-34.
  @inline(__always)
  static func probabilities(_ logits: SIMD8<Float>) -> SIMD8<Float> {
    var x = logits.replacing(with: SIMD8(repeating: -80), where: logits .< -80)
    x.replace(with: SIMD8(repeating: 80), where: x .> 80)
    // So large that there is no room for a fraction: the lowest bits are the whole number.
    let shifter = SIMD8<Float>(repeating: 0x1.8p23)
    let shifted = shifter - x * SIMD8(repeating: 0x1.715476p0)
    let whole = shifted - shifter
    // ln 2 in two parts, the first of which has so few bits that its product is exact.
    let r = (-x - whole * SIMD8(repeating: 0x1.62e4p-1)) - whole * SIMD8(repeating: 0x1.7f7d1cp-20)
    var series = SIMD8<Float>(repeating: 1.0 / 120) + r * SIMD8(repeating: 1.0 / 720)
    series = SIMD8(repeating: 1.0 / 24) + r * series
    series = SIMD8(repeating: 1.0 / 6) + r * series
    series = SIMD8(repeating: 0.5) + r * series
    series = SIMD8(repeating: 1) + r * series
    series = SIMD8(repeating: 1) + r * series
    let bits = unsafeBitCast(shifted, to: SIMD8<UInt32>.self) &<< 23
    let power = unsafeBitCast(
      unsafeBitCast(series, to: SIMD8<UInt32>.self) &+ bits, to: SIMD8<Float>.self)
    return SIMD8(repeating: 1) / (SIMD8(repeating: 1) + power)
  }

  /// Adds weight times probability to each sum.
  static func add(
    _ logits: UnsafePointer<Float>, weight: Float, to sums: UnsafeMutablePointer<Float>, count: Int
  ) {
    let weights = SIMD8(repeating: weight)
    let source = UnsafeRawPointer(logits)
    let target = UnsafeMutableRawPointer(sums)
    var index = 0
    while index + 8 <= count {
      let each = probabilities(source.loadUnaligned(fromByteOffset: index * 4, as: SIMD8.self))
      let sum = target.loadUnaligned(fromByteOffset: index * 4, as: SIMD8<Float>.self)
      target.storeBytes(
        of: sum + weights * each, toByteOffset: index * 4, as: SIMD8<Float>.self)
      index += 8
    }
    while index < count {
      sums[index] += weight * probabilities(SIMD8(repeating: logits[index]))[0]
      index += 1
    }
  }
}
