/// The natural logarithm in plain IEEE arithmetic: within 1 ulp, the same bits on every machine.
///
/// The C library's changes bits with the processor's features (fused multiply-add), so nothing
/// a result depends on may call it. x = 2^k (1 + f) with 1 + f in [√½, √2), s = f / (2 + f) and
/// ln(1 + f) = 2s + s z P(z), z = s² (Abramowitz and Stegun 4.1.27); P is a Chebyshev fit with
/// an error below 2^-58 of the result.
@inlinable
public func ln(_ x: Double) -> Double {
  var bits = x.bitPattern
  var exponent = 0
  if bits &- 0x0010_0000_0000_0000 >= 0x7fe0_0000_0000_0000 {
    if x.isNaN || x == .infinity { return x }
    if x == 0 { return -.infinity }
    if x < 0 { return .nan }
    bits = (x * 0x1p54).bitPattern
    exponent = -54
  }
  let (scale, f) = reduceForLogarithm(bits)
  let k = Double(exponent &+ scale)
  let s = f / (2 + f)
  let z = s * s
  let half = 0.5 * f * f
  let rest = z * logarithmSeries(z)
  return k * ln2High - ((half - (s * (half + rest) + k * ln2Low)) - f)
}

/// e^x in plain IEEE arithmetic: within 1 ulp (2 where the result is subnormal), the same bits
/// on every machine.
///
/// x = k ln 2 + r with |r| ≤ ½ ln 2, and e^r = 1 + r + r² Q(r), Q a Chebyshev fit with an error
/// below 2^-61.
@inlinable
public func expo(_ x: Double) -> Double {
  if !(abs(x) < 708) {
    if x.isNaN { return x }
    if x > 709.79 { return .infinity }
    if x < -745.14 { return 0 }
  }
  return exponential(x, plus: 0)
}

/// x^y in plain IEEE arithmetic: within 2 ulp, the same bits on every machine; special cases as
/// C's `pow`.
///
/// e^(y ln x) with the logarithm and the product carried in two doubles (Dekker: "A
/// floating-point technique for extending the available precision", 1971), since an error of
/// 1 ulp in ln x alone would become |y ln x| ulp.
public func power(_ x: Double, _ y: Double) -> Double {
  if y == 0 || x == 1 { return 1 }
  if x.isNaN || y.isNaN { return .nan }
  if y.isInfinite {
    let magnitude = abs(x)
    if magnitude == 1 { return 1 }
    return (magnitude > 1) == (y > 0) ? .infinity : 0
  }
  let whole = y.rounded(.towardZero) == y
  let odd = whole && abs(y) < 0x1p53 && Int64(y) & 1 == 1
  let sign: Double = odd && x.sign == .minus ? -1 : 1
  if x == 0 { return y > 0 ? 0 * sign : .infinity * sign }
  if x.isInfinite { return y > 0 ? .infinity * sign : 0 * sign }
  if x < 0 && !whole { return .nan }
  let logarithm = doubleLogarithm(abs(x))
  let estimate = y * logarithm.high
  if estimate > 710 { return .infinity * sign }
  if estimate < -746 { return 0 * sign }
  let product = twoProduct(y, logarithm.high)
  return exponential(product.high, plus: product.low + y * logarithm.low) * sign
}

/// ln 2 with 21 trailing zero bits, so that k ln 2 is exact for every exponent k.
@inlinable var ln2High: Double { 0x1.62e42fee00000p-1 }
@inlinable var ln2Low: Double { 0x1.a39ef35793c76p-33 }

/// Splits a normal number's bits into k and f with 2^k (1 + f), 1 + f in [√½, √2).
@inlinable @inline(__always)
func reduceForLogarithm(_ bits: UInt64) -> (scale: Int, f: Double) {
  // √½ = 0x3fe6a09e667f3bcd: what lies below belongs to the next lower power of two.
  let shifted = bits &- 0x3fe6_a09e_667f_3bcd
  let scale = Int(Int64(bitPattern: shifted) >> 52)
  return (scale, Double(bitPattern: bits &- (shifted & 0xfff0_0000_0000_0000)) - 1)
}

@inlinable @inline(__always)
func logarithmSeries(_ z: Double) -> Double {
  let w = z * z
  let even = 0x1.5555555555558p-1 + w * (0x1.2492492dfd86cp-2 + w * 0x1.7462b91b8df65p-3)
  let top = w * w * w * 0x1.2b5f68a50d903p-3
  let odd = 0x1.9999999995273p-2 + w * (0x1.c71c62d5e53e0p-3 + w * 0x1.39fdcceb4bb45p-3)
  return (even + top) + z * odd
}

