import Simulation

/// The servers of a run, and what has been asked of them.
extension FeedSystem {
  /// Gives every tier its servers, from now on.
  public mutating func resize(to fleet: Fleet) {
    for tier in TierName.allCases where !tier.isSharded {
      tiers[tier.rawValue].resize(servers: fleet[tier], at: now)
      scheduleBegin(tier.rawValue)
    }
    postShards.resize(servers: fleet[.postStore])
    objectShards.resize(servers: fleet[.objectStore])
    leafShards.resize(servers: fleet[.leafServers])
  }

  /// Server time that the visits of a tier have asked for so far, whether it has been given or
  /// not: what an overloaded tier is offered is more than it can use. A visit turned away counts.
  public func offeredTime(_ tier: TierName) -> Duration {
    shards(of: tier) { Duration(nanoseconds: $0.books.service) } ?? offered[tier.rawValue]
  }

  /// Server time used from the run's start until an instant before which all events are handled.
  public func busyTime(_ tier: TierName, until instant: Instant) -> Duration {
    shards(of: tier) { $0.busyTime(until: instant) }
      ?? tiers[tier.rawValue].busyTime(until: instant)
  }

  public func busyTime(_ tier: TierName) -> Duration { busyTime(tier, until: now) }

  /// Connections held now, and the seconds that connections were held since the run's start.
  public mutating func connections() -> (held: Int, seconds: Double) {
    live.books.step(to: now)
    return (Int(live.books.held), Double(live.books.area) / 1e9)
  }
}
