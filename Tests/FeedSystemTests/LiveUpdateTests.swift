import Simulation
import Testing

@testable import FeedSystem

/// Live updates of a few clients, where every instant is known.
struct LiveUpdateTests {
  /// 1 ms at the server and 50 ms to the client; who has no session is told nothing.
  @Test(arguments: ["push", "pull"])
  func aPostIsToldAtOnce(_ policy: String) throws {
    var system = LiveSystem()
    system.policy = policy
    system.followers = [3]
    system.sessions = [(0, 0), (1, 0)]
    try system.run { system in
      let counts = LiveCounts(system.live.measurements)
      #expect(abs(counts.lag - 2 * 0.051) < 1e-9)
      #expect(counts.told(.delivered) == 2 && counts.raised == 2)
      #expect(counts.sent(.newPosts) == 2)
      #expect(counts.indicators == 2)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// What comes within a second of the first travels with it, and one indicator is enough.
  @Test func updatesTravelTogether() throws {
    var system = LiveSystem()
    system.live = "channel: sse, coalesce: 1s, indicator: {taken: 0%}"
    system.posts = [(0, 10), (0, 10.4), (0, 10.9), (0, 12)]
    try system.run { system in
      let counts = LiveCounts(system.live.measurements)
      #expect(abs(counts.lag - (1.051 + 0.651 + 0.151 + 1.051)) < 1e-9)
      #expect(counts.told(.delivered) == 2 && counts.told(.coalesced) == 2)
      #expect(counts.sent(.newPosts) == 2)
      #expect(counts.indicators == 1)
      // Two messages around four updates.
      #expect(counts.bytes - counts.sent(.heartbeat) * 40 == 2 * 40 + 4 * 100)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// Of the counts of one post a message carries the latest, and of every post its own.
  @Test func countsOfAPostOverruleItsEarlierOnes() {
    var live = LiveUpdates(nil, users: 2, page: 20)
    var first = LiveUpdates.none
    let list: [(UInt32, UpdateKind)] = [
      (1, .engagementCounts), (2, .engagementCounts), (1, .newPosts), (1, .engagementCounts),
      (2, .newPosts),
    ]
    for (post, kind) in list.reversed() {
      first = live.updates.take(
        UpdateRow(
          next: first, post: post, kind: kind, happened: .start, raised: .start, isMissed: false,
          isMeasured: true))
    }
    #expect(live.carried(from: first) == 4)
  }

  /// A client that asks every 30 s knows of a post 20 s after it when the post came 10 s after it
  /// had asked; and it holds no connection.
  @Test func aPollAsksNowAndThen() throws {
    var system = LiveSystem()
    system.live = "channel: poll, every: 30s"
    system.posts = [(0, 10), (0, 11), (0, 40)]
    try system.run { system in
      let counts = LiveCounts(system.live.measurements)
      #expect(abs(counts.lag - (20.101 + 19.101 + 20.101)) < 1e-9)
      #expect(counts.told(.delivered) == 2 && counts.told(.coalesced) == 1)
      let connected = system.connections().seconds
      #expect(connected == 0)
      #expect(counts.sent(.poll) == 19)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  struct Restart {
    var settings: String
    /// Until the connection is back, and of the post meanwhile; nil where it is lost.
    var reconnect: Double
    var lag: Double?
    var refused = 0
  }

  /// A restart at 20 s: the client waits 4 s, is 150 ms on its way and 5 ms in its handshake; while
  /// the server is down it tries in vain.
  @Test(arguments: [
    Restart(settings: "restarts: [{at: 20s}]", reconnect: 4.155, lag: 3.206),
    Restart(
      settings: "restarts: [{at: 20s, for: 10s}]", reconnect: 12.305, lag: 11.356, refused: 1),
    Restart(settings: "restarts: [{at: 20s}], resume: false", reconnect: 4.155),
    Restart(settings: "restarts: [{at: 20s}], keep: 2s", reconnect: 4.155),
  ])
  func whatWasMissedIsCaughtUp(_ restart: Restart) throws {
    var system = LiveSystem()
    system.live =
      "channel: sse, coalesce: 0s, backOff: {first: 4s, jitter: 0%}, \(restart.settings)"
    system.posts = [(0, 21)]
    try system.run { system in
      let counts = LiveCounts(system.live.measurements)
      #expect(abs(counts.reconnects - restart.reconnect) < 1e-9)
      #expect(counts.refused == restart.refused)
      #expect(counts.told(.caughtUp) == (restart.lag == nil ? 0 : 1))
      #expect(counts.told(.lost) == (restart.lag == nil ? 1 : 0))
      #expect(abs(counts.lag - (restart.lag ?? 0)) < 1e-9)
      #expect(counts.dropped == 1 && counts.made == 2)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// A message that is on its way when its connection is lost is sent again.
  @Test func aMessageUnderWayIsNotLost() throws {
    var system = LiveSystem()
    system.live =
      "channel: webSocket, coalesce: 0s, backOff: {first: 4s, jitter: 0%}, restarts: [{at: 20s}]"
    system.posts = [(0, 19.99)]
    try system.run { system in
      let counts = LiveCounts(system.live.measurements)
      #expect(counts.told(.caughtUp) == 1 && abs(counts.lag - 4.216) < 1e-9)
      #expect(counts.sent(.newPosts) == 2)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// The viewer taps 5 s after the indicator and is shown the post; the next one raises it again.
  @Test func aTapLoadsTheFeedAnew() throws {
    var system = LiveSystem()
    system.live = "channel: sse, coalesce: 0s, indicator: {taken: 100%, after: constant(5s)}"
    system.posts = [(0, 10), (0, 12), (0, 30)]
    try system.run { system in
      let counts = LiveCounts(system.live.measurements)
      #expect(counts.indicators == 2 && counts.taken == 2)
      #expect(counts.extraLoads == 2)
      let loads = system.measurements.loadsMeasured
      let shown = system.measurements.postsShown
      #expect(loads == 3 && shown == 0 + 2 + 3)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// Servers that are full turn clients away, who try again.
  @Test func fullServersTurnClientsAway() throws {
    var system = LiveSystem()
    system.followers = [40]
    system.sessions = (0..<40).map { ($0, 0.001 * Double($0)) }
    system.live = "channel: sse, connectionsPerServer: 2, backOff: {first: 10s, jitter: 0%}"
    try system.run { system in
      let counts = LiveCounts(system.live.measurements)
      // 16 servers hold 32; the others try at 0.15 s, 10.3 s, 30.45 s and so on.
      #expect(counts.peak == 32)
      #expect(counts.refused >= 8 * 4)
      #expect(counts.told(.left) == 8, "who never got in is told nothing")
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  @Test(arguments: [(2, "0%", 2, 0), (9, "100%", 3, 3), (0, "0%", 0, 0)])
  func notificationsHaveALimit(
    _ limit: Int, _ bounced: String, _ sent: Int, _ bounces: Int
  ) throws {
    var system = LiveSystem()
    system.live = ""
    system.more = "notifications: {follows: 100%, perDay: \(limit), bounced: \(bounced)}"
    system.posts = [(0, 10), (0, 11), (0, 12)]
    try system.run { system in
      // One of two followers has a session.
      let books = system.notifications.measured
      #expect(books.due == 3 && books.sent == sent && books.bounced == bounces)
      #expect(books.limited == 3 - sent)
      if bounces == 0, sent > 0 {
        let lag = system.notifications.lag[0].exactSum
        #expect(lag == UInt128(sent) * 1_000_000_000)
      }
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }
}
