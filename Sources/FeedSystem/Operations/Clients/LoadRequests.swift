import Simulation

/// load → page, or: no answer in time, or a failure → back-off → another load
///                                                  └ no more attempts → what the client has kept,
///                                                    asked for again by hand, or the end
extension FeedSystem {
  /// Another attempt at a page. It is the first one's page: what it shows is as late as that.
  func openLoad(again request: UInt32) {
    let row = clients.requests[request]
    var parts = LatencyParts()
    parts.add(now - row.opened, to: LatencyParts.Slot.client)
    open(
      LoadRow(
        viewer: row.user, session: row.session, isTapped: row.isTapped, offset: row.offset,
        asOf: row.asOf, opened: row.opened, since: now, missedAt: .never, shardsBack: now,
        branches: 0, branchesWait: .zero, branchesServe: .zero, count: 0, branchEnds: 0,
        gatheredMilliseconds: 0, timelineVersion: 0, list: PostStore.none, key: row.attemptKey,
        service: .zero, parts: parts, readyAt: row.readyAt, request: request))
  }

  /// A load sets out for a client.
  func open(_ row: LoadRow) {
    measurements.loadsOpened += 1
    if measuring { measurements.intervals[now].loadsOpened += 1 }
    let id = loads.take(row)
    beginAttempt(row.request, id)
    load(id, .opened)
  }

  /// A page has come; whether anybody still waits for it is told by `isInVain`.
  func noteArrival(of id: UInt32) {
    let row = loads[id]
    if row.isOrphan { return bookServerTime(row, isWasted: true) }
    guard row.request != RequestRow.none else { return }
    let latency = now - row.opened + clientRoundTrip(row)
    bookServerTime(row, isWasted: false)
    loads[id].request = RequestRow.none
    clients.requests[row.request].holders -= 1
    answer(row.request, after: latency)
  }

  /// A load of a client's has failed.
  func noteFailed(_ load: LoadRow, _ cause: FailureCause) {
    if load.request != RequestRow.none || load.isOrphan { bookServerTime(load, isWasted: true) }
    guard load.request != RequestRow.none else {
      if !load.isInVain { endLoad(load) }
      return
    }
    clients.requests[load.request].holders -= 1
    endAttempt(load.request, cause, load)
  }

  /// A load whose client has given up: nobody will see its page.
  func leaveAlone(load id: UInt32, of request: UInt32) {
    let service = clients.requests[request].service
    loads[id].request = RequestRow.none
    loads[id].isInVain = true
    loads[id].isOrphan = true
    // Where shards are under way as well, their answers come back to it.
    guard loads[id].branches == 0, loads[id].leafVisits.count == 0, withdraw(request) else {
      return
    }
    loads[id].served = loads[id].served - service
    let row = loads[id]
    bookServerTime(row, isWasted: true)
    measurements.loadsRejected += 1
    if row.list != PostStore.none { lists.release(row.list) }
    loads.release(id)
  }

  private func bookServerTime(_ row: LoadRow, isWasted: Bool) {
    guard window.contains(row.opened.nanoseconds) else { return }
    clients.measurements.serverTime += row.served
    if isWasted { clients.measurements.wastedTime += row.served }
  }

  /// Books what an event's journey has a server do, if it is an attempt at a page.
  @inline(__always)
  func noteService(_ service: Duration, for event: Event) {
    switch event {
    case .load(let id, _): loads[id].served += service
    case .featuresAnswered(let call): loads[featureCalls[call].load].served += service
    default: break
    }
  }

  // MARK: Without a page

  /// What a client keeps of a page that it shows.
  func keepOffline(_ row: LoadRow, end: Int) {
    clients.offline?.keep(
      row.viewer, gathered: row.gatheredMilliseconds, isFirst: row.offset == 0, end: end)
  }

  /// Whether a session goes on although a page has not come: with what the client has kept of it,
  /// or since its user asks again. Who reloads does so after a pause, as for any other action.
  func goesOn(without load: LoadRow) -> Bool {
    guard let settings = clients.settings, acceptsArrivals else { return false }
    let session = load.session
    let isMeasured = window.contains(load.opened.nanoseconds)
    let kept = clients.offline?.look(load.viewer, offset: Int(load.offset))
    if let kept, isMeasured {
      clients.measurements.offlinePages += 1
      clients.measurements.offlineAge.record((nowMilliseconds - kept) * 1_000_000)
    }
    var stream = RandomStream(seed: seed, purpose: Purpose.reload.rawValue, entity: load.key)
    if stream.uniform() < settings.reloads {
      if isMeasured { clients.measurements.reloads += 1 }
      if load.offset == 0 { endFirstPage(sessions[session].subscription) }
      sessions[session].readyAt = .never
      let pause = traffic.sessions.thinkTime.sample(&stream)
      calendar.schedule(.sessionActs(session), at: now + pause)
      return true
    }
    guard kept != nil else { return false }
    if load.offset == 0 { endFirstPage(sessions[session].subscription) }
    continueOffline(load)
    return true
  }
}
