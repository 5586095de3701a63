import Settings
import Simulation
import Testing

@testable import FeedSystem

/// What became of each viewer's deliveries, against counts from the graph and the posts.
struct ViewerAuditTests {
  @Test func sharesAreThoseOfASortedList() {
    var stream = RandomStream(seed: 3, purpose: 9, entity: 1)
    for viewers in [1, 2, 10, 997] {
      let due = (0..<viewers).map { _ in UInt32(stream.next() % 5) }
      let lost = due.map { $0 == 0 ? 0 : UInt32(stream.next() % UInt64($0 + 1)) / 2 }
      let shares = ViewerAudit.Shares(lost, of: due)
      let sorted = zip(lost, due).filter { $0.1 > 0 }.map { Double($0) / Double($1) }.sorted()
      guard !sorted.isEmpty else { continue }
      #expect(abs(shares.mean - sorted.reduce(0, +) / Double(sorted.count)) < 1e-12)
      for probability in [0.01, 0.5, 0.95, 0.99, 0.999, 1] {
        let rank = Int((probability * Double(sorted.count)).rounded(.up)) - 1
        #expect(abs(shares.quantile(probability) - sorted[max(rank, 0)]) < 1e-6)
      }
    }
  }

  @Test func lostSharesAreTheMiddleTiersShareOfEachViewersPosts() throws {
    var small = SmallSystem()
    small.yaml = "fanOut: {policy: hybrid, pushBelow: 50, pullFrom: 300, middleTier: nobody}"
    try small.run { system in
      let graph = system.audience.graph
      var due = [UInt32](repeating: 0, count: graph.userCount)
      var lost = due
      for post in 0..<UInt32(system.posts.count) where system.posts[post].measured != 0 {
        let author = system.posts[post].author
        let followers = graph.followerCount(of: author)
        for viewer in graph.followers(of: author) {
          due[Int(viewer)] += 1
          lost[Int(viewer)] += followers >= 50 && followers < 300 ? 1 : 0
        }
      }
      let audit = system.auditDeliveries()
      let viewers = try #require(audit.viewers)
      #expect(audit.lost == lost.reduce(0) { $0 + Int($1) })
      #expect(audit.lost > 1000)
      #expect(viewers.lost == ViewerAudit.Shares(lost, of: due))
      #expect(viewers.viewers == due.count { $0 > 0 })
      #expect(audit.viewersAffected == lost.count { $0 > 0 })
      #expect(viewers.duplicate.mean == 0)
    }
  }

  /// One slow worker: what is late, delivered or not, is told of each viewer.
  @Test(arguments: ["{policy: push}", "{policy: hybrid, pushBelow: 50, pullFrom: 300}"])
  func lateDeliveriesAreBookedByViewer(_ fanOut: String) throws {
    var small = SmallSystem()
    small.yaml = """
      fanOut: \(fanOut)
      delivery: {within: 20s}
      tiers: {fanOutWorkers: {servers: 1, visit: constant(3s)}}
      """
    let audience = try small.audience()
    let (design, traffic) = try small.settings()
    let opens = Instant.start + small.warmUp
    let system = try FeedSystem(
      design: design, audience: audience,
      traffic: traffic.traffic(for: audience.graph, window: opens), seed: small.seed,
      memory: TimelineMemory())
    system.warmStart()
    system.start(measuring: opens..<(opens + small.length))
    system.resize(to: Fleet { $0 == .fanOutWorkers ? 1 : 16 })
    system.run(until: opens + small.length)
    let audit = system.auditDeliveries()
    let viewers = try #require(audit.viewers)
    let booked = system.measurements.lateByViewer.reduce(0) { $0 + Int($1) }
    #expect(booked == system.measurements.late)
    #expect(booked > 1000)
    #expect(audit.overdue > 100)
    #expect(audit.pending > audit.overdue)
    #expect(viewers.late.mean > 0.1)
    #expect(viewers.late.quantile(1) <= 1)
    #expect(viewers.late.quantile(0.5) <= viewers.late.quantile(0.99))
  }
}
