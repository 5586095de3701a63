import Settings
import Simulation

/// A scenario's `objects.cache`: two tiers of caches before the object store, which is then their
/// database (Bronson et al.: "TAO", USENIX ATC 2013, section 4), with leases (Nishtala et al.:
/// "Scaling Memcache at Facebook", NSDI 2013, section 3.2.1).
///
/// What is cached is a user's list of follows, and a post's object together with its counters.
public struct ObjectCacheSettings: Sendable {
  public var follower = CacheLevelSettings(size: .share(0.2), lifetime: .seconds(300))
  /// Followers of the same contents' size, each for its share of the viewers.
  public var clusters = 1
  public var leader = CacheLevelSettings(size: .share(0.5), lifetime: .seconds(3600))
  public var lease = LeaseSettings()
  public var invalidation = InvalidationSettings()
  public var failures: [CacheFailure] = []
  public var gutter: CacheLevelSettings?

  init(_ parameters: inout Parameters) throws {
    let clusters = clusters
    let standard = (follower, leader)
    let follower = try parameters.section(
      "follower", "The caches that readers ask: a cluster for each share of the viewers."
    ) { section in
      (
        try section.read(
          "clusters", .count(in: 1...64), default: clusters,
          "Follower clusters; a viewer's id says which is asked."),
        try CacheLevelSettings(&section, standard.0)
      )
    }
    if let follower { (self.clusters, self.follower) = follower }
    leader =
      try parameters.section("leader", "The cache that followers and writers ask.") {
        try CacheLevelSettings(&$0, standard.1)
      } ?? leader
    lease =
      try parameters.section(
        "lease", "The right to fetch a missing value, given to one reader at a time.",
        LeaseSettings.init) ?? lease
    invalidation =
      try parameters.section(
        "invalidation", "How followers are told of writes.", InvalidationSettings.init)
      ?? invalidation
    failures = try parameters.read(
      "failure", .oneOrMore(.keys(CacheFailure.init)), default: [],
      "Servers of a follower cluster that lose their memory.")
    gutter = try parameters.section(
      "gutter", "A small cache beside each follower cluster, for the keys of failed servers."
    ) {
      // Section 3.3: about 1 % of the servers, and a short life.
      try CacheLevelSettings(
        &$0, CacheLevelSettings(size: .share(0.01), lifetime: .seconds(10)))
    }
    try check(parameters)
  }

  private func check(_ parameters: Parameters) throws {
    for failure in failures {
      let named = [failure.cluster] + (failure.warmUp.map { [$0.from] } ?? [])
      if let unknown = named.first(where: { $0 >= self.clusters }) {
        throw parameters.error(
          "names cluster \(unknown); there are 0 to \(self.clusters - 1)", key: "failure")
      }
      if failure.warmUp?.from == failure.cluster {
        throw parameters.error("warms a cluster up from itself", key: "failure")
      }
    }
    if !follower.isUsed, !failures.isEmpty || gutter != nil {
      throw parameters.error(
        "needs follower caches; follower.size is 0", key: failures.isEmpty ? "gutter" : "failure")
    }
  }

  /// Whether there is any cache.
  public var isUsed: Bool { follower.isUsed || leader.isUsed }
}

/// One cache: of a follower cluster, of the leader, or of a gutter.
public struct CacheLevelSettings: Sendable {
  public var policy = "lru"
  /// Objects held, of all users and posts there are as a run begins, or a number.
  public var size: Portion
  /// How long a value is held.
  public var lifetime: Duration

  init(size: Portion, lifetime: Duration) {
    self.size = size
    self.lifetime = lifetime
  }

  init(_ parameters: inout Parameters, _ standard: CacheLevelSettings) throws {
    self = standard
    policy = try parameters.read(
      "policy", .choice(FeedCacheSettings.policies.map { ($0.name, $0.name) }), default: policy,
      "Decides which object makes room.")
    size = try parameters.read(
      "size", .portion(count: 0...1_000_000_000), default: size,
      "Objects held, as a share of the users and posts or a number; 0 for no cache.")
    lifetime = try parameters.read(
      "ttl", .duration(in: .milliseconds(1)...Duration.seconds(366 * 86_400)), default: lifetime,
      "How long an object is held.")
  }

  public var isUsed: Bool { size != .share(0) && size != .count(0) }

  func makePolicy(objects: Int, keys: Int, seed: UInt64) -> any CachePolicy {
    let space = CacheSpace(
      capacity: max(1, min(keys, size.count(of: objects))), keys: keys,
      lifetime: lifetime.nanoseconds / 1_000_000, seed: seed)
    let part = FeedCacheSettings.policies.first { $0.name == policy } ?? LRU.self
    return part.init(space)
  }
}

