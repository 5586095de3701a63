import Simulation

/// guards ─ refused ───────────────────────────────────────────────→ failed
///        └ balancer → line → server → answered → the journey's event
///              │        └ timed out, dropped or lost ─────────────→ failed
///              └ after a while → balancer → another server → answered, if that is first
///
/// failed ─ a client waits → the journey is told (`fail`)
///        └ nobody does → waits → guards …
extension FeedSystem {
  /// Sends a journey to a guarded tier; what becomes of it is told by its event or by `fail`, never
  /// before this returns.
  func call(
    _ tier: TierName, service: Duration, line: Int, then event: Event
  ) -> Duration? {
    var row = CallRow(
      event, to: tier, callerKind(of: event), line: line, service, at: now)
    row.number = UInt64(calls.tiers[tier.rawValue].counts.made)
    let id = calls.rows.take(row)
    if clients.cancels { noteWait(event, .call(id), service: service) }
    send(id)
    return service
  }

  func advanceCall(_ id: UInt32, _ step: CallStep) {
    calls.rows[id].pending -= 1
    let state = calls.rows[id].state
    switch step {
    case .served: endVisit(id, 0)
    case .hedgeServed: endVisit(id, 1)
    case .answered: if state == .answering { return answer(id) }
    case .failed: if state == .failing { return endFailed(id) }
    case .timedOut: if state == .underWay || state == .answering { return timeOut(id) }
    case .hedged: if state == .underWay { hedge(id) }
    case .retried:
      calls.rows[id].state = .underWay
      calls.rows[id].began = now
      calls.rows[id].service = offer(
        calls.rows[id].service, to: calls.rows[id].tier.rawValue)
      send(id)
    }
    releaseIfOver(id)
  }

  /// Keeps a row for as long as events name it.
  private func releaseIfOver(_ id: UInt32) {
    let row = calls.rows[id]
    if row.state == .over, row.pending == 0 { calls.rows.release(id) }
  }

  private func schedule(_ step: CallStep, of id: UInt32, at time: Instant) {
    calls.rows[id].pending += 1
    calendar.schedule(.call(id, step), at: time)
  }

  // MARK: There

  private func send(_ id: UInt32) {
    let row = calls.rows[id]
    let tier = row.tier.rawValue
    inspectServers(row.tier)
    calls.tiers[tier].noteMade()
    switch calls.tiers[tier].ask(row.kind, at: now) {
    case .refused(let cause, let isTold): refuse(id, cause, isTold: isTold)
    case .enters(let probe):
      calls.rows[id].probe = probe
      calls.rows[id].isInside = true
      calls.tiers[tier].underWay[Int(row.kind.rawValue)] += 1
      if isLost(row.tier, key: row.number << 8 | UInt64(row.failures)) { return loseOnTheWay(id) }
      let answerAt = place(id, slot: 0)
      if calls.rows[id].state == .underWay { setTimers(id, answerAt: answerAt) }
    }
  }

  /// The network loses the call: its caller hears nothing, and gives up in the end.
  private func loseOnTheWay(_ id: UInt32) {
    let timeout = timeout(of: calls.rows[id]) ?? lostCallTimeout
    calls.rows[id].state = .failing
    calls.rows[id].cause = .networkLost
    schedule(.failed, of: id, at: now + timeout)
  }

  /// What is made again waits twice as long each time: work that takes longer than the timeout
  /// would never be done.
  private func timeout(of row: CallRow) -> Duration? {
    calls.tiers[row.tier.rawValue].settings.timeout.map { $0 * (1 << min(Int(row.failures), 16)) }
  }

  /// There and back, with what the network adds now.
  private var callRoundTrip: Duration { roundTrip + callDelay }

  /// A timer that the answer is going to come before is never set.
  private func setTimers(_ id: UInt32, answerAt: Instant) {
    let tier = calls.rows[id].tier.rawValue
    if let timeout = timeout(of: calls.rows[id]), answerAt > now + timeout {
      schedule(.timedOut, of: id, at: now + timeout)
    }
    if let delay = calls.tiers[tier].hedging?.delay, answerAt > now + delay {
      schedule(.hedged, of: id, at: now + delay)
    }
  }

