/// A fixed FCFS queue with c servers that answers an arrival with its departure at once.
///
/// c = 1 is Lindley's recursion ("The theory of queues with a single server", 1952); c > 1 is
/// Kiefer and Wolfowitz's ("On the theory of queues with many servers", 1955) over the instants
/// at which the servers fall free: up to 32 in a rising row, more in a tournament (Knuth, TAOCP
/// 3, 5.4.1), both without a branch that depends on the times. Arrivals must come in time order,
/// and the servers never change: where they do, a `Tier` decides when a service begins.
public struct Station: ~Copyable {
  @usableFromInline
  struct Player {
    @usableFromInline var free: Int64
    @usableFromInline var leaf: Int

    @inlinable init(free: Int64, leaf: Int) {
      self.free = free
      self.leaf = leaf
    }
  }

  public let servers: Int
  /// The server that falls free first, and the losers of the matches it did not play; leaf l
  /// enters at node (l + width) / 2, the last match is at node 1.
  @usableFromInline var first: Player
  @usableFromInline let losers: UnsafeMutablePointer<Player>
  @usableFromInline let width: Int
  /// Rising; empty where there is a tournament.
  @usableFromInline let row: UnsafeMutablePointer<Int64>
  @usableFromInline let rowCount: Int

  @usableFromInline var visitCount = 0
  @usableFromInline var arrivalSum: Int64 = 0
  @usableFromInline var departureSum: Int64 = 0
  @usableFromInline var waitingSum: Int64 = 0
  @usableFromInline var serviceSum: Int64 = 0

  /// - Parameter servers: at least 1; a smaller number is taken as 1.
  public init(servers: Int) {
    self.servers = max(servers, 1)
    var width = 1
    while width < servers { width *= 2 }
    self.width = width
    rowCount = self.servers <= 32 ? self.servers : 0
    row = .allocate(capacity: 32)
    row.initialize(repeating: .min, count: 32)
    losers = .allocate(capacity: width)
    // Leaves that stand for no server are never free.
    var round = (0..<width).map { Player(free: $0 < max(servers, 1) ? .min : .max, leaf: $0) }
    while round.count > 1 {
      let half = round.count / 2
      var winners: [Player] = []
      for match in 0..<half {
        let left = round[2 * match]
        let right = round[2 * match + 1]
        (losers + half + match).initialize(to: right.free < left.free ? left : right)
        winners.append(right.free < left.free ? right : left)
      }
      round = winners
    }
    first = round[0]
  }

  deinit {
    losers.deallocate()
    row.deallocate()
  }

  /// When the service of a visit that arrives now begins and ends.
  @inlinable @inline(__always)
  public mutating func arrive(
    at arrival: Instant, service: Duration
  ) -> (begin: Instant, end: Instant) {
    let free = rowCount > 0 ? row[0] : first.free
    let begin = max(arrival.nanoseconds, free)
    let end = begin &+ service.nanoseconds
    visitCount &+= 1
    arrivalSum &+= arrival.nanoseconds
    departureSum &+= end
    waitingSum &+= begin &- arrival.nanoseconds
    serviceSum &+= service.nanoseconds
    if rowCount > 0 { replaceInRow(end) } else { replay(end) }
    return (Instant(nanoseconds: begin), Instant(nanoseconds: end))
  }

  /// Takes the row's first out and puts `end`, which is no earlier, in its place: each entry
  /// becomes the median of itself, its successor and `end`.
  @inlinable @inline(__always)
  mutating func replaceInRow(_ end: Int64) {
    let last = rowCount &- 1
    var entry = row[0]
    for index in 0..<last {
      let next = row[index &+ 1]
      let higher = end > entry ? end : entry
      row[index] = next < higher ? next : higher
      entry = next
    }
    row[last] = end > entry ? end : entry
  }

  /// The first server falls free at `end` instead: its matches are played again.
  @inlinable
  mutating func replay(_ end: Int64) {
    var player = Player(free: end, leaf: first.leaf)
    var node = (first.leaf &+ width) >> 1
    while node > 0 {
      let other = losers[node]
      let lost = other.free < player.free
      losers[node] = Player(
        free: lost ? player.free : other.free, leaf: lost ? player.leaf : other.leaf)
      player = Player(
        free: lost ? other.free : player.free, leaf: lost ? other.leaf : player.leaf)
      node >>= 1
    }
    first = player
  }

  /// Server time that the visits so far will still use after an instant that none arrives later
  /// than: a server that is busy then is so without a break until it falls free.
  public func remaining(after instant: Instant) -> Duration {
    func left(_ free: Int64) -> Int64 {
      free == .max ? 0 : max(free, instant.nanoseconds) &- instant.nanoseconds
    }
    if rowCount > 0 {
      return Duration(nanoseconds: (0..<rowCount).reduce(0) { $0 &+ left(row[$1]) })
    }
    let others = (1..<width).reduce(0) { $0 &+ left(losers[$1].free) }
    return Duration(nanoseconds: left(first.free) &+ others)
  }

  /// When the next server falls free; long ago if one has never been used.
  public var nextFree: Instant {
    Instant(nanoseconds: max(rowCount > 0 ? row[0] : first.free, -(1 << 62)))
  }

  /// Visits so far.
  @inlinable public var visits: Int { visitCount }

  /// What the station has booked, in wrapping nanoseconds: exact as long as the difference of
  /// two of them fits 63 bits.
  public var books: Books {
    Books(
      arrivals: arrivalSum, departures: departureSum, waiting: waitingSum, service: serviceSum)
  }

  /// Sums over visits, in wrapping nanoseconds.
  public struct Books: Equatable, Sendable {
    public var arrivals: Int64
    public var departures: Int64
    public var waiting: Int64
    public var service: Int64

    /// Σ departures - Σ arrivals = Σ waiting + Σ service.
    public var balance: Bool { departures &- arrivals == waiting &+ service }
  }
}
