import Settings
import Simulation

/// The parts of the system that take time.
public enum TierName: Int, CaseIterable, Sendable, BitwiseCopyable {
  case gateway, feedCache, timelineStore, postStore, ranking, fanOutWorkers
  /// Only where a design has objects, or leaves.
  case objectStore, leafServers
  /// Only where a design tells clients what is new, and notifies those who are away.
  case liveGateway, notifier
  /// Only where a design has levels of caches: theirs, and that of the store behind them which no
  /// other tier is.
  case l1Cache, l2Cache, l3Cache, origin
  /// Only where a design has caches of objects.
  case followerCache, leaderCache
  /// Only where a ranking stage fetches features.
  case featureStore
  /// Only where a design anonymises posts.
  case privacyFilter
  /// Only where a design moderates posts.
  case hashMatch, moderationModel, mediaScan

  /// Those that a load may visit, whose waiting and service its latency is made of.
  public static let ofLoads: [TierName] = [
    .gateway, .feedCache, .timelineStore, .postStore, .ranking, .fanOutWorkers, .objectStore,
    .leafServers, .l1Cache, .l2Cache, .l3Cache, .origin, .followerCache, .leaderCache,
    .featureStore, .privacyFilter,
  ]

  /// Whether each visit is to one of its shards.
  public var isSharded: Bool {
    self == .postStore || self == .objectStore || self == .leafServers
  }

  /// In scenarios.
  public var key: String {
    switch self {
    case .gateway: "gateway"
    case .feedCache: "feedCache"
    case .timelineStore: "timelineStore"
    case .postStore: "postStore"
    case .ranking: "ranking"
    case .fanOutWorkers: "fanOutWorkers"
    case .objectStore: "objectStore"
    case .leafServers: "leafServers"
    case .liveGateway: "liveGateway"
    case .notifier: "notifier"
    case .l1Cache: "l1Cache"
    case .l2Cache: "l2Cache"
    case .l3Cache: "l3Cache"
    case .origin: "origin"
    case .followerCache: "followerCache"
    case .leaderCache: "leaderCache"
    case .featureStore: "featureStore"
    case .hashMatch: "hashMatch"
    case .moderationModel: "moderationModel"
    case .mediaScan: "mediaScan"
    case .privacyFilter: "privacyFilter"
    }
  }

  /// In metric names.
  public var metric: String {
    switch self {
    case .gateway: "gateway"
    case .feedCache: "feed_cache"
    case .timelineStore: "timeline_store"
    case .postStore: "post_store"
    case .ranking: "ranking"
    case .fanOutWorkers: "fan_out_workers"
    case .objectStore: "object_store"
    case .leafServers: "leaf_servers"
    case .liveGateway: "live_gateway"
    case .notifier: "notifier"
    case .l1Cache: "l1_cache"
    case .l2Cache: "l2_cache"
    case .l3Cache: "l3_cache"
    case .origin: "origin"
    case .followerCache: "follower_cache"
    case .leaderCache: "leader_cache"
    case .featureStore: "feature_store"
    case .hashMatch: "hash_match"
    case .moderationModel: "moderation_model"
    case .mediaScan: "media_scan"
    case .privacyFilter: "privacy_filter"
    }
  }
}

/// One tier: its servers, and how long a visit holds one.
public struct TierSettings: Sendable {
  public enum Servers: Sendable, Equatable {
    case fixed(Int)
    /// As many as keep utilisation at the target at the ordinary peak.
    case auto(target: Double)
  }

  public var servers: Servers
  /// Time a visit holds a server, whatever its work.
  public var visit: Distribution
  /// Time added for each unit of work: an entry, a candidate, a follower, an author.
  public var perUnit: Duration
  /// Visits in the tier at once, waiting or in service.
  public var room: Int
  /// Shards that share the servers evenly; 1 for a pool.
  public var shards: Int
  /// What decides where a post lies; nil where the scenario does not say, and the author does.
  public var shardBy: ShardKey?
  public var replicas: ReplicaSettings?
  /// Price-sheet item that one instance is billed as, and the servers it runs.
  public var instance: String
  public var serversPerInstance: Int
  /// How its machines are paid for; nil where the tier does not say, and the design does.
  public var purchase: PurchaseOption?
  /// What stands between its callers and its servers; nil for one line before all of them.
  public var guards: GuardSettings?
  /// How its servers come and go; nil for as many throughout.
  public var scaling: ScalingSettings?

