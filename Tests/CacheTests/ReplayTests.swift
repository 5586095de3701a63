import Simulation
import Testing

@testable import FeedSystem

/// Requests known in advance may be replayed another way: the misses, and what is held afterwards
/// in which order, are those of the requests one by one.
@Suite struct ReplayTests {
  private static func requests(_ count: Int, keys: Int, seed: UInt64) -> [UInt32] {
    var stream = RandomStream(seed: seed, purpose: 2)
    let table = AliasTable((1...keys).map { 1 / Double($0) })
    // Stretches of a scan, in which nothing comes back, between those of the law.
    return (0..<count).map { place in
      place / 3000 % 4 == 3 ? UInt32(place % keys) : UInt32(table?.sample(&stream) ?? 0)
    }
  }

  @Test(arguments: ["lru", "sieve", "s3-fifo"], [1, 2, 3, 17, 1024, 1500, 4000, 20_000])
  func isTheRequestsOneByOne(_ name: String, _ capacity: Int) throws {
    for (seed, length) in [20, 47, 48, 49, 700, 5000, 40_000].enumerated() {
      let keys = min(9000, 16 * length)
      let space = CacheSpace(capacity: capacity, keys: keys, seed: 5)
      let replayed = try CachePolicyTests.policy(name, space)
      let single = try CachePolicyTests.policy(name, space)
      let all = Self.requests(length + 6000, keys: keys, seed: UInt64(seed))
      let misses = all[..<length].withUnsafeBufferPointer { replayed.replay($0) }
      #expect(misses == all[..<length].reduce(0) { $0 + (Self.asks(single, $1) ? 0 : 1) })
      try replayed.checkInvariants()
      #expect(replayed.count == single.count)
      // Whatever differs in order, marks or ghosts shows in what is evicted next.
      for key in all[length...] {
        let isHit = Self.asks(replayed, key)
        #expect(isHit == Self.asks(single, key))
      }
    }
  }

  private static func asks(_ policy: any CachePolicy, _ key: UInt32) -> Bool {
    if policy.access(key) != nil { return true }
    _ = policy.admit(key)
    return false
  }
}
