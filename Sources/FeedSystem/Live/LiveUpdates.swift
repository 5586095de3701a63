import Simulation

/// A session's subscription to what is new: a held connection, or a client that polls.
struct ConnectionRow: BitwiseCopyable {
  enum Phase: UInt8 {
    /// On its way to the gateway, for the first time or again.
    case connecting
    case up
    /// Its client has gone; the row stays until the last event that names it has fired.
    case closed
  }

  var viewer: UInt32
  var session: UInt32
  /// The viewer's next subscription, from another session.
  var nextOfViewer = LiveUpdates.none
  var phase = Phase.connecting
  /// Events to come and messages under way that name this row.
  var pending: UInt32 = 0
  /// Updates that wait to be sent, the oldest first.
  var firstUpdate = LiveUpdates.none
  var lastUpdate = LiveUpdates.none
  var isFlushing = false
  /// How often the connection was lost: a message of an earlier epoch never arrived.
  var epoch: UInt32 = 0
  var failures: UInt32 = 0
  var downSince = Instant.never
  /// When the timer of this epoch fires, a heartbeat or a loss; others are stale.
  var timerAt = Instant.never
  /// When the client sends the poll that is under way, or its next one.
  var polledAt = Instant.never
  /// First pages of the viewer that are being made.
  var loading: UInt32 = 0
  /// When the feed on screen was gathered, and the newest post told of was to be read.
  var gatheredMilliseconds = Int64.max
  var newestMilliseconds = Int64.min
  var hasIndicator = false
  var tapAt = Instant.never
  /// Posts on screen; see `Screens`.
  var shown: UInt32 = 0
  var draws: RandomStream
}

/// Something that a client is to be told.
struct UpdateRow: BitwiseCopyable {
  var next = LiveUpdates.none
  var post: UInt32
  var kind: UpdateKind
  /// When it happened: a post was opened, a reaction counted.
  var happened: Instant
  /// When it was raised, from which moment a load shows it.
  var raised: Instant
  /// Whether the connection has been down since.
  var isMissed: Bool
  var isMeasured: Bool
}

/// Updates of one kind that travel together, or a sign of life without any.
struct MessageRow: BitwiseCopyable {
  var connection: UInt32
  var epoch: UInt32
  var firstUpdate: UInt32
  var kind: MessageKind
  var bytes: UInt32
}

/// What a message is, to its count.
public enum MessageKind: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  case newPosts, engagementCounts, postRemoved, rankChange, heartbeat, poll

  init(_ kind: UpdateKind) {
    switch kind {
    case .newPosts: self = .newPosts
    case .engagementCounts: self = .engagementCounts
    case .postRemoved: self = .postRemoved
    case .rankChange: self = .rankChange
    }
  }

  /// In metric names.
  public var metric: String {
    switch self {
    case .newPosts: UpdateKind.newPosts.metric
    case .engagementCounts: UpdateKind.engagementCounts.metric
    case .postRemoved: UpdateKind.postRemoved.metric
    case .rankChange: UpdateKind.rankChange.metric
    case .heartbeat: "heartbeats"
    case .poll: "polls"
    }
  }
}

/// The subscriptions of open sessions and what is on its way to them. Without a `live` in the
/// scenario none of it takes part.
public struct LiveUpdates: ~Copyable {
  static let none = UInt32.max

  let settings: LiveSettings?
  var connections = Pool<ConnectionRow>()
  var updates = Pool<UpdateRow>()
  var messages = Pool<MessageRow>()
  /// By viewer: the latest subscription.
  private(set) var firstOfViewer: [UInt32]
  var screens: Screens
  /// Ends of the outages that have begun, and the share of servers that each takes.
  var outages: [(until: Instant, share: Double)] = []
  var books = LiveBooks()
  public internal(set) var measurements: LiveMeasurements

  init(_ settings: LiveSettings?, users: Int, page: Int) {
    self.settings = settings
    let isOn = settings != nil
    firstOfViewer = [UInt32](repeating: Self.none, count: isOn ? users : 0)
    screens = Screens(page: page)
    measurements = LiveMeasurements(isOn: isOn)
  }

  // MARK: Subscriptions

  mutating func open(_ row: ConnectionRow) -> UInt32 {
    let id = connections.take(row)
    connections[id].nextOfViewer = firstOfViewer[Int(row.viewer)]
    firstOfViewer[Int(row.viewer)] = id
    return id
  }

  /// Takes a subscription out of its viewer's list.
  mutating func unlink(_ id: UInt32) {
    let row = connections[id]
    if firstOfViewer[Int(row.viewer)] == id {
      firstOfViewer[Int(row.viewer)] = row.nextOfViewer
      return
    }
    var other = firstOfViewer[Int(row.viewer)]
    while connections[other].nextOfViewer != id { other = connections[other].nextOfViewer }
    connections[other].nextOfViewer = row.nextOfViewer
  }

  /// One event or message that named the row is over; a closed row goes with the last of them.
  mutating func settle(_ id: UInt32) {
    connections[id].pending -= 1
    releaseIfDone(id)
  }

