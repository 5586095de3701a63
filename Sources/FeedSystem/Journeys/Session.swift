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
  /// What tells the client of what is new; see `LiveUpdates`.
  var subscription = LiveUpdates.none
  /// Taps on the indicator, and of their loads those under way.
  var taps: UInt64 = 0
  var tapsUnderWay: UInt32 = 0
  /// When the page asked for ahead is wanted.
  var readyAt = Instant.never
  /// The viewer has left while such a load was under way.
  var hasLeft = false
}

extension FeedSystem {
  func scheduleSession() {
    let rate = audience.activity.loadRateTotal / traffic.sessions.loads
    let time = traffic.loads.next(after: now, rate: rate, stream: &sessionArrivals)
    if time != .never { calendar.schedule(.sessionDue, at: time) }
  }

  func openSession() {
    guard acceptsArrivals else { return }
    var draws = RandomStream(
      seed: seed, purpose: Purpose.session.rawValue, entity: sessionNumber)
    let viewer = crowd.keepsHours ? awakeReader(&draws) : audience.activity.reader(&draws)
    openSession(of: viewer, draws)
    scheduleSession()
  }

  /// A viewer comes; what is done then is drawn from the session's own stream.
  func openSession(of viewer: UInt32, _ draws: RandomStream) {
    let id = sessions.take(
      SessionRow(
        viewer: viewer, offset: 0, asOf: 0, draws: draws, number: sessionNumber, requests: 0))
    sessions[id].subscription = subscribe(id, viewer: viewer, number: sessionNumber)
    present.enter(viewer)
    sessionNumber += 1
    openLoad(id, offset: 0, asOf: 0)
  }

  /// A page has appeared: `shown` places of the feed from `first` on, in which the viewer sees
  /// `seen` posts, those of `ids`.
  func continueSession(
    after load: LoadRow, _ ids: UnsafeMutablePointer<UInt32>, seen: Int, shown: Int, first: Int,
    asOf: UInt32
  ) {
    let isGone = load.isTapped && sessions[load.session].hasLeft
    if !isGone {
      showOnScreen(
        sessions[load.session].subscription, ids, count: seen,
        gathered: load.offset == 0 ? load.gatheredMilliseconds : nil)
      if load.offset == 0 { endFirstPage(sessions[load.session].subscription) }
    }
    let end = first + shown
    guard load.isTapped else {
      return continueSession(
        load.session, shown: end, of: Int(load.count), page: shown, asOf: asOf)
    }
    // Whoever was about to scroll on does so in the feed that is there now.
    if !isGone, sessions[load.session].offset > 0 {
      sessions[load.session].offset = end < Int(load.count) ? UInt32(end) : 0
      sessions[load.session].asOf = asOf
    }
    endTappedLoad(load.session)
  }

  /// After what a client has kept of a page: as at the end of a feed.
  func continueOffline(_ load: LoadRow) {
    let end = Int(load.offset)
    continueSession(load.session, shown: end, of: end, page: design.feed.page, asOf: load.asOf)
  }

  /// After a page: scroll, refresh or leave; at the end of the feed only the latter two are left,
  /// in the same proportion, so that a short feed gets the loads that the activity promises. Each
  /// session's choices come from its own stream.
  private func continueSession(
    _ id: UInt32, shown: Int, of count: Int, page: Int, asOf: UInt32
  ) {
    let atEnd = shown >= count
    var more = traffic.sessions.continues(&sessions[id].draws)
    while more == .scroll && atEnd { more = traffic.sessions.continues(&sessions[id].draws) }
    if more != .scroll { askInVain(id, shown: shown, of: count, page: page, asOf: asOf) }
    if !holds.isEmpty { pageRate.note(goesOn: more != .leave) }
    guard more != .leave, acceptsArrivals else { return endSession(id) }
    sessions[id].offset = more == .refresh ? 0 : UInt32(shown)
    sessions[id].asOf = asOf
    let pause = traffic.sessions.thinkTime.sample(&sessions[id].draws)
    let time = more == .scroll ? askAhead(id, pause: pause, page: page) : now + pause
    calendar.schedule(.sessionActs(id), at: time)
  }

  func act(_ id: UInt32) {
    let row = sessions[id]
    guard acceptsArrivals else { return endSession(id) }
    openLoad(id, offset: row.offset, asOf: row.asOf)
  }

  /// The viewer leaves; a load that a tap has opened may still be under way.
  private func endSession(_ id: UInt32) {
    present.leave(sessions[id].viewer)
    unsubscribe(sessions[id].subscription)
    sessions[id].hasLeft = true
    if sessions[id].tapsUnderWay == 0 { sessions.release(id) }
  }

  /// A load has been turned away: with it the session ends, unless a tap has opened it.
  func endLoad(_ load: LoadRow) {
    guard load.isTapped else {
      if !goesOn(without: load) { endSession(load.session) }
      return
    }
    if !sessions[load.session].hasLeft { endFirstPage(sessions[load.session].subscription) }
    endTappedLoad(load.session)
  }

  private func endTappedLoad(_ session: UInt32) {
    sessions[session].tapsUnderWay -= 1
    if sessions[session].hasLeft, sessions[session].tapsUnderWay == 0 {
      sessions.release(session)
    }
  }

  /// A first page beside what the session does anyway.
  func openTappedLoad(_ session: UInt32) {
    if measuring { live.measurements.extraLoads += 1 }
    sessions[session].taps += 1
    sessions[session].tapsUnderWay += 1
    let number = sessions[session].number << 12 &+ 4096 &- min(sessions[session].taps, 2048)
    openLoad(session, offset: 0, asOf: 0, number: number, isTapped: true)
  }

  private func openLoad(_ session: UInt32, offset: UInt32, asOf: UInt32) {
    let row = sessions[session]
    let number = row.number << 12 &+ min(row.requests, 4095)
    sessions[session].requests += 1
    openLoad(session, offset: offset, asOf: asOf, number: number, isTapped: false)
  }

  private func openLoad(
    _ session: UInt32, offset: UInt32, asOf: UInt32, number: UInt64, isTapped: Bool
  ) {
    let row = sessions[session]
    if offset == 0 { beginFirstPage(row.subscription) }
    let key = JourneyKind.load.key(number)
    let readyAt = offset > 0 ? row.readyAt : .never
    let request = openRequest(.feed, by: row.viewer, key: key)
    if request != RequestRow.none {
      clients.requests[request].session = session
      clients.requests[request].offset = offset
      clients.requests[request].asOf = asOf
      clients.requests[request].readyAt = readyAt
      clients.requests[request].isTapped = isTapped
    }
    open(
      LoadRow(
        viewer: row.viewer, session: session, isTapped: isTapped, offset: offset, asOf: asOf,
        opened: now,
        since: now, missedAt: .never, shardsBack: now, branches: 0, branchesWait: .zero,
        branchesServe: .zero, count: 0, branchEnds: 0, gatheredMilliseconds: 0,
        timelineVersion: 0, list: PostStore.none, key: key,
        service: .zero, parts: LatencyParts(), readyAt: readyAt, request: request))
  }
}
