import Settings
import Simulation
import Testing

@testable import FeedSystem

/// Levels of caches in the way of a load.
@Suite struct LevelTests {
  private func run(
    _ levels: String, more: String = "", policy: String = "push", encoding: String? = nil
  ) -> SmallSystem {
    var small = SmallSystem()
    small.users = 600
    small.maximum = 300
    small.activity = "{postsPerDay: 30, loadsPerDay: 300, activeShare: 70%}"
    small.length = .seconds(900)
    small.yaml = """
      fanOut: {policy: \(policy)}
      cache: {feed: {size: 0}, levels: {\(levels)}}
      timelines: {lifetime: 2h\(encoding.map { ", encoding: \($0)" } ?? "")}
      \(more)
      """
    return small
  }

  private struct Seen: Equatable {
    var hits: Int
    var misses: Int
    var latency: UInt128
    var shown: Int
    var staleness: UInt128
    var held: Int
  }

  private func seen(_ small: SmallSystem) throws -> Seen {
    try small.run { system in
      let broken = system.brokenLaws()
      #expect(broken == [])
      let held = system.levelFigures()?.parts.reduce(0) { $0 + $1.objects }
      return Seen(
        hits: system.measurements.feedCacheHits, misses: system.measurements.feedCacheMisses,
        latency: system.measurements.feedLatency.exactSum,
        shown: system.measurements.postsShown,
        staleness: system.measurements.staleness.exactSum,
        held: held ?? system.feedCacheFeeds)
    }
  }

  /// One level as large, as far and as lasting as the feed cache is the feed cache, to the
  /// nanosecond.
  @Test(arguments: ["lru", "fifo", "sieve", "s3-fifo"], ["push", "pull"])
  func oneLevelIsTheFeedCache(_ policy: String, _ fanOut: String) throws {
    var plain = run("", policy: fanOut)
    plain.yaml = """
      fanOut: {policy: \(fanOut)}
      cache: {feed: {policy: \(policy), size: 10%, ttl: 200s}}
      timelines: {lifetime: 2h}
      tiers: {feedCache: {visit: constant(1ms)}}
      """
    let level = "l1: {latency: constant(1500us), feed: {policy: \(policy), size: 10%, ttl: 200s}}"
    let (one, other) = (try seen(plain), try seen(run(level, policy: fanOut)))
    #expect(one == other)
    #expect(one.hits > 300 && one.misses > 300 && one.held > 10)
  }

  /// What it takes to hold the same: half the bytes, or twice the room.
  @Test func compressionIsRoom() throws {
    func look(_ level: String) throws -> (UInt64, LevelFigures?) {
      try run("l2: {\(level)}", encoding: "packed").run { system in
        (system.fingerprint, system.levelFigures())
      }
    }
    let packed = try look(
      "feed: {size: 30kB}, post: {size: 60kB}, compress: {to: 50%, perMB: 0s}")
    let larger = try look("feed: {size: 60kB}, post: {size: 120kB}")
    #expect(packed.0 == larger.0)
    for content in [CacheContent.feed, .post] {
      let one = try #require(packed.1?.parts.first { $0.content == content })
      let other = try #require(larger.1?.parts.first { $0.content == content })
      #expect(one.books.hits == other.books.hits && one.objects == other.objects)
      #expect(one.books.hits > 100 && 2 * one.bytes == other.bytes)
    }
    // Unpacking takes time, which everybody who hits waits for.
    let slow = run("l1: {feed: {size: 30%}, compress: {to: 50%, perMB: 10s}}")
    let fast = run("l1: {feed: {size: 30%}, compress: {to: 50%, perMB: 0s}}")
    #expect(try seen(slow).latency > seen(fast).latency)
  }

  private func feedBooks(_ small: SmallSystem) throws -> CacheBooks {
    try small.run { system in
      let broken = system.brokenLaws()
      #expect(broken == [])
      let parts = system.levelFigures()?.parts ?? []
      return parts.filter { $0.content == .feed }.reduce(CacheBooks()) { $0 + $1.books }
    }
  }

