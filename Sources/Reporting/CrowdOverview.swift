import FeedSystem
import Planning

/// What cascades, and regions with servers of their own, have to show.
extension Overview {
  func crowds() -> [Row?] {
    [
      row("posts of a cascade", "cascade.size"),
      row("followers it reached", "cascade.reach"),
      row("until half of its reposts", "cascade.half_time"),
      row("visits because of cascades", "cascade.visits"),
    ]
  }

  func geography() -> [Row?] {
    regions().flatMap { name, words in
      [
        row("\(words): nobody answered for", "\(name).cut_off"),
        row("\(words): requests that failed for it", "\(name).failed"),
        row("\(words): posts that failed for it", "\(name).failed_posts"),
        row("\(words): feeds that lacked a post", "\(name).stale_reads"),
      ]
    } + [row("deliveries of posts lost with a region", "delivery.unreplicated")]
  }
}
