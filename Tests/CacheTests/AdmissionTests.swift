import Simulation
import Testing

@testable import FeedSystem

/// Admission rules against what one would write first.
@Suite struct AdmissionTests {
  /// Two sets in place of two Bloom filters.
  private struct TwoSets {
    let most: Int
    var current: Set<UInt32> = []
    var former: Set<UInt32> = []

    init(most: Int) { self.most = most }

    mutating func admits(_ key: UInt32) -> Bool {
      if current.contains(key) { return true }
      let isKnown = former.contains(key)
      current.insert(key)
      if current.count == most {
        former = current
        current = []
      }
      return isKnown
    }
  }

  /// With odds so small that no filter is ever mistaken, they answer as sets do.
  @Test(arguments: [1, 7, 100])
  func remembersAsSetsDo(_ most: Int) {
    let rule = SecondRequest(falsePositives: 1e-9, remembers: most)
    let filter = rule.makeFilter(for: CacheSpace(capacity: 10, keys: 2000, seed: 3))
    var sets = TwoSets(most: most)
    var differences = 0
    for key in CachePolicyTests.requests(50_000, keys: 2000, seed: 4)
    where filter.admits(key, bytes: 1) != sets.admits(key) { differences += 1 }
    #expect(differences == 0)
  }

  /// Every policy behind a filter answers as the naive one behind sets.
  @Test(arguments: CachePolicyTests.names.filter { $0 != "belady" })
  func filtersEveryPolicy(_ name: String) throws {
    let space = CacheSpace(capacity: 24, keys: 100, lifetime: 200, seed: 7)
    let policy = try CachePolicyTests.policy(name, space)
    let filter = SecondRequest(falsePositives: 1e-9).makeFilter(for: space)
    // The naive caches admit what they miss, so the filter decides about a whole request: what is
    // let in at once was asked for before in the mirror too.
    var held: Set<UInt32> = []
    var sets = TwoSets(most: 24)
    var differences = 0
    for (number, key) in CachePolicyTests.requests(30_000, keys: 100, seed: 5).enumerated() {
      policy.advance(to: Int64(number))
      if policy.access(key) != nil {
        if !held.contains(key) { differences += 1 }
        continue
      }
      let isKnown = sets.admits(key)
      let isLetIn = filter.admits(key, bytes: 1)
      if isKnown != isLetIn { differences += 1 }
      if isLetIn, policy.admit(key) != nil { held.insert(key) }
    }
    #expect(differences == 0)
    try policy.checkInvariants()
  }

  /// Keys that are never asked for again pass as often as is stated at most, and not by far less.
  @Test(arguments: [0.001, 0.01, 0.1])
  func isMistakenAsOftenAsStated(_ odds: Double) {
    let rule = SecondRequest(falsePositives: odds, remembers: 1000)
    let filter = rule.makeFilter(for: CacheSpace(capacity: 1, keys: 1, seed: 5))
    let count = 400_000
    let passed = (0..<UInt32(count)).count { filter.admits($0, bytes: 1) }
    let share = Double(passed) / Double(count)
    #expect(share < odds + 4 * (odds / Double(count)).squareRoot())
    // Of the two, one is filling up: three quarters of the odds and a little less.
    #expect(share > odds * 0.4)
  }

  @Test func aFullFilterIsMistakenAsOftenAsPlanned() {
    var filter = BloomFilter(objects: 5000, falsePositives: 0.02)
    for key in 0..<UInt64(5000) { filter.insert(mix64(key)) }
    #expect((0..<UInt64(5000)).allSatisfy { filter.contains(mix64($0)) })
    let wrong = (5000..<UInt64(205_000)).count { filter.contains(mix64($0)) }
    #expect(wrong < 4400 && wrong > 3000)
    filter.removeAll()
    #expect(!filter.contains(mix64(1)) && filter.count == 0)
  }

  @Test func limitsSizes() {
    let filter = SizeLimit(atMost: 100).makeFilter(for: CacheSpace(capacity: 1, keys: 1))
    #expect(filter.admits(0, bytes: 100) && !filter.admits(0, bytes: 101))
  }
}
