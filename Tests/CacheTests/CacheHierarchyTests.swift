import Settings
import Simulation
import Testing

@testable import FeedSystem

/// Levels of caches against naive ones, operation by operation, and against a single cache where
/// they must be one.
@Suite struct CacheHierarchyTests {
  private static let keys = 150

  struct Case: Sendable, CustomStringConvertible {
    var promotion = CacheHierarchy.Promotion.copy
    var isExclusive = false
    var policies = ["lru", "lru", "lru"]
    var capacities = [6, 20, 50]
    var isSized = false
    var lifetimes = CacheLifetimes(usual: .max, degraded: .max, negative: .max)
    var description: String {
      "\(promotion)\(isExclusive ? " exclusive" : "") \(policies) \(capacities) \(lifetimes.usual)"
    }
  }

  static let cases: [Case] = {
    let short = CacheLifetimes(usual: 300, degraded: 900, negative: 60)
    var cases: [Case] = []
    for promotion in CacheHierarchy.Promotion.allCases {
      cases.append(Case(promotion: promotion))
      cases.append(Case(promotion: promotion, isExclusive: true))
      cases.append(Case(promotion: promotion, policies: ["fifo", "lru"], capacities: [9, 9]))
      cases.append(Case(promotion: promotion, capacities: [40, 200, 600], isSized: true))
      cases.append(Case(promotion: promotion, lifetimes: short))
      cases.append(Case(promotion: promotion, isExclusive: true, lifetimes: short))
    }
    cases.append(Case(isExclusive: true, policies: ["fifo", "fifo"], capacities: [1, 1]))
    cases.append(Case(policies: ["lru"], capacities: [30], lifetimes: short))
    return cases
  }()

  private func hierarchy(_ some: Case, content: CacheContent = .graph) throws -> CacheHierarchy {
    let parts = try zip(some.policies, some.capacities).map { name, capacity in
      try CacheContent.allCases.map { each -> CachePart? in
        guard each == content else { return nil }
        let space = CacheSpace(capacity: capacity, keys: Self.keys, isSized: some.isSized, seed: 3)
        return CachePart(
          try CachePolicyTests.policy(name, space), lifetimes: some.lifetimes, width: 2)
      }
    }
    return CacheHierarchy(
      parts, promotion: some.promotion, isExclusive: some.isExclusive,
      size: { _, _, key in some.isSized ? NaiveHierarchy.size(key) : 1 })
  }

  private func naive(_ some: Case) -> NaiveHierarchy {
    NaiveHierarchy(
      zip(some.policies, some.capacities).map { name, capacity in
        NaiveHierarchy.Part(
          capacity: capacity, isSized: some.isSized, renewsOnUse: name == "lru",
          lifetimes: some.lifetimes)
      }, promotion: some.promotion, isExclusive: some.isExclusive)
  }

  /// Look-ups with fills of what is missing, new versions written through or not, keys and ranges
  /// dropped, and hours of stress: every answer, every entry with its content, and the counts.
  @Test(arguments: cases) func answersAsANaiveOne(_ some: Case) throws {
    let real = try hierarchy(some)
    var naive = naive(some)
    var stream = RandomStream(seed: 11, purpose: 1)
    let zipf = Zipf(alpha: 0.8, count: Self.keys)
    var versions = [UInt32](repeating: 0, count: Self.keys)
    var words = [UInt32](repeating: 0, count: 2)
    for step in 0..<20_000 {
      let now = Int64(step)
      let key = UInt32(zipf.sample(&stream))
      let version = versions[Int(key)]
      switch stream.below(100) {
      case 0..<90:
        let found = real.lookUp(.graph, key, at: now, version: version)
        let expected = naive.lookUp(key, at: now, version: version)
        guard found?.level == expected?.level, found?.entry == expected?.entry else {
          Issue.record("step \(step): \(String(describing: found))")
          return
        }
        if let found {
          // The content is that of the entry, wherever it has been moved since.
          #expect(real.foundContent[0] == key)
          #expect(real.foundContent[1] <= found.entry.version)
          continue
        }
        var entry = CacheEntry(since: now, version: version)
        entry.isNegative = key % 10 == 3
        words = [key, version]
        real.fill(.graph, key, entry, words, at: now)
        naive.fill(key, entry)
      case 90..<95: versions[Int(key)] += 1
      case 95:
        versions[Int(key)] += 1
        real.renew(.graph, key, version: version, at: now)
        naive.renew(key, version: version, at: now)
      case 96, 97:
        real.invalidate(.graph, key)
        naive.invalidate(key..<key + 1)
      case 98:
        let range = key..<min(key + 5, UInt32(Self.keys))
        real.invalidate(.graph, range)
        naive.invalidate(range)
      default:
        real.isDegraded.toggle()
        naive.isDegraded.toggle()
      }
    }
    try real.checkInvariants()
    for level in some.policies.indices {
      let books = try #require(real.part(level, .graph)).books
      #expect(books.hits == naive.hits[level] && books.staleHits == naive.staleHits[level])
      #expect(books.promoted == naive.promoted[level])
      #expect(real.part(level, .graph)?.policy.count == naive.parts[level].held.count)
      #expect(real.bytesHeld(level, .graph) == naive.parts[level].used)
    }
  }

