import Settings
import Simulation
import Testing
import YAMLSettings

@testable import FeedSystem

/// What a small system has counted.
private struct Outcome: Equatable {
  var fingerprint: UInt64
  var counts: [Int]
  var sums: [Double]

  init(_ system: FeedSystem) {
    fingerprint = system.fingerprint
    let m = EdgeTests.counts(system)
    counts = m.counts
    sums = m.sums
  }
}

/// Regions and the caches at their edges.
struct EdgeTests {
  static func counts(_ system: FeedSystem) -> (counts: [Int], sums: [Double]) {
    let counts = [
      system.measurements.loadsCompleted, system.measurements.postsShown,
      system.measurements.entriesFetched, system.measurements.feedCacheHits,
      system.measurements.feedCacheMisses, system.measurements.engagementsCounted,
      system.measurements.entriesWritten, system.measurements.late,
    ]
    let sums = [
      system.measurements.feedLatency.sum, system.measurements.staleness.sum,
      system.measurements.publishLatency.sum, system.measurements.deliveryLag.sum,
    ]
    return (counts, sums)
  }

  private func outcome(_ yaml: String) throws -> Outcome {
    var small = SmallSystem()
    small.users = 800
    small.maximum = 300
    small.yaml = "fanOut: {policy: push}\n" + yaml
    return try small.run { system in
      let broken = system.brokenLaws()
      #expect(broken == [])
      return Outcome(system)
    }
  }

  static let world = """
    regions:
      - {name: us_west, users: 500M, roundTrip: 20ms, \
    content: {global: 40%, regional: 30%, network: 30%}}
      - {name: us_east, users: 300M, roundTrip: 25ms, content: {}}
      - {name: europe, users: 800M, roundTrip: 30ms, content: {global: 30%, regional: 40%}}
      - {name: asia, users: 1.5G, roundTrip: 35ms, content: {global: 20%, regional: 50%}}

    """

  private func regions(_ yaml: String) throws -> [Region] {
    var parameters = try Parameters(SettingsFile.parse(yaml, file: "test.yaml"))
    return try Region.list(&parameters)
  }

  /// S0.15's shares, drawn by user: each within four standard deviations, and the same every time.
  @Test func usersLiveInTheSharesOfTheirRegions() throws {
    let all = try regions(Self.world)
    let users = 100_000
    let drawn = Regions(all, users: users, seed: 3)
    #expect(drawn.counts.reduce(0, +) == users)
    for (region, count) in zip(all, drawn.counts) {
      let share = region.users / 3.1e9
      let deviation = (Double(users) * share * (1 - share)).squareRoot()
      #expect(abs(Double(count) - Double(users) * share) < 4 * deviation, "\(region.name)")
    }
    let again = Regions(all, users: 1000, seed: 3)
    let isAlike = (0..<1000 as Range<UInt32>).allSatisfy { again.of($0) == drawn.of($0) }
    #expect(isAlike)
    let mixes = all.compactMap(\.content)
    #expect(mixes.map(\.global) == [0.4, 0.33, 0.3, 0.2])
    let network = mixes.map { ($0.network * 100).rounded() }
    #expect(network == [30, 34, 30, 30])
  }

  @Test(arguments: [
    ("{name: a, users: 1, roundTrip: 1ms}, {name: a, users: 2, roundTrip: 1ms}", "twice"),
    ("{name: us-west, users: 1, roundTrip: 1ms}", "small letters"),
    ("{name: a, users: 1, roundTrip: 1ms, content: {global: 60%, regional: 60%}}", "100%"),
    ("{name: a, users: 1, roundTrip: 1ms, content: {network: 10%}}", "100%"),
    ("{name: a, users: 0, roundTrip: 1ms}", "users"),
  ])
  func refuses(_ entries: String, _ words: String) {
    let problem = #expect(throws: InvalidInput.self) { try regions("regions: [\(entries)]") }
    #expect(problem.map { "\($0)".contains(words) } == true, "\(String(describing: problem))")
  }

  @Test func oneRegionAtTheClientsDistanceIsNoRegion() throws {
    let none = try outcome("")
    let one = try outcome("regions: [{name: all, users: 7, roundTrip: 50ms}]")
    #expect(one == none && none.counts[0] > 500)
    let near = try outcome("regions: [{name: all, users: 7, roundTrip: 20ms}]")
    #expect(near.fingerprint == none.fingerprint && near.counts == none.counts)
    // Each recorded latency is 30 ms less, and nothing else is.
    let loads = near.sums[0] - none.sums[0]
    #expect(loads < 0 && loads.truncatingRemainder(dividingBy: 30_000_000) == 0)
  }

