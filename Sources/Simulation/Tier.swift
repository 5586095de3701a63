/// The instants at which busy servers become free.
///
/// Up to 32 stand in a falling row, the earliest last; more in a heap, which is slower for few.
@usableFromInline
struct FreeTimes: ~Copyable {
  @usableFromInline var times: UnsafeMutablePointer<Int64>
  @usableFromInline var count = 0
  @usableFromInline var capacity: Int
  @usableFromInline var isHeap = false

  @inlinable init() {
    capacity = 32
    times = .allocate(capacity: capacity)
  }

  @inlinable deinit { times.deallocate() }

  @inlinable @inline(__always)
  var earliest: Int64 { times[isHeap ? 0 : count &- 1] }

  @inlinable @inline(__always)
  mutating func insert(_ time: Int64) {
    if isHeap || count == 32 { return insertIntoHeap(time) }
    var place = count
    while place > 0 && times[place &- 1] < time {
      times[place] = times[place &- 1]
      place &-= 1
    }
    times[place] = time
    count &+= 1
  }

  @inlinable
  mutating func insertIntoHeap(_ time: Int64) {
    if !isHeap {
      // A rising row is a heap.
      for index in 0..<count / 2 {
        (times[index], times[count - 1 - index]) = (times[count - 1 - index], times[index])
      }
      isHeap = true
    }
    if count == capacity { grow() }
    var hole = count
    count += 1
    while hole > 0 {
      let parent = (hole - 1) >> 1
      if times[parent] <= time { break }
      times[hole] = times[parent]
      hole = parent
    }
    times[hole] = time
  }

  @inlinable @inline(__always)
  mutating func removeEarliest() {
    count &-= 1
    if isHeap { removeFromHeap() }
  }

  @inlinable
  mutating func removeFromHeap() {
    isHeap = count > 0
    if count > 0 { sink(times[count]) }
  }

  @inlinable
  mutating func sink(_ time: Int64) {
    var hole = 0
    while true {
      var child = 2 * hole + 1
      if child >= count { break }
      if child + 1 < count, times[child + 1] < times[child] { child += 1 }
      if times[child] >= time { break }
      times[hole] = times[child]
      hole = child
    }
    times[hole] = time
  }

  @usableFromInline @inline(never)
  mutating func grow() {
    let larger = UnsafeMutablePointer<Int64>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: times, count: count)
    times.deallocate()
    times = larger
    capacity *= 2
  }
}

/// The waiting visits of one priority class, first come, first served.
///
/// A ring indexed by a running number, so a visit that gives up is struck out in place.
@usableFromInline
struct WaitingLine<Visitor: BitwiseCopyable>: ~Copyable {
  @usableFromInline
  struct Visit: BitwiseCopyable {
    @usableFromInline var arrival: Int64
    /// Negative once the visitor has given up.
    @usableFromInline var service: Int64
    @usableFromInline var visitor: Visitor

    @inlinable init(arrival: Int64, service: Int64, visitor: Visitor) {
      self.arrival = arrival
      self.service = service
      self.visitor = visitor
    }
  }

  @usableFromInline var visits: UnsafeMutablePointer<Visit>
  @usableFromInline var mask: UInt64 = 15
  @usableFromInline var head: UInt64 = 0
  @usableFromInline var tail: UInt64 = 0

  @inlinable init() { visits = .allocate(capacity: 16) }

  @inlinable deinit { visits.deallocate() }

  @inlinable @inline(__always)
  mutating func append(_ visit: Visit) -> UInt64 {
    if tail - head > mask { grow() }
    visits[Int(tail & mask)] = visit
    tail += 1
    return tail - 1
  }

  /// Drops visits at the front that have given up.
  @inlinable @inline(__always)
  mutating func skipAbandoned() {
    while head < tail, visits[Int(head & mask)].service < 0 { head += 1 }
  }