  /// Every copy is of the version that was written through.
  @Test func writesThroughAllLevels() throws {
    let real = try hierarchy(Case())
    for key in 0..<UInt32(5) { real.fill(.graph, key, CacheEntry(since: 0, version: 0), at: 0) }
    let isHeld = real.renew(.graph, 3, version: 8, at: 40)
    #expect(isHeld && !real.renew(.graph, 77, version: 8, at: 40))
    for level in 0..<3 {
      #expect(real.probe(level, .graph, 3, at: 50, version: 8)?.since == 40)
      #expect(real.part(level, .graph)?.books.staleHits == 0)
    }
  }

  private func hits(_ some: Case, _ requests: [UInt32]) throws -> (all: Int, first: Int) {
    let real = try hierarchy(some)
    var hits = 0
    var first = 0
    for (step, key) in requests.enumerated() {
      if let found = real.lookUp(.graph, key, at: Int64(step)) {
        hits += 1
        first += found.level == 0 ? 1 : 0
      } else {
        real.fill(.graph, key, CacheEntry(since: Int64(step), version: 0), at: Int64(step))
      }
    }
    try real.checkInvariants()
    return (hits, first)
  }

  private static let requests = CachePolicyTests.requests(20_000, keys: keys, seed: 4)

  private func hitsOfOne(_ capacity: Int, _ policy: String = "lru") throws -> Int {
    let space = CacheSpace(capacity: capacity, keys: Self.keys, seed: 3)
    let misses = try Self.requests.withUnsafeBufferPointer {
      try CachePolicyTests.policy(policy, space).replay($0)
    }
    return Self.requests.count - misses
  }

  /// Exclusive levels of LRU with promotion are one LRU of all their room, and its newest part is
  /// the first of them.
  @Test(arguments: [[10, 30], [1, 1, 1], [25, 5, 40]])
  func exclusiveLevelsAreOneCache(_ capacities: [Int]) throws {
    let policies = capacities.map { _ in "lru" }
    let found = try hits(
      Case(isExclusive: true, policies: policies, capacities: capacities), Self.requests)
    #expect(try found.all == hitsOfOne(capacities.reduce(0, +)))
    #expect(try found.first == hitsOfOne(capacities[0]))
  }

  /// The first of inclusive levels sees every request and is filled by every miss: it is the cache
  /// that it would be alone, whatever its policy is.
  @Test(arguments: ["lru", "fifo", "clock", "sieve", "s3-fifo", "arc", "2q", "lfu", "slru"])
  func theFirstLevelIsItself(_ policy: String) throws {
    let found = try hits(
      Case(policies: [policy, "lru"], capacities: [20, 60]), Self.requests)
    #expect(try found.first == hitsOfOne(20, policy))
  }

  /// More room never has fewer hits: LRU includes what less room has, in the first level and in
  /// exclusive levels as a whole.
  @Test func moreRoomNeverHitsLess() throws {
    var previous = (all: 0, first: 0)
    for room in [2, 5, 11, 30, 61] {
      let found = try hits(
        Case(isExclusive: true, policies: ["lru", "lru"], capacities: [room, 2 * room]),
        Self.requests)
      #expect(found.all >= previous.all && found.first >= previous.first)
      previous = found
    }
  }

  /// What promotion is for: without it the near level has what was filled alone.
  @Test func promotionBringsHitsNearer() throws {
    var some = Case(policies: ["lru", "lru"], capacities: [10, 100])
    let with = try hits(some, Self.requests)
    some.promotion = .none
    let without = try hits(some, Self.requests)
    #expect(with.first > 2 * without.first)
  }

  /// Every policy of the catalog in both levels: nothing is lost from the books, nothing is twice
  /// in exclusive levels, whatever is dropped in between.
  @Test(arguments: CachePolicyTests.names.filter { $0 != "belady" }, [false, true])
  func keepsItsBooksWithEveryPolicy(_ policy: String, _ isExclusive: Bool) throws {
    let real = try hierarchy(
      Case(
        isExclusive: isExclusive, policies: [policy, policy], capacities: [7, 33],
        lifetimes: CacheLifetimes(usual: 500, degraded: 500, negative: 500)))
    var stream = RandomStream(seed: 5, purpose: 2)
    for (step, key) in Self.requests.prefix(8_000).enumerated() {
      let now = Int64(step)
      if stream.below(20) == 0 { real.invalidate(.graph, UInt32(stream.below(150))) }
      if real.lookUp(.graph, key, at: now) == nil {
        real.fill(.graph, key, CacheEntry(since: now, version: 0), at: now)
      }
      if step % 1000 == 0 { try real.checkInvariants() }
    }
    try real.checkInvariants()
    let books = try #require(real.part(0, .graph)).books
    #expect(books.hits > 400 && books.promoted > 50)
  }

  /// The law sees what is wrong.
  @Test func aWrongBookIsFound() throws {
    let real = try hierarchy(Case())
    real.fill(.graph, 4, CacheEntry(since: 0, version: 0), at: 0)
    try real.checkInvariants()
    real.part(1, .graph)?.books.evicted += 1
    #expect(throws: BrokenInvariant.self) { try real.checkInvariants() }
    let exclusive = try hierarchy(Case(isExclusive: true))
    for level in 0...1 {
      _ = exclusive.part(level, .graph)?.keep(
        9, CacheEntry(since: 0, version: 0), exclusive.foundContent, size: 1, at: 0,
        victim: CarriedEntry(width: 2))
    }
    #expect(throws: BrokenInvariant.self) { try exclusive.checkInvariants() }
  }
}
