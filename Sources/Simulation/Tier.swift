/// Servers behind one queue that decides when a service **begins**.
///
/// A free server answers an arrival at once; otherwise the visit waits, and the model begins
/// it when a server frees. At most one such begin event is live at a tier. Because nothing is
/// promised on arrival, servers can be added and removed, waiting visits can give up, and
/// priority classes (non-preemptive; class 0 first) can overtake. A request in service keeps
/// its server even if its client has gone.
///
/// Conservation is checked on independent books: arrivals are booked on arrival, departures
/// by the event that fires, waiting by stepping the queue's length, service when it begins.
public struct Tier<Visitor: BitwiseCopyable>: ~Copyable {
  public enum Arrival {
    /// A free server began at once; the service ends then.
    case begins(end: Instant)
    /// The visit waits; the ticket lets it give up.
    case waits(Ticket)
    /// No room.
    case blocked
  }

  public struct Ticket: BitwiseCopyable, Sendable {
    @usableFromInline var line: Int32
    @usableFromInline var number: UInt64

    @inlinable init(line: Int32, number: UInt64) {
      self.line = line
      self.number = number
    }
  }

  public struct Begun {
    public var visitor: Visitor
    public var end: Instant
    public var waited: Duration

    @inlinable init(visitor: Visitor, end: Instant, waited: Duration) {
      self.visitor = visitor
      self.end = end
      self.waited = waited
    }
  }

  /// Servers now; a change takes effect as services end (see `resize`).
  public var servers: Int
  /// Visits that may be in the tier at once, waiting or in service.
  public let room: Int

  /// Of at most `room` servers: more are never used.
  @usableFromInline var free: FreeTimes
  @usableFromInline var lines: Bank<WaitingLine<Visitor>>
  @usableFromInline var waitingNow = 0
  @usableFromInline var beginAt = Int64.max

  public var books = TierBooks()

  /// - Parameters:
  ///   - servers: at least 1; `.max` for as many as are needed.
  ///   - room: visits in the tier at once, waiting and in service.
  ///   - classes: priority classes, at least 1.
  public init(servers: Int, room: Int = .max, classes: Int = 1) {
    self.servers = max(1, servers)
    self.room = room
    free = FreeTimes(servers: max(0, min(self.servers, room)))
    lines = Bank(count: max(1, classes)) { _ in WaitingLine() }
  }

  /// Visits waiting for a server.
  @inlinable public var waiting: Int { waitingNow }

  /// A visit arrives; `service` is how long it will hold a server.
  @inlinable @inline(__always)
  public mutating func arrive(
    _ visitor: Visitor, service: Duration, at now: Instant, class line: Int = 0
  ) -> Arrival {
    let time = now.nanoseconds
    if waitingNow == 0, free.first <= time {
      let end = time &+ service.nanoseconds
      books.arrivals &+= 1
      books.arrivalTimes &+= UInt64(bitPattern: time)
      books.service &+= service.nanoseconds
      free.take(until: end, at: time)
      return .begins(end: Instant(nanoseconds: end))
    }
    if room < .max, inside(at: time) >= room {
      books.blocked &+= 1
      return .blocked
    }
    bookWaiting(arrival: time)
    let number = lines[line].append(
      .init(arrival: time, service: service.nanoseconds, visitor: visitor))
    waitingNow &+= 1
    return .waits(Ticket(line: Int32(truncatingIfNeeded: line), number: number))
  }

  /// When the model must call `begin` next; nil if it need not, or has been told already.
  @inlinable @inline(__always)
  public mutating func nextBegin() -> Instant? {
    guard waitingNow > 0 else { return nil }
    let time = max(free.first, books.clock)
    guard time < beginAt else { return nil }
    beginAt = time
    return Instant(nanoseconds: time)
  }

  /// Begins the next waiting visit if a server is free; call until nil, then `nextBegin`.
  @inlinable @inline(__always)
  public mutating func begin(at now: Instant) -> Begun? {
    let time = now.nanoseconds
    if time >= beginAt { beginAt = .max }
    guard waitingNow > 0, free.first <= time else { return nil }
    var line = 0
    while true {
      lines[line].skipAbandoned()
      if lines[line].head < lines[line].tail { break }
      line += 1
    }
    let visit = lines[line].visits[Int(lines[line].head & lines[line].mask)]
    lines[line].head &+= 1
    stepWaiting(time)
    waitingNow &-= 1
    let end = time &+ visit.service
    let waited = time &- visit.arrival
    free.take(until: end, at: time)
    books.service &+= visit.service
    books.waited &+= waited
    return Begun(
      visitor: visit.visitor, end: Instant(nanoseconds: end),
      waited: Duration(nanoseconds: waited))
  }

