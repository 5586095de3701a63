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
  /// Server time that the visits of a tier have asked for so far, whether it has been given or
  /// not: what an overloaded tier is offered is more than it can use. A visit turned away counts.
  public func offeredTime(_ tier: TierName) -> Duration {
    shards(of: tier) { Duration(nanoseconds: $0.books.service) } ?? offered[tier.rawValue]
  }

  /// Server time used from the run's start until an instant before which all events are handled.
  public func busyTime(_ tier: TierName, until instant: Instant) -> Duration {
    if calls.guards(tier) { return calls.busyTime(tier, until: instant) }
    return shards(of: tier) { $0.busyTime(until: instant) }
      ?? tiers[tier.rawValue].busyTime(until: instant)
  }

  public func busyTime(_ tier: TierName) -> Duration { busyTime(tier, until: now) }

  public func snapshot(_ tier: TierName) -> TierSnapshot {
    let busy = busyTime(tier)
    let sharded = shards(of: tier) {
      TierSnapshot(
        busy: busy, departures: $0.books.departures, servers: $0.servers, skew: $0.skew,
        stations: $0.snapshots(at: now), backlog: $0.backlog(at: now))
    }
    if let sharded { return sharded }
    if calls.guards(tier) { return calls.snapshot(tier, busy: busy) }
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
