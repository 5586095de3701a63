import Simulation

/// A viewer at the client: loads the feed, scrolls its pages, refreshes, leaves.
struct SessionRow: BitwiseCopyable {
  var viewer: UInt32
  /// Posts shown of the feed on screen, and the view it was made from.
  var offset: UInt32
  var asOf: UInt32
  /// Draws already taken from the session's stream.
  var draws: RandomStream
  var number: UInt64
  var requests: UInt64
}

extension FeedSystem {
  mutating func scheduleSession() {
    let rate = audience.activity.loadRateTotal / traffic.sessions.loads
    let time = traffic.loads.next(after: now, rate: rate, stream: &sessionArrivals)
    if time != .never { calendar.schedule(.sessionDue, at: time) }
  }

  mutating func openSession() {
    guard acceptsArrivals else { return }
    var draws = RandomStream(
      seed: seed, purpose: Purpose.session.rawValue, entity: sessionNumber)
    let viewer = audience.activity.reader(&draws)
    let id = sessions.take(
      SessionRow(
        viewer: viewer, offset: 0, asOf: 0, draws: draws, number: sessionNumber, requests: 0))
    sessionNumber += 1
    openLoad(id, offset: 0, asOf: 0)
    scheduleSession()
  }

  /// After a page: scroll, refresh or leave; at the end of the feed only the latter two are left,
  /// in the same proportion, so that a short feed gets the loads that the activity promises. Each
  /// session's choices come from its own stream.
  mutating func continueSession(_ id: UInt32, shown: Int, of count: Int, asOf: UInt32) {
    let atEnd = shown >= count
    var more = traffic.sessions.continues(&sessions[id].draws)
    while more == .scroll && atEnd { more = traffic.sessions.continues(&sessions[id].draws) }
    guard more != .leave, acceptsArrivals else {
      sessions.release(id)
      return
    }
    sessions[id].offset = more == .refresh ? 0 : UInt32(shown)
    sessions[id].asOf = asOf
    let pause = traffic.sessions.thinkTime.sample(&sessions[id].draws)
    calendar.schedule(.sessionActs(id), at: now + pause)
  }

  mutating func act(_ id: UInt32) {
    let row = sessions[id]
    guard acceptsArrivals else {
      sessions.release(id)
      return
    }
    openLoad(id, offset: row.offset, asOf: row.asOf)
  }

  private mutating func openLoad(_ session: UInt32, offset: UInt32, asOf: UInt32) {
    measurements.loadsOpened += 1
    if measuring { measurements.intervals[now].loadsOpened += 1 }
    let row = sessions[session]
    let number = row.number << 12 &+ min(row.requests, 4095)
    sessions[session].requests += 1
    let id = loads.take(
      LoadRow(
        viewer: row.viewer, session: session, offset: offset, asOf: asOf, opened: now,
        since: now, missedAt: .never, shardsBack: now, branches: 0, branchesWait: .zero,
        branchesServe: .zero, count: 0, branchEnds: 0, gatheredMilliseconds: 0,
        timelineVersion: 0, list: PostStore.none, key: JourneyKind.load.key(number),
        service: .zero, parts: LatencyParts()))
    load(id, .opened)
  }
}
