import Settings
import Simulation
import Testing

@testable import FeedSystem

/// What holds of long runs, where a naive cache is too slow to ask.
@Suite struct CacheScaleTests {
  static let names = Catalog<any CachePolicy>.cache.names.filter { $0 != "belady" }
  static let keys = 20_000
  #if DEBUG
    private static let operations = 500_000
  #else
    private static let operations = 10_000_000
  #endif

  private static let requests: [UInt32] = {
    var stream = RandomStream(seed: 11, purpose: 1)
    let table = AliasTable((1...keys).map { 1 / Double($0) })
    return (0..<operations).map { _ in UInt32(table?.sample(&stream) ?? 0) }
  }()

  private func misses(
    _ policy: any CachePolicy, of requests: ArraySlice<UInt32>, invalidatesEvery period: Int
  ) -> Int {
    var misses = 0
    for number in requests.indices {
      let key = requests[number]
      policy.advance(to: Int64(number))
      if policy.access(key) == nil {
        misses += 1
        let size = policy.space.isSized ? Int(mix64(UInt64(key)) % 100) : 1
        _ = policy.admit(key, size: size)
      }
      if number % period == 0 { policy.invalidate(Self.requests[number / 2]) }
    }
    return misses
  }

  /// 10^7 operations (a twentieth without optimisation), replayed, with invalidations and with
  /// sizes: the queues hold together, and no more is kept than there is room for.
  @Test(arguments: names)
  func keepsItsInvariantsOverTenMillionOperations(_ name: String) throws {
    let requests = Self.requests
    let tenth = requests.count / 10
    let space = CacheSpace(capacity: 1000, keys: Self.keys, lifetime: 5000, seed: 3)
    let replayed = try CachePolicyTests.policy(name, space)
    _ = requests[..<(6 * tenth)].withUnsafeBufferPointer { replayed.replay($0) }
    try replayed.checkInvariants()
    _ = misses(replayed, of: requests[(6 * tenth)..<(8 * tenth)], invalidatesEvery: 7)
    try replayed.checkInvariants()
    let sized = CacheSpace(
      capacity: 50_000, keys: Self.keys, isSized: true, lifetime: 5000, seed: 3)
    let policy = try CachePolicyTests.policy(name, sized)
    _ = misses(policy, of: requests[(8 * tenth)...], invalidatesEvery: 11)
    try policy.checkInvariants()
    #expect(policy.used > 45_000 || name.hasSuffix("ttl"))
  }

  /// A batch is the requests one by one, at every length about what is asked for ahead.
  @Test(arguments: names)
  func replaysAsItAnswersOneByOne(_ name: String) throws {
    let space = CacheSpace(capacity: 100, keys: Self.keys, seed: 5)
    let batched = try CachePolicyTests.policy(name, space)
    let single = try CachePolicyTests.policy(name, space)
    var begin = 0
    for length in Array(0...40) + [5000, 20_000] {
      let batch = Self.requests[begin..<begin + length]
      begin += length
      let expected = batch.reduce(0) { misses, key in
        if single.access(key) != nil { return misses }
        _ = single.admit(key)
        return misses + 1
      }
      #expect(batch.withUnsafeBufferPointer { batched.replay($0) } == expected)
    }
  }

  @Test func numbersKeysInTheirOrder() {
    var numbers = KeyNumbers()
    var naive: [UInt64: UInt32] = [:]
    var stream = RandomStream(seed: 6, purpose: 2)
    var keys: [UInt64] = [0, .max, 1, .max, 0]
    for _ in 0..<50_000 { keys.append(mix64(stream.below(9000))) }
    for key in keys {
      let expected = naive[key] ?? UInt32(naive.count)
      naive[key] = expected
      #expect(numbers.number(of: key) == expected)
    }
    #expect(numbers.count == naive.count)
    // A number that no key has is not given again.
    #expect(numbers.next() == UInt32(naive.count))
    let another = stream.next()
    #expect(numbers.number(of: another) == UInt32(naive.count + 1))
    #expect(numbers.number(of: keys[0]) == 0)
    var again = KeyNumbers(expecting: 9000)
    var batch = [UInt32](repeating: 0, count: keys.count)
    keys.withUnsafeBufferPointer { keys in
      batch.withUnsafeMutableBufferPointer { again.number(keys, into: $0) }
    }
    #expect(batch == keys.map { naive[$0] })
  }
}
