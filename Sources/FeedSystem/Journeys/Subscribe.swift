import Simulation

/// session opens → handshake at the live gateway → connection → messages, signs of life
///               ↑ backs off ← turned away, or lost
/// update raised → waits for others → live gateway → client → indicator → tap → first page
enum LiveStep: UInt8 {
  /// Of a subscription.
  case knocked, admitted, windowEnded, beat, lost, polled, answered, tapped
  /// Of a message.
  case sent, arrived
  /// Of connection servers, of a post.
  case restarted, removed
}

extension FeedSystem {
  var isLive: Bool { design.live != nil }

  func advanceLive(_ id: UInt32, _ step: LiveStep) {
    switch step {
    case .knocked: knock(id)
    case .admitted:
      leave(.liveGateway)
      admit(id)
    case .windowEnded: endWindow(id)
    case .beat: beat(id)
    case .lost: if isTimer(id) { lose(id) }
    case .polled: answerPoll(id)
    case .answered:
      leave(.liveGateway)
      sendAnswer(id)
    case .tapped: tap(id)
    case .sent:
      leave(.liveGateway)
      endSending(id)
    case .arrived: arrive(id)
    case .restarted: restart(Int(id))
    case .removed: tellScreens(of: id, .postRemoved)
    }
  }

  // MARK: Connecting

  func startLive(opens: Instant) {
    for (index, restart) in (design.live?.restarts ?? []).enumerated() {
      calendar.schedule(.live(UInt32(index), .restarted), at: opens + restart.at)
    }
  }

  /// Half the way there and back.
  var toClient: Duration { Duration(nanoseconds: design.network.client.nanoseconds / 2) }

  /// A session's client subscribes; returns the subscription.
  func subscribe(_ session: UInt32, viewer: UInt32, number: UInt64) -> UInt32 {
    guard let settings = design.live else { return LiveUpdates.none }
    let id = live.open(
      ConnectionRow(
        viewer: viewer, session: session,
        draws: RandomStream(seed: seed, purpose: Purpose.live.rawValue, entity: number)))
    if settings.isHeld {
      // The transport's handshake is one way there and back; the request comes after it.
      schedule(.live(id, .knocked), of: id, at: now + design.network.client + toClient)
    } else {
      live.connections[id].phase = .up
      live.connections[id].polledAt = now + settings.every
      schedule(.live(id, .polled), of: id, at: now + settings.every + toClient)
    }
    return id
  }

  /// Schedules an event that names a subscription.
  func schedule(_ event: Event, of id: UInt32, at time: Instant) {
    live.connections[id].pending += 1
    calendar.schedule(event, at: time)
  }

  /// A client asks for a connection; it is turned away by servers that are down or full.
  private func knock(_ id: UInt32) {
    guard let settings = design.live, live.connections[id].phase == .connecting else {
      return live.settle(id)
    }
    let outage = live.outage(at: now)
    let isDown = outage > 0 && live.connections[id].draws.uniform() < outage
    if isDown || isFull(settings) {
      if measuring { live.measurements.refused += 1 }
      backOff(id, settings)
      return live.settle(id)
    }
    live.books.entering += 1
    let service = settings.handshake.sample(&live.connections[id].draws)
    _ = visit(.liveGateway, service: service, then: .live(id, .admitted))
  }

  private func isFull(_ settings: LiveSettings) -> Bool {
    let servers =
      calls.guards(.liveGateway)
      ? calls.servers(.liveGateway) : tiers[TierName.liveGateway.rawValue].servers
    let room = servers.multipliedReportingOverflow(by: settings.connectionsPerServer)
    return !room.overflow && live.books.held + live.books.entering >= Int64(room.partialValue)
  }

  private func backOff(_ id: UInt32, _ settings: LiveSettings) {
    live.connections[id].failures += 1
    let chance = live.connections[id].draws.uniform()
    let wait = settings.backOff.wait(after: Int(live.connections[id].failures), chance: chance)
    schedule(.live(id, .knocked), of: id, at: now + wait + design.network.client + toClient)
  }

