/// The law of a random duration: how long a service takes, or a gap between arrivals.
///
/// A plain value of a few doubles, worked out once, so that a draw divides nothing: 2 ns for an
/// exponential. Written as `exponential(mean 1s)`; `description` is the canonical text, and
/// parsing it gives the same law back. A draw is rounded to the nearest nanosecond and held
/// below 2^56 ns (2.3 years), so that sums of draws stay inside an `Instant`.
public struct Distribution: @unchecked Sendable {
  @usableFromInline
  enum Law: UInt8 {
    case constant, exponential, erlang, gamma, gammaBoosted, lognormal, pareto, hyperexponential
    case empirical
  }

  /// One stretch of an empirical law: from `start` on, the value grows by `slope` for each
  /// unit of -ln(1 - p).
  @usableFromInline
  struct Stretch {
    @usableFromInline let start: Double
    @usableFromInline let value: Double
    @usableFromInline let slope: Double
    let percent: Double
  }

  @usableFromInline let law: Law
  @usableFromInline let count: Int
  // What the law's draw needs, in nanoseconds where it is a time; see `draw`.
  @usableFromInline let a: Double
  @usableFromInline let b: Double
  @usableFromInline let c: Double
  @usableFromInline let ziggurat: Ziggurat
  /// Written once when an empirical law is made and never freed: a process has a handful.
  @usableFromInline let stretches: UnsafePointer<Stretch>?

  /// The exact mean, in seconds.
  public let mean: Double
  /// The exact standard deviation over the mean; infinite for a Pareto law with alpha ≤ 2.
  public let cv: Double
  /// The law's second parameter as written: Erlang's k, Pareto's alpha.
  let shape: Double

  init(
    law: Law, count: Int = 0, a: Double = 0, b: Double = 0, c: Double = 0,
    stretches: UnsafePointer<Stretch>? = nil, mean: Double, cv: Double, shape: Double = 0
  ) {
    self.law = law
    self.count = count
    self.a = a
    self.b = b
    self.c = c
    let normal = law == .gamma || law == .gammaBoosted || law == .lognormal
    ziggurat = normal ? .normal : .exponential
    self.stretches = stretches
    self.mean = mean
    self.cv = cv
    self.shape = shape
  }

  /// One draw.
  @inlinable @inline(__always)
  public func sample(_ stream: inout RandomStream) -> Duration {
    Distribution.rounded(draw(&stream))
  }

  /// The nearest nanosecond; at most 2^56.
  @inlinable @inline(__always)
  static func rounded(_ value: Double) -> Duration {
    if value < 0x1p51 {
      // The last bit of a sum in [2^52, 2^53) is worth 1: the addition rounds, and the sum's
      // fraction is the integer.
      return Duration(
        nanoseconds: Int64(bitPattern: (value + 0x1p52).bitPattern & 0xf_ffff_ffff_ffff))
    }
    return Duration(nanoseconds: Int64(min(value, 0x1p56) + 0.5))
  }

  /// One draw in nanoseconds, unrounded and unbounded; never negative.
  @inlinable @inline(__always)
  func draw(_ stream: inout RandomStream) -> Double {
    switch law {
    case .exponential: return a * ziggurat.drawExponential(&stream)
    case .constant: return a
    default: return drawOther(&stream)
    }
  }

  @usableFromInline @inline(never)
  func drawOther(_ stream: inout RandomStream) -> Double {
    switch law {
    case .constant, .exponential: return a
    case .erlang:
      var sum = 0.0
      for _ in 0..<count { sum += ziggurat.drawExponential(&stream) }
      return sum * a
    case .gamma: return a * drawGamma(&stream)
    case .gammaBoosted:
      return a * drawGamma(&stream) * expo(ln(stream.openUniform()) * inverseShape)
    case .lognormal: return expo(a + b * ziggurat.drawNormal(&stream))
    case .pareto: return a * expo(b * ziggurat.drawExponential(&stream))
    case .hyperexponential:
      let scale = stream.uniform() < c ? a : b
      return scale * ziggurat.drawExponential(&stream)
    case .empirical: return drawEmpirical(ziggurat.drawExponential(&stream))
    }
  }

