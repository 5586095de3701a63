import Simulation
import Testing

@testable import FeedSystem

/// What each policy delivers, counted without asking the policy: from the posts, the graph and
/// what lies in the timelines.
struct FanOutPolicyTests {
  private static func small(_ fanOut: String) -> SmallSystem {
    var small = SmallSystem()
    small.yaml = "fanOut: {\(fanOut)}\ncache: {feed: {ttl: 60s}}"
    small.servers = 3
    return small
  }

  private static let middle = "pushBelow: 20, pullFrom: 200, activeWindow: 20m, middleTier: "

  /// Counts over the measured posts and the followers of their authors.
  private struct Tally {
    var due = 0
    /// Of authors with 20 to 199 followers.
    var middle = 0
    /// Of those, entries that lie in timelines.
    var middleWritten = 0
    var written = 0
    /// The most entries of one post of a middle-tier author.
    var most = 0

    init(_ system: FeedSystem) {
      let graph = system.audience.graph
      var held = [Set<UInt32>]()
      let buffer = UnsafeMutablePointer<UInt32>.allocate(capacity: 512)
      defer { buffer.deallocate() }
      for viewer in 0..<UInt32(graph.userCount) {
        let count = system.timelines.read(viewer, limit: 512, ids: 0..<UInt32.max, into: buffer)
        held.append(Set((0..<count).map { buffer[$0] }))
      }
      for post in 0..<UInt32(system.posts.count) where system.posts[post].measured != 0 {
        let followers = graph.followers(of: system.posts[post].author)
        let entries = followers.count { held[Int($0)].contains(post) }
        due += followers.count
        written += entries
        guard (20..<200).contains(followers.count) else { continue }
        middle += followers.count
        middleWritten += entries
        most = max(most, entries)
      }
    }
  }

  private func run(_ fanOut: String, _ look: (Tally, DeliveryAudit) throws -> Void) throws {
    try Self.small(fanOut).run { system in
      let broken = system.checkConservation().filter { !$0.passed }
      #expect(broken == [])
      let tally = Tally(system)
      let audit = system.auditDeliveries()
      #expect(audit.due == tally.due && audit.pending == 0 && audit.exact)
      #expect(tally.middle > 1000 && tally.middle < tally.due)
      try look(tally, audit)
    }
  }

  /// The event code pushes below one threshold, the read path merges from another (S0's code).
  @Test func aTierThatNobodyServesIsLost() throws {
    try run(Self.middle + "nobody") { tally, audit in
      #expect(audit.lost == tally.middle && audit.lostByPlan == audit.lost)
      #expect(audit.duplicate == 0 && audit.dropped == 0 && tally.middleWritten == 0)
    }
  }

  /// Pushed to the active, and pulled by all (S2's code).
  @Test func whatIsPushedAndPulledIsThereTwice() throws {
    try run(Self.middle + "activeAndPulled") { tally, audit in
      #expect(audit.duplicate == tally.middleWritten && audit.duplicate > 100)
      #expect(tally.middleWritten < tally.middle)
      #expect(audit.duplicateByPlan == audit.duplicate && audit.lost == 0)
    }
  }