  mutating func releaseIfDone(_ id: UInt32) {
    if connections[id].phase == .closed, connections[id].pending == 0 { connections.release(id) }
  }

  // MARK: Updates

  /// Appends an update to those that wait.
  mutating func append(_ update: UInt32, to id: UInt32) {
    updates[update].next = Self.none
    if connections[id].firstUpdate == Self.none {
      connections[id].firstUpdate = update
    } else {
      updates[connections[id].lastUpdate].next = update
    }
    connections[id].lastUpdate = update
  }

  /// Takes all updates that wait; they stay linked.
  mutating func takeWaiting(_ id: UInt32) -> UInt32 {
    let first = connections[id].firstUpdate
    connections[id].firstUpdate = Self.none
    connections[id].lastUpdate = Self.none
    return first
  }

  /// Marks what waits as missed: the connection is lost.
  mutating func markMissed(from first: UInt32) {
    var update = first
    while update != Self.none {
      updates[update].isMissed = true
      update = updates[update].next
    }
  }

  /// Ends a list of updates that will reach nobody.
  mutating func discard(from first: UInt32, _ fate: UpdateFate) {
    var update = first
    while update != Self.none {
      let row = updates[update]
      end(update, fate)
      update = row.next
    }
  }

  mutating func end(_ update: UInt32, _ fate: UpdateFate) {
    books.ended[fate.rawValue] += 1
    if updates[update].isMeasured { measurements.ended[fate.rawValue] += 1 }
    updates.release(update)
  }

  /// The share of attempts that fail at an instant.
  func outage(at now: Instant) -> Double {
    outages.reduce(0) { $1.until > now ? max($0, $1.share) : $0 }
  }
}

/// What became of an update.
public enum UpdateFate: Int, CaseIterable, Sendable {
  /// The first of its kind in a message that arrived.
  case delivered
  /// It came with another.
  case coalesced
  /// It arrived after its connection was lost and made again.
  case caughtUp
  /// It was too old when the client was back, or nobody keeps what was missed.
  case lost
  /// Its client left before.
  case left
}

/// Integer books of the whole run, by which its laws are checked.
struct LiveBooks {
  var raised = 0
  var ended = [Int](repeating: 0, count: UpdateFate.allCases.count)
  /// Connections made, ended by their clients, and lost.
  var made: UInt64 = 0
  var closed: UInt64 = 0
  var dropped: UInt64 = 0
  var held: Int64 = 0
  /// In their handshake.
  var entering: Int64 = 0
  /// Sums of when connections began and ended, wrapping, and the time that they were held,
  /// stepped; all in nanoseconds.
  private(set) var beginnings: UInt64 = 0
  private(set) var ends: UInt64 = 0
  private(set) var area: UInt128 = 0
  private var clock = Instant.start

  mutating func begin(at now: Instant) {
    step(to: now)
    made += 1
    held += 1
    beginnings &+= UInt64(bitPattern: now.nanoseconds)
  }

  mutating func end(at now: Instant, isLost: Bool) {
    step(to: now)
    if isLost { dropped += 1 } else { closed += 1 }
    held -= 1
    ends &+= UInt64(bitPattern: now.nanoseconds)
  }

  mutating func step(to now: Instant) {
    area &+=
      UInt128(UInt64(bitPattern: held)) &* UInt128(UInt64(bitPattern: (now - clock).nanoseconds))
    clock = now
  }

  /// Little's law in integers: the time that connections were held, from their number, is what
  /// their beginnings and ends give.
  mutating func keepsTime(at now: Instant) -> Bool {
    step(to: now)
    let inside = UInt64(bitPattern: held) &* UInt64(bitPattern: now.nanoseconds)
    return UInt64(truncatingIfNeeded: area) == inside &+ ends &- beginnings
  }
}

/// What one replication has counted of live updates, in its measurement window.
public struct LiveMeasurements: ~Copyable {
  /// From a post's opening until the client knows, over the window's posts.
  public var lag: Bank<Histogram>
  /// From a reaction until the client knows.
  public var engagementLag: Bank<Histogram>
  /// From a lost connection to the next.
  public var reconnect: Bank<Histogram>
  public var raised = 0
  var ended = [Int](repeating: 0, count: UpdateFate.allCases.count)
  var messages = [Int](repeating: 0, count: MessageKind.allCases.count)
  public var bytes = 0
  public var peak = 0
  public var made = 0
  public var dropped = 0
  public var refused = 0
  public var indicators = 0
  public var taken = 0
  public var extraLoads = 0

  /// The updates of a fate.
  public func ended(_ fate: UpdateFate) -> Int { ended[fate.rawValue] }

  /// The messages of a kind that were sent.
  public func messages(_ kind: MessageKind) -> Int { messages[Int(kind.rawValue)] }

  init(isOn: Bool) {
    let count = isOn ? 1 : 0
    lag = Bank(count: count) { _ in Histogram() }
    engagementLag = Bank(count: count) { _ in Histogram() }
    reconnect = Bank(count: count) { _ in Histogram() }
  }
}
