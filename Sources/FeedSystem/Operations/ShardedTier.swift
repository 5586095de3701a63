import Simulation

/// A tier of shards, each a fixed FCFS station: a scatter–gather asks several and waits for the
/// slowest, so each answers an arrival with its end at once.
///
/// Its fleet is set once, before the measurement window; until then every visit begins at once.
struct ShardedTier: ~Copyable {
  let shards: Int
  /// Of each shard, besides its primary.
  let replicas: Int
  /// By shard, the primary before its replicas; none until the fleet is known.
  private var stations = Bank<Station>(count: 0) { _ in Station(servers: 1) }
  private(set) var servers = Int.max
  private(set) var books = ShardedBooks()
  /// Of the service booked, that at primaries.
  private var primaryService: Int64 = 0
  /// Visits before the fleet was set, which no station has seen.
  private var unbounded: UInt64 = 0
  private var isServiceBeyondCount = false
  /// Shards that are down or slow.
  var outages = ShardOutages()
  /// How many times longer than its service a visit keeps its server: 1 but in a cell.
  private var holds = 1
  /// By station; none but in a cell.
  private var cellQueues = Bank<CellQueue>(count: 0) { _ in CellQueue(servers: 1, cells: 1) }
  /// In a cell, how many times faster visits leave than they come: the mean of some hundreds.
  private(set) var flow = 1.0

  init(shards: Int, replicas: Int = 0) {
    self.shards = shards
    self.replicas = replicas
  }

  /// - Parameters:
  ///   - replica: 0 is the primary.
  ///   - pace: see `CellBacklog`; only a cell asks.
  @inline(__always)
  mutating func arrive(
    _ shard: Int, replica: Int = 0, at now: Instant, service: Duration, pace: Double = 1
  ) -> ShardVisit {
    var begin = now
    var (service, place) = (service, replica)
    if !outages.isEmpty {
      service = outages.slowed(service, at: shard)
      if replica == 0 { place = outages.primary(of: shard) }
      outages.noteVisit(to: shard, replica: place)
    }
    var (held, isTooLong) = service.nanoseconds.multipliedReportingOverflow(by: Int64(holds))
    if isTooLong || held > FeedSystem.longestService.nanoseconds - books.service {
      (held, isServiceBeyondCount) = (0, true)
    }
    if stations.count > 0 {
      let station = shard * (1 + replicas) + place
      let kept = Duration(nanoseconds: held)
      begin = stations[station].arrive(at: now, service: kept).begin
      if cellQueues.count > 0 {
        begin = now + cellQueues[station].wait(at: now, service: service, pace: pace)
        flow += (cellQueues[station].flow - flow) / 256
      }
    }
    if replica == 0 { primaryService += held }
    books.arrivals &+= 1
    books.arrivalTimes &+= UInt64(bitPattern: now.nanoseconds)
    books.sojourns &+= UInt64(bitPattern: (begin - now + service).nanoseconds)
    books.service += held
    return ShardVisit(waited: begin - now, service: service, end: begin + service)
  }

  /// Books the ends of `count` services at the event that carries their answers back.
  @inline(__always)
  mutating func depart(count: UInt64, ends: UInt64) {
    books.departures &+= count
    books.departureTimes &+= ends
  }

  /// A write of the primary's, done again by a replica: nobody waits for its end.
  mutating func apply(to shard: Int, replica: Int, at now: Instant, service: Duration, pace: Double)
  {
    let end = arrive(shard, replica: replica, at: now, service: service, pace: pace).end
    depart(count: 1, ends: UInt64(bitPattern: end.nanoseconds))
  }

  /// The work of the busier of primaries and replicas over the mean of all: what a fleet that
  /// gives each as many servers must be larger by.
  var replicaSkew: Double {
    guard replicas > 0, books.service > 0 else { return 1 }
    let primary = Double(primaryService)
    let replica = Double(books.service - primaryService) / Double(replicas)
    return max(primary, replica) * Double(1 + replicas) / Double(books.service)
  }

  /// Whether it was asked for more server time than is counted: then nothing of it is right.
  var isBeyondCount: Bool {
    isServiceBeyondCount || (0..<cellQueues.count).contains { cellQueues[$0].isBeyondCount }
  }

