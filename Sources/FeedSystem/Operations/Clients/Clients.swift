import Simulation

enum RequestStep: UInt8 {
  /// The back-off is over; the client gives up on the attempt under way.
  case due, timedOut
}

/// What a client asks for, from its first attempt until nothing comes back to it any more.
struct RequestRow: BitwiseCopyable {
  enum State: UInt8 { case waiting, pausing, answered, failed }

  static let none = UInt32.max

  /// Where an attempt may wait for a server.
  enum Place: BitwiseCopyable {
    case line(TierName, Tier<Event>.Ticket)
    /// Of a guarded tier.
    case call(UInt32)
  }

  var kind: RequestKind
  var state = State.waiting
  var isMeasured: Bool
  var attempts: UInt8 = 0
  /// How often it has been carried out.
  var carriedOut: UInt8 = 0
  /// Events that will come for it, and attempts that point to it.
  var pending: UInt16 = 0
  var holders: UInt16 = 0
  var user: UInt32
  /// The attempt under way; none between two of them.
  var current = RequestRow.none
  /// The attempt that has been let in, of those that must be carried out once.
  var leader = RequestRow.none
  var opened: Instant
  /// When the client gives up on the attempt under way.
  var deadline = Instant.never
  /// Of the first attempt.
  var key: UInt64
  /// Where the attempt under way was last known to wait, if it may leave: what for, and the server
  /// time that it asked for.
  var place: Place?
  var waitsFor = Event.thresholdDue
  var service = Duration.zero
  /// Of a page: what a new attempt at it asks for.
  var session: UInt32 = .max
  var offset: UInt32 = 0
  var asOf: UInt32 = 0
  var readyAt = Instant.never
  var isTapped = false
  /// Of a reaction.
  var post: UInt32 = 0
  var reaction = Engagement.like

  var isEnded: Bool { state == .answered || state == .failed }

  /// Draws of each attempt are its own; the first has those of a client that makes no other.
  var attemptKey: UInt64 {
    attempts == 0 ? key : key ^ mix64(UInt64(attempts) << 56) >> 8 & 0x00ff_ffff_ffff_fff0
  }
}

/// What clients ask for, attempt by attempt.
public struct Clients: ~Copyable {
  public let settings: ClientSettings?
  /// Whether somebody keeps count of requests.
  public let isUsed: Bool
  let cancels: Bool
  var requests = Pool<RequestRow>()
  var budget: RetryBudget?
  var offline: OfflineCache?
  public internal(set) var measurements = RequestMeasurements()
  /// Without any until the window is known.
  public internal(set) var intervals = RequestIntervals(of: .start..<(.start))

  init(_ settings: ClientSettings?, users: Int) {
    self.settings = settings
    isUsed = settings != nil
    cancels = settings?.cancels ?? false
    budget = settings?.retries?.budget
    offline = settings?.offlineEntries.map { OfflineCache(entries: $0, users: users) }
  }
}

extension FeedSystem {
  func startClients(_ window: Range<Instant>) {
    if clients.isUsed { clients.intervals = RequestIntervals(of: window) }
  }

  // MARK: From the first attempt to the last

  /// A client asks for something; none where nobody keeps count.
  func openRequest(_ kind: RequestKind, by user: UInt32, key: UInt64) -> UInt32 {
    guard clients.isUsed else { return RequestRow.none }
    let instant = now
    let isMeasured = measuring
    clients.budget?.noteRequest(at: instant)
    clients.measurements.count(kind, isMeasured) { $0.opened += 1 }
    if isMeasured, kind == .feed { measurements.intervals[now].requestsOpened += 1 }
    return clients.requests.take(
      RequestRow(kind: kind, isMeasured: isMeasured, user: user, opened: now, key: key))
  }

  /// An attempt sets out, under its journey's id.
  func beginAttempt(_ request: UInt32, _ id: UInt32) {
    guard request != RequestRow.none else { return }
    let row = clients.requests[request]
    clients.requests[request].state = .waiting
    clients.requests[request].current = id
    clients.requests[request].attempts += 1
    clients.requests[request].holders += 1
    clients.requests[request].place = nil
    clients.measurements.count(row.kind, row.isMeasured) { $0.attempts += 1 }
    let instant = now
    if row.kind == .feed, let index = clients.intervals.index(of: instant) {
      clients.intervals.rows[index].attempts += 1
    }
    giveUp(request, sentAt: now)
  }

  /// Has the client give up in time on an attempt that sets out then.
  private func giveUp(_ request: UInt32, sentAt time: Instant) {
    guard let timeout = clients.settings?.timeout else { return }
    let way = clientRoundTrip(of: clients.requests[request].user)
    let deadline = time + max(.zero, timeout - way)
    clients.requests[request].deadline = deadline
    clients.requests[request].pending += 1
    calendar.schedule(.request(request, .timedOut), at: deadline)
  }

  /// The client has been told when to come again, and does, within the same attempt.
  func hold(_ request: UInt32, until time: Instant) {
    if request != RequestRow.none { giveUp(request, sentAt: time) }
  }

  func advanceRequest(_ id: UInt32, _ step: RequestStep) {
    clients.requests[id].pending -= 1
    let row = clients.requests[id]
    switch step {
    case .due: tryAgain(id)
    case .timedOut:
      if row.state == .waiting, row.deadline == now { timeOut(id) } else { releaseIfDone(id) }
    }
  }

  private func tryAgain(_ request: UInt32) {
    let row = clients.requests[request]
    clients.measurements.count(row.kind, row.isMeasured) { $0.retries += 1 }
    switch row.kind {
    case .feed: openLoad(again: request)
    case .publish: openPost(again: request)
    case .engagement: openReaction(again: request)
    }
  }

