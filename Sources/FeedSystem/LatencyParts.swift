import Simulation

/// What the latency of a load is made of, in nanoseconds, or the sum over some loads.
///
/// Waiting, service, fan-in, network and what clients let pass between attempts are all there is:
/// they sum to the latency exactly. They are those of the critical path, so of the timeline and the
/// shards side by side the slower counts alone. Of the shards, waiting and service are the mean
/// shard's, and fan-in is what the slowest of them takes longer: the price of waiting for all.
struct LatencyParts: BitwiseCopyable, Sendable {
  var values = InlineArray<46, Int64>(repeating: 0)

  /// Where each part stands: there is room for twenty tiers.
  enum Slot {
    static let count = 46
    static func waiting(_ tier: TierName) -> Int { tier.rawValue }
    static func service(_ tier: TierName) -> Int { 20 + tier.rawValue }
    /// Of the post store's shards and of the leaves.
    static let fanIn = 40
    static let leafFanIn = 41
    static let network = 42
    /// From the request's first attempt to the one that was answered.
    static let client = 43
    /// The parts before this one sum to the latency; those from here on are told beside them.
    static let partCount = 44
    /// From the feed cache's miss to the page: of the parts above, what a hit does without.
    static let afterMiss = 44
    /// 1 for a load that the feed cache did not answer.
    static let missed = 45
  }

  @inline(__always)
  mutating func add(_ time: Duration, to slot: Int) { values[slot] &+= time.nanoseconds }

  /// Notes that the feed cache did not answer, and how long the load has taken since.
  @inline(__always)
  mutating func noteMiss(_ time: Duration) {
    values[Slot.missed] = 1
    add(time, to: Slot.afterMiss)
  }

  /// Books a visit: all of its time that is neither service nor network is waiting.
  @inline(__always)
  mutating func add(
    _ tier: TierName, elapsed: Duration, service: Duration, network: Duration
  ) {
    add(elapsed - service - network, to: Slot.waiting(tier))
    add(service, to: Slot.service(tier))
    add(network, to: Slot.network)
  }

  /// Books a scatter–gather whose slowest shard took `elapsed`.
  ///
  /// - Parameters: waiting and service are the sums over the shards.
  @inline(__always)
  mutating func addSlowest(
    _ tier: TierName, elapsed: Duration, waiting: Duration, service: Duration, shards: UInt32,
    network: Duration
  ) {
    // What the divisions leave over is less than two nanoseconds, and falls to the fan-in.
    let waited = waiting.nanoseconds / Int64(shards)
    let served = service.nanoseconds / Int64(shards)
    values[Slot.waiting(tier)] &+= waited
    values[Slot.service(tier)] &+= served
    let fanIn = tier == .leafServers ? Slot.leafFanIn : Slot.fanIn
    values[fanIn] &+= (elapsed - network).nanoseconds &- waited &- served
    add(network, to: Slot.network)
  }
}

/// The mean of some loads' parts, nanoseconds a load.
public struct MeanLatencyParts: Sendable {
  private var values: [Double]

  init(_ value: (_ slot: Int) -> Double) {
    values = (0..<LatencyParts.Slot.count).map(value)
  }

  /// - Parameter tier: one that a load may visit.
  public func waiting(_ tier: TierName) -> Double { values[LatencyParts.Slot.waiting(tier)] }
  public func service(_ tier: TierName) -> Double { values[LatencyParts.Slot.service(tier)] }
  /// What the slowest shard of the post store takes longer than the mean one.
  public var fanIn: Double { values[LatencyParts.Slot.fanIn] }
  /// What the slowest leaf takes longer than the mean one.
  public var leafFanIn: Double { values[LatencyParts.Slot.leafFanIn] }
  public var network: Double { values[LatencyParts.Slot.network] }
  /// What clients waited before the attempt that was answered.
  public var client: Double { values[LatencyParts.Slot.client] }
  /// Of all parts, what comes after a miss of the feed cache.
  public var afterMiss: Double { values[LatencyParts.Slot.afterMiss] }
  /// The share of the loads that missed the feed cache.
  public var missed: Double { values[LatencyParts.Slot.missed] }
  /// The mean latency: the sum of the parts.
  public var latency: Double { values[..<LatencyParts.Slot.partCount].reduce(0, +) }
}