  /// The connection is made, and the client told what it has missed.
  private func admit(_ id: UInt32) {
    defer { live.settle(id) }
    live.books.entering -= 1
    guard let settings = design.live, live.connections[id].phase == .connecting else { return }
    live.books.begin(at: now)
    live.connections[id].phase = .up
    live.connections[id].failures = 0
    if measuring {
      live.measurements.made += 1
      live.measurements.peak = max(live.measurements.peak, Int(live.books.held))
      if live.connections[id].downSince != .never {
        live.measurements.reconnect[0].record(now - live.connections[id].downSince)
      }
    }
    startTimer(id, settings)
    flush(id)
  }

  /// The next sign of life, or the loss that comes before it. Losses have no memory, so drawing
  /// them from one sign of life to the next leaves no event far beyond the session's end.
  private func startTimer(_ id: UInt32, _ settings: LiveSettings) {
    var wait = settings.heartbeat
    var step = LiveStep.beat
    if settings.drops > 0 {
      let lasts = Distribution.exponential(mean: 1 / settings.drops)
      let life = lasts.sample(&live.connections[id].draws)
      if life < wait { (wait, step) = (life, .lost) }
    }
    live.connections[id].timerAt = now + wait
    schedule(.live(id, step), of: id, at: now + wait)
  }

  /// Whether the timer that fires is the connection's own and no earlier one's; ends it if not.
  private func isTimer(_ id: UInt32) -> Bool {
    let row = live.connections[id]
    if row.phase == .up, row.timerAt == now { return true }
    live.settle(id)
    return false
  }

  private func beat(_ id: UInt32) {
    guard let settings = design.live, isTimer(id) else { return }
    send(.heartbeat, from: LiveUpdates.none, to: id, settings)
    startTimer(id, settings)
    live.settle(id)
  }

  // MARK: Losing

  /// A connection is lost; its client notices and connects again.
  private func lose(_ id: UInt32) {
    drop(id)
    live.settle(id)
  }

  private func drop(_ id: UInt32) {
    guard let settings = design.live else { return }
    live.books.end(at: now, isLost: true)
    if measuring { live.measurements.dropped += 1 }
    live.connections[id].phase = .connecting
    live.connections[id].epoch += 1
    live.connections[id].downSince = now
    live.connections[id].timerAt = .never
    live.markMissed(from: live.connections[id].firstUpdate)
    backOff(id, settings)
  }

  /// Connection servers go down: each connection stands on one of them.
  private func restart(_ index: Int) {
    guard let settings = design.live else { return }
    let restart = settings.restarts[index]
    live.outages.append((until: now + restart.length, share: restart.share))
    for id in live.connections.live() where live.connections[id].phase == .up {
      if live.connections[id].draws.uniform() < restart.share { drop(id) }
    }
  }

  /// The session ends, and its subscription with it.
  func unsubscribe(_ id: UInt32) {
    guard isLive else { return }
    if live.connections[id].phase == .up, design.live?.isHeld == true {
      live.books.end(at: now, isLost: false)
    }
    live.screens.clear(id, shown: Int(live.connections[id].shown))
    live.unlink(id)
    live.discard(from: live.takeWaiting(id), .left)
    live.connections[id].phase = .closed
    live.releaseIfDone(id)
  }

  // MARK: Polling

  /// A poll has reached the gateway.
  private func answerPoll(_ id: UInt32) {
    guard let settings = design.live, live.connections[id].phase == .up else {
      return live.settle(id)
    }
    let units = live.carried(from: live.connections[id].firstUpdate)
    let service = settings.request.sample(&live.connections[id].draws)
    let perUnit = design.settings(of: .liveGateway).perUnit
    _ = visit(.liveGateway, service: service + perUnit * units, then: .live(id, .answered))
  }

  /// The answer is everything that waits; the client polls again a while after it asked.
  private func sendAnswer(_ id: UInt32) {
    defer { live.settle(id) }
    guard let settings = design.live, live.connections[id].phase == .up else { return }
    let first = takeCurrent(id, settings)
    let row = MessageRow(
      connection: id, epoch: live.connections[id].epoch, firstUpdate: first, kind: .poll,
      bytes: UInt32(
        clamping: settings.bytes.message + live.carried(from: first) * settings.bytes.update))
    countSent(row)
    live.connections[id].pending += 1
    calendar.schedule(.live(live.messages.take(row), .arrived), at: now + toClient)
    let asks = max(live.connections[id].polledAt + settings.every, now + toClient)
    live.connections[id].polledAt = asks
    schedule(.live(id, .polled), of: id, at: asks + toClient)
  }
}
