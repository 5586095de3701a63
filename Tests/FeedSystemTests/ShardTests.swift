import Settings
import Simulation
import Testing

@testable import FeedSystem

/// Where posts lie among shards, what that asks of each, and what replicas show.
struct ShardTests {
  /// Everybody else follows the first `authors` users, of whom each posts at a rate, and loads.
  private func fans(
    _ fans: Int, of authors: Int, posts: Double = 0, own: Double = 0, loads: Double = 0.01
  ) -> Audience {
    var written = WrittenAudience(follows: [], posts: [], loads: [])
    for user in 0..<(authors + fans) {
      written.posts.append(user < authors ? posts : own)
      written.loads.append(user < authors ? 0 : loads)
      if user < authors { continue }
      for author in 0..<authors { written.follows.append((UInt32(user), UInt32(author))) }
    }
    return written.audience
  }

  /// All is measured, nothing is cached, a session is one page.
  private func pulling(_ audience: Audience, _ postStore: String) -> SmallSystem {
    var small = SmallSystem()
    small.given = audience
    small.warmUp = .zero
    small.servers = 16
    small.yaml = """
      fanOut: {policy: pull}
      cache: {feed: {size: 0}}
      sessions: {loads: 1, pages: 1}
      network: {roundTrip: 0s, client: 0s}
      tiers: {postStore: {\(postStore), visit: constant(1ms), perUnit: 1ms}}
      """
    return small
  }

  /// A load that pulls k authors asks min(k, N) shards, where they lie apart; all N, where posts
  /// are hashed; one, where it has a copy of its own.
  @Test(arguments: [
    ("author", 3, 3.0), ("author", 20, 8.0), ("post", 3, 8.0), ("post", 20, 8.0),
    ("viewer", 3, 1.0), ("viewer", 20, 1.0),
  ])
  func asksAsManyShardsAsItMust(_ key: String, _ authors: Int, _ expected: Double) throws {
    let small = pulling(fans(60, of: authors), "shards: 8, shardBy: \(key)")
    try small.run(warmStart: false) { system in
      let storage = (system.measurements.storage.pulls, system.measurements.storage.shardsAsked)
      #expect(storage.0 > 500 && storage.0 == system.measurements.loadsCompleted)
      #expect(Double(storage.1) == expected * Double(storage.0))
      #expect(system.brokenLaws() == [])
      // Nothing else visits: the sum over the shards is what was asked.
      #expect(system.postShards.stationsBalance.visits == UInt64(storage.1))
      // A visit takes 1 ms and 1 ms for each author: every shard is asked for all where posts are
      // hashed, else each author is asked for once.
      let authorsAsked = key == "post" ? 8 * authors : authors
      let milliseconds = storage.1 + storage.0 * authorsAsked
      #expect(system.busyTime(.postStore) == .milliseconds(Int64(milliseconds)))
    }
  }

  /// k authors drawn at random lie on N(1 − (1 − 1/N)^k) shards on average.
  @Test func randomAuthorsFillShardsAsOccupancySays() {
    var scratch = Scratch()
    var stream = RandomStream(seed: 5, purpose: 1)
    var asked = 0
    for _ in 0..<2000 {
      let authors = (0..<10).map { _ in UInt32(stream.below(1_000_000)) }
      authors.withUnsafeBufferPointer { scratch.count($0, shards: 16) }
      asked += (0..<16).count { scratch.perShard[$0] > 0 }
    }
    let expected = 16 * (1 - power(15.0 / 16, 10))
    #expect(abs(Double(asked) / 2000 - expected) < 0.1)
  }

  /// All reads of one author are one shard's, unless posts or readers are spread.
  @Test func aStarIsHotByAuthorAlone() throws {
    var skews: [Double] = []
    for key in ["author", "post", "viewer"] {
      let small = pulling(fans(64, of: 1, posts: 0.001), "shards: 8, shardBy: \(key)")
      try small.run(warmStart: false) { system in
        #expect(system.brokenLaws() == [])
        skews.append(system.postShards.skew)
      }
    }
    #expect(skews[0] == 8)
    #expect(skews[1] < 1.2 && skews[2] < 1.4)
  }

  /// A copy on each reader's shard makes each post as many writes as there are such shards.
  @Test func copiesAreWrittenWhereReadersAre() throws {
    var small = SmallSystem()
    small.warmUp = .zero
    small.servers = 16
    small.activity = "{postsPerDay: 20, loadsPerDay: 0}"
    small.yaml = """
      fanOut: {policy: pull}
      tiers: {postStore: {shards: 16, shardBy: viewer}}
      """
    try small.run(warmStart: false) { system in
      var expected = 0
      for post in 0..<UInt32(system.posts.count) {
        let author = system.posts[post].author
        var shards = Set([Int(author) % 16])
        for follower in system.audience.graph.followers(of: author) {
          shards.insert(Int(follower) % 16)
        }
        expected += shards.count
      }
      #expect(expected > 3 * system.posts.count)
      #expect(system.postShards.books.arrivals == UInt64(expected))
      #expect(system.brokenLaws() == [])
    }
  }