  /// The seeds' figures; each line says whose.
  public static func standard(_ tier: TierName) -> TierSettings {
    switch tier {
    case .gateway:
      // S0.18: 1000 requests/s a server, so 1 ms each.
      TierSettings(
        visit: .exponential(mean: 0.001), perUnit: .zero, instance: "c5.2xlarge",
        serversPerInstance: 8)
    case .feedCache:
      // S2.5: a hit takes about 1 ms, half of it the network's round trip below.
      TierSettings(
        visit: .exponential(mean: 0.0005), perUnit: .zero, instance: "cache.r6g.2xlarge",
        serversPerInstance: 4)
    case .timelineStore:
      // S2.4: 50 rows of a timeline in 5 ms, network included; S1.27 pipelines writes, so an
      // entry written costs what an entry read costs.
      TierSettings(
        visit: .exponential(mean: 0.004), perUnit: .microseconds(10),
        instance: "cache.r6g.2xlarge", serversPerInstance: 4)
    case .postStore:
      // S2.3: an insert in 10 ms; S2.8: 5 ms a query, one query an author.
      TierSettings(
        visit: .exponential(mean: 0.005), perUnit: .milliseconds(5), instance: "db.r5.4xlarge",
        serversPerInstance: 16, shards: 16)
    case .ranking:
      // S0.7: a light ranker scores 1000 candidates in 10 ms.
      TierSettings(
        visit: .exponential(mean: 0.002), perUnit: .microseconds(10), instance: "c5.4xlarge",
        serversPerInstance: 16)
    case .fanOutWorkers:
      // S2.3: 2 ms a write; S1.27 keeps about a hundred in flight, so 20 µs a follower.
      TierSettings(
        visit: .exponential(mean: 0.002), perUnit: .microseconds(20), instance: "c5.2xlarge",
        serversPerInstance: 8)
    case .objectStore:
      // TAO: a query that its cache answers takes about a millisecond, the network's round trip
      // included; an association more is 100 bytes from memory (S1.3).
      TierSettings(
        visit: .exponential(mean: 0.0005), perUnit: .microseconds(1),
        instance: "cache.r6g.2xlarge", serversPerInstance: 4, shards: 16)
    case .leafServers:
      // As the feed cache, memory behind a network; an author's posts are a short list there.
      TierSettings(
        visit: .exponential(mean: 0.0005), perUnit: .microseconds(20),
        instance: "cache.r6g.2xlarge", serversPerInstance: 4, shards: 16)
    case .liveGateway:
      // No seed says: a tenth of a request for a message, and a tenth of that for each update.
      TierSettings(
        visit: .exponential(mean: 0.0001), perUnit: .microseconds(10), instance: "c5.2xlarge",
        serversPerInstance: 8)
    case .notifier:
      // No seed says: a call of the device's provider, answered in as long as a row is written.
      TierSettings(
        visit: .exponential(mean: 0.01), perUnit: .zero, instance: "c5.2xlarge",
        serversPerInstance: 64)
    case .l1Cache:
      // Memory of the processes that answer, and so of their machines.
      TierSettings(
        visit: .constant(0.0001), perUnit: .microseconds(1), instance: "r5.2xlarge",
        serversPerInstance: 8)
    case .l2Cache:
      // As the feed cache; an object more is a few microseconds, as an association is.
      TierSettings(
        visit: .exponential(mean: 0.0005), perUnit: .microseconds(1),
        instance: "cache.r6g.2xlarge", serversPerInstance: 4)
    case .l3Cache:
      // As the feed cache, and a read of flash for each object, which takes about 100 µs.
      TierSettings(
        visit: .exponential(mean: 0.0005), perUnit: .microseconds(100), instance: "i3en.large",
        serversPerInstance: 8)
    case .origin:
      // S2.8: 5 ms a query.
      TierSettings(
        visit: .exponential(mean: 0.005), perUnit: .zero, instance: "db.r5.4xlarge",
        serversPerInstance: 16)
    case .followerCache, .leaderCache:
      // As the object store from memory, of which they take the reads.
      TierSettings(
        visit: .exponential(mean: 0.0005), perUnit: .microseconds(1),
        instance: "cache.r6g.2xlarge", serversPerInstance: 4)
    case .featureStore:
      // As the feed cache, memory behind a network; a post's features of a few hundred bytes are
      // read as an association is.
      TierSettings(
        visit: .exponential(mean: 0.0005), perUnit: .microseconds(1),
        instance: "cache.r6g.2xlarge", serversPerInstance: 4)
    case .hashMatch:
      // No seed says: a hash of the content, and a look-up among those of what was taken down.
      TierSettings(
        visit: .exponential(mean: 0.002), perUnit: .zero, instance: "c5.2xlarge",
        serversPerInstance: 8)
    case .moderationModel:
      // No seed says: as long as ranking takes for its candidates, for one post (S0.7's 10 ms).
      TierSettings(
        visit: .exponential(mean: 0.01), perUnit: .zero, instance: "c5.4xlarge",
        serversPerInstance: 16)
    case .mediaScan:
      // No seed says: 500 KB to read, decode and screen (S1.3), as fast as one core reads media.
      TierSettings(
        visit: .exponential(mean: 0.2), perUnit: .zero, instance: "c5.2xlarge",
        serversPerInstance: 8)
    case .privacyFilter:
      // No seed says: a page is looked through; what its posts need is added.
      TierSettings(
        visit: .exponential(mean: 0.0005), perUnit: .zero, instance: "c5.2xlarge",
        serversPerInstance: 8)
    }
  }