  /// Has the balancer choose a server; returns when the answer is back, or never, if the visit
  /// waits.
  @discardableResult
  private func place(_ id: UInt32, slot: Int) -> Instant {
    let row = calls.rows[id]
    let tier = row.tier.rawValue
    var stream = calls.draw(row, .balancing, UInt64(slot))
    let other =
      slot == 0 || row.first == Calls.none ? -1 : calls.tiers[tier].pool.server(of: row.first)
    calls.tiers[tier].counts.visits += 1
    let arrival = calls.tiers[tier].pool.arrive(
      UInt64(id) << 1 | UInt64(slot), service: row.service, class: Int(row.line),
      draw: stream.next(), avoiding: other, at: now)
    switch arrival {
    case .begins(let visit, let end):
      calls.rows[id][slot] = visit
      schedule(slot == 0 ? .served : .hedgeServed, of: id, at: end)
      if measuring { measurements.waiting[tier].record(.zero) }
      return end + callRoundTrip
    case .waits(let visit):
      calls.rows[id][slot] = visit
      measurements.waitingPeak[tier] = max(
        measurements.waitingPeak[tier], calls.tiers[tier].pool.waiting)
    case .blocked, .noServer:
      calls.tiers[tier].counts.unplaced += 1
      lose(id, slot, arrival == .blocked ? .noRoom : .serverLost)
    }
    return .never
  }

  private func hedge(_ id: UInt32) {
    let row = calls.rows[id]
    let tier = row.tier.rawValue
    guard row.second == Calls.none, calls.tiers[tier].hedging?.spend() == true else { return }
    calls.tiers[tier].counts.hedged += 1
    calls.rows[id].service = offer(row.service, to: tier)
    place(id, slot: 1)
  }

  /// A server begins what waits for it, if anything does.
  func beginNext(_ name: TierName, _ server: Int) {
    let tier = name.rawValue
    while let visit = calls.tiers[tier].pool.next(for: server) {
      let visitor = calls.tiers[tier].pool.visitor(of: visit)
      let (id, slot) = (UInt32(visitor >> 1), Int(visitor & 1))
      if calls.tiers[tier].drops(visit, for: server, at: now) {
        calls.tiers[tier].pool.withdraw(visit, at: now)
        lose(id, slot, .shed)
        continue
      }
      let waited = now - calls.tiers[tier].pool.arrival(of: visit)
      let end = calls.tiers[tier].pool.begin(visit, on: server, at: now)
      schedule(slot == 0 ? .served : .hedgeServed, of: id, at: end)
      if measuring { measurements.waiting[tier].record(waited) }
      break
    }
    if bus.isPaused { resumeConsumers() }
  }

  // MARK: Back

  /// A visit's service has ended, unless it was lost in the middle.
  private func endVisit(_ id: UInt32, _ slot: Int) {
    let row = calls.rows[id]
    guard row[slot] != Calls.none else { return }
    let tier = row.tier.rawValue
    calls.rows[id][slot] = Calls.none
    let ended = calls.tiers[tier].pool.end(row[slot], at: now)
    var hasFailed = false
    if ended.errors > 0 {
      var stream = calls.draw(row, .serverError, UInt64(slot))
      hasFailed = stream.uniform() < ended.errors
    }
    calls.tiers[tier].note(ended, hasFailed: hasFailed, at: now)
    if controls.watchesReleases, ended.server >= 0 {
      controls.noteServed(
        row.tier, server: ended.server, of: calls.servers(row.tier), took: ended.service,
        failed: hasFailed)
    }
    if row.state != .underWay {
      calls.tiers[tier].counts.wasted += ended.service
    } else if hasFailed {
      lose(id, slot, .serverError)
    } else {
      calls.rows[id].state = .answering
      calls.rows[id].winner = UInt8(slot)
      calls.rows[id].service = ended.service
      schedule(.answered, of: id, at: now + callRoundTrip)
    }
    beginNext(row.tier, ended.server)
  }