  /// A waiting visit gives up; false if its service has begun or it has already gone.
  public mutating func abandon(_ ticket: Ticket, at now: Instant) -> Bool {
    let line = Int(ticket.line)
    guard ticket.number >= lines[line].head, ticket.number < lines[line].tail else {
      return false
    }
    let slot = Int(ticket.number & lines[line].mask)
    guard lines[line].visits[slot].service >= 0 else { return false }
    lines[line].visits[slot].service = -1
    stepWaiting(now.nanoseconds)
    waitingNow -= 1
    books.abandoned += 1
    books.departureTimes &+= UInt64(bitPattern: now.nanoseconds)
    return true
  }

  /// Adds or removes servers; a removed one finishes what it is serving. Call `nextBegin`
  /// afterwards: visits that wait may begin at once.
  public mutating func resize(servers count: Int, at now: Instant) {
    stepWaiting(now.nanoseconds)
    servers = max(1, count)
    free.resize(to: max(0, min(servers, room)), at: now.nanoseconds)
  }

  /// Books a departure; to be called by the event that fires at the end of a service.
  @inlinable @inline(__always)
  public mutating func depart(at end: Instant) {
    books.departures &+= 1
    books.departureTimes &+= UInt64(bitPattern: end.nanoseconds)
  }

  /// Server time used from the start until `now`.
  public func busyTime(until now: Instant) -> Duration {
    Duration(nanoseconds: books.service - free.remaining(after: now.nanoseconds))
  }

  /// Checks ∫N dt over [0, now], taken from the queue's length and the services begun, against
  /// T·(in − out) − Σ arrivals + Σ departures, in wrapping integers.
  public mutating func balance(at now: Instant) -> FlowBalance {
    stepWaiting(now.nanoseconds)
    let area =
      books.waitingArea &+ UInt64(bitPattern: busyTime(until: now).nanoseconds)
    let inside = books.arrivals &- books.departures &- books.abandoned
    let booked =
      UInt64(bitPattern: now.nanoseconds) &* inside &- books.arrivalTimes
      &+ books.departureTimes
    return FlowBalance(
      arrivals: books.arrivals, departures: books.departures, abandoned: books.abandoned,
      inside: UInt64(free.busy(at: now.nanoseconds) + waitingNow), area: area, bookedArea: booked)
  }

  /// Visits waiting or in service.
  @inlinable
  func inside(at time: Int64) -> Int {
    if free.first > time, free.leaving.isEmpty { return waitingNow &+ free.servers }
    return waitingNow &+ free.busy(at: time)
  }

  @inlinable @inline(__always)
  mutating func bookWaiting(arrival time: Int64) {
    books.arrivals &+= 1
    books.arrivalTimes &+= UInt64(bitPattern: time)
    stepWaiting(time)
  }

  @inlinable @inline(__always)
  mutating func stepWaiting(_ time: Int64) {
    books.waitingArea &+=
      UInt64(bitPattern: Int64(waitingNow)) &* UInt64(bitPattern: time &- books.clock)
    books.clock = time
  }
}

/// What a tier has booked since the run's start; times in nanoseconds, sums wrapping.
public struct TierBooks: Sendable {
  public var arrivals: UInt64 = 0
  public var departures: UInt64 = 0
  public var abandoned: UInt64 = 0
  public var blocked: UInt64 = 0
  public var arrivalTimes: UInt64 = 0
  public var departureTimes: UInt64 = 0
  public var waitingArea: UInt64 = 0
  public var clock: Int64 = 0
  public var service: Int64 = 0
  public var waited: Int64 = 0

  @inlinable init() {}
}

/// The two sides of a tier's books.
public struct FlowBalance: Sendable {
  public var arrivals: UInt64
  public var departures: UInt64
  public var abandoned: UInt64
  /// Visits found waiting or in service.
  public var inside: UInt64
  /// ∫N dt from the queue's length and the services begun, ns.
  public var area: UInt64
  /// ∫N dt from the times of arrivals and departures, ns.
  public var bookedArea: UInt64

  public var holds: Bool {
    arrivals == departures &+ abandoned &+ inside && area == bookedArea
  }
}
