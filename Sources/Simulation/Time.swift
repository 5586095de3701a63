/// A length of simulated time in whole nanoseconds.
///
/// Integer time keeps every run bit-identical and makes ties exact; 2^63 ns is 292 years.
public struct Duration: Comparable, Hashable, Sendable, BitwiseCopyable {
  public var nanoseconds: Int64

  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// The nearest whole nanosecond; a value that does not fit is clamped to the range.
  @inlinable public init(seconds: Double) {
    let nanoseconds = (seconds * 1e9).rounded()
    if nanoseconds >= 9.2e18 {
      self.nanoseconds = .max
    } else if nanoseconds > -9.2e18 {
      self.nanoseconds = Int64(nanoseconds)
    } else {
      self.nanoseconds = nanoseconds.isNaN ? 0 : .min
    }
  }

  @inlinable public static var zero: Duration { Duration(nanoseconds: 0) }
  @inlinable public static func microseconds(_ count: Int64) -> Duration {
    Duration(nanoseconds: count * 1000)
  }
  @inlinable public static func milliseconds(_ count: Int64) -> Duration {
    Duration(nanoseconds: count * 1_000_000)
  }
  @inlinable public static func seconds(_ count: Int64) -> Duration {
    Duration(nanoseconds: count * 1_000_000_000)
  }

  @inlinable public var seconds: Double { Double(nanoseconds) / 1e9 }
  @inlinable public var milliseconds: Double { Double(nanoseconds) / 1e6 }

  @inlinable public static func < (a: Duration, b: Duration) -> Bool {
    a.nanoseconds < b.nanoseconds
  }
  @inlinable public static func + (a: Duration, b: Duration) -> Duration {
    Duration(nanoseconds: a.nanoseconds + b.nanoseconds)
  }
  @inlinable public static func - (a: Duration, b: Duration) -> Duration {
    Duration(nanoseconds: a.nanoseconds - b.nanoseconds)
  }
  @inlinable public static func * (a: Duration, count: Int) -> Duration {
    Duration(nanoseconds: a.nanoseconds * Int64(count))
  }
  @inlinable public static func += (a: inout Duration, b: Duration) { a = a + b }
}

/// A point of simulated time: nanoseconds since the run's start.
///
/// Negative instants lie in the history that a warm start has filled in.
public struct Instant: Comparable, Hashable, Sendable, BitwiseCopyable {
  public var nanoseconds: Int64

  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  @inlinable public static var start: Instant { Instant(nanoseconds: 0) }
  @inlinable public static var never: Instant { Instant(nanoseconds: .max) }

  @inlinable public static func < (a: Instant, b: Instant) -> Bool {
    a.nanoseconds < b.nanoseconds
  }
  @inlinable public static func + (a: Instant, b: Duration) -> Instant {
    Instant(nanoseconds: a.nanoseconds + b.nanoseconds)
  }
  @inlinable public static func - (a: Instant, b: Duration) -> Instant {
    Instant(nanoseconds: a.nanoseconds - b.nanoseconds)
  }
  @inlinable public static func - (a: Instant, b: Instant) -> Duration {
    Duration(nanoseconds: a.nanoseconds - b.nanoseconds)
  }
}