/// The parts of the latency of all loads, added up by how long the loads took.
///
/// Log-linear buckets, 16 to each power of two, keep counts and integer sums: so the slowest
/// loads can be told apart although none is kept. Recording costs a few nanoseconds, memory is
/// fixed at 361 KB.
public struct LatencyBreakdown: ~Copyable {
  private static let subBits: UInt64 = 4
  private static let bucketCount = (64 - 4) << 4

  private let counts: UnsafeMutablePointer<UInt64>
  /// Bucket after bucket, all slots of each.
  private let sums: UnsafeMutablePointer<Int64>
  /// Of each slot the sign of every load's part: a negative one stays.
  private let signs: UnsafeMutablePointer<Int64>
  public private(set) var count: UInt64 = 0

  init() {
    counts = .allocate(capacity: Self.bucketCount)
    counts.initialize(repeating: 0, count: Self.bucketCount)
    let slots = LatencyParts.Slot.count
    sums = .allocate(capacity: Self.bucketCount * slots)
    sums.initialize(repeating: 0, count: Self.bucketCount * slots)
    signs = .allocate(capacity: slots)
    signs.initialize(repeating: 0, count: slots)
  }

  deinit {
    counts.deallocate()
    sums.deallocate()
    signs.deallocate()
  }

  @inline(__always)
  private static func bucket(of latency: Int64) -> Int {
    let bits = UInt64(bitPattern: max(latency, 0))
    let shift = UInt64(truncatingIfNeeded: 59 &- (bits | 31).leadingZeroBitCount)
    return Int(truncatingIfNeeded: (shift &<< subBits) &+ (bits &>> shift))
  }

  @inline(__always)
  mutating func record(_ latency: Duration, _ parts: LatencyParts) {
    let bucket = Self.bucket(of: latency.nanoseconds)
    counts[bucket] &+= 1
    let sums = sums(of: bucket)
    for slot in 0..<LatencyParts.Slot.count {
      sums[slot] &+= parts.values[slot]
      signs[slot] |= parts.values[slot]
    }
    count &+= 1
  }

  /// The sums of a bucket's loads, slot by slot.
  @inline(__always)
  private func sums(of bucket: Int) -> UnsafeMutablePointer<Int64> {
    sums + bucket &* LatencyParts.Slot.count
  }

  /// The mean over the slowest loads, a share of all: of the bucket that the share ends in, the
  /// part that it takes. All zero without loads.
  ///
  /// - Parameter share: above 0 and at most 1; 1 gives the exact mean over all.
  public func slowest(_ share: Double) -> MeanLatencyParts {
    guard count > 0 else { return MeanLatencyParts { _ in 0 } }
    if share >= 1 { return MeanLatencyParts { Double(total(of: $0)) / Double(count) } }
    let wanted = Double(count) * share
    var values = [Double](repeating: 0, count: LatencyParts.Slot.count)
    var left = wanted
    for bucket in stride(from: Self.bucketCount - 1, through: 0, by: -1)
    where counts[bucket] > 0 && left > 0 {
      let weight = min(1, left / Double(counts[bucket]))
      for slot in values.indices { values[slot] += weight * Double(sums(of: bucket)[slot]) }
      left -= weight * Double(counts[bucket])
    }
    return MeanLatencyParts { values[$0] / wanted }
  }

  /// The exact sum of a part over all loads.
  func total(of slot: Int) -> Int128 {
    (0..<Self.bucketCount).reduce(0) { $0 + Int128(sums(of: $1)[slot]) }
  }

  /// The exact sum of all parts of all loads, ns: the sum of their latencies.
  var total: Int128 { (0..<LatencyParts.Slot.partCount).reduce(0) { $0 + total(of: $1) } }

  /// Whether some part of some load was negative.
  var hasNegative: Bool { (0..<LatencyParts.Slot.count).contains { signs[$0] < 0 } }
}
