/// Servers that are told apart, behind one line or each with its own, which decide when a service
/// **begins**, as `Tier` does.
///
/// A server may be down, slow, or taken out of rotation; visits may wait in priority classes (class
/// 0 first), give up, and are placed by a `Balancing`. Whoever owns the pool ends each visit at the
/// instant that its beginning has told, and then has the server begin the next.
///
/// Books as those of `Tier`: arrivals are booked on arrival, departures by the event that fires,
/// waiting by stepping the number of those who wait, service when it begins.
public struct ServerPool: ~Copyable {
  public enum Arrival: Equatable {
    /// A free server has begun at once; the service ends then.
    case begins(visit: UInt32, end: Instant)
    case waits(visit: UInt32)
    /// No room.
    case blocked
    /// No server is up.
    case noServer
  }

  /// A visit that has ended.
  public struct Ended {
    public var visitor: UInt64
    /// The server; negative for one of as many as it takes.
    public var server: Int
    public var arrival: Instant
    /// What it held its server for, slowness included.
    public var service: Duration
    /// Whether the server has answered with an error is drawn against this share.
    public var errors: Double
  }

  @usableFromInline struct Server {
    var serving = PoolVisits.none
    var isDown = false
    var isEjected = false
    var slowness = 1.0
    var errors = 0.0
  }

  public let balancing: any Balancing
  public let room: Int
  public let classes: Int
  /// Servers that there are for new visits, up or down; `.max` for as many as are needed.
  public private(set) var servers: Int
  public private(set) var books = TierBooks()
  public private(set) var waiting = 0
  public private(set) var inService = 0
  public private(set) var loads = ServerLoads()

  private var visits = PoolVisits()
  private var fleet: [Server] = []
  /// Of the line before all servers, or of each server's own, by class.
  private var lines: [PoolVisits.Line]
  private var turns: UInt64 = 0
  private var recalled: [Int] = []
  /// Σ of the ends of the visits in service, wrapping.
  private var ends: Int64 = 0
  private let isShared: Bool

  /// - Parameters:
  ///   - servers: at least 1; `.max` for as many as are needed.
  ///   - room: visits in the pool at once, waiting and in service.
  ///   - classes: priority classes, at least 1.
  public init(
    servers: Int, balancing: any Balancing = SharedLine(), room: Int = .max, classes: Int = 1
  ) {
    self.balancing = balancing
    self.room = room
    self.classes = max(1, classes)
    self.servers = .max
    isShared = balancing.isShared
    lines = isShared ? [PoolVisits.Line](repeating: .init(), count: self.classes) : []
    if servers < .max { _ = resize(to: servers, at: .start) }
  }

  public var isUnlimited: Bool { servers == .max }

  /// Visits waiting or in service.
  public var inside: Int { waiting + inService }

  /// The instant at which a waiting visit arrived.
  public func arrival(of visit: UInt32) -> Instant {
    Instant(nanoseconds: visits[visit].arrival)
  }

  public func visitor(of visit: UInt32) -> UInt64 { visits[visit].visitor }

  public func isWaiting(_ visit: UInt32) -> Bool { visits[visit].end == .max }

  /// The server that a visit is at or waits for; negative where none is chosen.
  public func server(of visit: UInt32) -> Int { Int(visits[visit].server) }

  // MARK: Visits

