/// The finaliser of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number
/// generators", OOPSLA 2014, section 4): a bijection that spreads every input bit.
@inlinable @inline(__always)
public func mix64(_ value: UInt64) -> UInt64 {
  var z = value
  z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
  z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
  return z ^ (z >> 31)
}

/// A counter-based random stream: draw n is a pure function of (seed, purpose, entity, n).
///
/// Streams are keyed by what they decide and for whom, never by thread or by call order, so
/// two designs under one seed see the same users, posts and services (common random numbers)
/// and a run has the same bytes for any number of threads.
public struct RandomStream: RandomNumberGenerator, Sendable, BitwiseCopyable {
  @usableFromInline var state: UInt64

  /// - Parameters:
  ///   - purpose: what the draws decide; every use has a constant of its own.
  ///   - entity: for whom: a user, a journey, a replication.
  @inlinable
  public init(seed: UInt64, purpose: UInt64, entity: UInt64 = 0) {
    state = mix64(mix64(mix64(seed &+ 0x9e37_79b9_7f4a_7c15) ^ purpose) &+ entity)
  }

  /// A stream of its own for each entity under a key that is already mixed: one mix, for the
  /// draws of every visit.
  @inlinable @inline(__always)
  public init(key: UInt64, entity: UInt64) {
    state = mix64(key ^ (entity &* 0xd6e8_feb8_6659_fd93))
  }

  @inlinable @inline(__always)
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return mix64(state)
  }

  /// Uniform on [0, 1), a multiple of 2^-53.
  @inlinable @inline(__always)
  public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// Uniform on (0, 1): never 0 and never 1, for logarithms and inversions.
  @inlinable @inline(__always)
  public mutating func openUniform() -> Double {
    (Double(next() >> 12) + 0.5) * 0x1p-52
  }

  /// Uniform on 0 ..< bound (Lemire: "Fast random integer generation in an interval", 2019,
  /// without the rejection step: the bias is below bound / 2^64).
  @inlinable @inline(__always)
  public mutating func below(_ bound: UInt64) -> UInt64 {
    next().multipliedFullWidth(by: bound).high
  }
}