  init(
    visit: Distribution, perUnit: Duration, instance: String, serversPerInstance: Int,
    shards: Int = 1
  ) {
    servers = .auto(target: 0.6)
    self.visit = visit
    self.perUnit = perUnit
    room = .max
    self.shards = shards
    self.instance = instance
    self.serversPerInstance = serversPerInstance
  }

  /// Reads `{servers, targetUtilisation, visit, perUnit, room, shards, instance, …}` over the
  /// standard settings.
  init(_ parameters: inout Parameters, _ tier: TierName) throws {
    self = .standard(tier)
    let target = try parameters.read(
      "targetUtilisation", .share(in: 0.01...0.99),
      "What servers: auto is sized for, at the ordinary peak; 60% if not given.")
    let count = try parameters.read(
      "servers", Form<Int>.count(in: 1...1_000_000).or("auto"), default: nil,
      "How many, or as many as the utilisation asks for.")
    if let count { servers = .fixed(count) } else { servers = .auto(target: target ?? 0.6) }
    if count != nil, target != nil {
      throw parameters.error("is only for servers: auto", key: "targetUtilisation")
    }
    visit = try parameters.read(
      "visit", .distribution, default: visit, "How long a visit holds a server, whatever its work.")
    perUnit = try parameters.read(
      "perUnit", .duration(), default: perUnit,
      "Added for each entry, candidate, follower or author.")
    if tier == .gateway || tier == .ranking {
      room =
        try parameters.read(
          "room", .count(in: 1...Int.max), "Visits in the tier at once; more are turned away.")
        ?? room
    } else {
      try parameters.refuse(
        "room", "only gateway and ranking turn requests away; work in other tiers waits")
    }
    if tier == .postStore || tier == .objectStore {
      shards = try parameters.read(
        "shards", .count(in: 1...4096), default: shards, "That share the servers evenly.")
    } else if tier == .leafServers {
      try parameters.refuse("shards", "leafIndex.leaves says how many share the authors")
    } else {
      try parameters.refuse("shards", "only postStore and objectStore are sharded")
    }
    if tier == .postStore {
      shardBy = try parameters.read(
        "shardBy", .choice(ShardKey.allCases.map { ($0.rawValue, $0) }),
        "What decides where a post lies: its author, its own hash, or its readers, each of whose "
          + "shards keeps a copy; author if not given.")
      replicas = try parameters.section(
        "replicas", "Copies of each shard that answer its reads and lag behind.",
        ReplicaSettings.init)
    } else {
      for key in ["shardBy", "replicas"] {
        try parameters.refuse(key, "only postStore keeps posts")
      }
    }
    guards = try GuardSettings(tier, &parameters)
    if TierName.scalable.contains(tier) {
      scaling = try parameters.section(
        "scaling", "Servers that come and go by the tier's readings.", ScalingSettings.init)
    } else {
      try parameters.refuse(
        "scaling",
        tier == .liveGateway
          ? "connections decide how many live gateways there are" : "shards hold data, and stay")
    }
    let usual = (instance: instance, servers: serversPerInstance)
    instance = try parameters.read(
      "instance", .text, default: instance, "The price sheet's item that one machine is.")
    let given = try parameters.read(
      "serversPerInstance", .count(in: 1...100_000),
      "Servers that one machine runs; \(usual.servers) if not given, of another size than "
        + "\(usual.instance) in proportion to it: half of them on an xlarge for a 2xlarge.")
    serversPerInstance = given ?? Self.servers(on: instance, as: usual)
    purchase = try PurchaseOption.read(ofTier: &parameters)
  }
}