  /// A visit arrives; `service` is how long it would hold a server that is not slow.
  ///
  /// - Parameters:
  ///   - draw: 64 random bits of this visit.
  ///   - other: a server that is not wanted, if there are others.
  public mutating func arrive(
    _ visitor: UInt64, service: Duration, class line: Int = 0, draw: UInt64 = 0,
    avoiding other: Int = -1, at now: Instant
  ) -> Arrival {
    if !isUnlimited, loads.rotationCount == 0 { return .noServer }
    if room < .max, inside >= room {
      books.blocked &+= 1
      return .blocked
    }
    let time = now.nanoseconds
    books.arrivals &+= 1
    books.arrivalTimes &+= UInt64(bitPattern: time)
    let visit = visits.take(
      PoolVisit(
        visitor: visitor, arrival: time, service: service.nanoseconds, line: UInt8(line)))
    if isUnlimited { return .begins(visit: visit, end: start(visit, on: -1, at: time)) }
    if isShared {
      if waiting == 0, loads.leastOutstanding == 0 {
        return .begins(visit: visit, end: start(visit, on: loads.leastLoaded, at: time))
      }
      wait(visit, at: time)
      return .waits(visit: visit)
    }
    let server = choose(draw, avoiding: other)
    visits[visit].server = Int32(server)
    if fleet[server].serving == PoolVisits.none {
      return .begins(visit: visit, end: start(visit, on: server, at: time))
    }
    loads.add(1, to: server)
    wait(visit, at: time)
    return .waits(visit: visit)
  }

  /// The visit that a server may begin now; nil if it is busy, down, or nobody waits for it.
  public func next(for server: Int) -> UInt32? {
    guard server >= 0, server < fleet.count, fleet[server].serving == PoolVisits.none,
      !fleet[server].isDown, waiting > 0
    else { return nil }
    if isShared, !loads.isInRotation(server) { return nil }
    let first = isShared ? 0 : server * classes
    for line in first..<first + classes where lines[line].head != PoolVisits.none {
      return lines[line].head
    }
    return nil
  }

  /// Begins a waiting visit at a server that is free; tells when it ends.
  public mutating func begin(_ visit: UInt32, on server: Int, at now: Instant) -> Instant {
    unwait(visit, at: now.nanoseconds)
    if !isShared { loads.add(-1, to: server) }
    return start(visit, on: server, at: now.nanoseconds)
  }

  /// A visit in service ends; its server is free.
  public mutating func end(_ visit: UInt32, at now: Instant) -> Ended {
    let row = visits[visit]
    books.departures &+= 1
    books.departureTimes &+= UInt64(bitPattern: now.nanoseconds)
    leaveServer(visit)
    visits.release(visit)
    return Ended(
      visitor: row.visitor, server: Int(row.server), arrival: Instant(nanoseconds: row.arrival),
      service: Duration(nanoseconds: row.service),
      errors: row.server < 0 ? 0 : fleet[Int(row.server)].errors)
  }

  /// A waiting visit leaves the line.
  public mutating func withdraw(_ visit: UInt32, at now: Instant) {
    let server = Int(visits[visit].server)
    unwait(visit, at: now.nanoseconds)
    if server >= 0 { loads.add(-1, to: server) }
    books.abandoned &+= 1
    books.departureTimes &+= UInt64(bitPattern: now.nanoseconds)
    visits.release(visit)
  }

  // MARK: Servers

  /// A server goes; returns the visitors that it was serving or that waited in its line, and those
  /// of the line before all servers, if this was the last one.
  public mutating func takeDown(_ server: Int, at now: Instant) -> [UInt64] {
    guard server < fleet.count, !fleet[server].isDown else { return [] }
    fleet[server].isDown = true
    loads.leave(server)
    var lost: [UInt64] = []
    let visit = fleet[server].serving
    if visit != PoolVisits.none {
      lost.append(visits[visit].visitor)
      cut(visit, at: now)
    }
    if !isShared { lose(server * classes..<(server + 1) * classes, &lost, at: now) }
    recallIfNobodyIsLeft()
    if isShared, loads.rotationCount == 0 { lose(0..<classes, &lost, at: now) }
    return lost
  }

  /// A server that was down takes visits again; then it may begin one (`next`).
  public mutating func bringUp(_ server: Int) {
    guard server < fleet.count, fleet[server].isDown else { return }
    fleet[server].isDown = false
    if server < servers, !fleet[server].isEjected { loads.enter(server) }
  }

  /// What a server does to visits that begin from now on, and to those that it ends.
  public mutating func set(slowness: Double, errors: Double, on server: Int) {
    guard server < fleet.count else { return }
    fleet[server].slowness = slowness
    fleet[server].errors = errors
  }

