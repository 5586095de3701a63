import FeedSystem

/// Connections of live updates over some time.
struct Connections {
  /// Over time.
  var mean: Double
  /// When the time began.
  var atStart: Int

  init(
    _ first: (held: Int, seconds: Double), _ last: (held: Int, seconds: Double), over time: Double
  ) {
    mean = (last.seconds - first.seconds) / time
    atStart = first.held
  }
}

extension Design {
  /// The servers that a tier keeps busy, by the share of time; connections fill theirs whether
  /// they say anything or not.
  func load(of tier: TierName, busy: Double, connections: Double) -> Double {
    guard tier == .liveGateway, let live else { return busy }
    return max(busy, connections / Double(live.connectionsPerServer))
  }
}

/// What a replication says of live updates and notifications, where the scenario has them.
extension Replication {
  mutating func addLive(
    _ m: borrowing LiveMeasurements, _ connections: Connections, loads: Int, _ design: Design,
    seconds: Double
  ) {
    guard let settings = design.live else { return }
    add("live.lag", m.lag[0])
    add("live.engagement_lag", m.engagementLag[0])
    add("live.reconnect_time", m.reconnect[0])
    if settings.channel != .poll {
      add("live.connections", .connections, connections.mean)
      add("live.connections_peak", .connections, Double(max(m.peak, connections.atStart)))
      add("live.connects", .perSecond, Double(m.made) / seconds)
      add("live.drops", .perSecond, Double(m.dropped) / seconds)
      add("live.refused", .perSecond, Double(m.refused) / seconds)
    }
    let raised = Double(max(m.raised, 1))
    add("live.updates", .perSecond, Double(m.raised) / seconds)
    add("live.coalesced", .ratio, Double(m.ended(.coalesced)) / raised)
    add("live.caught_up", .ratio, Double(m.ended(.caughtUp)) / raised)
    add("live.lost", .ratio, Double(m.ended(.lost)) / raised)
    add("live.left", .ratio, Double(m.ended(.left)) / raised)
    var all = 0
    for kind in MessageKind.allCases where m.messages(kind) > 0 {
      all += m.messages(kind)
      add("live.messages.\(kind.metric)", .perSecond, Double(m.messages(kind)) / seconds)
    }
    add("live.messages", .perSecond, Double(all) / seconds)
    add("live.bytes", .bytesPerSecond, Double(m.bytes) / seconds)
    add("live.indicators", .perSecond, Double(m.indicators) / seconds)
    add("live.indicator_taken", .ratio, Double(m.taken) / Double(max(m.indicators, 1)))
    add("live.extra_loads", .perSecond, Double(m.extraLoads) / seconds)
    guard loads > m.extraLoads else { return }
    // A month's loads are those that viewers come for; each brings its share of the others.
    usage.requestsPerLoad *= Double(loads) / Double(loads - m.extraLoads)
    usage.liveBytesPerLoad = Double(m.bytes) / Double(loads)
  }

  mutating func addNotifications(
    _ notifications: borrowing Notifications, posts: Int, _ design: Design, seconds: Double
  ) {
    guard design.notifications != nil else { return }
    let books = notifications.measured
    add("notifications.lag", notifications.lag[0])
    add("notifications.sent", .perSecond, Double(books.sent) / seconds)
    add("notifications.limited", .ratio, Double(books.limited) / Double(max(books.due, 1)))
    add("notifications.bounced", .ratio, Double(books.bounced) / Double(max(books.sent, 1)))
    if posts > 0 { usage.notificationsPerPost = Double(books.sent) / Double(posts) }
  }
}