  /// Whatever a delivery drops in time is never shown old; what it does not drop is.
  @Test(arguments: ["inclusive", "exclusive"])
  func invalidationLeavesNothingStale(_ inclusion: String) throws {
    func books(_ rules: String) throws -> CacheBooks {
      try feedBooks(
        run(
          "l1: {feed: {size: 5%}}, l2: {feed: {size: 40%}}, inclusion: \(inclusion), \(rules)"))
    }
    for rules in ["invalidate: pattern", "invalidate: key", "keys: page, invalidate: pattern"] {
      let books = try books(rules)
      #expect(books.staleHits == 0 && books.hits > 200 && books.invalidated > 200, "\(rules)")
    }
    let none = try books("invalidate: none")
    #expect(none.staleHits > 100 && none.invalidated == 0)
    // The entry of the first page is dropped, those of the other pages stay.
    let missed = try books("keys: page, invalidate: key")
    #expect(missed.invalidated > 200)
    #expect(missed.staleHits > 0 && missed.staleHits < none.staleHits)
  }

  /// Pages of their own have to be made one by one.
  @Test func pagesOfTheirOwnHitLess() throws {
    let level = "l1: {feed: {size: 100%}}"
    let whole = try seen(run(level))
    let pages = try seen(run("\(level), keys: page"))
    #expect(pages.hits < whole.hits && pages.misses > whole.misses)
    // A page that takes longer may fall out of the window.
    let difference = pages.hits + pages.misses - whole.hits - whole.misses
    #expect(abs(difference) < 20)
  }

  /// Everything in three levels: laws hold wherever the run stops, whatever the servers.
  @Test(arguments: [nil, 1, 3], [0.2, 1])
  func lawsHoldAtAnyMoment(_ servers: Int?, _ share: Double) throws {
    let all = "size: 10%}, post: {size: 5%}, features: {size: 20%}, graph: {size: 20%}"
    for (rules, objects) in [
      ("onWrite: through", "objects: {}"), ("inclusion: exclusive, promote: renew", ""),
      ("keys: page, onWrite: invalidate, negative: 5s, origin: exponential(mean 3ms)", ""),
    ] {
      var small = run(
        "l1: {latency: servers, feed: {\(all)}, l2: {feed: {\(all)}, l3: {feed: {\(all)}, \(rules)",
        more: """
          traffic: {follows: {followsPerDay: 30, unfollowsPerDay: 30}}
          \(objects)
          """, policy: "hybrid, pushBelow: 20, pullFrom: 100", encoding: "packed")
      small.servers = servers
      small.length = Duration(seconds: 600 * share)
      try small.run { system in
        let broken = system.brokenLaws()
        #expect(broken == [], "\(rules)")
        #expect(system.levelFigures()?.parts.count == 12)
        let visits = system.measurements.stages[Stage.l1Cache.rawValue].count
        #expect(visits == UInt64(system.measurements.loadsMeasured))
      }
    }
  }

  /// A copy of a changed post, row or feature is stale where nobody tells the caches.
  @Test(arguments: ["through", "invalidate", "around"])
  func writesReachTheCopies(_ rule: String) throws {
    let all = "post: {size: 40%}, features: {size: 40%, policy: lru}, graph: {size: 60%}"
    let small = run(
      "l1: {\(all)}, l2: {\(all)}, onWrite: \(rule)",
      more: """
        engagement: {likes: 20%, comments: 5%, shares: 5%}
        traffic: {follows: {followsPerDay: 60, unfollowsPerDay: 60}}
        """,
      policy: "hybrid, pushBelow: 20, pullFrom: 100", encoding: "packed")
    try small.run { system in
      let broken = system.brokenLaws()
      #expect(broken == [])
      for content in [CacheContent.post, .features, .graph] {
        let parts = system.levelFigures()?.parts.filter { $0.content == content } ?? []
        let books = parts.reduce(CacheBooks()) { $0 + $1.books }
        #expect(books.hits > 0, "\(content)")
        #expect((books.staleHits == 0) == (rule != "around"), "\(content): \(books.staleHits)")
        #expect((books.invalidated > 0) == (rule == "invalidate"), "\(content)")
      }
    }
  }

