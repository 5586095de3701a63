import Glibc
import Simulation
import Testing

/// How many representable numbers lie between two doubles of one sign.
private func ulps(_ a: Double, _ b: Double) -> UInt64 {
  if a == b || (a.isNaN && b.isNaN) { return 0 }
  guard a.sign == b.sign, !a.isNaN, !b.isNaN else { return .max }
  let one = a.magnitude.bitPattern
  let other = b.magnitude.bitPattern
  return one > other ? one - other : other - one
}

@Suite("Elementary functions against the C library")
struct ElementaryTests {
  let edges: [Double] = [
    0, -0.0, .leastNonzeroMagnitude, .leastNormalMagnitude, 0x1p-1030, 1, 1.0.nextUp, 1.0.nextDown,
    -1, 2, 0.5, 3, -3, 709.78, 709.79, 710, -745.13, -745.14, -708.5, -746, 1e300, -1e300,
    .greatestFiniteMagnitude, .infinity, -.infinity, .nan,
  ]

  @Test("ln is within 2 ulp over every exponent, subnormals and edges")
  func logarithm() {
    var stream = RandomStream(seed: 1, purpose: 1)
    var worst: UInt64 = 0
    for _ in 0..<400_000 {
      let any = Double(bitPattern: stream.next() & 0x7fff_ffff_ffff_ffff)
      let near = 1 + (stream.uniform() - 0.5) * 0.9
      let small = Double(bitPattern: stream.next() >> 12)
      for x in [any, near, small] where x.isFinite {
        worst = max(worst, ulps(ln(x), log(x)))
      }
    }
    for x in edges { worst = max(worst, ulps(ln(x), log(x))) }
    #expect(worst <= 2)
  }

  @Test("expo is within 2 ulp over its range, subnormal results and edges")
  func exponential() {
    var stream = RandomStream(seed: 1, purpose: 2)
    var worst: UInt64 = 0
    for _ in 0..<400_000 {
      for scale in [1.0, 40, 709, 745] {
        let x = (stream.uniform() - 0.5) * 2 * scale
        worst = max(worst, ulps(expo(x), exp(x)))
      }
    }
    for x in edges { worst = max(worst, ulps(expo(x), exp(x))) }
    #expect(worst <= 2)
  }

  @Test("power is within 2 ulp and follows C's special cases")
  func powers() {
    var stream = RandomStream(seed: 1, purpose: 3)
    var worst: UInt64 = 0
    for _ in 0..<400_000 {
      let any = Double(bitPattern: stream.next() & 0x7fff_ffff_ffff_ffff)
      let near = 1 + (stream.uniform() - 0.5) * 0.9
      let small = (stream.uniform() - 0.5) * 4
      let large = (stream.uniform() - 0.5) * 2000
      for (x, y) in [(any, small), (near, large), (near, small), (1 + near * 10, large)]
      where x.isFinite {
        worst = max(worst, ulps(power(x, y), pow(x, y)))
      }
    }
    for x in edges {
      for y in edges + [0.5, -0.5, 5, -5, 4, 0x1p53, 0x1p53 + 2] {
        let distance = ulps(power(x, y), pow(x, y))
        #expect(distance <= 2, "power(\(x), \(y)) = \(power(x, y)), C: \(pow(x, y))")
      }
    }
    #expect(worst <= 2)
  }
}
