import FeedSystem

extension Replication {
  /// How often the caches of objects have what they are asked for, how old it is, and what is left
  /// for the database.
  mutating func addObjectCaches(
    _ m: borrowing ObjectCacheMeasurements, _ held: CachedObjects, _ design: Design,
    seconds: Double
  ) {
    guard let settings = design.objects?.cache, settings.isUsed else { return }
    let objectBytes = Double(design.posts.bytes)
    usage.followerCacheBytes = Double(held.followers) * objectBytes
    usage.leaderCacheBytes = Double(held.leader) * objectBytes
    if settings.follower.isUsed {
      addLevel("follower", m.follower)
      add("cache.follower.stale_age", m.followerStaleAge)
      addInvalidations(m, seconds)
    }
    if settings.gutter != nil { addLevel("gutter", m.gutter) }
    if settings.leader.isUsed {
      addLevel("leader", m.leader)
      add("cache.leader.stale_age", m.leaderStaleAge)
    }
    if m.warmReads > 0 {
      add("cache.warm_up.hit_ratio", .ratio, Double(m.warmHits) / Double(m.warmReads))
    }
    add("database.reads", .perSecond, Double(m.database.total) / seconds)
    add("database.peak", .perSecond, m.database.peak)
    add("lease.concurrent_fetches", .visits, Double(m.concurrentFetches))
    guard settings.lease.isUsed else { return }
    add("lease.waits", .perSecond, Double(m.waits) / seconds)
    add("lease.waiting_time", m.waitTime)
    add("lease.overdue", .visits, Double(m.leasesOverdue))
    add("lease.refused", .perSecond, Double(m.fillsRefused) / seconds)
    let answers = m.follower.answers + m.gutter.answers + m.leader.answers
    let servedStale = m.follower.servedStale + m.gutter.servedStale + m.leader.servedStale
    if settings.lease.whenHeld == .stale {
      add("lease.served_stale", .ratio, Double(servedStale) / Double(max(answers, 1)))
    }
  }

  private mutating func addLevel(
    _ name: String, _ level: ObjectCacheMeasurements.Level
  ) {
    if level.reads > 0 {
      add("cache.\(name).hit_ratio", .ratio, Double(level.hits) / Double(level.reads))
    }
    let stale = Double(level.stale) / Double(max(level.answers, 1))
    add("cache.\(name).stale_reads", .ratio, stale)
    if name != "gutter" {
      add("cache.\(name).stale_fills", .entries, Double(level.staleFills))
    }
  }

  private mutating func addInvalidations(
    _ m: borrowing ObjectCacheMeasurements, _ seconds: Double
  ) {
    add("invalidation.messages", .perSecond, Double(m.messages) / seconds)
    add("invalidation.packets", .perSecond, Double(m.packets) / seconds)
    add("invalidation.lag", m.invalidationLag)
  }
}

extension MetricNames {
  /// Of scenarios that have caches of objects.
  static let objectCacheTimes = [
    "cache.follower.stale_age", "cache.leader.stale_age", "lease.waiting_time",
    "invalidation.lag",
  ]

  static let objectCacheScalars: [(name: String, unit: Unit, direction: Direction)] = [
    ("cache.follower.hit_ratio", .ratio, .higher), ("cache.leader.hit_ratio", .ratio, .higher),
    ("cache.gutter.hit_ratio", .ratio, .higher), ("cache.warm_up.hit_ratio", .ratio, .higher),
    ("cache.follower.stale_reads", .ratio, .lower), ("cache.leader.stale_reads", .ratio, .lower),
    ("cache.gutter.stale_reads", .ratio, .lower),
    ("cache.follower.stale_fills", .entries, .lower),
    ("cache.leader.stale_fills", .entries, .lower),
    ("database.reads", .perSecond, .lower), ("database.peak", .perSecond, .lower),
    ("lease.concurrent_fetches", .visits, .lower), ("lease.waits", .perSecond, .lower),
    ("lease.overdue", .visits, .lower), ("lease.refused", .perSecond, .none),
    ("lease.served_stale", .ratio, .lower), ("invalidation.messages", .perSecond, .none),
    ("invalidation.packets", .perSecond, .lower),
  ]
}
