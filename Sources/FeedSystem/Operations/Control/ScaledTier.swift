import Simulation

/// A tier whose servers come and go, with its orders and its books.
public struct ScaledTier: Sendable {
  public struct Order: Sendable, Equatable {
    public var ready: Instant
    public var servers: Int
  }

  public let tier: TierName
  var law: ScalingLaw
  let startUp: Duration
  /// Servers that one machine runs: machines are paid for whole.
  let perMachine: Int
  /// Whether the law may add servers; false where only emergencies do.
  let isGradual: Bool
  /// Serving; 0 until the window opens.
  public private(set) var servers = 0
  /// When the window opened.
  public private(set) var base = 0
  /// The most that served at once.
  public private(set) var peak = 0
  private(set) var orders: [Order] = []
  private(set) var lastChange: Instant?
  private var grew: Bool?
  /// Decisions that changed something; of these, those that took back the direction of the last.
  public private(set) var changes = 0
  public private(set) var directionChanges = 0

  // Servers since the window's opening: base + started − removed = servers; ordered = started +
  // starting. Of time: ∫servers dt, stepped, and Σ change · time, both in nanoseconds.
  private(set) var ordered = 0
  private(set) var started = 0
  private(set) var removed = 0
  private var opened = Instant.start
  private var clock = Instant.start
  private var area = Int128(0)
  private var changeTimes = Int128(0)
  private var machineArea = Int128(0)
  /// ∫servers dt at the readings of the window's intervals, and when these were.
  private(set) var areas: [Int128] = []
  /// ∫machines dt at the first and at the latest of them.
  private var machinesRead: (first: Int128, latest: Int128) = (0, 0)
  private var firstRead = Instant.start
  private var latestRead = Instant.start
  /// Servers at the last of them.
  public private(set) var lastRead = 0

  init(
    _ tier: TierName, law: ScalingLaw, startUp: Duration, isGradual: Bool, perMachine: Int = 1
  ) {
    (self.tier, self.law, self.startUp, self.isGradual) = (tier, law, startUp, isGradual)
    self.perMachine = max(1, perMachine)
  }

  var isOpen: Bool { servers > 0 }
  /// Ordered, and not serving yet.
  var starting: Int { orders.reduce(0) { $0 + $1.servers } }
  /// Those on their way among them.
  var total: Int { servers + starting }

  /// The window opens with so many servers.
  mutating func open(with count: Int, at now: Instant) {
    (servers, base, peak) = (count, count, count)
    (opened, clock) = (now, now)
    if !isGradual { law.least = count }
  }

  /// What the law makes of the tier's readings.
  func decide(_ readings: Readings, at now: Instant) -> ScalingLaw.Decision {
    law.decide(
      readings, servers: servers, starting: starting, sinceChange: lastChange.map { now - $0 })
  }

  /// Servers are ordered, and will serve from an instant on.
  mutating func order(_ count: Int, ready: Instant, at now: Instant) {
    ordered += count
    orders.append(Order(ready: ready, servers: count))
    note(growth: true, at: now)
  }

  /// The servers whose time has come begin to serve; how many.
  mutating func start(at now: Instant) -> Int {
    let count = orders.reduce(0) { $0 + ($1.ready <= now ? $1.servers : 0) }
    orders.removeAll { $0.ready <= now }
    started += count
    change(by: count, at: now)
    return count
  }

  /// Servers go; they finish what they serve.
  mutating func remove(_ count: Int, at now: Instant) {
    removed += count
    note(growth: false, at: now)
    change(by: -count, at: now)
  }

  private mutating func note(growth: Bool, at now: Instant) {
    changes += 1
    if let grew, grew != growth { directionChanges += 1 }
    grew = growth
    lastChange = now
  }

  private mutating func change(by count: Int, at now: Instant) {
    step(to: now)
    servers += count
    peak = max(peak, servers)
    changeTimes += Int128(count) * Int128(now.nanoseconds)
  }

  private mutating func step(to now: Instant) {
    let elapsed = Int128((now - clock).nanoseconds)
    area += Int128(servers) * elapsed
    machineArea += Int128((servers + perMachine - 1) / perMachine) * elapsed
    clock = now
  }

  /// ∫servers dt since the window's opening, in nanoseconds.
  mutating func area(at now: Instant) -> Int128 {
    step(to: now)
    return area
  }

  /// An interval of the window ends, or the first one begins.
  mutating func read(at now: Instant) {
    let isFirst = areas.isEmpty
    areas.append(area(at: now))
    if isFirst { (firstRead, machinesRead.first) = (now, machineArea) }
    (latestRead, lastRead, machinesRead.latest) = (now, servers, machineArea)
  }

  /// From the first reading to the last.
  public var seconds: Double { (latestRead - firstRead).seconds }

  /// The mean number of servers between two readings of the window.
  public func mean(from first: Int, to last: Int, seconds: Double) -> Double? {
    guard areas.indices.contains(first), areas.indices.contains(last), seconds > 0 else {
      return nil
    }
    return Double(areas[last] - areas[first]) / (seconds * 1e9)
  }

  /// The same of the whole window.
  public func mean(seconds: Double) -> Double? {
    mean(from: 0, to: areas.count - 1, seconds: seconds)
  }

  /// The mean number of machines that its servers took, each paid for whole, in the window.
  public func meanMachines(seconds: Double) -> Double {
    seconds > 0 ? Double(machinesRead.latest - machinesRead.first) / (seconds * 1e9) : 0
  }

  /// Servers by count and by time, each on two books.
  mutating func balance(at now: Instant) -> Check {
    let stepped = area(at: now)
    let booked =
      Int128(servers) * Int128(now.nanoseconds) - Int128(base) * Int128(opened.nanoseconds)
      - changeTimes
    return Check(
      name: "servers: \(tier.metric)",
      passed: base + started - removed == servers && ordered == started + starting
        && stepped == booked,
      detail: "\(base) + \(started) started − \(removed) removed = \(servers); \(ordered) ordered, "
        + "\(starting) starting; ∫servers dt \(stepped) ns = \(booked) ns")
  }
}
