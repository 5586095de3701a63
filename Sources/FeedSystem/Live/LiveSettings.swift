import Settings
import Simulation

/// How a client hears of what is new while its session is open.
public enum LiveChannel: String, Sendable, CaseIterable {
  /// The client asks every so often; no connection is held.
  case poll
  /// Server-sent events (HTML Living Standard, section 9.2): one way, resumed by Last-Event-ID.
  case sse
  /// A WebSocket (RFC 6455): both ways, and the order on screen is told as well.
  case webSocket
}

/// What an update tells a client.
public enum UpdateKind: UInt8, Sendable, CaseIterable, BitwiseCopyable {
  /// A followed author's post can be read; it is announced, and shown when the viewer asks.
  case newPosts
  /// Somebody has reacted to a post on screen.
  case engagementCounts
  /// A post on screen is gone.
  case postRemoved
  /// The posts on screen would now be ranked in another order.
  case rankChange

  /// In scenarios.
  public var key: String {
    switch self {
    case .newPosts: "newPosts"
    case .engagementCounts: "engagementCounts"
    case .postRemoved: "postRemoved"
    case .rankChange: "rankChange"
    }
  }

  /// In metric names.
  public var metric: String {
    switch self {
    case .newPosts: "new_posts"
    case .engagementCounts: "engagement_counts"
    case .postRemoved: "post_removed"
    case .rankChange: "rank_change"
    }
  }
}

/// A scenario's `live`: the subscription that a client holds while its session is open.
public struct LiveSettings: Sendable {
  public var channel = LiveChannel.sse
  /// S1.11 has three kinds of event on its stream, S0.14 four on its socket.
  public var updates: [UpdateKind]
  /// Between a client's polls.
  public var every = Duration.seconds(30)
  /// Updates of one kind that come within this after the first travel together.
  public var coalesce = Duration.seconds(1)
  /// What opening a connection holds a server for: TLS, and who this is.
  public var handshake = Distribution.constant(0.005)
  /// What a poll holds a server for, updates apart: S0.18's 1000 requests/s a server.
  public var request = Distribution.constant(0.001)
  public var connectionsPerServer = 10_000
  /// Of a connection, a second.
  public var drops = 0.0
  public var heartbeat = Duration.seconds(30)
  public var backOff = BackOff()
  /// Whether a client that is back is told what it has missed.
  public var resume = true
  /// S2.9 keeps its flag of new posts for an hour.
  public var keep = Duration.seconds(3600)
  public var restarts: [RestartSettings] = []
  public var removals: RemovalSettings?
  public var indicator = IndicatorSettings()
  public var bytes: LiveBytes