  /// 1 / shape of a gamma law with a shape below 1, whose draw is one of shape + 1 times
  /// U^(1 / shape).
  var inverseShape: Double { 1 / shape }

  /// Marsaglia and Tsang: "A simple method for generating gamma variables", ACM TOMS 26, 2000;
  /// b is d = shape - 1/3, c is 1 / √(9 d).
  func drawGamma(_ stream: inout RandomStream) -> Double {
    while true {
      let x = ziggurat.drawNormal(&stream)
      let root = 1 + c * x
      if root <= 0 { continue }
      let v = root * root * root
      let u = stream.openUniform()
      let square = x * x
      if u < 1 - 0.0331 * square * square { return b * v }
      if ln(u) < 0.5 * square + b * (1 - v + ln(v)) { return b * v }
    }
  }

  /// The quantile at p = 1 - e^-depth.
  func drawEmpirical(_ depth: Double) -> Double {
    guard let stretches else { return 0 }
    var index = 0
    while index + 1 < count && depth >= stretches[index + 1].start { index += 1 }
    let stretch = stretches[index]
    return stretch.value + (depth - stretch.start) * stretch.slope
  }
}

// MARK: - The laws

extension Distribution {
  /// Always `value` seconds.
  public static func constant(_ value: Double) -> Distribution {
    Distribution(law: .constant, a: value * 1e9, mean: value, cv: 0)
  }

  public static func exponential(mean: Double) -> Distribution {
    Distribution(law: .exponential, a: mean * 1e9, mean: mean, cv: 1)
  }

  /// The sum of k exponentials, k ≥ 1.
  public static func erlang(_ k: Int, mean: Double) -> Distribution {
    let cv = 1 / Double(k).squareRoot()
    guard k > 12 else {
      return Distribution(
        law: .erlang, count: k, a: mean * 1e9 / Double(k), mean: mean, cv: cv, shape: Double(k))
    }
    // One gamma draw costs less than a dozen exponentials and has the same law.
    let d = Double(k) - 1.0 / 3
    return Distribution(
      law: .gamma, count: k, a: mean * 1e9 / Double(k), b: d, c: 1 / (9 * d).squareRoot(),
      mean: mean, cv: cv, shape: Double(k))
  }

  /// Shape 1 / cv² and scale mean × cv²; cv > 0.
  public static func gamma(mean: Double, cv: Double) -> Distribution {
    let shape = 1 / (cv * cv)
    let boosted = shape < 1
    let d = (boosted ? shape + 1 : shape) - 1.0 / 3
    return Distribution(
      law: boosted ? .gammaBoosted : .gamma, a: mean * 1e9 / shape, b: d,
      c: 1 / (9 * d).squareRoot(), mean: mean, cv: cv, shape: shape)
  }

  /// e^N with the normal's variance ln(1 + cv²) and mean ln(mean) - variance / 2.
  public static func lognormal(mean: Double, cv: Double) -> Distribution {
    let variance = ln(1 + cv * cv)
    return Distribution(
      law: .lognormal, a: ln(mean * 1e9) - variance / 2, b: variance.squareRoot(), mean: mean,
      cv: cv)
  }

  /// P(X > x) = (x_m / x)^alpha from x_m = mean (alpha - 1) / alpha on; alpha > 1.
  public static func pareto(alpha: Double, mean: Double) -> Distribution {
    Distribution(
      law: .pareto, a: mean * 1e9 * (alpha - 1) / alpha, b: 1 / alpha, mean: mean,
      cv: alpha > 2 ? 1 / (alpha * (alpha - 2)).squareRoot() : .infinity, shape: alpha)
  }

  /// Two exponentials with balanced means, p m1 = (1 - p) m2 (Whitt: "Approximating a point
  /// process by a renewal process", 1982, section 3.1); cv ≥ 1.
  public static func hyperexponential(mean: Double, cv: Double) -> Distribution {
    let scv = cv * cv
    let p = 0.5 * (1 + ((scv - 1) / (scv + 1)).squareRoot())
    return Distribution(
      law: .hyperexponential, a: mean * 1e9 / (2 * p), b: mean * 1e9 / (2 * (1 - p)), c: p,
      mean: mean, cv: cv)
  }

