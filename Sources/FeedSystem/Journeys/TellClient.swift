import Simulation

/// update raised → waits for others → live gateway → client, or waits again where the connection
/// was lost meanwhile
extension FeedSystem {
  /// Raises an update for a subscription.
  func raise(
    _ kind: UpdateKind, _ post: UInt32, happened: Instant, measured: Bool, for id: UInt32
  ) {
    guard let settings = design.live, settings.tells(kind) else { return }
    enqueue(kind, post, happened: happened, measured: measured, for: id)
    guard settings.isHeld, live.connections[id].phase == .up else { return }
    if settings.coalesce == .zero { return flush(id) }
    if live.connections[id].isFlushing { return }
    live.connections[id].isFlushing = true
    schedule(.live(id, .windowEnded), of: id, at: now + settings.coalesce)
  }

  private func enqueue(
    _ kind: UpdateKind, _ post: UInt32, happened: Instant, measured: Bool, for id: UInt32
  ) {
    live.books.raised += 1
    if measured { live.measurements.raised += 1 }
    let row = live.connections[id]
    let update = live.updates.take(
      UpdateRow(
        post: post, kind: kind, happened: happened, raised: now,
        isMissed: row.phase == .connecting && row.downSince != .never, isMeasured: measured))
    live.append(update, to: id)
  }

  func endWindow(_ id: UInt32) {
    live.connections[id].isFlushing = false
    if live.connections[id].phase == .up { flush(id) }
    live.settle(id)
  }

  /// Sends what waits, a message for each kind.
  func flush(_ id: UInt32) {
    guard let settings = design.live else { return }
    if settings.tells(.rankChange), hasNewOrder(id) {
      enqueue(
        .rankChange, PostStore.none, happened: now, measured: measuring, for: id)
    }
    var lists = [UInt32](repeating: LiveUpdates.none, count: UpdateKind.allCases.count)
    var ends = lists
    var update = takeCurrent(id, settings)
    while update != LiveUpdates.none {
      let next = live.updates[update].next
      let kind = Int(live.updates[update].kind.rawValue)
      if lists[kind] == LiveUpdates.none {
        lists[kind] = update
      } else {
        live.updates[ends[kind]].next = update
      }
      live.updates[update].next = LiveUpdates.none
      ends[kind] = update
      update = next
    }
    for kind in UpdateKind.allCases where lists[Int(kind.rawValue)] != LiveUpdates.none {
      send(MessageKind(kind), from: lists[Int(kind.rawValue)], to: id, settings)
    }
  }

  /// Takes the updates that wait, without those that are too old by now, and without those that
  /// were missed where nobody keeps them.
  func takeCurrent(_ id: UInt32, _ settings: LiveSettings) -> UInt32 {
    var update = live.takeWaiting(id)
    while update != LiveUpdates.none {
      let row = live.updates[update]
      if now - row.raised > settings.keep || row.isMissed && !settings.resume {
        live.end(update, .lost)
      } else {
        live.append(update, to: id)
      }
      update = row.next
    }
    return live.takeWaiting(id)
  }

  /// Sends a message by way of a server; `first` leads the updates that it carries.
  func send(
    _ kind: MessageKind, from first: UInt32, to id: UInt32, _ settings: LiveSettings
  ) {
    let carried = live.carried(from: first)
    let message = live.messages.take(
      MessageRow(
        connection: id, epoch: live.connections[id].epoch, firstUpdate: first, kind: kind,
        bytes: UInt32(clamping: settings.bytes.message + carried * settings.bytes.update)))
    live.connections[id].pending += 1
    let key = live.connections[id].draws.next()
    _ = visit(.liveGateway, for: carried, key: key, then: .live(message, .sent))
  }

  /// The server has written the message to the connection, if there still is one.
  func endSending(_ message: UInt32) {
    let row = live.messages[message]
    guard live.stands(row) else { return fail(message) }
    countSent(row)
    calendar.schedule(.live(message, .arrived), at: now + toClient)
  }

  func countSent(_ row: MessageRow) {
    guard measuring else { return }
    live.measurements.messages[Int(row.kind.rawValue)] += 1
    live.measurements.bytes += Int(row.bytes)
  }

  /// A message that was on its way when its connection was lost: what it carried waits again.
  private func fail(_ message: UInt32) {
    let row = live.messages[message]
    live.messages.release(message)
    if live.connections[row.connection].phase == .closed {
      live.discard(from: row.firstUpdate, .left)
    } else {
      live.markMissed(from: row.firstUpdate)
      live.putBack(row.firstUpdate, to: row.connection)
      if live.connections[row.connection].phase == .up { flush(row.connection) }
    }
    live.settle(row.connection)
  }

  func arrive(_ message: UInt32) {
    let row = live.messages[message]
    guard live.stands(row) else { return fail(message) }
    live.messages.release(message)
    var seen: UInt8 = 0
    var update = row.firstUpdate
    while update != LiveUpdates.none {
      let told = live.updates[update]
      let bit: UInt8 = 1 << told.kind.rawValue
      let fate: UpdateFate =
        told.isMissed ? .caughtUp : seen & bit == 0 ? .delivered : .coalesced
      seen |= bit
      note(told, for: row.connection)
      live.end(update, fate)
      update = told.next
    }
    showIndicator(row.connection)
    live.settle(row.connection)
  }

  private func note(_ update: UpdateRow, for id: UInt32) {
    switch update.kind {
    case .newPosts:
      let raised = update.raised.nanoseconds / 1_000_000
      live.connections[id].newestMilliseconds = max(
        live.connections[id].newestMilliseconds, raised)
      if update.isMeasured { live.measurements.lag[0].record(now - update.happened) }
    case .engagementCounts:
      if update.isMeasured { live.measurements.engagementLag[0].record(now - update.happened) }
    case .postRemoved, .rankChange: break
    }
  }
}

extension LiveUpdates {
  /// Whether a message's connection is still the one that it was sent on.
  func stands(_ message: MessageRow) -> Bool {
    let row = connections[message.connection]
    return row.phase == .up && row.epoch == message.epoch
  }

  /// The updates of a list that a message carries: of the counts of one post only the latest.
  func carried(from first: UInt32) -> Int {
    var count = 0
    var update = first
    while update != Self.none {
      let row = updates[update]
      update = row.next
      count += isOverruled(row) ? 0 : 1
    }
    return count
  }

  private func isOverruled(_ row: UpdateRow) -> Bool {
    guard row.kind == .engagementCounts else { return false }
    var later = row.next
    while later != Self.none {
      if updates[later].kind == row.kind, updates[later].post == row.post { return true }
      later = updates[later].next
    }
    return false
  }

  /// Puts updates before those that wait.
  mutating func putBack(_ first: UInt32, to id: UInt32) {
    guard first != Self.none else { return }
    let waiting = takeWaiting(id)
    connections[id].firstUpdate = first
    var last = first
    while updates[last].next != Self.none { last = updates[last].next }
    connections[id].lastUpdate = last
    guard waiting != Self.none else { return }
    updates[last].next = waiting
    while updates[last].next != Self.none { last = updates[last].next }
    connections[id].lastUpdate = last
  }
}
