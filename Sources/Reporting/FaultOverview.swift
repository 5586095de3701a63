import FeedSystem
import Planning
import Settings

/// What faults have to show.
extension Overview {
  func faults() -> [Row?] {
    Catalog<any Fault>.faults.names.flatMap { kind in
      let metric = "faults.\(kind.replacing("-", with: "_"))"
      return [
        row("\(kind), times", "\(metric).count"),
        row("\(kind), share of the window", "\(metric).time"),
      ]
    } + [
      row("pages that lack a shard", "feed.incomplete"),
      row("refused by shards that were down", "faults.shard_lost.refused"),
      row("requests over ways between regions at fault", "faults.region_link.crossings"),
      row("of these lost", "faults.region_link.lost"),
      row("longest that a region waited for a post", "faults.region_link.replication"),
      row("neighbours on pages in wrong order", "feed.misordered"),
      row("time to warm", "cache.feed.warm_time"),
      row("messages read again", "bus.replayed"),
      row("deliveries made again", "delivery.repeated"),
      row("deliveries of skipped messages", "delivery.skipped"),
      row("deliveries of posts lost with their shard", "delivery.vanished"),
    ]
  }
}
