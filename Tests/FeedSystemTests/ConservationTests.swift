import Simulation
import Testing

@testable import FeedSystem

struct ConservationTests {
  static let policies = [
    "fanOut: {policy: push}",
    "fanOut: {policy: pull}",
    """
    fanOut: {policy: hybrid, pushBelow: 50, pullFrom: 300, activeWindow: 20m}
    cache: {feed: {ttl: 60s}}
    """,
    "fanOut: {policy: hybrid, pushBelow: 50, pullFrom: 300, middleTier: topFollowers}",
    "fanOut: {policy: per-edge-optimal, rates: 7d}",
    "fanOut: {policy: lossy, limit: 15}",
    "fanOut: {policy: adaptive, every: 20s, objective: 100ms}",
    "fanOut: {policy: push, flash: {lag: 100ms, authorsFrom: 20}}",
  ]

  @Test(arguments: policies)
  func everyLawHoldsAndNothingIsLost(_ yaml: String) throws {
    var small = SmallSystem()
    small.yaml = yaml
    small.servers = 3
    try small.run { system in
      let checks = system.checkConservation()
      #expect(checks.count >= 10)
      for check in checks { #expect(check.passed, "\(check.name): \(check.detail)") }
      let audit = system.auditDeliveries()
      #expect(audit.due > 1000)
      #expect(audit.lost == 0)
      #expect(audit.duplicate == 0)
      #expect(audit.pending == 0)
      #expect(audit.exact)
    }
  }

  @Test func pushWritesExactlyTheFollowersOfEachPost() throws {
    try SmallSystem().run { system in
      var followers = 0
      var posts = 0
      for post in 0..<UInt32(system.posts.count) where system.posts[post].measured != 0 {
        followers += system.audience.graph.followerCount(of: system.posts[post].author)
        posts += 1
      }
      #expect(posts == system.measurements.postsMeasured)
      #expect(posts > 300)
      #expect(followers == system.measurements.entriesWrittenMeasured)
      var delivered = 0
      for viewer in 0..<UInt32(system.audience.graph.userCount) {
        delivered += Int(system.timelines.head(viewer).pointee.delivered)
      }
      #expect(delivered == followers)
    }
  }

  @Test func aLostEventBreaksALaw() throws {
    let small = SmallSystem()
    let audience = try small.audience()
    let (design, traffic) = try small.settings()
    let system = try FeedSystem(
      design: design, audience: audience,
      traffic: traffic.traffic(for: audience.graph, window: .start), seed: 1,
      memory: TimelineMemory())
    system.start(measuring: .start..<Instant(nanoseconds: 600_000_000_000))
    system.run(until: Instant(nanoseconds: 300_000_000_000))
    #expect(system.calendar.next(notAfter: .never) != nil)
    var lost = 0
    while lost < 5, let event = system.calendar.next(notAfter: .never) {
      if case .load = event { lost += 1 }
    }
    system.drain(until: Instant(nanoseconds: 4_000_000_000_000))
    #expect(system.checkConservation().contains { !$0.passed })
  }

  @Test func aLostAndADoubledEntryAreCountedAndLocated() throws {
    try SmallSystem().run { system in
      let author = try #require(
        (0..<UInt32(system.posts.count)).first { post in
          system.posts[post].measured != 0
            && system.audience.graph.followerCount(of: system.posts[post].author) > 2
        })
      let followers = system.audience.graph.followers(of: system.posts[author].author)
      let lacking = system.timelines.head(followers[0])
      // Overwrites the viewer's entry by an old post, as a store that loses a write would.
      let capacity = system.timelines.capacity
      let ring = system.timelines.rings + Int(followers[0]) * 512
      for slot in 0..<min(Int(lacking.pointee.written), capacity) where ring[slot] == author {
        ring[slot] = 0
      }
      for place in 0..<4 where lacking.pointee.recent[place] == author {
        lacking.pointee.recent[place] = 0
      }
      lacking.pointee.delivered -= 1
      lacking.pointee.deliveredSum &-= auditHash(author)
      let doubled = system.timelines.insert(author, into: followers[1])
      doubled.pointee.delivered += 1
      doubled.pointee.deliveredSum &+= auditHash(author)
      let audit = system.auditDeliveries()
      #expect(audit.lost == 1)
      #expect(audit.duplicate == 1)
      #expect(audit.viewersAffected == 2)
    }
  }

  @Test func whoWasAwayCatchesUpExactly() throws {
    var small = SmallSystem()
    small.activity = "{postsPerDay: 40, loadsPerDay: 30, activeShare: 100%}"
    small.yaml = """
      fanOut: {policy: hybrid, pushBelow: 0, pullFrom: 1M, activeWindow: 10m}
      cache: {feed: {ttl: 60s}}
      sessions: {loads: 1, pages: 1}
      """
    small.length = .seconds(4 * 3600)
    try small.run { system in
      #expect(system.measurements.caughtUp > 1000)
      let audit = system.auditDeliveries()
      #expect(audit.lost == 0)
      #expect(audit.duplicate == 0)
      let broken = system.checkConservation().filter { !$0.passed }.map(\.name)
      #expect(broken == [])
    }
  }

  @Test func anOverloadedSystemKeepsItsBooksWhereItStops() throws {
    var small = SmallSystem()
    small.yaml = """
      fanOut: {policy: push}
      tiers: {ranking: {visit: constant(30s)}, fanOutWorkers: {visit: constant(60s)}}
      """
    small.servers = 1
    try small.run { system in
      let drained = system.measurements.drained
      #expect(!drained)
      let audit = system.auditDeliveries()
      #expect(audit.pending > 0)
      #expect(audit.lost == 0)
      for check in system.checkConservation() {
        #expect(check.passed, "\(check.name): \(check.detail)")
      }
    }
  }

  @Test func roomTurnsLoadsAway() throws {
    var small = SmallSystem()
    small.yaml = "fanOut: {policy: pull}\ntiers: {ranking: {visit: constant(20s), room: 3}}"
    small.servers = 1
    try small.run { system in
      #expect(system.measurements.loadsRejected > 50)
      let broken = system.checkConservation().filter { !$0.passed }.map(\.name)
      #expect(broken == [])
    }
  }
}
