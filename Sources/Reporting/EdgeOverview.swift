import FeedSystem
import Planning

/// What regions, their edges and feeds made ahead have to show.
extension Overview {
  func edges() -> [Row?] {
    regions().flatMap { name, words in
      [
        row("\(words): latency, mean", "\(name).latency"),
        row("\(words): latency, p99", "\(name).latency", "p99"),
        row("\(words): edge hit ratio", "\(name).edge_hit_ratio"),
      ]
    } + [
      row("edge hit ratio, first pages", "cache.edge.feed_hit_ratio"),
      row("edge hit ratio, media", "cache.edge.media_hit_ratio"),
      row("edge hit ratio, bytes", "cache.edge.byte_hit_ratio"),
      row("sent by edges", "cache.edge.bytes"),
      row("sent by the origin", "cache.edge.origin_bytes"),
      row("held at edges", "cache.edge.memory"),
      row("edge pages that lack a delivery", "cache.edge.stale"),
      row("purges", "cache.edge.purges"),
      row("posts that trend, of those shown", "feed.trending"),
    ]
  }

  /// The regions that some design has figures of, and what to call them.
  func regions() -> [(name: String, words: String)] {
    var names: [String] = []
    for metric in designs.flatMap(\.metrics) where metric.name.hasPrefix("region.") {
      let name = metric.name.split(separator: ".").prefix(2).joined(separator: ".")
      if !names.contains(name) { names.append(name) }
    }
    return names.map { ($0, String($0.dropFirst(7)).replacing("_", with: " ")) }
  }

  func madeAhead() -> [Row?] {
    [
      row("wait for the next page, mean", "feed.scroll_wait"),
      row("wait for the next page, p99", "feed.scroll_wait", "p99"),
      row("pages asked for in vain", "feed.pages_in_vain"),
      row("prefetched", "prefetch.throughput"),
      row("loads that found a prefetched feed", "prefetch.hit_gain"),
      row("prefetched and read", "prefetch.used"),
      row("prefetched in vain", "prefetch.wasted"),
      row("refreshed", "refresh.throughput"),
      row("loads that found a refreshed feed", "refresh.hit_gain"),
      row("refreshed and read", "refresh.used"),
      row("refreshed in vain", "refresh.wasted"),
      row("held feeds shown past their time", "cache.feed.stale"),
    ]
  }
}