/// e^(x + low) for |x| ≤ 746 and a low part that is small against 1.
@inlinable @inline(__always)
func exponential(_ x: Double, plus low: Double) -> Double {
  let shifter = 0x1.8p52
  let shifted = x * 0x1.71547652b82fep+0 + shifter
  let k = Int(Int32(truncatingIfNeeded: shifted.bitPattern))
  let whole = shifted - shifter
  let high = x - whole * ln2High
  let rest = low - whole * ln2Low
  let r = high + rest
  let w = r * r
  let q0 = 0.5 + r * 0x1.5555555555557p-3
  let q1 = 0x1.5555555555556p-5 + r * 0x1.11111111100bep-7
  let q2 = 0x1.6c16c16c162c3p-10 + r * 0x1.a01a01abf85abp-13
  let q3 = 0x1.a01a01a6e1e2ap-16 + r * 0x1.71de01fdbf9cap-19
  let q4 = 0x1.27e4db46cddd1p-22 + r * (0x1.af4e554377204p-26 + r * 0x1.1f7340dbc337ep-29)
  let w2 = w * w
  let series = (q0 + w * q1) + w2 * ((q2 + w * q3) + w2 * q4)
  // The part of r that rounding lost; e^r is about 1 + r, so it may be added at the end.
  let lost = (high - r) + rest
  let value = 1 + (r + (w * series + lost))
  if k &+ 1022 < 2045 && k > -1022 {
    return value * Double(bitPattern: UInt64(bitPattern: Int64(k &+ 1023)) << 52)
  }
  let half = k >> 1
  return value * Double(bitPattern: UInt64(bitPattern: Int64(half &+ 1023)) << 52)
    * Double(bitPattern: UInt64(bitPattern: Int64(k &- half &+ 1023)) << 52)
}

struct TwoDoubles {
  var high: Double
  var low: Double
}

func twoProduct(_ a: Double, _ b: Double) -> TwoDoubles {
  let product = a * b
  // Veltkamp's splitting overflows above 2^996; there the low part cannot matter.
  guard abs(a) < 0x1p990, abs(b) < 0x1p990 else { return TwoDoubles(high: product, low: 0) }
  let splitter = 0x1p27 + 1
  let bigA = a * splitter
  let highA = bigA - (bigA - a)
  let lowA = a - highA
  let bigB = b * splitter
  let highB = bigB - (bigB - b)
  let lowB = b - highB
  let low = ((highA * highB - product) + highA * lowB + lowA * highB) + lowA * lowB
  return TwoDoubles(high: product, low: low)
}

func twoSum(_ a: Double, _ b: Double) -> TwoDoubles {
  let sum = a + b
  let part = sum - a
  return TwoDoubles(high: sum, low: (a - (sum - part)) + (b - part))
}

/// ln x, x > 0 and finite, to about 2^-65 of the result.
func doubleLogarithm(_ x: Double) -> TwoDoubles {
  var bits = x.bitPattern
  var exponent = 0
  if bits < 0x0010_0000_0000_0000 {
    bits = (x * 0x1p54).bitPattern
    exponent = -54
  }
  let (scale, f) = reduceForLogarithm(bits)
  let k = Double(exponent + scale)
  let divisor = twoSum(2, f)
  let s = f / divisor.high
  let back = twoProduct(s, divisor.high)
  let sLow = (((f - back.high) - back.low) - s * divisor.low) / divisor.high
  let square = twoProduct(s, s)
  let squareLow = square.low + 2 * s * sLow
  let cube = twoProduct(square.high, s)
  let cubeLow = cube.low + square.high * sLow + squareLow * s
  let third = twoProduct(0x1.5555555555555p-1, cube.high)
  let thirdLow =
    third.low + 0x1.5555555555555p-1 * cubeLow + 0x1.5555555555555p-55 * cube.high
  let z = square.high
  var series = 0x1.1018374c7f117p-3 + z * 0x1.087e4945615c6p-3
  series = 0x1.745d09e3d8241p-3 + z * (0x1.3b18bc82cc745p-3 + z * series)
  series = 0x1.249249248e4d8p-2 + z * (0x1.c71c71d7fbbacp-3 + z * series)
  series = 0x1.999999999999fp-2 + z * series
  let tail = z * cube.high * series
  let first = twoSum(k * ln2High, 2 * s)
  let second = twoSum(first.high, third.high)
  let low =
    first.low + second.low + (2 * sLow + (thirdLow + (tail + k * ln2Low)))
  let sum = twoSum(second.high, low)
  return sum
}