  /// Nobody waits for the attempt under way any more; it goes on all the same, unless it still
  /// waits somewhere and may leave.
  private func timeOut(_ request: UInt32) {
    let row = clients.requests[request]
    clients.measurements.count(row.kind, row.isMeasured) { $0.timedOut += 1 }
    clients.requests[request].current = RequestRow.none
    switch row.kind {
    case .feed:
      let load = loads[row.current]
      clients.requests[request].holders -= 1
      leaveAlone(load: row.current, of: request)
      if controls.watchesFeeds { controls.noteFailure() }
      endAttempt(request, .timedOut, load)
    case .publish:
      if withdraw(request) { endWithdrawn(post: row.current, of: request) }
      endAttempt(request, .timedOut)
    case .engagement:
      if withdraw(request) { endWithdrawn(engagement: row.current, of: request) }
      endAttempt(request, .timedOut)
    }
  }

  /// The attempt under way has failed: there is another after a pause, or the request has failed.
  ///
  /// - Parameter load: of a request for a page.
  func endAttempt(_ request: UInt32, _ cause: FailureCause, _ load: LoadRow? = nil) {
    clients.requests[request].current = RequestRow.none
    clients.requests[request].deadline = .never
    guard mayRetry(request, after: cause) else { return fail(request, cause, load) }
    let row = clients.requests[request]
    let backOff = clients.settings?.retries?.backOff ?? BackOff()
    var stream = RandomStream(
      seed: seed, purpose: Purpose.requestBackOff.rawValue,
      entity: row.key &+ UInt64(row.attempts))
    let pause = backOff.wait(after: Int(row.attempts), chance: stream.uniform())
    clients.requests[request].state = .pausing
    clients.requests[request].pending += 1
    calendar.schedule(.request(request, .due), at: now + pause)
  }

  /// A 429 says itself when to come again (`limits.retries`): nobody does so before that.
  private func mayRetry(_ request: UInt32, after cause: FailureCause) -> Bool {
    let row = clients.requests[request]
    guard let retries = clients.settings?.retries, Int(row.attempts) < retries.attempts,
      cause != .limited
    else { return false }
    let instant = now
    if clients.budget?.take(at: instant) == false {
      clients.measurements.count(row.kind, row.isMeasured) { $0.denied += 1 }
      return false
    }
    return true
  }

  // MARK: Ends

  private func fail(_ request: UInt32, _ cause: FailureCause, _ load: LoadRow?) {
    let row = clients.requests[request]
    clients.requests[request].state = .failed
    clients.measurements.count(row.kind, row.isMeasured) {
      $0.failed += 1
      $0.causes[Int(cause.rawValue)] += 1
      if row.carriedOut > 0 { $0.unacknowledged += 1 }
    }
    if row.kind == .feed {
      let instant = now
      if let index = clients.intervals.index(of: instant) {
        clients.intervals.rows[index].failed += 1
      }
      if row.isMeasured { measurements.intervals[row.opened].requestsFailed += 1 }
    }
    if row.kind == .engagement { rollBack(row) }
    releaseIfDone(request)
    if let load { endLoad(load) }
  }

  /// The client has its answer.
  ///
  /// - Parameter latency: from the first attempt on, the client's way included.
  func answer(_ request: UInt32, after latency: Duration) {
    let row = clients.requests[request]
    clients.requests[request].state = .answered
    clients.requests[request].current = RequestRow.none
    clients.requests[request].deadline = .never
    let isInTime = latency <= clients.settings?.availability.within ?? latency
    clients.measurements.count(row.kind, row.isMeasured) {
      $0.answered += 1
      if isInTime { $0.inTime += 1 }
    }
    let instant = now
    if row.kind == .feed, let index = clients.intervals.index(of: instant) {
      clients.intervals.rows[index].answered += 1
      if isInTime { clients.intervals.rows[index].inTime += 1 }
      clients.intervals.latency.record(latency, in: index)
    }
    releaseIfDone(request)
  }

  /// A request that has ended is forgotten when neither event nor attempt will come back to it.
  func releaseIfDone(_ request: UInt32) {
    let row = clients.requests[request]
    if row.isEnded, row.pending == 0, row.holders == 0 { clients.requests.release(request) }
  }

  // MARK: Leaving a queue

  /// Remembers where an attempt waits, so that it may leave.
  func noteWait(_ event: Event, _ place: RequestRow.Place, service: Duration) {
    let attempt: (request: UInt32, id: UInt32)
    switch event {
    case .load(let id, .admitted), .load(let id, .lookedUp), .load(let id, .ranked),
      .load(let id, .timelineRead):
      attempt = (loads[id].request, id)
    case .publish(let id, .admitted): attempt = (publications[id].request, id)
    case .engage(let id, .admitted): attempt = (engagements[id].request, id)
    default: return
    }
    guard attempt.request != RequestRow.none,
      clients.requests[attempt.request].current == attempt.id
    else { return }
    clients.requests[attempt.request].place = place
    clients.requests[attempt.request].waitsFor = event
    clients.requests[attempt.request].service = service
  }

  /// Takes the attempt out of the queue that it waits in; false where it waits in none, or may not.
  func withdraw(_ request: UInt32) -> Bool {
    guard clients.cancels, let place = clients.requests[request].place else { return false }
    clients.requests[request].place = nil
    let hasLeft =
      switch place {
      case .line(let tier, let ticket): tiers[tier.rawValue].abandon(ticket, at: now)
      case .call(let call): cancelCall(call, of: clients.requests[request].waitsFor)
      }
    if hasLeft { clients.measurements.withdrawn += 1 }
    return hasLeft
  }
}
