import Settings
import Simulation
import Testing

@testable import FeedSystem

/// Regions that are lost, and what their users meet.
struct LostRegionTests {
  private typealias Action = (seconds: Int64, act: (FeedSystem) -> Void)

  private func small(_ geography: String) -> SmallSystem {
    var small = SmallSystem()
    small.users = 400
    small.maximum = 150
    small.meanFollows = 12
    small.activity = "{postsPerDay: 200, loadsPerDay: 800, activeShare: 100%}"
    small.warmUp = .seconds(60)
    small.length = .seconds(900)
    small.yaml = """
      fanOut: {policy: hybrid, pushBelow: 20, pullFrom: 40}
      timelines: {lifetime: 1h}
      cache: {feed: {size: 30%}}
      regions:
        - {name: us, users: 50, roundTrip: 20ms}
        - {name: europe, users: 30, roundTrip: 30ms}
        - {name: asia, users: 20, roundTrip: 40ms}
      \(geography)
      """
    return small
  }

  /// Runs with what is done to the system at times of the window.
  private func run<Value>(
    _ geography: String, _ actions: [Action] = [],
    _ look: (FeedSystem) throws -> Value
  ) throws -> Value {
    let small = small(geography)
    let audience = try small.audience()
    let (design, traffic) = try small.settings()
    let opens = Instant.start + small.warmUp
    let system = try FeedSystem(
      design: design, audience: audience,
      traffic: traffic.traffic(for: audience.graph, window: opens), seed: small.seed,
      memory: TimelineMemory())
    system.warmStart()
    system.start(measuring: opens..<(opens + small.length))
    system.resize(to: Fleet { $0 == .postStore ? 16 : 20 })
    for action in actions {
      system.run(until: opens + .seconds(action.seconds))
      action.act(system)
    }
    system.run(until: opens + small.length)
    system.drain(until: opens + small.length + .seconds(7200))
    let broken = system.brokenLaws()
    #expect(broken == [])
    return try look(system)
  }

  /// What the regions' users have met.
  private func figures(_ system: FeedSystem) -> [RegionFigures] {
    (0..<3).compactMap { system.regionFigures($0) }
  }

  /// Which regions stand and serve; the system must have some.
  private func state(_ system: FeedSystem) throws -> RegionState {
    let state = system.crowd.geography
    return try #require(state)
  }

  private func lose(_ region: Int, at seconds: Int64) -> Action {
    (seconds, { $0.loseRegion(region) })
  }
  private func regain(_ region: Int, at seconds: Int64) -> Action {
    (seconds, { $0.regainRegion(region) })
  }

  /// With no way between regions and no lag, a geography in which nothing happens is none.
  @Test func aGeographyOfOnePlaceIsNone() throws {
    let none = try run("") { $0.fingerprint }
    let one = "geography: {roundTrip: 0s, replicationLag: {from: 0s, to: 0s}}"
    #expect(try run(one) { $0.fingerprint } == none)
    // With a lag feeds lack posts; with a way writes take longer.
    let lag = "geography: {roundTrip: 0s, replicationLag: {from: 30s, to: 60s}}"
    try run(lag) { system in
      let home = self.figures(system)[0]
      let away = self.figures(system)[1]
      #expect(home.staleReads == 0 && away.staleReads > 0.2)
      #expect(home.failed == 0 && away.cutOff == 0)
    }
  }

  /// An author elsewhere waits a round trip to the primary longer; at home nobody does.
  @Test func writesGoToThePrimary() throws {
    func sum(_ roundTrip: String) throws -> (sum: Double, count: Int) {
      try run("geography: {roundTrip: \(roundTrip), replicationLag: {from: 0s, to: 0s}}") {
        ($0.measurements.publishLatency.sum, Int($0.measurements.publishLatency.count))
      }
    }
    let near = try sum("0s")
    let far = try sum("200ms")
    let extra = (far.sum - near.sum) / Double(near.count) / 1e6
    // Half of the users live elsewhere.
    #expect(abs(Double(far.count - near.count)) <= 3)
    #expect(extra > 80 && extra < 120, "\(extra) ms")
  }