  @Test func anEdgeOfSizeZeroIsNone() throws {
    let none = try outcome(Self.world)
    #expect(try outcome(Self.world + "cache: {edge: {size: 0B}}") == none)
    // One too small for a page or a picture answers nothing.
    let tiny = try outcome(Self.world + "cache: {edge: {size: 1B}}")
    #expect(tiny == none)
    let edge = try outcome(Self.world + "cache: {edge: {size: 1GB}}")
    #expect(edge.counts[3] + edge.counts[4] < none.counts[3] + none.counts[4])
  }

  /// Every answer of the edges of a run is that of a plain list: least recently used first, in
  /// bytes, and no older than the lifetime.
  @Test(arguments: ["4MB", "60MB", "10GB"])
  func answersAreThoseOfAPlainList(_ size: String) throws {
    var small = SmallSystem()
    small.users = 400
    small.maximum = 200
    small.length = .seconds(500)
    small.yaml = """
      fanOut: {policy: push}
      post: {mediaBytes: 100kB}
      cache: {edge: {size: \(size), ttl: 90s}}
      \(Self.world)
      """
    let audience = try small.audience()
    let (design, traffic) = try small.settings()
    let opens = Instant.start + small.warmUp
    let system = try FeedSystem(
      design: design, audience: audience,
      traffic: traffic.traffic(for: audience.graph, window: opens), seed: 5,
      memory: TimelineMemory())
    for cache in system.edge.caches { cache.log = [] }
    system.warmStart()
    system.start(measuring: opens..<(opens + small.length))
    system.run(until: opens + small.length)
    var hits = 0
    for cache in system.edge.caches {
      let log = cache.log ?? []
      #expect(log.count > 200)
      var plain = PlainEdge(capacity: cache.policy.capacity, lifetime: 90_000)
      var wrong = 0
      for request in log {
        if plain.ask(request) != request.hit { wrong += 1 }
        hits += request.hit ? 1 : 0
      }
      #expect(wrong == 0, "\(size)")
      #expect(plain.used == cache.policy.used)
    }
    #expect(hits > 100)
  }

  /// Of n posts, those on the screen and as many more as the chance of going on gives: the sum of a
  /// geometric series. What is not fetched is sent by nobody (a law of the run).
  @Test func mediaAreFetchedAsFarAsViewersCome() throws {
    var small = SmallSystem()
    small.users = 800
    small.maximum = 300
    small.yaml = """
      fanOut: {policy: push}
      cache: {edge: {size: 1GB, holds: media}}
      feed: {page: 8, length: 8, lazyMedia: {visible: 2, readOn: 50%}}
      """
    try small.run { system in
      #expect(system.brokenLaws() == [])
      let shown = system.measurements.postsShown
      let fetched = shown - system.measurements.mediaLeft
      // As good as all pages are full.
      let pages = Double(shown) / 8
      let expected = pages * (2 + 1 - 0x1p-6)
      #expect(abs(Double(fetched) - expected) < 0.05 * expected, "\(fetched) of \(shown)")
      #expect(system.edge.measurements.total.mediaAsked == fetched)
    }
    var stream = RandomStream(seed: 1, purpose: 1)
    var parameters = try Parameters(SettingsFile.parse("{visible: 9}", file: "test.yaml"))
    let lazy = try LazyMedia(&parameters)
    #expect(lazy.fetched(of: 5, &stream) == 5)
  }

  /// The same requests, with nothing that is ever too old: what was a hit stays one.
  @Test func endlessLivesLoseNoHit() throws {
    var stream = RandomStream(seed: 4, purpose: 1, entity: 0)
    let kinds: [any CachePolicy.Type] = [LRU.self, FIFO.self, S3FIFO.self]
    for kind in kinds {
      let caches = [20_000, 60_000, Int64.max].map { lifetime in
        EdgeCache(
          kind, bytes: 1_000_000_000, users: 50, posts: 4000, lifetime: lifetime, page: 4, seed: 1)
      }
      var hits = [0, 0, 0]
      var lost = 0
      var time: Int64 = 0
      for _ in 0..<4000 {
        time += Int64(stream.below(300))
        let post = UInt32(stream.below(200))
        let answers = caches.map { $0.askMedia(post, size: 1000, at: time) }
        // Of two finite lives the shorter is begun anew more often, and may last longer once.
        if answers[2] == false, answers[0] || answers[1] { lost += 1 }
        for index in 0..<3 { hits[index] += answers[index] ? 1 : 0 }
      }
      #expect(hits[0] < hits[1] && hits[1] < hits[2] && hits[2] == 4000 - 200, "\(hits)")
      #expect(lost == 0)
    }
  }