  /// What each station has done, those of a shard side by side.
  func snapshots(at now: Instant) -> [StationSnapshot] {
    (0..<stations.count).map { index in
      let books = stations[index].books
      let left = stations[index].remaining(after: now)
      return StationSnapshot(
        busy: Duration(nanoseconds: books.service) - left, visits: stations[index].visits,
        waited: Duration(nanoseconds: books.waiting))
    }
  }

  /// Σ departures − Σ arrivals = Σ waiting + Σ service on each station, and Σ visits to stations =
  /// visits since the fleet was set.
  var stationsBalance: (holds: Bool, visits: UInt64) {
    var visits: UInt64 = 0
    var holds = true
    for index in 0..<stations.count {
      holds = holds && stations[index].books.balance
      visits &+= UInt64(stations[index].visits)
    }
    return (holds && (stations.count == 0 || visits == books.arrivals &- unbounded), visits)
  }

  /// The work that the busiest station has been given since the fleet was set, over the stations'
  /// mean; 1 where nothing was asked. It is the first to be full when traffic grows.
  var skew: Double {
    var most = 0.0
    var sum = 0.0
    for shard in 0..<stations.count {
      let service = Double(stations[shard].books.service)
      most = max(most, service)
      sum += service
    }
    return sum > 0 ? most * Double(stations.count) / sum : 1
  }

  /// Server time used until an instant after which nothing has arrived yet; as long as every visit
  /// begins at once, of all visits so far.
  func busyTime(until instant: Instant) -> Duration {
    var busy = Duration(nanoseconds: books.service)
    for shard in 0..<stations.count { busy = busy - stations[shard].remaining(after: instant) }
    return busy
  }

  /// The longest wait that a visit arriving now would meet on any shard.
  func backlog(at now: Instant) -> Duration {
    var longest = Duration.zero
    for shard in 0..<stations.count { longest = max(longest, stations[shard].nextFree - now) }
    return longest
  }

  /// Makes it a cell's part of a tier: `resize` follows.
  ///
  /// - Parameters:
  ///   - holds: how many times longer than its service a visit keeps its server.
  ///   - servers: of the whole.
  ///   - count: cells that the whole is.
  ///   - smoothing: see `CellQueue`.
  mutating func share(
    holding holds: Int, of servers: Int, cells count: Double, smoothing: Duration
  ) {
    self.holds = holds
    let each = max(1, servers / stationCount)
    cellQueues = Bank(count: stationCount) { _ in
      CellQueue(servers: each, cells: count, smoothing: smoothing)
    }
  }

  private var stationCount: Int { shards * (1 + replicas) }

  /// Sets the servers, the same number on every shard and replica.
  mutating func resize(servers count: Int) {
    servers = count
    unbounded = books.arrivals
    let each = max(1, count / stationCount)
    stations = Bank(count: stationCount) { _ in Station(servers: each) }
  }
}

/// What a shard's primary or one of its replicas has done since the fleet was set.
public struct StationSnapshot: Sendable {
  public var busy: Duration
  public var visits: Int
  /// The waiting of all visits.
  public var waited: Duration

  /// What was done since an earlier instant.
  public func since(_ earlier: StationSnapshot) -> StationSnapshot {
    StationSnapshot(
      busy: busy - earlier.busy, visits: visits - earlier.visits, waited: waited - earlier.waited)
  }
}

/// A visit to a shard, known whole when it begins.
struct ShardVisit {
  var waited: Duration
  var service: Duration
  /// When the service ends.
  var end: Instant
}

/// What a sharded tier has booked; times in nanoseconds, sums wrapping.
struct ShardedBooks {
  var arrivals: UInt64 = 0
  var departures: UInt64 = 0
  var arrivalTimes: UInt64 = 0
  var departureTimes: UInt64 = 0
  /// Waiting and service, booked when a visit arrives.
  var sojourns: UInt64 = 0
  var service: Int64 = 0

  /// Σ departures − Σ arrivals = Σ sojourns, counting visits still inside as they will end.
  func balance(inside: UInt64, endsInside: UInt64) -> Bool {
    arrivals == departures &+ inside
      && departureTimes &+ endsInside &- arrivalTimes == sojourns
  }
}
