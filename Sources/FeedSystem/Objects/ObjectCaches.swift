import Simulation

/// The caches of objects: the follower clusters, the gutters beside them, the leader; what is on
/// its way between them; and what has been measured of them.
public struct ObjectCaches: ~Copyable {
  /// What a cache is to its readers.
  enum Kind: Int, CaseIterable { case follower, gutter, leader }

  /// A cluster some of whose servers are down, or that is being warmed up.
  struct Ailing {
    /// Of the keys, those of servers that are down; 0 for none.
    var share = 0.0
    var warmFrom: Int?
    /// Those of nodes that faults have taken away.
    var outage = KeyOutage()
  }

  static let none = Int32(-1)

  let settings: ObjectCacheSettings?
  /// Objects that may be cached are below this.
  let keys: Int
  let clusters: Int
  /// The followers, then the gutters, then the leader.
  var caches: Bank<ObjectCache>
  let leader: Int32
  private let hasFollowers: Bool
  private let hasGutters: Bool
  private var ailing: [Ailing]
  private var leaderOutage = KeyOutage()
  var log: CommitLog
  var invalidations: InvalidationQueue
  var reads = Pool<ObjectRead>()
  var fetches = Pool<ObjectFetch>()
  var creations = Pool<ObjectCreation>()
  /// Reads of a key that are at the database.
  private var atDatabase = FlatTable()
  var waitsEnded = 0
  var databaseReads = 0
  var databaseAnswers = 0
  public internal(set) var measurements = ObjectCacheMeasurements()

  /// Caches of nothing, where a design has none.
  init() { self.init(nil, objects: 1, keys: 1, shards: 1, seed: 0) }

  /// - Parameters:
  ///   - objects: users and posts as the run begins.
  ///   - keys: a bound on the users and posts until its end.
  init(_ settings: ObjectCacheSettings?, objects: Int, keys: Int, shards: Int, seed: UInt64) {
    self.settings = settings
    self.keys = keys
    clusters = settings?.clusters ?? 1
    let (clusters, lease) = (clusters, settings?.lease ?? LeaseSettings())
    var levels: [CacheLevelSettings] = []
    if let settings, settings.follower.isUsed {
      levels += Array(repeating: settings.follower, count: clusters)
      if let gutter = settings.gutter { levels += Array(repeating: gutter, count: clusters) }
    }
    hasFollowers = !levels.isEmpty
    hasGutters = levels.count > clusters
    leader = settings?.leader.isUsed == true ? Int32(levels.count) : Self.none
    if let settings, settings.leader.isUsed { levels.append(settings.leader) }
    caches = Bank(count: levels.count) { index in
      let level = levels[index]
      return ObjectCache(
        policy: level.makePolicy(objects: objects, keys: keys, seed: seed &+ UInt64(index)),
        lifetime: level.lifetime, lease: lease)
    }
    ailing = Array(repeating: Ailing(), count: clusters)
    log = CommitLog(keys: keys)
    invalidations = InvalidationQueue(
      settings?.invalidation ?? InvalidationSettings(), clusters: hasFollowers ? clusters : 0)
    measurements.database = PeakRate(shards: shards)
  }

  /// Whether a design has any.
  var isUsed: Bool { caches.count > 0 }
  var hasLeader: Bool { leader != Self.none }
  var followerClusters: Range<Int> { 0..<(hasFollowers ? clusters : 0) }

  func kind(of level: Int32) -> Kind {
    if level == leader { return .leader }
    return level < clusters ? .follower : .gutter
  }

  /// The cluster of a follower or a gutter.
  private func cluster(of level: Int32) -> Int { Int(level) % clusters }

  // MARK: Who answers for a key

  /// The follower that a reader asks for a key: its cluster's, the gutter in place of a server that
  /// is down, or none.
  func follower(of key: UInt32, in cluster: Int) -> Int32 {
    guard hasFollowers else { return Self.none }
    guard isDown(key, in: cluster) else { return Int32(cluster) }
    return hasGutters ? Int32(clusters + cluster) : Self.none
  }

  /// Whether the key's server of a cluster is down.
  private func isDown(_ key: UInt32, in cluster: Int) -> Bool {
    let share = ailing[cluster].share
    return share > 0 && KeyOutage.place(of: key) < share || ailing[cluster].outage.covers(key)
  }

  func isDown(_ key: UInt32, at level: Int32) -> Bool {
    level == leader
      ? leaderOutage.covers(key) : level < clusters && isDown(key, in: Int(level))
  }

  /// The warm cluster that a follower's misses ask; nil where it is not being warmed up.
  func warmCluster(of level: Int32) -> Int32? {
    guard level != Self.none, kind(of: level) == .follower else { return nil }
    return ailing[Int(level)].warmFrom.map { Int32($0) }
  }

  // MARK: Failures

  mutating func fail(_ failure: CacheFailure, at now: Instant) {
    ailing[failure.cluster].share = failure.share
    for key in 0..<UInt32(keys) where KeyOutage.place(of: key) < failure.share {
      caches[failure.cluster].lose(key, at: now)
    }
  }

