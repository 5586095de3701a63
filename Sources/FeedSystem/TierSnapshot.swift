import Simulation

/// What a tier has done until an instant.
public struct TierSnapshot: Sendable {
  /// Server time used since the run's start.
  public var busy: Duration
  /// Visits that have ended.
  public var departures: UInt64
  public var servers: Int
  /// The work of the busiest of equal shards over their mean; 1 for a pool.
  public var skew = 1.0
  /// Of shards, what each station has done, those of a shard side by side.
  public var stations: [StationSnapshot] = []
  /// How long a visit that arrives now would wait, roughly: the work ahead over the servers.
  public var backlog: Duration
}

extension FeedSystem {
  public mutating func snapshot(_ tier: TierName) -> TierSnapshot {
    let busy = busyTime(tier)
    let sharded = shards(of: tier) {
      TierSnapshot(
        busy: busy, departures: $0.books.departures, servers: $0.servers, skew: $0.skew,
        stations: $0.snapshots(at: now), backlog: $0.backlog(at: now))
    }
    if let sharded { return sharded }
    let books = tiers[tier.rawValue].books
    let mean = books.departures == 0 ? 0 : busy.seconds / Double(books.departures)
    let servers = tiers[tier.rawValue].servers
    return TierSnapshot(
      busy: busy, departures: books.departures, servers: servers,
      backlog: Duration(
        seconds: mean * Double(tiers[tier.rawValue].waiting) / Double(servers)))
  }

  /// What a tier's servers must be more by, than its load alone says, because they do not share it
  /// evenly by design.
  public func sizingFactor(_ tier: TierName) -> Double {
    tier == .postStore ? postShards.replicaSkew : 1
  }

  /// Feeds held in the cache.
  public var feedCacheFeeds: Int { cachePolicy?.count ?? 0 }
}
