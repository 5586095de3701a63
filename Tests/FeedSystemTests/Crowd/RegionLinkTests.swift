import Simulation
import Testing

@testable import FeedSystem

/// Ways between regions that are slow or lose messages, and what users meet of it.
struct RegionLinkTests {
  private func small(_ faults: String, _ geography: String = "") -> SmallSystem {
    var small = SmallSystem()
    small.users = 400
    small.maximum = 150
    small.meanFollows = 12
    small.activity = "{postsPerDay: 200, loadsPerDay: 800, activeShare: 100%}"
    small.warmUp = .seconds(60)
    small.length = .seconds(900)
    small.servers = 20
    small.yaml = """
      fanOut: {policy: hybrid, pushBelow: 20, pullFrom: 40}
      timelines: {lifetime: 1h}
      cache: {feed: {size: 0}}
      sessions: {loads: 1, pages: 1}
      regions:
        - {name: us, users: 50, roundTrip: 20ms}
        - {name: europe, users: 30, roundTrip: 30ms}
        - {name: asia, users: 20, roundTrip: 40ms}
      geography: {replicationLag: {from: 0s, to: 0s}\(geography)}
      faults: [\(faults)]
      """
    return small
  }

  private func run<Value>(
    _ small: SmallSystem, _ look: (FeedSystem) throws -> Value
  ) throws -> Value {
    try small.run { system in
      let broken = system.brokenLaws()
      #expect(broken == [])
      let audit = system.auditDeliveries()
      #expect(audit.lost == 0 && audit.duplicate == 0)
      return try look(system)
    }
  }

  private func state(_ system: FeedSystem) throws -> RegionState {
    let state = system.crowd.geography
    return try #require(state)
  }

  /// A fifth of a second more to the primary: half of the authors live elsewhere. A region has a
  /// post half of that later, and nobody in the primary's own.
  @Test func aSlowWayIsWaitedFor() throws {
    let usual = try run(small("")) { $0.measurements.publishLatency.mean }
    try run(small("{region-link: {from: us, delay: 200ms, at: 0s}}")) { system in
      let extra = (system.measurements.publishLatency.mean - usual) / 1e6
      #expect(extra > 80 && extra < 120, "\(extra) ms")
      #expect(abs(system.longestReplication.seconds - 0.1) < 0.002)
      #expect(system.faults.measurements.crossings > 100)
      #expect(system.faults.measurements.crossingsLost == 0)
      let home = try self.state(system).counts[0]
      #expect(home.staleReads == 0)
    }
    // Between two regions that both write to a third, nobody crosses it, and no post is copied.
    try run(small("{region-link: {from: europe, to: asia, loss: 100%, at: 0s}}")) { system in
      #expect(system.measurements.publishLatency.mean == usual)
      #expect(system.faults.measurements.crossings == 0 && system.longestReplication == .zero)
    }
  }

  /// Cut off from the primary, a region writes nothing and sees nothing new, and then all of it;
  /// the third region notices nothing.
  @Test func aPartitionStopsWritesAndCopies() throws {
    let cut = "{region-link: {from: europe, to: us, loss: 100%, at: 300s, for: 200s}}"
    try run(small(cut)) { system in
      let (rejected, seen) = (system.measurements.postsRejected, system.faults.measurements)
      // A third of 400 · 200 posts a day live there: 61 in 200 s, and follows and reactions.
      #expect(rejected > 30 && rejected < 100, "\(rejected)")
      #expect(seen.crossingsLost == seen.crossings && seen.crossingsLost >= Int(rejected))
      let state = try self.state(system)
      #expect(state.counts[1].failedPosts == Int(rejected))
      #expect(state.counts[1].failed == system.measurements.loadsRejectedMeasured)
      #expect(state.counts[1].staleReads > 20)
      #expect(state.counts[0].staleReads == 0 && state.counts[2].staleReads == 0)
      // The first copy that was lost waits for the whole time; they are sent every second.
      let longest = system.longestReplication.seconds
      #expect(longest > 190 && longest < 201, "\(longest) s")
      #expect(state.unreplicated.isEmpty)
    }
  }