  /// Takes a server out of rotation, or back; those in its line are served all the same.
  public mutating func setEjected(_ isEjected: Bool, _ server: Int) {
    guard server < fleet.count, fleet[server].isEjected != isEjected else { return }
    fleet[server].isEjected = isEjected
    if isEjected {
      loads.leave(server)
      recallIfNobodyIsLeft()
    } else if !fleet[server].isDown, server < servers {
      loads.enter(server)
    }
  }

  /// Servers that were out of rotation and have come back since nobody else was left; they may have
  /// something to begin (`next`). Each is told once.
  public mutating func takeRecalled() -> [Int] {
    defer { recalled = [] }
    return recalled
  }

  public func isDown(_ server: Int) -> Bool { server < fleet.count && fleet[server].isDown }
  public func isEjected(_ server: Int) -> Bool { server < fleet.count && fleet[server].isEjected }

  /// Servers that are out of rotation although they are up.
  public var ejectedCount: Int {
    (0..<min(servers, fleet.count)).count { fleet[$0].isEjected && !fleet[$0].isDown }
  }

  /// Adds or removes servers, those of the highest numbers first. Removed ones finish what they
  /// serve; who waits in their lines is placed anew.
  ///
  /// - Returns: servers that may have something to begin (`next`).
  public mutating func resize(to number: Int, at now: Instant) -> [Int] {
    let number = max(1, number)
    stepWaiting(now.nanoseconds)
    let wasUnlimited = isUnlimited
    let before = wasUnlimited ? 0 : servers
    servers = number
    while fleet.count < number {
      fleet.append(Server())
      loads.addServer()
      if !isShared { lines += [PoolVisits.Line](repeating: .init(), count: classes) }
    }
    if wasUnlimited { giveServers() }
    for server in before..<max(before, number) where !fleet[server].isDown {
      if !fleet[server].isEjected { loads.enter(server) }
    }
    if number > before {
      if !isShared || waiting == 0 { return [] }
      return (before..<number).filter {
        loads.isInRotation($0) && fleet[$0].serving == PoolVisits.none
      }
    }
    for server in number..<before { loads.leave(server) }
    recallIfNobodyIsLeft()
    return isShared ? [] : replace(from: number..<before)
  }

  // MARK: Books

  /// Server time used from the start until `now`, before which all ends have been told.
  public func busyTime(until now: Instant) -> Duration {
    Duration(nanoseconds: books.service &- (ends &- Int64(inService) &* now.nanoseconds))
  }

  /// Checks ∫N dt over [0, now], taken from the number of those who wait and the services begun,
  /// against T·(in − out) − Σ arrivals + Σ departures, in wrapping integers.
  public mutating func balance(at now: Instant) -> FlowBalance {
    stepWaiting(now.nanoseconds)
    let area = books.waitingArea &+ UInt64(bitPattern: busyTime(until: now).nanoseconds)
    let inside = books.arrivals &- books.departures &- books.abandoned
    let booked =
      UInt64(bitPattern: now.nanoseconds) &* inside &- books.arrivalTimes &+ books.departureTimes
    return FlowBalance(
      arrivals: books.arrivals, departures: books.departures, abandoned: books.abandoned,
      inside: UInt64(visits.count), area: area, bookedArea: booked)
  }
}

extension ServerPool {
  private mutating func choose(_ draw: UInt64, avoiding other: Int = -1) -> Int {
    let server = balancing.choose(loads, turn: turns, draw: draw)
    turns &+= 1
    let count = loads.rotationCount
    guard server == other, count > 1 else { return server }
    let step = 1 + Int(mix64(draw &+ 1).multipliedFullWidth(by: UInt64(count - 1)).high)
    return loads.inRotation((loads.place(of: server) + step) % count)
  }

