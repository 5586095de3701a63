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
  /// How long a visit that arrives now would wait, roughly: the work ahead over the servers.
  public var backlog: Duration
}

extension FeedSystem {
  public mutating func snapshot(_ tier: TierName) -> TierSnapshot {
    let busy = busyTime(tier)
    let sharded = shards(of: tier) {
      TierSnapshot(
        busy: busy, departures: $0.books.departures, servers: $0.servers, skew: $0.skew,
        backlog: $0.backlog(at: now))
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

  /// Feeds held in the cache.
  public var feedCacheFeeds: Int { cachePolicy?.count ?? 0 }
}