  @usableFromInline @inline(never)
  mutating func grow() {
    let capacity = Int(mask + 1)
    let larger = UnsafeMutablePointer<Visit>.allocate(capacity: capacity * 2)
    let largerMask = mask * 2 + 1
    for number in head..<tail {
      larger[Int(number & largerMask)] = visits[Int(number & mask)]
    }
    visits.deallocate()
    visits = larger
    mask = largerMask
  }
}

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

  @usableFromInline var free = FreeTimes()
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
    releaseServers(time)
    if waitingNow == 0, free.count < servers {
      if room <= free.count { return block() }
      book(arrival: time, service: service.nanoseconds, waited: 0)
      let end = time + service.nanoseconds
      free.insert(end)
      return .begins(end: Instant(nanoseconds: end))
    }
    if room < .max, free.count + waitingNow >= room { return block() }
    bookWaiting(arrival: time)
    let number = lines[line].append(
      .init(arrival: time, service: service.nanoseconds, visitor: visitor))
    waitingNow += 1
    return .waits(Ticket(line: Int32(truncatingIfNeeded: line), number: number))
  }

  /// When the model must call `begin` next; nil if it need not, or has been told already.
  @inlinable @inline(__always)
  public mutating func nextBegin() -> Instant? {
    guard waitingNow > 0 else { return nil }
    let time = free.count < servers ? books.clock : free.earliest
    guard time < beginAt else { return nil }
    beginAt = time
    return Instant(nanoseconds: time)
  }

  /// Begins the next waiting visit if a server is free; call until nil, then `nextBegin`.
  @inlinable @inline(__always)
  public mutating func begin(at now: Instant) -> Begun? {
    let time = now.nanoseconds
    if time >= beginAt { beginAt = .max }
    releaseServers(time)
    guard waitingNow > 0, free.count < servers else { return nil }
    var line = 0
    while true {
      lines[line].skipAbandoned()
      if lines[line].head < lines[line].tail { break }
      line += 1
    }
    let visit = lines[line].visits[Int(lines[line].head & lines[line].mask)]
    lines[line].head += 1
    stepWaiting(time)
    waitingNow -= 1
    let end = time + visit.service
    free.insert(end)
    book(begun: visit.service, waited: time - visit.arrival)
    return Begun(
      visitor: visit.visitor, end: Instant(nanoseconds: end),
      waited: Duration(nanoseconds: time - visit.arrival))
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
    releaseServers(now.nanoseconds)
    stepWaiting(now.nanoseconds)
    servers = max(1, count)
  }

  /// Books a departure; to be called by the event that fires at the end of a service.
  @inlinable @inline(__always)
  public mutating func depart(at end: Instant) {
    books.departures &+= 1
    books.departureTimes &+= UInt64(bitPattern: end.nanoseconds)
  }

  /// Server time used from the start until `now`.
  public mutating func busyTime(until now: Instant) -> Duration {
    releaseServers(now.nanoseconds)
    return Duration(nanoseconds: books.service - free.remaining(after: now.nanoseconds))
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
      inside: UInt64(free.count + waitingNow), area: area, bookedArea: booked)
  }

  @inlinable @inline(__always)
  mutating func releaseServers(_ time: Int64) {
    while free.count > 0, free.earliest <= time { free.removeEarliest() }
  }

  @inlinable @inline(__always)
  mutating func block() -> Arrival {
    books.blocked += 1
    return .blocked
  }

  @inlinable @inline(__always)
  mutating func book(arrival time: Int64, service: Int64, waited: Int64) {
    books.arrivals &+= 1
    books.arrivalTimes &+= UInt64(bitPattern: time)
    book(begun: service, waited: waited)
  }

  @inlinable @inline(__always)
  mutating func book(begun service: Int64, waited: Int64) {
    books.service &+= service
    books.waited &+= waited
  }

  @inlinable @inline(__always)
  mutating func bookWaiting(arrival time: Int64) {
    books.arrivals &+= 1
    books.arrivalTimes &+= UInt64(bitPattern: time)
    stepWaiting(time)
  }

  @inlinable @inline(__always)
  mutating func stepWaiting(_ time: Int64) {
    books.waitingArea &+= UInt64(waitingNow) &* UInt64(bitPattern: time &- books.clock)
    books.clock = time
  }
}

extension FreeTimes {
  func remaining(after time: Int64) -> Int64 {
    var total: Int64 = 0
    for index in 0..<count { total &+= max(0, times[index] - time) }
    return total
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