  @Test(arguments: ["active", "topFollowers, topFollowers: 30"])
  func theOtherReadingsLoseAndDoubleNothing(_ tier: String) throws {
    try run(Self.middle + tier) { tally, audit in
      #expect(audit.lost == 0 && audit.duplicate == 0 && audit.viewersAffected == 0)
      #expect(tally.middleWritten > 0 && tally.middleWritten < tally.middle)
      if tier != "active" { #expect(tally.most == 30) }
    }
  }

  /// Those pushed to load no less often than those who pull.
  @Test func topFollowersLoadMost() throws {
    let drawn = WrittenAudience.drawn(users: 80, chance: 0.4, seed: 5)
    let context = FanOutContext(drawn.audience)
    let classes = try context.classes(
      "pushBelow: 0, pullFrom: 1k, middleTier: topFollowers, topFollowers: 7")
    let loads = context.audience.activity.loadRates
    for author in 0..<UInt32(80) {
      let followers = context.audience.graph.followers(of: author)
      let pushed = followers.filter { classes.edges.pushes(author, to: $0) }
      let pulling = followers.filter { !classes.edges.pushes(author, to: $0) }
      #expect(pushed.count == min(7, followers.count))
      let least = pushed.map { loads[Int($0)] }.min() ?? 0
      #expect(pulling.allSatisfy { loads[Int($0)] <= least })
    }
  }

  @Test func perEdgeOptimalPushesSomeAndPullsTheRest() throws {
    var small = Self.small("policy: per-edge-optimal")
    small.activity = """
      {postsPerDay: 20, loadsPerDay: 60, activeShare: 70%, posting: {kind: lognormal, cv: 2},
      reading: {kind: lognormal, cv: 2}}
      """
    try small.run { system in
      let broken = system.checkConservation().filter { !$0.passed }
      #expect(broken == [])
      let tally = Tally(system)
      let audit = system.auditDeliveries()
      #expect(audit.lost == 0 && audit.duplicate == 0 && audit.viewersAffected == 0)
      #expect(tally.written * 10 > tally.due && tally.written * 10 < tally.due * 9)
      #expect(system.measurements.entriesWrittenMeasured == tally.written)
      let regret = system.regret
      #expect(regret == 0)
    }
  }

  /// Nobody is denied a post but who follows too many, and those by the odds they were promised.
  @Test func lossyTimelinesDropWhatTheyPromise() throws {
    try Self.small("policy: lossy, limit: 18").run { system in
      let tally = Tally(system)
      let audit = system.auditDeliveries()
      #expect(audit.lost == 0 && audit.duplicate == 0 && audit.viewersAffected == 0)
      #expect(audit.dropped == tally.due - tally.written)
      let graph = system.audience.graph
      var expected = 0.0
      var variance = 0.0
      for post in 0..<UInt32(system.posts.count) where system.posts[post].measured != 0 {
        for viewer in graph.followers(of: system.posts[post].author) {
          let kept = min(1, 18 / Double(graph.followeeCount(of: viewer)))
          expected += 1 - kept
          variance += kept * (1 - kept)
        }
      }
      #expect(abs(Double(audit.dropped) - expected) < 4 * variance.squareRoot())
      // Whoever follows few enough was given all that is due.
      var due = [Int](repeating: 0, count: graph.userCount)
      for post in 0..<UInt32(system.posts.count) where system.posts[post].measured != 0 {
        for viewer in graph.followers(of: system.posts[post].author) { due[Int(viewer)] += 1 }
      }
      var complete = 0
      for viewer in 0..<UInt32(graph.userCount) where graph.followeeCount(of: viewer) <= 18 {
        let delivered = Int(system.timelines.head(viewer).pointee.delivered)
        #expect(delivered == due[Int(viewer)])
        complete += 1
      }
      #expect(complete > 100)
    }
  }

  /// A store that loses an entry is found out whatever else the policy leaves out.
  @Test(arguments: [
    "policy: lossy, limit: 18", "policy: per-edge-optimal", middle + "nobody",
    middle + "topFollowers, topFollowers: 30",
  ])
  func aLostEntryIsFound(_ fanOut: String) throws {
    try Self.small(fanOut).run { system in
      let before = system.auditDeliveries()
      let graph = system.audience.graph
      var taken: (post: UInt32, viewer: UInt32)?
      for post in 0..<UInt32(system.posts.count)
      where system.posts[post].measured != 0 && taken == nil {
        let stored = Int64(system.posts[post].storedMilliseconds)
        let due = graph.followers(of: system.posts[post].author)
          .first { system.isDue($0, post, stored: stored) }
        if let due { taken = (post, due) }
      }
      let (post, viewer) = try #require(taken)
      let head = system.timelines.head(viewer)
      let ring = system.timelines.rings + Int(viewer) * 512
      for slot in 0..<min(Int(head.pointee.written), 500) where ring[slot] == post {
        ring[slot] = 0
      }
      for place in 0..<4 where head.pointee.recent[place] == post { head.pointee.recent[place] = 0 }
      head.pointee.delivered -= 1
      head.pointee.deliveredSum &-= auditHash(post)
      let after = system.auditDeliveries()
      #expect(after.lost == before.lost + 1 && after.duplicate == before.duplicate)
      #expect(after.dropped == before.dropped)
    }
  }

  /// Three followers, a job each of a second, two posts: after 4.5 s the second post still waits
  /// for two of them. One of these has lost the first.
  @Test func whatWaitsIsNotLost() throws {
    var small = FanOutSystem()
    small.followers = [3]
    small.posts = [(0, 0), (0, 1)]
    try small.run(until: 4.5) { system in
      let before = system.auditDeliveries()
      #expect(before.due == 6 && before.pending == 2 && before.lost == 0)
      let viewer = system.audience.graph.followers(of: 0)[2]
      let head = system.timelines.head(viewer)
      #expect(head.pointee.written == 1 && head.pointee.delivered == 1)
      head.pointee.written = 0
      head.pointee.delivered = 0
      head.pointee.deliveredSum = 0
      let after = system.auditDeliveries()
      #expect(after.lost == 1 && after.pending == 2 && after.duplicate == 0)
    }
  }
}
