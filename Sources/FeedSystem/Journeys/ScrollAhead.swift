import Simulation

/// page → all but a few of its posts read → next page asked for → it is there when it is wanted
///
/// A client that asks for the next page while some posts remain (S1.34: when fewer than 5 of 20 do)
/// shows it when its viewer has read the last of them, or as soon as it is there. Whoever reads as
/// far as that and then refreshes or leaves has asked for it in vain.
extension FeedSystem {
  /// Of a page, the share that remains when the next one is asked for.
  private func remainder(ofPage page: Int) -> Double {
    Double(min(traffic.sessions.prefetch ?? 0, page)) / Double(max(page, 1))
  }

  /// When a session that is going to scroll asks for the next page.
  ///
  /// - Parameters:
  ///   - pause: what the viewer takes for the page.
  ///   - page: the posts on it.
  func askAhead(_ session: UInt32, pause: Duration, page: Int) -> Instant {
    guard traffic.sessions.prefetch != nil else { return now + pause }
    sessions[session].readyAt = now + pause
    return now + pause - Duration(seconds: pause.seconds * remainder(ofPage: page))
  }

  /// The viewer of a page is not going to scroll on; if there is a next page, and the viewer comes
  /// as far as the client's asking for it, it is asked for all the same.
  ///
  /// How far a viewer comes who does not read on is spread evenly over the page, and how long that
  /// takes is drawn as any other pause is.
  func askInVain(_ session: UInt32, shown: Int, of count: Int, page: Int, asOf: UInt32) {
    guard traffic.sessions.prefetch ?? 0 > 0, shown < count, acceptsArrivals else { return }
    let row = sessions[session]
    let number = row.number << 12 &+ min(row.requests, 4095)
    var stream = RandomStream(
      seed: seed, purpose: Purpose.scrollAhead.rawValue, entity: number)
    let mark = 1 - remainder(ofPage: page)
    let stop = stream.openUniform()
    let pause = traffic.sessions.thinkTime.sample(&stream)
    guard stop > mark else { return }
    let id = loads.take(
      LoadRow(
        viewer: row.viewer, session: .max, isTapped: false, offset: UInt32(shown), asOf: asOf,
        opened: .never, since: now, missedAt: .never, shardsBack: now, branches: 0,
        branchesWait: .zero, branchesServe: .zero, count: 0, branchEnds: 0,
        gatheredMilliseconds: 0, timelineVersion: 0, list: PostStore.none,
        key: JourneyKind.scroll.key(number), service: .zero, parts: LatencyParts(),
        isInVain: true))
    calendar.schedule(
      .load(id, .asked), at: now + Duration(seconds: pause.seconds * mark / stop))
  }

  /// A page that nobody will see is asked for.
  func openInVain(_ id: UInt32) {
    loads[id].opened = now
    loads[id].since = now
    measurements.loadsOpened += 1
    if measuring { measurements.pagesInVain += 1 }
    load(id, .opened)
  }

  /// Ends a load whose page nobody will see; whether it was one.
  func endInVain(_ id: UInt32) -> Bool {
    if loads[id].isInVain { measurements.loadsCompleted += 1 }
    return loads[id].isInVain
  }

  /// Keeps a page that has come before it is wanted; whether it has.
  func keepUntilRead(
    _ id: UInt32, _ ids: UnsafeMutablePointer<UInt32>, asOf: UInt32
  ) -> Bool {
    var row = loads[id]
    guard row.readyAt != .never, row.arrived == .never, now < row.readyAt else { return false }
    row.arrived = now
    row.asOf = asOf
    let own = row.list == PostStore.none ? nil : row.list
    row.list = lists.take()
    // A list of this load may have moved as another was taken.
    let from = own.map { lists[$0] } ?? ids
    for index in 0..<Int(row.count) { lists[row.list][index] = from[index] }
    calendar.schedule(.load(loads.take(row), .wanted), at: row.readyAt)
    return true
  }

  /// The viewer has come to the end of the page before.
  func turnPage(_ id: UInt32) {
    show(id, lists[loads[id].list], asOf: loads[id].asOf)
    lists.release(loads[id].list)
    loads.release(id)
  }

  /// Books what a viewer who scrolls has waited for the page: nothing if it was there.
  func bookScroll(_ row: LoadRow) {
    guard traffic.sessions.prefetch != nil, row.offset > 0 else { return }
    let there = (row.arrived == .never ? now : row.arrived) + clientRoundTrip(row)
    let wanted = row.readyAt == .never ? row.opened : row.readyAt
    measurements.scrollWait.record(max(.zero, there - wanted))
  }
}