  /// The first answer is back.
  private func answer(_ id: UInt32) {
    let row = calls.rows[id]
    let tier = row.tier.rawValue
    calls.tiers[tier].noteAnswered(row, at: now)
    if row.winner == 1 { calls.tiers[tier].counts.hedgesWon += 1 }
    end(id)
    book(row.service, of: row.event)
    dispatch(row.event)
  }

  /// A visit has come to nothing; so has its call, unless there is another.
  func lose(_ id: UInt32, _ slot: Int, _ cause: FailureCause) {
    calls.rows[id][slot] = Calls.none
    let row = calls.rows[id]
    if row.state == .underWay, row.first == Calls.none, row.second == Calls.none {
      refuse(id, cause, isTold: true)
    }
  }

  private func refuse(_ id: UInt32, _ cause: FailureCause, isTold: Bool) {
    calls.rows[id].state = .failing
    calls.rows[id].cause = cause
    schedule(.failed, of: id, at: isTold ? now + callRoundTrip : now)
  }

  private func timeOut(_ id: UInt32) {
    if calls.rows[id].state == .answering {
      calls.tiers[calls.rows[id].tier.rawValue].counts.wasted += calls.rows[id].service
    }
    calls.rows[id].cause = .timedOut
    endFailed(id)
  }

  /// The caller is told that there will be no answer, or tries again.
  private func endFailed(_ id: UInt32) {
    let row = calls.rows[id]
    let tier = row.tier.rawValue
    calls.tiers[tier].noteFailed(row, at: now)
    end(id)
    guard row.event.isMadeAgain else { return fail(row.event, row.cause) }
    calls.tiers[tier].counts.retried += 1
    var again = CallRow(
      row.event, to: row.tier, row.kind, line: Int(row.line), row.service, at: now)
    again.failures = row.failures == .max ? .max : row.failures + 1
    again.number = row.number
    again.state = .paused
    var stream = calls.draw(row, .callRetry)
    let wait = calls.backOff.wait(after: Int(again.failures), chance: stream.uniform())
    schedule(.retried, of: calls.rows.take(again), at: now + wait)
  }

  /// Takes back a call whose visit waits for a server, since nobody wants the answer any more;
  /// false where a server has begun it, or it has ended. The journey hears of it no more.
  ///
  /// - Parameter event: its journey's, by which a call that has ended is known.
  func cancelCall(_ id: UInt32, of event: Event) -> Bool {
    let row = calls.rows[id]
    let tier = row.tier.rawValue
    guard row.state == .underWay, row.event.code == event.code, row.second == Calls.none,
      row.first != Calls.none, calls.tiers[tier].pool.isWaiting(row.first)
    else { return false }
    calls.tiers[tier].counts.cancelled += 1
    // A probe that nobody waits for leaves the breaker as unsure as one that has failed.
    let present = now
    if row.probe != 0 {
      calls.tiers[tier].breaker?.note(hasFailed: true, probe: row.probe, at: present)
    }
    end(id)
    return true
  }

  /// The caller waits no longer: a visit that waits leaves the line, one in service goes on.
  private func end(_ id: UInt32) {
    let row = calls.rows[id]
    let tier = row.tier.rawValue
    calls.rows[id].state = .over
    if row.isInside { calls.tiers[tier].underWay[Int(row.kind.rawValue)] -= 1 }
    for slot in 0...1 where row[slot] != Calls.none {
      guard calls.tiers[tier].pool.isWaiting(row[slot]) else { continue }
      calls.tiers[tier].pool.withdraw(row[slot], at: now)
      calls.rows[id][slot] = Calls.none
    }
    releaseIfOver(id)
  }

  /// What the journey books as service is that of the visit that has answered.
  private func book(_ service: Duration, of event: Event) {
    switch event {
    case .load(let id, _): loads[id].service = service
    case .featuresAnswered(let call): featureCalls[call].service = service
    case .object(let read, .looked):
      objectCaches.reads[read].asked.followerService = service
      objectCaches.reads[read].time.followerService = service
    case .object(let fetch, .asked), .object(let fetch, .askedWarm),
      .object(let fetch, .askedLeader):
      objectCaches.fetches[fetch].service = service
    default: break
    }
  }
}
