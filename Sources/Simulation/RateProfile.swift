/// How a rate varies over time: a factor with mean 1 (or a multiplier, for spikes) on a base
/// rate.
///
/// Piecewise constant: a product of parts, each a table of steps that may repeat. A product of
/// such parts is piecewise constant too, so arrivals can be drawn by exact inversion of the
/// cumulative rate, with no thinning; a smooth cycle is a table of one step a minute.
public struct RateProfile: Sendable {
  struct Part: Sendable {
    /// The instants at which the steps begin, rising; the first step also covers what is before
    /// it, unless the part repeats.
    let starts: [Int64]
    let factors: [Double]
    /// How long the table lasts before it repeats; 0 if it does not.
    let period: Int64
    /// The steps' common length; 0 if they differ.
    let step: Int64

    /// The step at a time and when it ends.
    func segment(at time: Int64) -> (factor: Double, end: Int64) {
      guard period > 0 else {
        let index = index(of: time)
        return (factors[index], index + 1 < starts.count ? starts[index + 1] : .max)
      }
      let (quotient, remainder) = (time - starts[0]).quotientAndRemainder(dividingBy: period)
      let offset = remainder < 0 ? remainder + period : remainder
      let base = (remainder < 0 ? quotient - 1 : quotient) * period
      let index = step > 0 ? Int(offset / step) : index(of: offset + starts[0])
      let end = index + 1 < starts.count ? starts[index + 1] - starts[0] : period
      return (factors[index], starts[0] + base + end)
    }

    /// The last step that begins at or before a time.
    private func index(of time: Int64) -> Int {
      var low = 0
      var high = starts.count
      while high - low > 1 {
        let middle = (low + high) / 2
        if starts[middle] <= time { low = middle } else { high = middle }
      }
      return low
    }
  }

  let parts: [Part]
  /// Factors that are means of other profiles; see `mixture(of:)`.
  var mixtures: [RateMixture] = []

  /// The factor 1 at all times.
  public static let constant = RateProfile(parts: [])

  /// Whether it is 1 at all times.
  public var isConstant: Bool { parts.isEmpty && mixtures.isEmpty }

  /// A day whose rate follows a cosine, highest at `peak` after midnight; midnight is time 0.
  ///
  /// - Parameter peakToMean: 1 (no cycle) to 2 (nothing at the lowest hour); clamped.
  public static func dailyCycle(peakToMean: Double, peakAt peak: Duration) -> RateProfile {
    let swing = min(max(peakToMean - 1, 0), 1)
    guard swing > 0 else { return .constant }
    // cos and sin of one minute's and of half a minute's angle: a rotation gives the rest
    // without the C library, whose bits differ between processors.
    let (cosine, sine) = (0.9999904807207345, 0.004363309284746571)
    var (x, y) = (0.9999976201773518, 0.0021816598343367697)
    let steps = 1440
    var factors: [Double] = []
    for _ in 0..<steps {
      factors.append(1 + swing * x)
      (x, y) = (x * cosine - y * sine, x * sine + y * cosine)
    }
    return .periodic(factors, every: .seconds(60), from: Instant.start + peak)
  }

  /// A table of steps of one length that repeats, normalised to mean 1; empty, negative or
  /// all-zero tables count as constant.
  public static func periodic(
    _ values: [Double], every step: Duration, from start: Instant = .start
  ) -> RateProfile {
    let mean = values.reduce(0, +) / Double(max(values.count, 1))
    guard mean > 0, mean.isFinite, values.allSatisfy({ $0 >= 0 }), step > .zero else {
      return .constant
    }
    let starts = values.indices.map { start.nanoseconds + Int64($0) * step.nanoseconds }
    return RateProfile(
      parts: [
        Part(
          starts: starts, factors: values.map { $0 / mean },
          period: Int64(values.count) * step.nanoseconds, step: step.nanoseconds)
      ])
  }

  /// `factor` from an instant on for a duration, 1 at all other times.
  public static func spike(
    from start: Instant, for length: Duration, factor: Double
  ) -> RateProfile {
    let end = start + length
    guard length > .zero else { return .constant }
    return RateProfile(
      parts: [
        Part(
          starts: [.min, start.nanoseconds, end.nanoseconds], factors: [1, max(factor, 0), 1],
          period: 0, step: 0)
      ])
  }

  /// A measured series: value i holds from instant i to the next, the last as long as the
  /// one before it. Normalised to a mean over time of 1; past its end it begins again.
  ///
  /// - Returns: nil unless there are at least two instants, rising, and as many values, none
  ///   negative, not all zero, that are finite.
  public static func series(_ instants: [Instant], _ values: [Double]) -> RateProfile? {
    guard instants.count >= 2, instants.count == values.count,
      zip(instants, instants.dropFirst()).allSatisfy({ $0 < $1 }),
      values.allSatisfy({ $0 >= 0 && $0.isFinite })
    else { return nil }
    let starts = instants.map(\.nanoseconds)
    let count = starts.count
    var lengths = (0..<count - 1).map { starts[$0 + 1] - starts[$0] }
    lengths.append(lengths[count - 2])
    let period = lengths.reduce(0, +)
    let total = zip(values, lengths).reduce(0) { $0 + $1.0 * Double($1.1) }
    guard total > 0 else { return nil }
    let scale = Double(period) / total
    let even = lengths.allSatisfy { $0 == lengths[0] }
    return RateProfile(
      parts: [
        Part(
          starts: starts, factors: values.map { $0 * scale }, period: period,
          step: even ? lengths[0] : 0)
      ])
  }