  @Test(arguments: ["author", "post", "viewer"])
  func everyShardingDeliversAll(_ key: String) throws {
    for replicas in [0, 2] {
      var small = SmallSystem()
      small.servers = 16
      small.length = .seconds(600)
      small.yaml = """
        fanOut: {policy: hybrid, pushBelow: 30, pullFrom: 100}
        timelines: {encoding: row}
        tiers:
          postStore:
            {shards: 4, shardBy: \(key), replicas: {count: \(replicas), lag: constant(3s)}}
        """
      try small.run { system in
        #expect(system.brokenLaws() == [])
        let audit = system.auditDeliveries()
        #expect(audit.due > 1000 && audit.lost == 0 && audit.duplicate == 0)
        #expect((system.measurements.storage.staleReads > 0) == (replicas > 0))
      }
    }
  }

  // MARK: Replicas

  /// Primaries take the writes alone, replicas all reads and each write once more.
  @Test func replicasReadAndPrimariesWrite() throws {
    let small = pulling(
      fans(60, of: 5, posts: 0.002), "shards: 4, replicas: {count: 3, lag: constant(1s)}")
    try small.run(warmStart: false) { system in
      let stations = system.postShards.snapshots(at: system.now)
      let writes =
        system.measurements.postsStored + system.measurements.engagementsCounted
      let primaries = stride(from: 0, to: 16, by: 4).reduce(0) { $0 + stations[$1].visits }
      let all = stations.reduce(0) { $0 + $1.visits }
      #expect(stations.count == 16 && writes > 100)
      #expect(primaries == writes)
      #expect(all - primaries == system.measurements.storage.shardsAsked + 3 * writes)
    }
  }

  /// Posts of the authors pulled are Poisson with rate Λ, so a read at lag L lacks one with odds of
  /// 1 − e^(−ΛL), and the oldest it lacks is L/(1 − e^(−ΛL)) − 1/Λ old on average.
  @Test func staleReadsAreAsOftenAsTheLagSays() throws {
    let lag = 20.0
    let (rate, own) = (4 * 0.004, 0.001)
    var small = pulling(
      fans(100, of: 4, posts: 0.004, own: own, loads: 0.005),
      "shards: 4, replicas: {count: 2, lag: constant(20s)}")
    small.length = .seconds(14_400)
    try small.run(warmStart: false) { system in
      let reads = Double(system.measurements.storage.replicaReads)
      let share = 1 - power(2.718281828459045, -rate * lag)
      let found = Double(system.measurements.storage.staleReads) / reads
      // A post makes all reads within the lag stale at once: their number is that of posts.
      let posts = rate * small.length.seconds
      #expect(reads > 5000 && abs(found - share) < 4 * share / posts.squareRoot())
      let age = system.measurements.storage.staleAge.mean / 1e9
      #expect(abs(age - (lag / share - 1 / rate)) < 1.5)
      #expect(system.measurements.storage.staleAge.maximum <= 20_100_000_000)
      let ownShare = 1 - power(2.718281828459045, -own * lag)
      let ownFound = Double(system.measurements.storage.ownUnseen) / reads
      #expect(abs(ownFound - ownShare) < 4 * (ownShare / reads).squareRoot() * 2)
      #expect(system.auditDeliveries().lost == 0)
    }
  }

  /// Who comes back catches up, and what is written then is asked of the primary.
  @Test func whatIsWrittenIsReadFromThePrimary() throws {
    var small = pulling(
      fans(60, of: 5, posts: 0.002), "shards: 4, replicas: {count: 3, lag: constant(20s)}")
    small.yaml = small.yaml.replacing(
      "{policy: pull}", with: "{policy: hybrid, pushBelow: 10, pullFrom: 1k, activeWindow: 1s}"
    ).replacing("size: 0", with: "size: 0, ttl: 1s")
    try small.run(warmStart: false) { system in
      #expect(system.measurements.caughtUp > 100)
      // Only who comes again within a second is still active.
      let reads = system.measurements.storage.replicaReads
      #expect(reads * 20 < system.measurements.loadsCompleted)
      #expect(system.auditDeliveries().lost == 0)
    }
  }

  /// No lag, no stale reads; and a reader then sees what a reader of the primary sees.
  @Test func withoutLagReplicasAreLikeTheirPrimaries() throws {
    let audience = fans(60, of: 5, posts: 0.002)
    var shown: [Int] = []
    for store in ["shards: 4", "shards: 4, replicas: {count: 2, lag: constant(0s)}"] {
      var small = pulling(audience, store)
      small.yaml += "\nengagement: {likes: 0%, comments: 0%, shares: 0%}"
      try small.run(warmStart: false) { system in
        #expect(system.measurements.storage.staleReads == 0)
        shown.append(system.measurements.postsShown)
      }
    }
    #expect(shown[0] > 1000 && abs(shown[0] - shown[1]) < shown[0] / 100)
  }

  /// A visit of 52 days is waited for by those of 1,000 cells for longer than is counted, though
  /// the cell's own servers are not.
  @Test(arguments: [(10.0, false), (1000, true)])
  func whatAllCellsWaitForIsCounted(cells: Double, isBeyond: Bool) {
    var tier = ShardedTier(shards: 2)
    tier.share(holding: 1, of: 4, cells: cells, smoothing: .seconds(15))
    tier.resize(servers: 4)
    _ = tier.arrive(0, at: .start, service: Duration(nanoseconds: 1 << 52))
    #expect(tier.isBeyondCount == isBeyond)
  }
}
