import Settings
import Simulation
import Testing

@testable import FeedSystem

/// Relations between runs that must hold whatever the figures are.
struct RelationTests {
  struct Trace: Equatable {
    var fingerprint: UInt64
    var written: Int
    var loads: Int
    var hits: Int
    var latency: Double
  }

  private func trace(_ yaml: String, _ change: (inout SmallSystem) -> Void = { _ in }) throws
    -> Trace
  {
    var small = SmallSystem()
    small.yaml = yaml
    small.servers = 2
    change(&small)
    return try small.run { system in
      Trace(
        fingerprint: system.fingerprint, written: system.measurements.entriesWritten,
        loads: system.measurements.loadsMeasured, hits: system.measurements.feedCacheHits,
        latency: system.measurements.feedLatency.mean)
    }
  }

  @Test func sameSeedSameRun() throws {
    let first = try trace("fanOut: {policy: hybrid, pushBelow: 50, pullFrom: 300}")
    let second = try trace("fanOut: {policy: hybrid, pushBelow: 50, pullFrom: 300}")
    let other = try trace("fanOut: {policy: hybrid, pushBelow: 50, pullFrom: 300}") {
      $0.seed = 8
    }
    #expect(first == second)
    #expect(first.fingerprint != other.fingerprint)
  }

  /// A viewer at the end of a short feed may still refresh: the loads that the activity promises
  /// come, of one page each there and of three on average where there is more to see.
  @Test(arguments: [("{page: 20, length: 20}", 1.0), ("{page: 5, length: 400}", 3.0)])
  func loadsComeAsTheActivitySays(_ feed: String, _ pages: Double) throws {
    var small = SmallSystem()
    small.yaml = "{fanOut: {policy: push}, feed: \(feed), sessions: {pages: 3}}"
    small.activity = "{postsPerDay: 20, loadsPerDay: 300, activeShare: 100%}"
    small.servers = 4
    let promised = try small.audience().activity.loadRateTotal * small.length.seconds
    let loads = try small.run { Double($0.measurements.loadsMeasured) }
    #expect(abs(loads / promised / pages - 1) < 0.08)
  }

  @Test func hybridWithoutLimitsIsPush() throws {
    let push = try trace("fanOut: {policy: push}")
    let hybrid = try trace("fanOut: {policy: hybrid, pushBelow: 1M, pullFrom: 1M}")
    #expect(push == hybrid)
  }

  @Test func hybridThatPullsEverybodyIsPull() throws {
    let pull = try trace("fanOut: {policy: pull}")
    let hybrid = try trace("fanOut: {policy: hybrid, pushBelow: 0, pullFrom: 0}")
    #expect(pull == hybrid)
    #expect(pull.written == 0)
  }

  @Test func designsSeeTheSamePostsAndSessions() throws {
    func authors(_ yaml: String) throws -> [UInt32] {
      var small = SmallSystem()
      small.yaml = yaml
      return try small.run { system in
        (0..<UInt32(system.posts.count)).filter { system.posts[$0].measured != 0 }
          .map { system.posts[$0].author }.sorted()
      }
    }
    #expect(try authors("fanOut: {policy: push}") == authors("fanOut: {policy: pull}"))
  }

  @Test func moreServersNeverSlowTheFeedDown() throws {
    var means: [Double] = []
    for servers in [1, 2, 8] {
      means.append(
        try trace("fanOut: {policy: pull}\ntiers: {ranking: {visit: exponential(mean 1s)}}") {
          $0.servers = servers
        }.latency)
    }
    #expect(means[0] > means[1])
    #expect(means[1] > means[2])
  }

  @Test(arguments: [
    "policy: hybrid, pushBelow: 50, pullFrom: 300",
    "policy: hybrid, pushBelow: 50, pullFrom: 300, middleTier: topFollowers, topFollowers: 40",
    "policy: per-edge-optimal, rates: 7d", "policy: lossy, limit: 15",
  ])
  func aWarmStartIsTheSameAsDeliveringEveryPost(_ fanOut: String) throws {
    var small = SmallSystem()
    small.yaml = "fanOut: {\(fanOut)}\ntimelines: {capacity: 100}"
    let audience = try small.audience()
    let (design, traffic) = try small.settings()
    let bound = try traffic.traffic(for: audience.graph, window: .start)
    let system = try FeedSystem(
      design: design, audience: audience, traffic: bound, seed: 3, memory: TimelineMemory())
    system.warmStart()
    let memory = try TimelineMemory()
    let expected = try TimelineStore(users: small.users, capacity: 100, memory: memory)
    for user in 0..<UInt32(small.users) {
      expected.viewer(user).pointee.lastLoadMilliseconds =
        system.timelines.viewer(user).pointee.lastLoadMilliseconds
    }
    for post in 0..<UInt32(system.posts.count) {
      let record = system.posts[post]
      let plan = system.classes.plan(of: record.author)
      for follower in audience.graph.followers(of: record.author) where plan != .pull {
        let due = system.isDue(follower, post, stored: Int64(record.storedMilliseconds))
        if plan == .push || due { expected.insert(post, into: follower) }
      }
    }
    let mine = UnsafeMutablePointer<UInt32>.allocate(capacity: 128)
    let theirs = UnsafeMutablePointer<UInt32>.allocate(capacity: 128)
    defer {
      mine.deallocate()
      theirs.deallocate()
    }
    var overwritten = 0
    for user in 0..<UInt32(small.users) {
      let count = system.timelines.read(user, limit: 100, ids: 0..<UInt32.max, into: mine)
      let other = expected.read(user, limit: 100, ids: 0..<UInt32.max, into: theirs)
      #expect(count == other)
      #expect((0..<count).allSatisfy { mine[$0] == theirs[$0] })
      overwritten += expected.head(user).pointee.written > 100 ? 1 : 0
    }
    #expect(overwritten > 100)
  }

  @Test func aScrollSeesNoPostTwice() throws {
    // A cursor is an offset into the feed as it was at the first page.
    var small = SmallSystem()
    small.yaml = "fanOut: {policy: pull}\ncache: {feed: {size: 0}}\nsessions: {pages: 4}"
    try small.run { system in
      #expect(system.measurements.feedCacheHits == 0)
      #expect(system.measurements.postsShown > system.measurements.loadsMeasured * 15)
    }
  }
}