extension TierSettings {
  /// Primaries and replicas of all shards, each with as many servers; 1 for a pool.
  public var stations: Int { shards * (1 + (replicas?.count ?? 0)) }

  /// As many a processor as on the usual instance; as many as there where a name tells no size.
  static func servers(
    on instance: String, as usual: (instance: String, servers: Int)
  ) -> Int {
    guard let size = processors(of: instance), let other = processors(of: usual.instance) else {
      return usual.servers
    }
    return max(1, usual.servers * size / other)
  }

  /// By the size that AWS gives an instance's type in its name (Amazon EC2 instance type naming
  /// conventions): 2 of a large, 4 of an xlarge, 4 n of an n-xlarge. Nil for other names.
  static func processors(of instance: String) -> Int? {
    guard let size = instance.split(separator: ".").last, size.hasSuffix("large") else {
      return nil
    }
    if size == "large" { return 2 }
    if size == "xlarge" { return 4 }
    guard size.hasSuffix("xlarge"), let count = Int(size.dropLast(6)), (2...1000).contains(count)
    else { return nil }
    return 4 * count
  }

  /// Servers that a lost machine takes along.
  public var lostWithMachine: Int {
    Self.lostWithMachine(stations: stations, serversPerInstance: serversPerInstance)
  }

  /// All that it runs; of shards and replicas, whose servers stand in for their own alone, as many
  /// of each.
  public static func lostWithMachine(stations: Int, serversPerInstance: Int) -> Int {
    (serversPerInstance + stations - 1) / stations * stations
  }
}

/// How many servers each tier has; what sizing decides and money is paid for.
public struct Fleet: Sendable, Equatable {
  private var servers: [Int]

  public init(_ count: (TierName) -> Int) { servers = TierName.allCases.map(count) }

  public subscript(_ tier: TierName) -> Int { servers[tier.rawValue] }

  /// The fleet that the settings ask for, given the offered load in erlangs of each tier at
  /// the ordinary peak. A sharded tier gets the same number of servers on every shard and replica.
  public init(_ settings: [TierName: TierSettings], offeredLoad: (TierName) -> Double) {
    self.init { tier in
      guard let tierSettings = settings[tier] else { return 1 }
      let stations = tierSettings.stations
      switch tierSettings.servers {
      case .fixed(let count): return (count + stations - 1) / stations * stations
      case .auto(let target):
        let each = (offeredLoad(tier) / target / Double(stations)).rounded(.up)
        return max(1, Int(min(each, 1e6))) * stations
      }
    }
  }
}
