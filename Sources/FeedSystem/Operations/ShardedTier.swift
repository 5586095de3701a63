import Simulation

/// A tier of shards, each a fixed FCFS station: a scatter–gather asks several and waits for the
/// slowest, so each answers an arrival with its end at once.
///
/// Its fleet is set once, before the measurement window; until then every visit begins at once.
struct ShardedTier: ~Copyable {
  let shards: Int
  /// None until the fleet is known.
  private var stations = Bank<Station>(count: 0) { _ in Station(servers: 1) }
  private(set) var servers = Int.max
  private(set) var books = ShardedBooks()

  init(shards: Int) { self.shards = shards }

  /// The shard of an author: ids fall with followers, so neighbours are spread.
  @inline(__always)
  func shard(of author: UInt32) -> Int { Int(author) % shards }

  @inline(__always)
  mutating func arrive(_ shard: Int, at now: Instant, service: Duration) -> ShardVisit {
    var begin = now
    if stations.count > 0 { begin = stations[shard].arrive(at: now, service: service).begin }
    books.arrivals &+= 1
    books.arrivalTimes &+= UInt64(bitPattern: now.nanoseconds)
    books.sojourns &+= UInt64(bitPattern: (begin - now + service).nanoseconds)
    books.service &+= service.nanoseconds
    return ShardVisit(waited: begin - now, service: service, end: begin + service)
  }

  /// Books the ends of `count` services at the event that carries their answers back.
  @inline(__always)
  mutating func depart(count: UInt64, ends: UInt64) {
    books.departures &+= count
    books.departureTimes &+= ends
  }

  /// The work that the busiest shard has been given since the fleet was set, over the shards'
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

  /// Sets the servers, the same number on every shard.
  mutating func resize(servers count: Int) {
    servers = count
    let perShard = max(1, count / shards)
    stations = Bank(count: shards) { _ in Station(servers: perShard) }
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
