import Settings
import Simulation
import Testing

@testable import FeedSystem

/// Faults of shards, caches and clocks, and what readers notice of them.
struct StoreFaultTests {
  /// Forty fans follow eight authors, two on each of four shards; all is measured, nothing cached.
  private func pulling(_ faults: String, store: String = "shards: 4") -> SmallSystem {
    var written = WrittenAudience(follows: [], posts: [], loads: [])
    for user in 0..<48 {
      written.posts.append(user < 8 ? 0.2 : 0)
      written.loads.append(user < 8 ? 0 : 0.02)
      if user < 8 { continue }
      for author in 0..<8 { written.follows.append((UInt32(user), UInt32(author))) }
    }
    var small = SmallSystem()
    small.given = written.audience
    small.warmUp = .zero
    small.length = .seconds(300)
    small.servers = 16
    small.yaml = """
      fanOut: {policy: pull}
      cache: {feed: {size: 0}}
      sessions: {loads: 1, pages: 1}
      network: {roundTrip: 0s, client: 0s}
      ranking: [chronological]
      tiers: {postStore: {\(store), visit: constant(1ms), perUnit: 0s}}
      faults: [\(faults)]
      """
    return small
  }

  /// Every page lacks the shard, and whoever writes to it is turned away.
  @Test func pagesLackAShard() throws {
    let lost = "{shard-lost: {tier: postStore, shard: 1, at: 0s}}"
    try pulling(lost).run(warmStart: false) { system in
      let pages = system.measurements.loadsMeasured
      #expect(pages > 100 && system.faults.measurements.pagesIncomplete == pages)
      #expect(system.measurements.postsRejected > 20)
      #expect(system.measurements.loadsRejected == 0)
      let onShard = (0..<UInt32(system.posts.count)).count { system.posts[$0].author % 4 == 1 }
      #expect(onShard == 0 && system.posts.count > 100)
      let audit = system.auditDeliveries()
      #expect(audit.lostInAll == 0 && audit.duplicate == 0)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// Only pages of that time lack it, and afterwards all is found again.
  @Test func theShardComesBack() throws {
    let lost = "{shard-lost: {shard: 1, at: 100s, for: 50s}}"
    try pulling(lost).run(warmStart: false) { system in
      let pages = Double(system.measurements.loadsMeasured)
      let share = Double(system.faults.measurements.pagesIncomplete) / pages
      #expect(abs(share - 1.0 / 6) < 0.06)
      #expect(system.auditDeliveries().lostInAll == 0)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// A replica is a second behind: what the primary was given in its last second is gone, and
  /// nothing else.
  @Test func promotionLosesWhatNoReplicaHad() throws {
    let lost = "{shard-lost: {shard: 1, at: 100s, for: 60s, detectAfter: 10s}}"
    let store = "shards: 4, replicas: {count: 2, lag: constant(1s)}"
    try pulling(lost, store: store).run(warmStart: false) { system in
      var expected: [UInt32] = []
      for post in 0..<UInt32(system.posts.count) where system.posts[post].author % 4 == 1 {
        let stored = system.posts[post].storedMilliseconds
        if stored > 99_000, stored < 110_000 { expected.append(post) }
      }
      #expect(system.faults.gone.all == expected)
      let audit = system.auditDeliveries()
      #expect(audit.vanished == 40 * expected.count && audit.lost == 0)
      #expect(audit.lostInAll == audit.vanished)
      #expect(system.measurements.postsRejected > 0)
      #expect(system.faults.measurements.pagesIncomplete == 0, "replicas answer reads")
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// Whoever comes back before anybody has noticed has lost nothing.
  @Test func aShortOutageLosesNothing() throws {
    let lost = "{shard-lost: {shard: 1, at: 100s, for: 9s, detectAfter: 10s}}"
    let store = "shards: 4, replicas: {count: 1, lag: constant(1s)}"
    try pulling(lost, store: store).run(warmStart: false) { system in
      #expect(system.faults.gone.isEmpty && system.auditDeliveries().lostInAll == 0)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// Each of eight visits takes ten times its millisecond on one shard of four, where a load waits
  /// for the slowest.
  @Test func aSlowShardIsTheSlowest() throws {
    let slow = "{slow-shard: {shard: 2, factor: 10, at: 0s}}"
    let usual = try pulling("").run(warmStart: false) { $0.busyTime(.postStore) }
    try pulling(slow).run(warmStart: false) { system in
      #expect(system.busyTime(.postStore) > usual)
      let gathered = system.measurements.stages[Stage.posts.rawValue].mean
      #expect(gathered >= 10e6 && gathered < 12e6)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// A clock that is ahead puts its shard's posts before newer ones; nobody's feed is out of order
  /// without one.
  @Test func aSkewedClockMakesAWrongOrder() throws {
    var wrong: [Int] = []
    for faults in ["", "{clock-skew: {shard: 1, by: 5s, at: 0s}}"] {
      try pulling(faults).run(warmStart: false) { system in
        wrong.append(system.faults.measurements.pairsMisordered)
        let broken = system.brokenLaws()
        #expect(broken == [])
        if !faults.isEmpty {
          let pairs = system.faults.measurements.pairs
          #expect(Double(wrong[1]) > 0.05 * Double(pairs))
        }
      }
    }
    #expect(wrong[0] == 0)
  }

  // MARK: Caches

  private func cached(_ cache: String, _ faults: String) -> SmallSystem {
    var small = SmallSystem()
    small.users = 400
    small.maximum = 150
    small.activity = "{postsPerDay: 20, loadsPerDay: 300, activeShare: 70%}"
    small.servers = 16
    small.yaml = """
      fanOut: {policy: push}
      timelines: {lifetime: 2h}
      cache: {\(cache)}
      faults: [\(faults)]
      """
    return small
  }

  /// Lost for ten of thirty minutes: meanwhile nothing is found, before and after something is.
  @Test(arguments: [
    ("feed: {size: 100%, invalidate: never}", "cache: feed"),
    ("levels: {l1: {feed: {size: 100%}}, l2: {feed: {size: 100%}}}", "cache: l1"),
  ])
  func aLostCacheMisses(_ cache: String, _ which: String) throws {
    let faults = "{cache-cluster-lost: {\(which), at: 10m, for: 10m}}"
    try cached(cache, faults).run { system in
      let rows = system.measurements.intervals.rows
      let length = system.measurements.intervals.interval.seconds
      func hits(_ from: Double, _ to: Double) -> Int {
        rows.indices.filter { Double($0) * length >= from && Double($0 + 1) * length <= to }
          .reduce(0) { $0 + rows[$1].feedCacheHits }
      }
      #expect(hits(0, 600) > 20 && hits(1200, 1800) > 20)
      // The second level goes on without the first.
      let isAlone = which == "cache: feed"
      #expect(isAlone ? hits(600 + length, 1200) == 0 : hits(600 + length, 1200) > 20)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// Of nodes with 40 % of the keys, that many feeds are gone, and no others.
  @Test func aNodeTakesItsKeys() throws {
    let faults = "{cache-node-lost: {share: 40%, at: 0s}}"
    var misses: [Int] = []
    for faults in ["", faults, "{cache-cluster-lost: {at: 0s}}"] {
      try cached("feed: {size: 100%, ttl: 1h, invalidate: never}", faults).run { system in
        misses.append(system.measurements.feedCacheMisses)
        let broken = system.brokenLaws()
        #expect(broken == [])
      }
    }
    #expect(misses[0] < misses[1] && misses[1] < misses[2])
  }
}