  /// Posts whose ids share their low bits are told apart.
  @Test func aPostIsNotTakenForAnother() {
    let cache = EdgeCache(
      LRU.self, bytes: 1_000_000, users: 10, posts: 1024, lifetime: .max, page: 4, seed: 1)
    #expect(!cache.askMedia(5, size: 10, at: 0) && cache.askMedia(5, size: 10, at: 1))
    #expect(!cache.askMedia(5 + 1024, size: 10, at: 2))
    #expect(cache.askMedia(5 + 1024, size: 10, at: 3))
    #expect(!cache.askMedia(5, size: 10, at: 4))
    #expect(cache.policy.used == 10)
  }

  private func staleHits(_ edge: String) throws -> (stale: Int, hits: Int, purges: Int) {
    var small = SmallSystem()
    small.users = 600
    small.maximum = 300
    small.yaml = "fanOut: {policy: push}\ncache: {edge: {holds: feeds, \(edge)}}"
    return try small.run { system in
      let broken = system.brokenLaws()
      #expect(broken == [])
      let total = system.edge.measurements.total
      return (system.edge.measurements.staleHits, total.feedHits, system.edge.measurements.purges)
    }
  }

  /// A delivery does not reach an edge by itself: a purge does, and the sooner the fewer pages lack
  /// one.
  @Test func purgesKeepPagesFresh() throws {
    let never = try staleHits("ttl: 600s")
    let late = try staleHits("ttl: 600s, purge: key, purgeLag: 60s")
    let atOnce = try staleHits("ttl: 600s, purge: key, purgeLag: 0s")
    #expect(never.purges == 0 && late.purges > 0 && atOnce.purges > 0)
    #expect(never.stale > late.stale && late.stale > 0 && atOnce.stale == 0)
    #expect(never.hits > late.hits && late.hits > atOnce.hits && atOnce.hits > 0)
  }

  @Test func whatTrendsIsCountedByRegion() {
    var settings = TrendSettings()
    settings.posts = 2
    settings.window = .seconds(10)
    var trends = Trends(settings, regions: 2)
    #expect(trends.post(of: 0, 0.5) == nil)
    for post: UInt32 in [7, 7, 9] { trends.note(post, region: 0, at: 0) }
    for post: UInt32 in [8, 9, 9, 9] { trends.note(post, region: 1, at: 5000) }
    trends.refresh(at: 9000)
    #expect(trends.pools == [[9, 7], [7, 9], [9, 8]])
    // Ranks 1 and 2 are drawn as 2 to 1.
    #expect(trends.post(of: 1, 0.66) == 7 && trends.post(of: 1, 0.67) == 9)
    trends.refresh(at: 12_000)
    #expect(trends.pools == [[9, 8], [], [9, 8]])
  }
}

/// An edge as a list, the least recently used first.
private struct PlainEdge {
  private struct Item {
    var isFeed: Bool
    var key: UInt32
    var size: Int
    var since: Int64
  }

  let capacity: Int
  let lifetime: Int64
  private var items: [Item] = []

  init(capacity: Int, lifetime: Int64) {
    self.capacity = capacity
    self.lifetime = lifetime
  }

  private(set) var used = 0

  /// Whether what is asked for was held. A page comes in by a request of its own, with its size.
  mutating func ask(_ request: EdgeCache.Request) -> Bool {
    let place = items.firstIndex { $0.isFeed == request.isFeed && $0.key == request.key }
    var found = place.map { items.remove(at: $0) }
    used -= found?.size ?? 0
    let comesIn = request.size > 0 && request.isFeed
    if comesIn { found = nil }
    if let item = found, request.milliseconds - item.since < lifetime {
      items.append(item)
      used += item.size
      return true
    }
    if request.size > 0, request.size <= capacity {
      while used + request.size > capacity { used -= items.removeFirst().size }
      used += request.size
      items.append(
        Item(
          isFeed: request.isFeed, key: request.key, size: request.size,
          since: request.milliseconds))
    }
    return false
  }
}
