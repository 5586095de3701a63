import Simulation
import Testing

@testable import FeedSystem

/// What holds of live updates whatever chance does.
struct LiveRelationTests {
  static let channels = ["poll", "sse", "webSocket"]

  private func small(_ live: String, policy: String = "{policy: push}") -> SmallSystem {
    var small = SmallSystem()
    small.users = 500
    small.maximum = 200
    small.length = .seconds(900)
    small.activity = "{postsPerDay: 60, loadsPerDay: 200, activeShare: 70%}"
    small.yaml = """
      fanOut: \(policy)
      ranking: [weighted]
      sessions: {loads: 3, pages: 1.5, thinkTime: exponential(mean 60s)}
      engagement: {likes: 20%, readingTime: exponential(mean 30s)}
      \(live.isEmpty ? "" : "live: {\(live)}")
      """
    return small
  }

  private static let rough =
    "drops: 60/h, heartbeat: 20s, removals: {share: 100%, after: exponential(mean 2m)}, "
    + "restarts: [{at: 5m, share: 60%, for: 20s}]"

  /// Every law holds in rough weather, and the audit finds what it finds without.
  @Test(arguments: channels, ["{policy: push}", "{policy: pull}", "{policy: lossy, limit: 15}"])
  func theAuditIsUnmoved(_ channel: String, _ policy: String) throws {
    func audit(_ live: String) throws -> [Int] {
      var small = small(live, policy: policy)
      small.servers = 3
      return try small.run { system in
        let broken = system.brokenLaws()
        #expect(broken == [])
        let audit = system.auditDeliveries()
        return [audit.due, audit.lost, audit.duplicate, audit.pending]
      }
    }
    let without = try audit("")
    let with = try audit(
      "channel: \(channel)" + (channel == "poll" ? "" : ", \(Self.rough)"))
    #expect(with == without && with[0] > 0)
  }

  @Test(arguments: ["sse", "webSocket"]) func everyKindIsTold(_ channel: String) throws {
    try small("channel: \(channel), \(Self.rough)").run { system in
      let counts = LiveCounts(system.live.measurements)
      for fate in UpdateFate.allCases where fate != .lost {
        #expect(counts.told(fate) > 0, "\(fate)")
      }
      // What is taken back is seldom reacted to before, and so seldom on screen.
      for kind in MessageKind.allCases where kind != .poll && kind != .postRemoved {
        let isTold = counts.sent(kind) > 0
        #expect(isTold == (kind != .rankChange || channel == "webSocket"), "\(kind)")
      }
      #expect(counts.engagementLags > 0 && counts.dropped > 10)
    }
  }

  /// In the order of time nothing ever has another rank, and new posts that are taken back are
  /// on screen.
  @Test func timeKeepsItsOrder() throws {
    var small = small("channel: webSocket, \(Self.rough)")
    small.yaml = small.yaml.replacing("[weighted]", with: "[chronological]")
    try small.run { system in
      let counts = LiveCounts(system.live.measurements)
      #expect(counts.sent(.rankChange) == 0 && counts.sent(.engagementCounts) > 50)
      #expect(counts.sent(.postRemoved) > 10)
    }
  }

  /// A longer window sends fewer messages and tells each post no sooner.
  @Test func coalescingTradesLagForMessages() throws {
    var lags: [Double] = []
    var messages: [Int] = []
    for window in ["0s", "1s", "10s"] {
      try small("channel: sse, coalesce: \(window), indicator: {taken: 0%}").run { system in
        let counts = LiveCounts(system.live.measurements)
        lags.append(counts.lagMean)
        messages.append(counts.sent(.newPosts))
      }
    }
    #expect(lags == lags.sorted() && lags[0] < lags[2])
    #expect(messages == messages.sorted(by: >) && messages[0] > messages[2])
  }

  /// Posts come whenever they come: half the time between two polls, and the way there and back.
  @Test func aPollIsHalfItsIntervalLate() throws {
    var small = small("channel: poll, every: 10s, indicator: {taken: 0%}")
    small.yaml = small.yaml.replacing("exponential(mean 60s)", with: "constant(10m)")
    try small.run { system in
      let counts = LiveCounts(system.live.measurements)
      let fanOut = system.measurements.deliveryLag.mean / 1e9
      #expect(counts.lags > 1500)
      #expect(abs(counts.lagMean - (5.027 + fanOut)) < 0.15)
    }
  }

  /// Little's law: connections held = connections made a second × how long each lasts; a session
  /// that does not end with its first page has two pauses of 20 s on average.
  @Test func connectionsAreRateTimesLength() throws {
    var small = small("channel: sse, indicator: {taken: 0%}")
    small.activity = "{postsPerDay: 1, loadsPerDay: 2000, activeShare: 100%}"
    small.yaml = small.yaml.replacing(
      "{loads: 3, pages: 1.5, thinkTime: exponential(mean 60s)}",
      with: "{loads: 2, pages: 1, thinkTime: constant(20s)}")
    try small.run { system in
      let seconds = system.connections().seconds
      let made = Double(system.live.books.made)
      // The others end before there is a connection; what is open at the end is cut short.
      #expect(made > 3000)
      #expect(abs(seconds / made - 39.3) < 2)
    }
  }

  /// Losses have no memory: as many as the rate times the time that connections were held.
  @Test func connectionsAreLostAtTheirRate() throws {
    try small("channel: sse, drops: 120/h, heartbeat: 20s, resume: true").run { system in
      let expected = system.connections().seconds * 120 / 3600
      #expect(expected > 300)
      let dropped = Double(system.live.books.dropped)
      #expect(abs(dropped - expected) < 4 * expected.squareRoot())
    }
  }
}