  /// The same profile, later by `delay`.
  public func shifted(by delay: Duration) -> RateProfile {
    RateProfile(
      parts: parts.map { part in
        Part(
          starts: part.starts.map { $0 == .min ? .min : $0 + delay.nanoseconds },
          factors: part.factors, period: part.period, step: part.step)
      }, mixtures: mixtures.map { $0.shifted(by: delay) })
  }

  /// Both factors at once.
  public static func * (one: RateProfile, other: RateProfile) -> RateProfile {
    RateProfile(parts: one.parts + other.parts, mixtures: one.mixtures + other.mixtures)
  }

  /// The factor at an instant.
  public func factor(at instant: Instant) -> Double { segment(at: instant).factor }

  /// The factor at an instant and until when it holds.
  public func segment(at instant: Instant) -> (factor: Double, end: Instant) {
    var factor = 1.0
    var end = Int64.max
    for part in parts {
      let segment = part.segment(at: instant.nanoseconds)
      factor *= segment.factor
      end = min(end, segment.end)
    }
    for mixture in mixtures {
      let segment = mixture.segment(at: instant)
      factor *= segment.factor
      end = min(end, segment.end.nanoseconds)
    }
    return (factor, Instant(nanoseconds: end))
  }

  /// The integral of the factor, in seconds: times a base rate, the arrivals to expect. The
  /// cost grows with the number of steps between the two instants.
  public func integral(from start: Instant, to end: Instant) -> Double {
    var sum = 0.0
    var now = start
    while now < end {
      let segment = segment(at: now)
      let until = min(segment.end, end)
      sum += segment.factor * (until - now).seconds
      now = until
    }
    return sum
  }

  /// The highest factor within a window.
  public func maximum(from start: Instant, to end: Instant) -> Double {
    var highest = 0.0
    var now = start
    while now < end {
      let segment = segment(at: now)
      highest = max(highest, segment.factor)
      now = segment.end
    }
    return highest
  }

  /// A bound on the factor at any time: the product of the parts' highest, reached when they
  /// coincide.
  public var maximum: Double {
    let highest = parts.reduce(1) { $0 * ($1.factors.max() ?? 1) }
    return mixtures.reduce(highest) { $0 * $1.maximum }
  }
}

/// Draws the arrivals of a non-homogeneous Poisson process, in time order.
///
/// Exact inversion of the cumulative rate (Çinlar: "Introduction to Stochastic Processes", 1975,
/// section 4.7): an exponential of mean 1 is used up at the rate of each step it crosses. The
/// present step is remembered, so a draw costs one division while it lasts.
public struct ProfiledArrivals: Sendable {
  public let profile: RateProfile
  @usableFromInline let ziggurat = Ziggurat.exponential
  @usableFromInline var start: Int64 = .max
  @usableFromInline var end: Int64 = .min
  @usableFromInline var factor = 0.0

  public init(_ profile: RateProfile) { self.profile = profile }

  /// The first arrival after an instant, or `Instant.never` where the rate is zero for ten
  /// years on end.
  ///
  /// - Parameter rate: the base rate, per second, that the profile multiplies.
  @inlinable
  public mutating func next(
    after instant: Instant, rate: Double, stream: inout RandomStream
  ) -> Instant {
    let depth = ziggurat.drawExponential(&stream)
    let now = instant.nanoseconds
    if now >= start && now < end {
      let wait = depth * 1e9 / (rate * factor)
      if wait < Double(end &- now) { return Instant(nanoseconds: now &+ Int64(wait + 0.5)) }
    }
    return search(from: now, rate: rate * 1e-9, depth: depth)
  }

  @usableFromInline @inline(never)
  mutating func search(from first: Int64, rate: Double, depth: Double) -> Instant {
    guard rate > 0 else { return .never }
    var now = first
    var depth = depth
    let horizon = first &+ 315_360_000_000_000_000
    while now < horizon {
      if now < start || now >= end {
        let segment = profile.segment(at: Instant(nanoseconds: now))
        start = now
        end = segment.end.nanoseconds
        factor = segment.factor
      }
      let speed = rate * factor
      let length = Double(end &- now)
      let wait = depth / speed
      if end == .max || wait < length {
        return wait < 4e18 ? Instant(nanoseconds: now &+ Int64(wait + 0.5)) : .never
      }
      depth -= length * speed
      now = end
    }
    return .never
  }
}
