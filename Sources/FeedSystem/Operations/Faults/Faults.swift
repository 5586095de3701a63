import Simulation

/// begins → something is broken … → ends: it is whole again, unless another fault holds it
///     └ every so often, where it strikes at random: the next one
enum FaultStep: UInt8 {
  /// Of a planned fault, by its place in the scenario.
  case begins
  /// Of an occurrence: a moment that its kind has asked for.
  case advances
  case ends
}

/// What is broken now, and what has been.
public struct Faults: ~Copyable {
  /// One time that a fault strikes.
  struct Occurrence {
    let planned: Int
    /// Keys what is drawn for it.
    let key: UInt64
    let began: Instant
    var ended = Instant.never
    var isOpen = false
    var hasEnded = false
    /// What is to be mended: effects on servers.
    var effects: [Int] = []
    /// Where it strikes: a shard, a partition, a consumer, a region, as its kind knows.
    var place = 0
    /// How far it has come, as its kind knows.
    var stage = 0
  }

  /// Of one kind.
  struct Books {
    var begun = 0
    var begunMeasured = 0
    var ended = 0
    var open = 0
    var since = Instant.start
    var broken = Duration.zero
  }

  let planned: [PlannedFault]
  private(set) var occurrences: [Occurrence] = []
  private var counts: [UInt64]
  /// By the kind's place among `kinds`.
  private var books: [Books]
  let kinds: [String]
  private let kindOf: [Int]

  /// Keys of the feed cache that are away.
  var feedOutage = KeyOutage()
  var network = NetworkFaults()
  var links = RegionLinks()
  /// Posts that their shard has lost for good.
  var gone = GonePosts()
  /// Posts whose messages were skipped.
  var skipped: [UInt32] = []
  /// Deliveries made again after a consumer's crash; unused where none does.
  var again: RepeatedDeliveries
  public internal(set) var measurements = FaultMeasurements()

  /// - Parameter users: whose deliveries may be doubled.
  init(_ settings: FaultSettings, users: Int) {
    planned = settings.planned
    kinds = settings.kinds
    let names = kinds
    kindOf = planned.map { fault in names.firstIndex(of: fault.kind) ?? 0 }
    counts = [UInt64](repeating: 0, count: planned.count)
    books = [Books](repeating: Books(), count: names.count)
    again = RepeatedDeliveries(users: settings.has(ConsumerCrash.self) ? users : 0)
  }

  var isUsed: Bool { !planned.isEmpty }

  // MARK: Occurrences

  /// Whether no other occurrence of the same kind is under way at the same place.
  func isFirst(_ id: UInt32) -> Bool {
    let own = self[id]
    return !occurrences.indices.contains { index in
      let other = occurrences[index]
      return index != Int(id) && other.isOpen && other.place == own.place
        && planned[other.planned].kind == planned[own.planned].kind
    }
  }

  subscript(id: UInt32) -> Occurrence {
    get { occurrences[Int(id)] }
    _modify { yield &occurrences[Int(id)] }
  }

  /// A fault strikes once more.
  mutating func add(_ planned: Int, measured: Bool, at now: Instant) -> UInt32 {
    counts[planned] += 1
    let key = UInt64(planned) << 40 | counts[planned]
    occurrences.append(Occurrence(planned: planned, key: key, began: now))
    books[kindOf[planned]].begun += 1
    if measured { books[kindOf[planned]].begunMeasured += 1 }
    return UInt32(occurrences.count - 1)
  }

  /// From now on something is broken.
  mutating func open(_ id: UInt32, at now: Instant) {
    self[id].isOpen = true
    let kind = kindOf[self[id].planned]
    if books[kind].open == 0 { books[kind].since = now }
    books[kind].open += 1
  }

  /// It is over; time before and after the window does not count as broken.
  mutating func close(_ id: UInt32, at now: Instant, window: Range<Int64>) {
    guard !self[id].hasEnded else { return }
    self[id].hasEnded = true
    self[id].ended = now
    let kind = kindOf[self[id].planned]
    books[kind].ended += 1
    guard self[id].isOpen else { return }
    self[id].isOpen = false
    books[kind].open -= 1
    if books[kind].open == 0 {
      books[kind].broken += Self.clipped(books[kind].since, now, window)
    }
  }

