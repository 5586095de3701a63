import Settings
import Simulation
import Testing

@testable import FeedSystem

/// Every policy of the catalog against a naive one, request by request: a new policy is under test
/// when it is listed, and fails until it has its naive cache.
@Suite struct CachePolicyTests {
  static let names = Catalog<any CachePolicy>.cache.names

  static func policy(_ name: String, _ space: CacheSpace) throws -> any CachePolicy {
    let part = Catalog<any CachePolicy>.cache.parts.first { $0.name == name }
    return try #require(part as? any CachePolicy.Type).init(space)
  }

  /// Keys of a Zipf law, as real ones are, with now and then a scan over all of them.
  static func requests(_ count: Int, keys: Int, seed: UInt64) -> [UInt32] {
    var stream = RandomStream(seed: seed, purpose: 1)
    let zipf = Zipf(alpha: 0.9, count: keys)
    var requests: [UInt32] = []
    requests.reserveCapacity(count + keys)
    while requests.count < count {
      if stream.below(1000) == 0 {
        for key in 0..<UInt32(stream.below(UInt64(keys))) { requests.append(key) }
      } else {
        requests.append(UInt32(zipf.sample(&stream)))
      }
    }
    return Array(requests.prefix(count))
  }

  /// The number of the first request that the two answer differently; nil where none is.
  private func firstDifference(
    _ name: String, _ space: CacheSpace, _ requests: [UInt32], invalidates: Bool = false
  ) throws -> Int? {
    let policy = try Self.policy(name, space)
    var naive = try #require(naiveCache(name, space))
    policy.foresee(requests)
    naive.foresee(requests)
    var stream = RandomStream(seed: space.seed, purpose: 2)
    for (number, key) in requests.enumerated() {
      policy.advance(to: Int64(number))
      naive.advance(to: Int64(number))
      let size = space.isSized ? Int(mix64(UInt64(key)) % 50) + 1 : 1
      let isHit = policy.access(key) != nil
      if !isHit {
        let slot = policy.admit(key, size: size)
        if !space.isSized, let slot, slot >= space.capacity { return number }
      }
      if isHit != naive.request(key, size) { return number }
      if invalidates, stream.below(20) == 0 {
        let dropped = UInt32(stream.below(UInt64(space.keys)))
        policy.invalidate(dropped)
        naive.invalidate(dropped)
        if policy.access(dropped) != nil { return number }
        // Asked for: the naive one must know of it too.
        _ = policy.admit(dropped, size: 1)
        _ = naive.request(dropped, 1)
      }
    }
    try policy.checkInvariants()
    return nil
  }

  @Test(arguments: names)
  func answersAsANaiveOne(_ name: String) throws {
    let count = name == "belady" ? 50_000 : 1_000_000
    let requests = Self.requests(count, keys: 100, seed: 1)
    let space = CacheSpace(capacity: 24, keys: 100, lifetime: 200, seed: 7)
    #expect(try firstDifference(name, space, requests) == nil)
  }

  @Test(arguments: names.filter { $0 != "belady" })
  func answersAsANaiveOneWithSizes(_ name: String) throws {
    for capacity in [1, 60, 700] {
      let requests = Self.requests(30_000, keys: 120, seed: 2)
      let space = CacheSpace(
        capacity: capacity, keys: 120, isSized: true, lifetime: 150, seed: 8)
      #expect(try firstDifference(name, space, requests) == nil, "of \(capacity) bytes")
    }
  }

  @Test(arguments: names.filter { $0 != "belady" })
  func answersAsANaiveOneWhenKeysAreDropped(_ name: String) throws {
    for capacity in [1, 2, 30] {
      let requests = Self.requests(30_000, keys: 60, seed: 3)
      let space = CacheSpace(capacity: capacity, keys: 60, lifetime: 100, seed: 9)
      #expect(
        try firstDifference(name, space, requests, invalidates: true) == nil,
        "of \(capacity) objects")
    }
  }

  /// The odds of a hit of LRU and FIFO under independent requests that are equally likely: C / N.
  @Test(arguments: names.filter { !["belady", "ttl", "sliding-ttl"].contains($0) })
  func hitsAsOftenAsThereAreObjects(_ name: String) throws {
    let policy = try Self.policy(name, CacheSpace(capacity: 30, keys: 100, seed: 4))
    var stream = RandomStream(seed: 5, purpose: 3)
    let requests = (0..<200_000).map { _ in UInt32(stream.below(100)) }
    let misses = requests.withUnsafeBufferPointer { policy.replay($0) }
    let hits = Double(requests.count - misses) / Double(requests.count)
    #expect(abs(hits - 0.3) < 0.01)
  }

  @Test func noPolicyBeatsBelady() throws {
    let requests = Self.requests(50_000, keys: 300, seed: 6)
    func misses(_ name: String) throws -> Int {
      let policy = try Self.policy(name, CacheSpace(capacity: 40, keys: 300))
      policy.foresee(requests)
      return requests.withUnsafeBufferPointer { policy.replay($0) }
    }
    let bound = try misses("belady")
    // Those that may turn a key away are not bound by it.
    for name in Self.names where name != "w-tinylfu" {
      #expect(try misses(name) >= bound, "\(name)")
    }
  }

  @Test func aSketchCountsFromAbove() {
    let sketch = FrequencySketch(objects: 1000, seed: 1)
    var counts = [UInt64](repeating: 0, count: 300)
    var stream = RandomStream(seed: 2, purpose: 4)
    for _ in 0..<3000 {
      let key = UInt32(stream.below(300))
      sketch.count(key)
      counts[Int(key)] += 1
    }
    for key in 0..<UInt32(300) {
      #expect(sketch.frequency(of: key) >= min(15, counts[Int(key)]))
    }
    let exact = (0..<UInt32(300)).count { sketch.frequency(of: $0) == min(15, counts[Int($0)]) }
    #expect(exact > 280)
  }

  @Test func aSketchForgetsHalf() {
    let sketch = FrequencySketch(objects: 10, seed: 1)
    for _ in 0..<99 { sketch.count(3) }
    #expect(sketch.frequency(of: 3) == 15)
    sketch.count(3)
    #expect(sketch.frequency(of: 3) == 7)
  }
}