  /// A table of quantiles: `percent` in 0...100 rising, `value` in seconds never falling.
  ///
  /// Between two entries the value is linear in -ln(1 - p): the law has a constant hazard rate
  /// there, as an exponential has, which fits latencies better than a uniform stretch and keeps
  /// the mean exact. Below the first entry it runs from 0 (or from p0); above the last it goes
  /// on with the last stretch's slope, unless p100 closes it.
  public static func empirical(_ quantiles: [(percent: Double, value: Double)]) -> Distribution {
    let open = quantiles.filter { $0.percent > 0 && $0.percent < 100 }
    let floor = quantiles.first { $0.percent == 0 }?.value ?? 0
    let ceiling = quantiles.first { $0.percent == 100 }?.value
    var points = [(percent: 0.0, depth: 0.0, value: floor * 1e9)]
    for entry in open {
      points.append((entry.percent, -ln(1 - entry.percent / 100), entry.value * 1e9))
    }
    var stretches: [Stretch] = []
    for (from, to) in zip(points, points.dropFirst()) {
      let slope = (to.value - from.value) / (to.depth - from.depth)
      stretches.append(
        Stretch(start: from.depth, value: from.value, slope: slope, percent: from.percent))
    }
    let last = points[points.count - 1]
    let slope = stretches.last?.slope ?? 0
    stretches.append(
      Stretch(start: last.depth, value: last.value, slope: slope, percent: last.percent))
    if let ceiling {
      let top = ceiling * 1e9
      let reach = slope > 0 ? last.depth + (top - last.value) / slope : last.depth
      stretches.append(Stretch(start: reach, value: top, slope: 0, percent: 100))
    }
    let table = UnsafeMutablePointer<Stretch>.allocate(capacity: stretches.count)
    table.initialize(from: stretches, count: stretches.count)
    let (first, second) = moments(stretches)
    let variance = max(second - first * first, 0)
    return Distribution(
      law: .empirical, count: stretches.count, stretches: UnsafePointer(table), mean: first / 1e9,
      cv: first > 0 ? variance.squareRoot() / first : 0)
  }

  /// E[X] and E[X²] as integrals over the depth d of x(d)^n e^-d, by parts, stretch by stretch.
  private static func moments(_ stretches: [Stretch]) -> (first: Double, second: Double) {
    var first = stretches[0].value
    var second = first * first
    for (index, stretch) in stretches.enumerated() where stretch.slope > 0 {
      let survival = expo(-stretch.start)
      let last = index + 1 == stretches.count
      let end = last ? 0 : expo(-stretches[index + 1].start)
      let length = last ? 0 : stretches[index + 1].start - stretch.start
      let mass = survival - end
      first += stretch.slope * mass
      second += 2 * stretch.slope * (stretch.value * mass + stretch.slope * (mass - length * end))
    }
    return (first, second)
  }

  /// Whether E[X³] is finite; without it the waits behind such services have no variance, and
  /// Student's interval for their mean is not valid.
  public var hasThirdMoment: Bool { law != .pareto || shape > 3 }

  /// P(X ≤ x), x in seconds, where it has a plain form; nil for gamma and lognormal.
  public func cdf(_ x: Double) -> Double? {
    let t = x * 1e9
    switch law {
    case .constant: return t >= a ? 1 : 0
    case .exponential: return t > 0 ? 1 - expo(-t / a) : 0
    case .pareto: return t > a ? 1 - power(a / t, shape) : 0
    case .hyperexponential: return t > 0 ? 1 - c * expo(-t / a) - (1 - c) * expo(-t / b) : 0
    case .erlang:
      guard t > 0 else { return 0 }
      var term = 1.0
      var sum = 1.0
      for index in 1..<max(count, 1) {
        term *= t / a / Double(index)
        sum += term
      }
      return 1 - expo(-t / a) * sum
    case .empirical:
      guard let stretches, t >= stretches[0].value else { return 0 }
      var index = 0
      while index + 1 < count && t >= stretches[index + 1].value { index += 1 }
      let stretch = stretches[index]
      guard stretch.slope > 0 else { return index + 1 == count ? 1 : 1 - expo(-stretch.start) }
      return 1 - expo(-stretch.start - (t - stretch.value) / stretch.slope)
    case .gamma, .gammaBoosted, .lognormal: return nil
    }
  }
}