  /// Changes which keys of a follower cluster, or of the leader, are away.
  mutating func changeOutage(of level: Int32, _ body: (inout KeyOutage) -> Void) {
    if level == leader { body(&leaderOutage) } else { body(&ailing[Int(level)].outage) }
  }

  /// What the nodes that are away knew is gone, their leases too.
  mutating func loseAway(_ level: Int32, at now: Instant) {
    for key in 0..<UInt32(keys) where isDown(key, at: level) {
      caches[Int(level)].lose(key, at: now)
    }
  }

  mutating func bringBack(_ failure: CacheFailure) {
    ailing[failure.cluster].share = 0
    guard let warmUp = failure.warmUp else { return }
    ailing[failure.cluster].warmFrom = warmUp.from
    caches[failure.cluster].holdOff(for: warmUp.hold)
  }

  mutating func endWarmUp(_ failure: CacheFailure) {
    ailing[failure.cluster].warmFrom = nil
    caches[failure.cluster].holdOff(for: .zero)
  }

  // MARK: The database

  /// A read of a key goes to the database.
  mutating func enterDatabase(_ key: UInt32, shard: Int, at now: Instant, measured: Bool) {
    databaseReads += 1
    let together = (atDatabase[UInt64(key)] ?? 0) + 1
    atDatabase.set(UInt64(key), to: together)
    guard measured else { return }
    measurements.database.count(shard, at: now)
    measurements.concurrentFetches = max(measurements.concurrentFetches, Int(together))
  }

  mutating func leaveDatabase(_ key: UInt32) {
    databaseAnswers += 1
    let left = (atDatabase[UInt64(key)] ?? 1) - 1
    if left == 0 {
      atDatabase.remove(UInt64(key))
    } else {
      atDatabase.set(UInt64(key), to: left)
    }
  }
}

/// What one replication has measured of its caches of objects, in the measurement window.
public struct ObjectCacheMeasurements: ~Copyable {
  /// Of followers, gutters or the leader.
  public struct Level: Sendable {
    /// First look-ups of a reader, and those that found the value.
    public var reads = 0
    public var hits = 0
    /// Values that readers were given, and those of them that were no longer the newest.
    public var answers = 0
    public var stale = 0
    /// Fills with a value that was no longer the newest.
    public var staleFills = 0
    /// Values given out, while a newer one was fetched, that are known to be of before.
    public var servedStale = 0
  }

  public var follower = Level()
  public var gutter = Level()
  public var leader = Level()
  /// How long values given out had been superseded, at followers and gutters, and at the leader.
  public var followerStaleAge = Histogram()
  public var leaderStaleAge = Histogram()
  public var database = PeakRate(shards: 1)
  /// Most reads of one key that the database has had at once.
  public var concurrentFetches = 0
  /// Times that a reader found a lease out and waited, and how long from the first of them until it
  /// had the value.
  public var waits = 0
  public var waitTime = Histogram()
  /// Owners of a lease who came back too late for it, and values that were not filled in.
  public var leasesOverdue = 0
  public var fillsRefused = 0
  public var messages = 0
  public var packets = 0
  /// From a write until a follower cluster has heard of it.
  public var invalidationLag = Histogram()
  /// Misses of a cold cluster that a warm one has answered.
  public var warmReads = 0
  public var warmHits = 0

  init() {}

  subscript(kind: ObjectCaches.Kind) -> Level {
    get {
      switch kind {
      case .follower: follower
      case .gutter: gutter
      case .leader: leader
      }
    }
    _modify {
      switch kind {
      case .follower: yield &follower
      case .gutter: yield &gutter
      case .leader: yield &leader
      }
    }
  }
}

/// The rate of reads of a database's shards: in all, and in the busiest tenth of a second of the
/// busiest shard.
public struct PeakRate: Sendable {
  private static let bin: Int64 = 100_000_000

  private var counts: [Int]
  private var bins: [Int64]
  private var most = 0
  public private(set) var total = 0

  init(shards: Int) {
    counts = Array(repeating: 0, count: shards)
    bins = Array(repeating: -1, count: shards)
  }

  mutating func count(_ shard: Int, at now: Instant) {
    let bin = now.nanoseconds / Self.bin
    if bins[shard] != bin {
      bins[shard] = bin
      counts[shard] = 0
    }
    counts[shard] += 1
    total += 1
    most = max(most, counts[shard])
  }

  /// A second.
  public var peak: Double { Double(most) * 1e9 / Double(Self.bin) }
}

/// Objects that caches hold.
public struct CachedObjects: Sendable {
  public var followers = 0
  public var leader = 0
}

extension FeedSystem {
  public func cachedObjects() -> CachedObjects {
    var held = CachedObjects()
    for level in 0..<Int32(objectCaches.caches.count) {
      let count = objectCaches.caches[Int(level)].policy.count
      if level == objectCaches.leader { held.leader += count } else { held.followers += count }
    }
    return held
  }
}
