import Foundation
import Testing

/// A scenario's `live` and `notifications` as a user writes them, and what a run says of them.
@Suite(.serialized) struct LiveCommandTests {
  private static let parts = """
    live:
      channel: webSocket
      drops: 60/h
      heartbeat: 5s
      connectionsPerServer: 20
      restarts: [{at: 20s, share: 50%, for: 2s}]
      removals: {share: 100%, after: exponential(mean 15s)}
    notifications: {follows: 50%, perDay: 2, bounced: 20%}
    ranking: [weighted]
    engagement: {likes: 30%, readingTime: exponential(mean 5s)}
    sessions: {loads: 3, pages: 2, thinkTime: exponential(mean 10s)}
    prices: sheet.yaml
    """

  private static let sheet = """
    name: sheet
    currency: USD
    region: here
    date: 2026-01
    items:
      c5.2xlarge: {price: 0.34, per: hour, source: a, date: 2026-01}
      egress: {price: 0.09, per: GB, source: a, date: 2026-01}

    """

  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write("sheet.yaml", Self.sheet)
    try scratch.write(
      "tiny.yaml",
      TinyScenario.text(postsPerDay: "600", loadsPerDay: "2000", more: Self.parts))
    try scratch.write("plain.yaml", TinyScenario.text())
  }

  private func run(_ arguments: [String]) throws -> Command.Finished {
    try Command.run(["run"] + arguments, in: scratch.folder)
  }

  @Test func everyPartHasItsFigures() throws {
    let result = try run(["tiny.yaml", "--json"])
    #expect(result.status == 0, "\(result.errors)")
    let document = try RunDocument(result.output)
    let units = [
      "live.lag": "ms", "live.engagement_lag": "ms", "live.reconnect_time": "ms",
      "live.connections": "connections", "live.connections_peak": "connections",
      "live.connects": "1/s", "live.drops": "1/s", "live.updates": "1/s",
      "live.coalesced": "ratio", "live.caught_up": "ratio", "live.left": "ratio",
      "live.messages": "1/s", "live.messages.new_posts": "1/s",
      "live.messages.engagement_counts": "1/s", "live.messages.post_removed": "1/s",
      "live.messages.rank_change": "1/s", "live.messages.heartbeats": "1/s",
      "live.bytes": "B/s", "live.indicators": "1/s", "live.indicator_taken": "ratio",
      "live.extra_loads": "1/s", "notifications.sent": "1/s", "notifications.limited": "ratio",
      "notifications.bounced": "ratio", "notifications.lag": "ms",
      "tier.live_gateway.servers": "servers", "tier.notifier.utilisation": "ratio",
      "cost.month.compute.live_gateway": "USD", "cost.month.live_egress": "USD",
    ]
    for (name, unit) in units {
      #expect(document.unit(name) == unit, "\(name)")
      #expect(try document.value(name) > 0, "\(name)")
    }
    // Connections fill their servers to 60 %, however little they say.
    let servers = try document.value("tier.live_gateway.servers")
    #expect(try servers >= document.value("live.connections") / 20)
    #expect(document.notes.contains { $0.hasPrefix("not priced: notifications, ") })
    let laws = document.checks.compactMap { $0["name"] as? String }
    for law in ["live update balance", "live connection balance", "notification balance"] {
      #expect(laws.contains(law))
    }
    let summary = try run(["tiny.yaml"])
    #expect(summary.output.contains("Live updates"), "\(summary.output)")
    #expect(try run(["tiny.yaml", "--threshold", "live.lag.p99 < 1ms"]).status == 99)
  }

  /// Whoever says nothing of it hears nothing of it.
  @Test func withoutItNothingIsSaid() throws {
    let plain = try run(["plain.yaml", "--json"])
    for word in ["live.", "live_", "live u", "notif"] {
      let isSaid = plain.output.contains(word)
      #expect(!isSaid, "\(word)")
    }
  }

  @Test(arguments: [
    ("live.chanel=sse", "did you mean \"channel\"?"),
    ("live.channel=carrierPigeon", "live.channel"),
    ("live.channel=poll", "no connection is held by channel: poll"),
    ("live={channel: sse, updates: [rankChange]}", "rankChange is told over channel: webSocket"),
    ("live.drops=2", "needs a unit"),
    ("live.restarts=[{at: 2h}]", "after the end of the run"),
    ("live.backOff.first=0s", "live.backOff.first"),
    ("live.backOff.first=never", "live.backOff.first"),
    ("notifications.follows=120%", "notifications.follows"),
  ])
  func refuses(_ setting: String, _ words: String) throws {
    let result = try run(["tiny.yaml", "--set", setting])
    #expect(result.status == 65 && result.output.isEmpty)
    #expect(result.errors.contains(words), "\(result.errors)")
  }
}