  init(_ parameters: inout Parameters) throws {
    let channel = try parameters.read(
      "channel", .choice(LiveChannel.allCases.map { ($0.rawValue, $0) }), default: .sse,
      "Polls, server-sent events or a WebSocket.")
    self.channel = channel
    let kinds = UpdateKind.allCases.filter { $0 != .rankChange || channel == .webSocket }
    updates = try parameters.read(
      "updates", .list(of: .choice(UpdateKind.allCases.map { ($0.key, $0) })), default: kinds,
      "What clients are told; all, rankChange over a WebSocket alone, if not given.")
    every = try parameters.read(
      "every", .duration(in: .milliseconds(1)...Duration.seconds(86_400)), default: every,
      "Between a client's polls.")
    coalesce = try parameters.read(
      "coalesce", .duration(in: .zero...Duration.seconds(86_400)), default: coalesce,
      "Updates that come within this after the first travel with it; 0s for each on its own.")
    handshake = try parameters.read(
      "handshake", .distribution, default: handshake,
      "How long opening a connection holds a server.")
    request = try parameters.read(
      "request", .distribution, default: request, "How long a poll holds a server.")
    connectionsPerServer = try parameters.read(
      "connectionsPerServer", .count(in: 1...100_000_000), default: connectionsPerServer,
      "Connections that one server holds; more are turned away.")
    drops = try parameters.read(
      "drops", .rate(in: 0...1000), default: drops, "How often a connection is lost.")
    heartbeat = try parameters.read(
      "heartbeat", .duration(in: .milliseconds(100)...Duration.seconds(86_400)),
      default: heartbeat, "Between signs of life on a connection.")
    backOff =
      try parameters.section("backOff", "How long clients wait before they connect again.") {
        try BackOff(&$0, first: "first", least: .milliseconds(1))
      } ?? backOff
    resume = try parameters.read(
      "resume", .flag, default: resume,
      "Whether a client that is back is told what it missed, from its last event on.")
    keep = try parameters.read(
      "keep", .duration(in: .milliseconds(1)...Duration.seconds(366 * 86_400)), default: keep,
      "How long updates are kept for clients that have not got them.")
    restarts = try parameters.read(
      "restarts", .list(of: .keys(RestartSettings.init)), default: [],
      "Times at which connection servers are restarted.")
    removals = try parameters.section(
      "removals", "Posts that are taken back; the stores go on holding them.",
      RemovalSettings.init)
    indicator =
      try parameters.section(
        "indicator", "The sign that there are new posts, which are shown when it is tapped.",
        IndicatorSettings.init) ?? indicator
    let standard = LiveBytes(channel)
    bytes =
      try parameters.section("bytes", "What updates take on the network.") {
        try LiveBytes(&$0, standard)
      } ?? standard
    if channel == .poll, !restarts.isEmpty || drops > 0 {
      throw parameters.error(
        "no connection is held by channel: poll, so none is dropped",
        key: restarts.isEmpty ? "drops" : "restarts")
    }
    if updates.contains(.rankChange), channel != .webSocket {
      throw parameters.error("rankChange is told over channel: webSocket alone", key: "updates")
    }
  }

  /// Whether the server speaks first.
  var isHeld: Bool { channel != .poll }

  func tells(_ kind: UpdateKind) -> Bool { updates.contains(kind) }
}

/// Connection servers that go down together, and with them the connections that they hold.
public struct RestartSettings: Sendable {
  /// From the window's start.
  public var at: Duration
  /// Of the connections, and of the attempts to connect while the servers are down.
  public var share = 1.0
  public var length = Duration.zero

  init(_ parameters: inout Parameters) throws {
    at = try parameters.require("at", .duration(), "When, from the window's start.")
    share = try parameters.read(
      "share", .share(), default: share,
      "Of the connections, that are lost, and of the attempts to connect, that fail meanwhile.")
    length = try parameters.read(
      "for", .duration(in: .zero...Duration.seconds(366 * 86_400)), default: length,
      "How long the servers are down.")
  }
}

/// Posts that their authors take back.
public struct RemovalSettings: Sendable {
  public var share = 0.01
  public var after = Distribution.exponential(mean: 600)

  init(_ parameters: inout Parameters) throws {
    share = try parameters.read("share", .share(), default: share, "Of the posts.")
    after = try parameters.read(
      "after", .distribution, default: after, "From a post to its removal.")
  }
}

/// What a viewer makes of the "new posts" indicator.
public struct IndicatorSettings: Sendable {
  public var taken = 0.4
  public var after = Distribution.exponential(mean: 5)

  init() {}

  init(_ parameters: inout Parameters) throws {
    taken = try parameters.read("taken", .share(), default: taken, "Of the indicators, tapped.")
    after = try parameters.read(
      "after", .distribution, default: after, "From an indicator to the tap.")
  }
}

/// Bytes on the network.
public struct LiveBytes: Sendable {
  /// Around what a message says: a poll's answer has HTTP's headers, an event or a frame a TLS
  /// record (RFC 8446: 22 bytes) and its own few.
  public var message: Int
  /// What one update says: S1.11's examples take about 100 bytes.
  public var update = 100

  init(_ channel: LiveChannel) {
    switch channel {
    case .poll: message = 400
    case .sse: message = 40
    case .webSocket: message = 26
    }
  }

  init(_ parameters: inout Parameters, _ standard: LiveBytes) throws {
    let some = Form<Int>.bytes(in: 0...1_000_000)
    message = try parameters.read(
      "message", some, default: standard.message, "Around what a message says.")
    update = try parameters.read("update", some, default: standard.update, "What an update says.")
  }
}