  /// What levels answer their stores are not asked for.
  @Test func storesAreSparedTheHits() throws {
    var small = run(
      "l1: {post: {size: 30%}, graph: {size: 50%}, features: {size: 50%}}",
      more: "objects: {}", policy: "hybrid, pushBelow: 20, pullFrom: 100", encoding: "packed")
    small.warmUp = .zero
    try small.run { system in
      let told = system.levelFigures()
      let figures = try #require(told)
      func books(_ content: CacheContent) -> CacheBooks {
        figures.parts.first { $0.content == content }?.books ?? CacheBooks()
      }
      #expect(system.measurements.postsLookedUp == books(.post).misses)
      #expect(books(.post).hits > books(.post).misses)
      #expect(
        Int(system.measurements.stages[Stage.graph.rawValue].count) == books(.graph).misses)
      #expect(
        Int(system.measurements.stages[Stage.origin.rawValue].count) == books(.features).misses)
      #expect(books(.graph).hits > 100 && books(.features).hits > 100)
    }
  }

  /// An empty row is known to be empty for as long as one says.
  @Test func nothingIsKnownToo() throws {
    func negative(_ rule: String) throws -> (hits: Int, misses: Int) {
      var small = run("l1: {graph: {size: 100%}}\(rule)", policy: "pull")
      // Many follow nobody.
      small.meanFollows = 2
      return try small.run { system in
        let books = system.levelFigures()?.parts.first?.books ?? CacheBooks()
        return (books.negativeHits, books.misses)
      }
    }
    let usual = try negative("")
    let short = try negative(", negative: 2min")
    let never = try negative(", negative: 0s")
    #expect(usual.hits > short.hits && short.hits > 0 && never.hits == 0)
    #expect(usual.misses < short.misses && short.misses < never.misses)
  }

  /// A post that a replica did not show yet is believed not to be there, long after it is.
  @Test func whatWasNotFoundStaysAway() throws {
    func shown(_ rule: String) throws -> (posts: Int, negative: Int) {
      try run(
        "l1: {post: {size: 100%}}\(rule)",
        more: "tiers: {postStore: {replicas: {count: 1, lag: constant(20s)}}}",
        encoding: "packed"
      ).run { system in
        let books = system.levelFigures()?.parts.first?.books ?? CacheBooks()
        return (system.measurements.postsShown, books.negativeHits)
      }
    }
    let never = try shown("")
    let long = try shown(", negative: 30min")
    #expect(never.negative == 0 && long.negative > 100)
    #expect(long.posts < never.posts)
  }

  /// Under stress what is held is shown for longer.
  @Test(arguments: ["at: 5min, for: 5min", "at: 0s, for: 15min", "loads: 1", "backlog: 1"])
  func entriesLastLongerUnderStress(_ rule: String) throws {
    func look(_ more: String) throws -> (expired: Int, share: Double) {
      try run(
        "l1: {feed: {size: 100%, ttl: 20s}}, invalidate: none\(more)",
        more: "tiers: {fanOutWorkers: {visit: constant(3s)}}"
      ).run { system in
        let told = system.levelFigures()
        let figures = try #require(told)
        let share = Double(figures.lookUpsDegraded) / Double(figures.lookUps)
        return (figures.parts[0].books.expired, share)
      }
    }
    let plain = try look("")
    let degraded = try look(", degraded: {ttl: 1h, \(rule)}")
    #expect(plain.share == 0 && degraded.share > 0.02)
    #expect(degraded.expired < plain.expired)
  }

  /// More room in a level of LRU, all else the same, never has fewer of its look-ups hit.
  @Test func moreRoomHitsMore() throws {
    var last = 0
    for size in [1, 3, 20] {
      let found = try seen(
        run("l1: {feed: {size: \(size)%}}, l2: {feed: {size: \(2 * size)%}}, promote: renew"))
      #expect(found.hits > last)
      last = found.hits
    }
  }
}