  /// Cut off for detection and names, then served from further away; and exactly those requests
  /// fail that are made in between.
  @Test func usersAreCutOffUntilTheyAreSentElsewhere() throws {
    let geography = """
      geography:
        roundTrip: 80ms
        failover: {detectAfter: 30s, dns: 60s, promoteAfter: 20s}
      """
    let usual = try run(geography) {
      ($0.edge.measurements.latency[1].mean / 1e6, $0.measurements.loadsMeasured)
    }
    try run(geography, [lose(1, at: 300), regain(1, at: 600)]) { system in
      let europe = self.figures(system)[1]
      #expect(abs(europe.cutOff - 90) < 1e-9)
      // Sessions of several loads end with the first that fails.
      #expect(europe.failed > 0.02 && europe.failed < 0.12, "\(europe.failed)")
      let others = self.figures(system)
      #expect(others[0].failed == 0 && others[2].cutOff == 0)
      let counts = try self.state(system).counts[1]
      #expect(counts.failed == system.measurements.loadsRejectedMeasured && counts.failed > 20)
      #expect(Int(system.measurements.postsRejected) == counts.failedPosts)
      #expect(counts.failedPosts > 0)
      // From 390 s to 660 s of 900 its users were served 80 ms further away.
      let longer = system.edge.measurements.latency[1].mean / 1e6 - usual.0
      #expect(longer > 12 && longer < 45, "\(longer) ms")
      let audit = system.auditDeliveries()
      #expect(audit.unreplicated == 0 && audit.lost == 0)
      let primary = try self.state(system).primary
      #expect(primary == 0)
    }
  }

  @Test func withoutAFailoverUsersWait() throws {
    try run("geography: {}", [lose(1, at: 300), regain(1, at: 500)]) { system in
      let europe = self.figures(system)[1]
      #expect(abs(europe.cutOff - 200) < 0.5)
      let server = try self.state(system).server
      #expect(server == [0, 1, 2])
    }
    try run("geography: {}", [lose(2, at: 300)]) { system in
      let asia = self.figures(system)[2]
      #expect(abs(asia.cutOff - 600) < 0.5)
    }
  }

  /// Posts within the lag are lost with the primary: those whose own lag had not passed, each for
  /// all its author's followers, and nobody is shown them any more.
  @Test func postsWithinTheLagAreLost() throws {
    let geography = """
      geography:
        primary: us
        replicationLag: {from: 30s, to: 60s}
        failover: {detectAfter: 10s, dns: 10s, promoteAfter: 10s}
      """
    try run(geography, [lose(0, at: 300)]) { system in
      let state = try self.state(system)
      #expect(state.primary == 1 && state.losses.count == 1)
      let heir = try #require(state.losses.first)
      #expect(abs((heir.at - .start).seconds - 360) < 0.5 && heir.heir == 1)
      // At most all of the last minute, at least all of the last half.
      func stored(_ since: Int64) -> [UInt32] {
        (0..<UInt32(system.posts.count)).filter {
          let time = Int64(system.posts[$0].storedMilliseconds)
          return time * 1_000_000 >= (heir.at - .seconds(since)).nanoseconds && $0 < heir.posts
        }
      }
      let lost = state.unreplicated
      #expect(!lost.isEmpty)
      #expect(Set(stored(30)).isSubset(of: lost) && Set(lost).isSubset(of: stored(60)))
      let due = lost.filter { system.posts[$0].measured != 0 }.reduce(0) {
        $0 + system.audience.graph.followerCount(of: system.posts[$1].author)
      }
      let audit = system.auditDeliveries()
      #expect(audit.unreplicated == due && due > 0)
      #expect(audit.lost == 0 && audit.duplicate == 0)
      // No post was taken between the loss and the promotion.
      #expect(state.counts[1].failedPosts + state.counts[2].failedPosts > 0)
      let latest = lost.map { system.posts[$0].storedMilliseconds }.max() ?? 0
      #expect(latest <= 361_000)
    }
  }

  /// Whoever is back before another is primary goes on as it was, and nothing is lost.
  @Test func aShortLossCostsNoPost() throws {
    let geography = "geography: {replicationLag: {from: 30s, to: 60s}, failover: {}}"
    try run(geography, [lose(0, at: 300), regain(0, at: 340)]) { system in
      let state = try self.state(system)
      #expect(state.primary == 0 && state.unreplicated.isEmpty)
      let us = self.figures(system)[0]
      #expect(abs(us.cutOff - 40) < 0.5)
    }
  }

  /// Losing and regaining in any order, all at once too, breaks no law and leaves nobody behind.
  @Test func anyOrderHolds() throws {
    let geography = "geography: {failover: {detectAfter: 5s, dns: 7s, promoteAfter: 3s}}"
    try run(
      geography,
      [
        lose(0, at: 100), lose(1, at: 104), lose(1, at: 105), regain(0, at: 106),
        lose(2, at: 110), lose(0, at: 111), regain(2, at: 140), regain(2, at: 141),
        regain(0, at: 200), regain(1, at: 210), lose(2, at: 300), regain(2, at: 301),
      ]
    ) { system in
      let state = try self.state(system)
      #expect((0..<3).allSatisfy { !state.isCutOff($0) } && state.server == [0, 1, 2])
      #expect(!state.lacksPrimary)
      let us = self.figures(system)[0]
      #expect(us.failed > 0)
    }
  }
}