  private static func clipped(_ from: Instant, _ to: Instant, _ window: Range<Int64>) -> Duration {
    let first = max(from.nanoseconds, window.lowerBound)
    let last = min(to.nanoseconds, window.upperBound)
    return Duration(nanoseconds: max(0, last - first))
  }

  /// Of each kind.
  func figures(at now: Instant, window: Range<Int64>) -> [FaultFigure] {
    let length = max(Double(window.upperBound - window.lowerBound), 1)
    return zip(kinds, books).map { kind, books in
      var broken = books.broken
      if books.open > 0 { broken += Self.clipped(books.since, now, window) }
      return FaultFigure(
        metric: kind.replacing("-", with: "_"), count: books.begunMeasured,
        time: Double(broken.nanoseconds) / length)
    }
  }

  /// Begun = ended + those that are not over.
  var balance: (holds: Bool, begun: Int, ended: Int, under: Int) {
    let begun = books.reduce(0) { $0 + $1.begun }
    let ended = books.reduce(0) { $0 + $1.ended }
    let under = occurrences.count { !$0.hasEnded }
    let open = occurrences.count { $0.isOpen }
    let held = books.reduce(0) { $0 + $1.open }
    return (begun == ended + under && open == held, begun, ended, under)
  }
}

extension FeedSystem {
  func startFaults(opens: Instant) {
    for (index, planned) in faults.planned.enumerated() {
      for time in planned.at {
        calendar.schedule(.fault(UInt32(index), .begins), at: opens + time)
      }
      if planned.every != nil { scheduleFault(index, after: opens, number: 0) }
    }
  }

  /// The next beginning of a fault that strikes at random.
  private func scheduleFault(_ index: Int, after instant: Instant, number: UInt64) {
    var draws = RandomStream(
      seed: seed, purpose: Purpose.faultTime.rawValue, entity: UInt64(index) << 40 | number)
    guard let gap = faults.planned[index].every?.sample(&draws) else { return }
    let next = instant + max(gap, Duration(nanoseconds: 1))
    if next.nanoseconds < window.upperBound {
      calendar.schedule(.fault(UInt32(index), .begins), at: next)
    }
  }

  func advanceFault(_ id: UInt32, _ step: FaultStep) {
    switch step {
    case .begins: beginFault(Int(id))
    case .advances:
      let fault = faults.planned[faults[id].planned].fault
      fault.advance(id, self)
    case .ends:
      let fault = faults.planned[faults[id].planned].fault
      fault.end(id, self)
      endFault(id)
    }
  }

  private func beginFault(_ index: Int) {
    let planned = faults.planned[index]
    let present = now
    let id = faults.add(index, measured: measuring, at: present)
    if planned.every != nil {
      scheduleFault(index, after: now, number: faults[id].key & 0xff_ffff_ffff)
    }
    let kind = type(of: planned.fault)
    if kind.lasts { faults.open(id, at: present) }
    planned.fault.begin(id, self)
    guard kind.lasts else { return }
    var draws = faultDraws(id, 1)
    if let length = planned.length?.sample(&draws) ?? kind.usualLength {
      calendar.schedule(.fault(id, .ends), at: now + length)
    } else {
      let closes = Instant(nanoseconds: window.upperBound)
      calendar.schedule(.fault(id, .ends), at: max(now, closes))
    }
  }

  /// An occurrence is over.
  func endFault(_ id: UInt32) {
    let present = now
    faults.close(id, at: present, window: window)
  }

  /// What is drawn for an occurrence.
  ///
  /// - Parameter what: tells draws for different ends apart.
  func faultDraws(_ id: UInt32, _ what: UInt64) -> RandomStream {
    RandomStream(
      seed: seed, purpose: Purpose.faultDraw.rawValue, entity: faults[id].key << 8 | what)
  }

  /// One of so many, drawn for an occurrence.
  func draw(below count: Int, for id: UInt32) -> Int {
    var draws = faultDraws(id, 2)
    return Int(draws.below(UInt64(max(1, count))))
  }

  public var faultFigures: [FaultFigure] { faults.figures(at: now, window: window) }

  func faultBalances() -> [Check] {
    guard faults.isUsed else { return [] }
    let balance = faults.balance
    return [
      Check(
        name: "fault balance", passed: balance.holds,
        detail: "\(balance.begun) begun = \(balance.ended) ended + \(balance.under) not over")
    ] + shardOutageBalance() + repeatBalance() + stallBalance() + linkBalance()
  }
}
