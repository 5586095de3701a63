/// A row of small streaming distributions of one time, such as one for each minute of a run.
///
/// Log-linear like `Histogram`, with 32 buckets to each power of two of 1.024 µs: a quantile is
/// within 1/32 of a recorded value, or 1 µs below 66 µs. Count, sum and maximum are exact. Each
/// takes 4.7 KB, since there are many of them.
public struct CoarseHistograms: ~Copyable {
  @usableFromInline static let unitBits: Int64 = 10
  @usableFromInline static let subBits: UInt64 = 5
  /// Units of 1.024 µs; 26 days.
  @usableFromInline static let limit = UInt64(1) << 41 - 1
  @usableFromInline static let bucketCount = 1184

  public let count: Int
  @usableFromInline let buckets: UnsafeMutablePointer<UInt32>
  @usableFromInline let totals: UnsafeMutablePointer<Totals>

  /// What is exact.
  public struct Totals: Sendable, Equatable {
    public var count: UInt64 = 0
    /// Nanoseconds.
    public var sum = UInt128(0)
    public var maximum = Duration.zero

    @inlinable init() {}

    /// Zero when nothing was recorded.
    public var meanNanoseconds: Double { count == 0 ? 0 : Double(sum) / Double(count) }
  }

  public init(count: Int) {
    self.count = count
    buckets = .allocate(capacity: max(1, count * CoarseHistograms.bucketCount))
    buckets.initialize(repeating: 0, count: count * CoarseHistograms.bucketCount)
    totals = .allocate(capacity: max(1, count))
    totals.initialize(repeating: Totals(), count: count)
  }

  @inlinable deinit {
    buckets.deallocate()
    totals.deallocate()
  }

  public subscript(row: Int) -> Totals {
    precondition(row >= 0 && row < count)
    return totals[row]
  }

  /// Adds one value; a negative one counts as 0.
  @inlinable @inline(__always)
  public mutating func record(_ duration: Duration, in row: Int) {
    precondition(row >= 0 && row < count)
    let value = max(duration.nanoseconds, 0)
    buckets[row &* CoarseHistograms.bucketCount &+ CoarseHistograms.bucket(of: value)] &+= 1
    totals[row].count &+= 1
    totals[row].sum &+= UInt128(UInt64(value))
    totals[row].maximum = max(totals[row].maximum, duration)
  }

  /// Forgets what a row has recorded.
  public mutating func clear(_ row: Int) {
    precondition(row >= 0 && row < count)
    (buckets + row * CoarseHistograms.bucketCount).update(
      repeating: 0, count: CoarseHistograms.bucketCount)
    totals[row] = Totals()
  }

  /// Entries of a row that are greater than a value; those in the value's own bucket are not among
  /// them.
  public func count(above value: Duration, in row: Int) -> Int {
    precondition(row >= 0 && row < count)
    let first = buckets + row * CoarseHistograms.bucketCount
    let own = CoarseHistograms.bucket(of: max(value.nanoseconds, 0))
    return ((own + 1)..<CoarseHistograms.bucketCount).reduce(0) { $0 + Int(first[$1]) }
  }

  @inlinable @inline(__always)
  static func bucket(of value: Int64) -> Int {
    let units = min(UInt64(value >> unitBits), limit)
    // With the low six bits set the shift cannot be negative, and nothing need be compared.
    let shift = UInt64(truncatingIfNeeded: 58 &- (units | 63).leadingZeroBitCount)
    return Int(truncatingIfNeeded: (shift &<< subBits) &+ (units &>> shift))
  }

  /// The value with at least a share `q` of a row's at or below it, nanoseconds, taking a bucket's
  /// entries as evenly spread; 0 when nothing was recorded.
  public func quantile(_ q: Double, of row: Int) -> Double {
    let total = self[row]
    guard total.count > 0 else { return 0 }
    let rank = min(total.count, max(1, UInt64((q * Double(total.count)).rounded(.up))))
    let first = buckets + row * CoarseHistograms.bucketCount
    var seen: UInt64 = 0
    for bucket in 0..<CoarseHistograms.bucketCount {
      let entries = UInt64(first[bucket])
      seen &+= entries
      guard seen >= rank else { continue }
      let shift = max(1, UInt64(bucket) >> CoarseHistograms.subBits) - 1
      let width = Double(UInt64(1) << shift)
      let low = Double((UInt64(bucket) - shift << CoarseHistograms.subBits) << shift)
      let share = (Double(rank - (seen - entries)) - 0.5) / Double(entries)
      let value = (low + width * share) * Double(1 << CoarseHistograms.unitBits)
      return min(value, Double(total.maximum.nanoseconds))
    }
    return Double(total.maximum.nanoseconds)
  }
}
