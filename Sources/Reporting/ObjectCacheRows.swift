extension Overview {
  /// What the caches of objects have, how old it is, and what is left for the database.
  func objectCaches() -> [Row?] {
    [
      row("followers: hit ratio", "cache.follower.hit_ratio"),
      row("followers: stale answers", "cache.follower.stale_reads"),
      row("followers: stale for, p50", "cache.follower.stale_age", "p50"),
      row("followers: stale for, p99", "cache.follower.stale_age", "p99"),
      row("followers: stale fills", "cache.follower.stale_fills"),
      row("gutters: hit ratio", "cache.gutter.hit_ratio"),
      row("gutters: stale answers", "cache.gutter.stale_reads"),
      row("warm cluster: hit ratio", "cache.warm_up.hit_ratio"),
      row("leader: hit ratio", "cache.leader.hit_ratio"),
      row("leader: stale answers", "cache.leader.stale_reads"),
      row("leader: stale for, p99", "cache.leader.stale_age", "p99"),
      row("leader: stale fills", "cache.leader.stale_fills"),
      row("database reads", "database.reads"),
      row("database reads, busiest shard's peak", "database.peak"),
      row("database reads of one object at once", "lease.concurrent_fetches"),
      row("waits for a lease", "lease.waits"),
      row("waiting for leases, mean", "lease.waiting_time"),
      row("waiting for leases, p99", "lease.waiting_time", "p99"),
      row("answers served stale", "lease.served_stale"),
      row("leases overdue", "lease.overdue"),
      row("fills refused", "lease.refused"),
      row("invalidations", "invalidation.messages"),
      row("packets of them", "invalidation.packets"),
      row("lag of invalidations, p99", "invalidation.lag", "p99"),
    ]
  }
}