  /// What had not come to the heir when the primary went is lost with it: all of a partition's
  /// posts, and not the last of them alone.
  @Test func aPartitionedHeirLosesAllSince() throws {
    let faults = """
      {region-link: {from: europe, to: us, loss: 100%, at: 300s, for: 400s}},
      {region-lost: {region: us, at: 400s, for: 400s}}
      """
    let failover = ", failover: {detectAfter: 10s, dns: 10s, promoteAfter: 10s}"
    try run(small(faults, failover)) { system in
      let state = try self.state(system)
      let loss = try #require(state.losses.first)
      #expect(loss.heir == 1 && state.primary == 1)
      let since = UInt32(clamping: 360 * 1000)
      let expected = (0..<UInt32(loss.posts)).filter {
        Int($0) >= system.historyCount && system.posts[$0].storedMilliseconds >= since
      }
      #expect(state.unreplicated == expected && expected.count > 20)
      let due = expected.reduce(0) {
        $0 + system.audience.graph.followerCount(of: system.posts[$1].author)
      }
      #expect(system.auditDeliveries().unreplicated == due)
    }
  }

  /// Half of the messages are lost; clients that ask three times have seven eighths of their posts
  /// taken, and each waits for what is missed.
  @Test func whoAsksAgainGetsThrough() throws {
    let loss = "{region-link: {from: us, loss: 50%, timeout: 2s, at: 0s}}"
    var failed: [Double] = []
    for clients in ["clients: {}", "clients: {retries: {attempts: 3}}"] {
      var small = small(loss)
      small.yaml += "\n\(clients)\n"
      try run(small) { system in
        let posts = system.clients.measurements.measured(.publish)
        #expect(posts.failed(.networkLost) == posts.failed && posts.opened > 400)
        failed.append(Double(posts.failed) / Double(posts.opened))
        let seen = system.faults.measurements
        let share = Double(seen.crossingsLost) / Double(seen.crossings)
        #expect(seen.crossings > 200 && abs(share - 0.5) < 0.12, "\(share)")
        // Copies are sent until they arrive.
        #expect(system.longestReplication.seconds > 6)
      }
    }
    // Of the half that live elsewhere: a half, an eighth.
    #expect(abs(failed[0] - 0.25) < 0.05 && abs(failed[1] - 0.0625) < 0.03, "\(failed)")
  }

  /// Users who are served elsewhere cross the way as well; what it costs them is their region's,
  /// and each of its losses is counted once.
  @Test func aFailoverLeadsOverABadWay() throws {
    let faults = """
      {region-lost: {region: asia, at: 100s}},
      {region-link: {from: asia, loss: 100%, at: 500s, for: 200s}}
      """
    let failover = ", failover: {detectAfter: 10s, dns: 10s}"
    try run(small(faults, failover)) { system in
      let asia = try self.state(system).counts[2]
      // Cut off for 20 s, and then over the way: a fifth of 400 · 800 loads a day are 148 in 200 s.
      let (failed, seen) = (asia.failed, system.faults.measurements)
      #expect(failed == system.measurements.loadsRejectedMeasured)
      #expect(failed > 100 && failed < 230 && failed <= asia.requests, "\(failed)")
      #expect(asia.failedPosts == Int(system.measurements.postsRejected) && asia.failedPosts > 10)
      #expect(seen.crossingsLost > 90 && seen.crossingsLost == seen.crossings)
      let others = try self.state(system).counts[..<2]
      #expect(others.allSatisfy { $0.failed == 0 && $0.failedPosts == 0 })
    }
  }

  /// A way that is slow before and after, and not between: one design, two seeds, other losses.
  @Test func sameSeedSameLosses() throws {
    var fingerprints: Set<UInt64> = []
    for seed in [UInt64(3), 3, 4] {
      var small = small(
        "{region-link: {from: us, loss: 20%, every: exponential(mean 1min), for: 20s}}")
      small.seed = seed
      fingerprints.insert(try run(small) { $0.fingerprint })
    }
    #expect(fingerprints.count == 2)
  }
}
