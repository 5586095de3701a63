/// A streaming distribution of non-negative integers (nanoseconds, entries, …).
///
/// Log-linear buckets indexed from the value's bits: 512 to each power of two, so a quantile
/// is within 2^-10 (< 0.1 %) of a recorded value; below 512 it is exact. Recording costs
/// about a nanosecond, memory is fixed at 225 KB and histograms merge without loss. Count,
/// sum, minimum and maximum are exact.
public struct Histogram: ~Copyable {
  @usableFromInline static let subBits: UInt64 = 9
  @usableFromInline static let bucketCount = (64 - 9 + 1) << 9

  @usableFromInline let counts: UnsafeMutablePointer<UInt64>
  public var count: UInt64 = 0
  @usableFromInline var total = UInt128(0)
  public var minimum: Int64 = .max
  public var maximum: Int64 = 0

  public init() {
    counts = .allocate(capacity: Histogram.bucketCount)
    counts.initialize(repeating: 0, count: Histogram.bucketCount)
  }

  @inlinable deinit { counts.deallocate() }

  @inlinable @inline(__always)
  static func bucket(of value: Int64) -> Int {
    let bits = UInt64(bitPattern: value)
    // With the low ten bits set the shift cannot be negative, and nothing need be compared.
    let shift = UInt64(truncatingIfNeeded: 54 &- (bits | 1023).leadingZeroBitCount)
    return Int(truncatingIfNeeded: (shift &<< subBits) &+ (bits &>> shift))
  }

  /// The middle of a bucket's values.
  static func middle(of bucket: Int) -> Double {
    let index = UInt64(bucket)
    if index < 1024 { return Double(index) }
    let shift = (index >> subBits) - 1
    let low = (index - (shift << subBits)) << shift
    return Double(low) + Double((UInt64(1) << shift) - 1) / 2
  }

  /// Adds one value; a negative one counts as 0.
  @inlinable @inline(__always)
  public mutating func record(_ value: Int64) { record(value, times: 1) }

  @inlinable @inline(__always)
  public mutating func record(_ duration: Duration) { record(duration.nanoseconds, times: 1) }

  @inlinable @inline(__always)
  public mutating func record(_ value: Int64, times: UInt64) {
    let value = max(value, 0)
    counts[Histogram.bucket(of: value)] &+= times
    note(value, times)
  }

  @inlinable @inline(__always)
  mutating func note(_ value: Int64, _ times: UInt64) {
    count &+= times
    total &+= UInt128(UInt64(value)) &* UInt128(times)
    minimum = min(minimum, value)
    maximum = max(maximum, value)
  }

  public mutating func merge(_ other: borrowing Histogram) {
    for bucket in 0..<Histogram.bucketCount { counts[bucket] &+= other.counts[bucket] }
    count &+= other.count
    total &+= other.total
    minimum = min(minimum, other.minimum)
    maximum = max(maximum, other.maximum)
  }

  public mutating func clear() {
    counts.update(repeating: 0, count: Histogram.bucketCount)
    count = 0
    total = 0
    minimum = .max
    maximum = 0
  }

  /// The exact sum of what was recorded.
  public var exactSum: UInt128 { total }
  /// The same, as near as a double comes to it.
  public var sum: Double { Double(total) }

  /// The exact mean, 0 when nothing was recorded.
  public var mean: Double { count == 0 ? 0 : Double(total) / Double(count) }

  /// The smallest recorded value with at least a share `q` of all at or below it, to within
  /// 0.1 %; 0 when nothing was recorded.
  public func quantile(_ q: Double) -> Double {
    guard count > 0 else { return 0 }
    let rank = min(count, max(1, UInt64((q * Double(count)).rounded(.up))))
    var seen: UInt64 = 0
    for bucket in 0..<Histogram.bucketCount {
      seen &+= counts[bucket]
      if seen >= rank {
        let value = value(of: bucket, at: rank &- (seen &- counts[bucket]))
        return min(max(value, Double(minimum)), Double(maximum))
      }
    }
    return Double(maximum)
  }

  /// The value of a bucket's n-th entry, taking them as evenly spread, or the bucket's middle
  /// would bias every quantile by up to 0.05 %. A bucket with far more entries than its
  /// neighbours holds one value many times: the least or the greatest of all if it is there.
  private func value(of bucket: Int, at number: UInt64) -> Double {
    guard bucket >= 1024 else { return Double(bucket) }
    let middle = Histogram.middle(of: bucket)
    let shift = (UInt64(bucket) >> Histogram.subBits) - 1
    let width = Double(UInt64(1) << shift)
    let entries = counts[bucket]
    let after = bucket + 1 < Histogram.bucketCount ? counts[bucket + 1] : 0
    if entries > 64 &+ 4 &* max(counts[bucket - 1], after) {
      if Histogram.bucket(of: minimum) == bucket { return Double(minimum) }
      return Histogram.bucket(of: maximum) == bucket ? Double(maximum) : middle
    }
    return middle + width * ((Double(number) - 0.5) / Double(entries) - 0.5)
  }
}