  private mutating func start(_ visit: UInt32, on server: Int, at time: Int64) -> Instant {
    var service = visits[visit].service
    if server >= 0 {
      let slowness = fleet[server].slowness
      if slowness != 1 {
        service = Duration(seconds: Double(service) * 1e-9 * slowness).nanoseconds
      }
      fleet[server].serving = visit
      loads.add(1, to: server)
    }
    // Far enough from the end of time for whatever is added to it.
    let end = time &+ min(service, Int64.max / 4)
    visits[visit].server = Int32(server)
    visits[visit].service = end &- time
    visits[visit].end = end
    inService += 1
    ends &+= end
    books.service &+= end &- time
    books.waited &+= time &- visits[visit].arrival
    return Instant(nanoseconds: end)
  }

  private mutating func leaveServer(_ visit: UInt32) {
    let row = visits[visit]
    inService -= 1
    ends &-= row.end
    guard row.server >= 0 else { return }
    fleet[Int(row.server)].serving = PoolVisits.none
    loads.add(-1, to: Int(row.server))
  }

  /// Ends a visit in the middle of its service.
  private mutating func cut(_ visit: UInt32, at now: Instant) {
    books.service &-= visits[visit].end &- now.nanoseconds
    books.abandoned &+= 1
    books.departureTimes &+= UInt64(bitPattern: now.nanoseconds)
    leaveServer(visit)
    visits.release(visit)
  }

  private mutating func wait(_ visit: UInt32, at time: Int64) {
    stepWaiting(time)
    waiting += 1
    visits.append(visit, to: &lines[line(of: visit)])
  }

  private mutating func unwait(_ visit: UInt32, at time: Int64) {
    stepWaiting(time)
    waiting -= 1
    visits.remove(visit, from: &lines[line(of: visit)])
  }

  private func line(of visit: UInt32) -> Int {
    (isShared ? 0 : Int(visits[visit].server) * classes) + Int(visits[visit].line)
  }

  private mutating func lose(_ places: Range<Int>, _ lost: inout [UInt64], at now: Instant) {
    for place in places {
      while lines[place].head != PoolVisits.none {
        let visit = lines[place].head
        lost.append(visits[visit].visitor)
        withdraw(visit, at: now)
      }
    }
  }

  /// Better a bad server than none: with every other one gone, those taken out come back.
  private mutating func recallIfNobodyIsLeft() {
    guard loads.rotationCount == 0, !isUnlimited else { return }
    for server in 0..<servers where fleet[server].isEjected && !fleet[server].isDown {
      fleet[server].isEjected = false
      loads.enter(server)
      recalled.append(server)
    }
  }

  /// The visits of as many servers as it took are now those of the first servers; of too many,
  /// those that end last, so that the next service begins when it would if all had been there.
  private mutating func giveServers() {
    let busy = visits.inUse.sorted { (visits[$0].end, $1) > (visits[$1].end, $0) }
    for (server, visit) in busy.prefix(servers).enumerated() {
      visits[visit].server = Int32(server)
      fleet[server].serving = visit
      loads.add(1, to: server)
    }
  }

  /// Places those who wait for servers that are gone with others.
  private mutating func replace(from gone: Range<Int>) -> [Int] {
    var places: [Int] = []
    for server in gone {
      for line in server * classes..<(server + 1) * classes {
        while loads.rotationCount > 0, lines[line].head != PoolVisits.none {
          let visit = lines[line].head
          visits.remove(visit, from: &lines[line])
          loads.add(-1, to: server)
          let other = choose(mix64(visits[visit].visitor ^ turns))
          visits[visit].server = Int32(other)
          visits.append(visit, to: &lines[self.line(of: visit)])
          loads.add(1, to: other)
          if fleet[other].serving == PoolVisits.none { places.append(other) }
        }
      }
    }
    return places
  }

  private mutating func stepWaiting(_ time: Int64) {
    books.waitingArea &+=
      UInt64(bitPattern: Int64(waiting)) &* UInt64(bitPattern: time &- books.clock)
    books.clock = time
  }
}