/// Who may fetch a value that a cache lacks, and what others do meanwhile.
public struct LeaseSettings: Sendable {
  /// What a reader does who finds the lease out.
  public enum WhenHeld: String, CaseIterable, Sendable {
    /// Asks again after a while.
    case retry
    /// Is given the value that the cache had before, if that is not older than a lease; otherwise
    /// asks again.
    case stale
    /// Waits until the value is there: single flight.
    case join
  }

  /// Who may end a lease.
  public enum Release: String, CaseIterable, Sendable {
    /// Its owner: whoever has lost it fills nothing.
    case owner
    /// Whoever has fetched a value: it is filled in, and the lease released, whoever owns it. A
    /// write voids no lease.
    case anyone
  }

  /// S1.29: 10 s. Zero for no leases: whoever misses fetches.
  public var length = Duration.seconds(10)
  public var whenHeld = WhenHeld.retry
  /// S1.29: 100 ms.
  public var retry = Duration.milliseconds(100)
  public var release = Release.owner

  init() {}

  init(_ parameters: inout Parameters) throws {
    length = try parameters.read(
      "length", .duration(in: .zero...Duration.seconds(86_400)), default: length,
      "How long a reader may take for the fetch; 0s for no leases.")
    whenHeld = try parameters.read(
      "whenHeld", .choice(WhenHeld.allCases.map { ($0.rawValue, $0) }), default: whenHeld,
      "Whether other readers ask again, are given the value of before, or wait for the fetch.")
    retry = try parameters.read(
      "retry", .duration(in: .milliseconds(1)...Duration.seconds(3600)), default: retry,
      "How long they wait before they ask again.")
    release = try parameters.read(
      "release", .choice(Release.allCases.map { ($0.rawValue, $0) }), default: release,
      "Whether a lease is ended by its owner alone, or by anyone who has fetched the value.")
  }

  public var isUsed: Bool { length > .zero }
}

/// How follower clusters hear of writes: messages that travel in packets (Nishtala et al., section
/// 4.1: 18 times fewer packets).
public struct InvalidationSettings: Sendable {
  /// Messages of a packet at most.
  public var batch = 1
  /// A packet waits so long for its messages at most.
  public var every = Duration.milliseconds(100)
  /// From a packet's being sent until its messages are applied.
  public var lag = Distribution.constant(0.005)

  init() {}

  init(_ parameters: inout Parameters) throws {
    batch = try parameters.read(
      "batch", .count(in: 1...1_000_000), default: batch, "Messages of a packet at most.")
    every = try parameters.read(
      "every", .duration(in: .milliseconds(1)...Duration.seconds(3600)), default: every,
      "How long a packet waits for its messages at most; with batch: 1 none waits.")
    lag = try parameters.read(
      "lag", .distribution, default: lag,
      "From a packet's being sent until a follower cluster has applied it.")
  }
}

/// Servers of a follower cluster that lose their memory: some that fail, or all of a cold cluster.
public struct CacheFailure: Sendable {
  /// From the window's start.
  public var at: Duration
  public var cluster = 0
  /// Of the cluster's servers, and so of its keys.
  public var share = 1.0
  public var length = Duration.zero
  public var warmUp: CacheWarmUp?

  init(_ parameters: inout Parameters) throws {
    at = try parameters.require(
      "at", .duration(in: .zero...(.seconds(366 * 86_400))), "When, from the window's start.")
    cluster = try parameters.read(
      "cluster", .count(in: 0...63), default: cluster, "Which follower cluster, from 0.")
    share = try parameters.read(
      "share", .share(in: 0.001...1), default: share, "Of its servers, and so of its keys.")
    length = try parameters.read(
      "for", .duration(in: .zero...(.seconds(366 * 86_400))), default: length,
      "How long they are down; they come back empty.")
    warmUp = try parameters.section(
      "warmUp", "Misses of the cold cluster ask a warm one before the leader.", CacheWarmUp.init)
  }
}

/// A cold cluster that is filled from a warm one (Nishtala et al., section 4.3).
public struct CacheWarmUp: Sendable {
  public var from: Int
  public var length = Duration.seconds(3600)
  /// For so long after an invalidation the key is not filled: the warm cluster may not know yet.
  public var hold = Duration.seconds(2)

  init(_ parameters: inout Parameters) throws {
    from = try parameters.require("from", .count(in: 0...63), "The warm cluster.")
    length = try parameters.read(
      "for", .duration(in: .zero...(.seconds(366 * 86_400))), default: length,
      "How long, from when the cold servers are back.")
    hold = try parameters.read(
      "hold", .duration(in: .zero...Duration.seconds(3600)), default: hold,
      "For so long after an invalidation the cold cluster is not filled with the key.")
  }
}
