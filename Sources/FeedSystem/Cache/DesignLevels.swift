import Settings
import Simulation

extension Design {
  /// Whether loads ask a store that nothing else stands for: for features where levels hold them,
  /// and for follows where levels hold them and no object store does.
  var asksOrigin: Bool {
    guard let levels else { return false }
    return levels.holds(.features) || (levels.holds(.graph) && objects == nil)
  }

  /// Gives levels of caches their part of the other settings.
  ///
  /// - Parameter givesFeedCache: whether the scenario has a `cache.feed`.
  mutating func settleLevels(givesFeedCache: Bool, _ parameters: Parameters) throws {
    guard let levels else { return }
    if levels.holds(.post), timelines.encoding == nil {
      throw parameters.error(
        "levels hold posts, which loads look up only where timelines hold ids: give "
          + "timelines.encoding", key: "cache")
    }
    for level in CacheLevel.allCases {
      if let latency = levels[level]?.latency { tiers[level.tier]?.take(latency) }
    }
    if let latency = levels.originLatency { tiers[.origin]?.take(latency) }
    guard levels.holds(.feed) else { return }
    if givesFeedCache, cache.size != .count(0), cache.size != .share(0) {
      throw parameters.error(
        "feeds are held in cache.levels: leave cache.feed out, or give it size: 0", key: "cache")
    }
    cache.size = .count(0)
    cache.lifetime = levels.longestFeedLifetime
  }
}

extension Design {
  /// Bytes that the simulator needs for levels of caches: two words by key, and by entry what it
  /// says beside its policy's place for it.
  func levelBytes(users: Int, posts: Double) -> Double {
    guard let levels else { return 0 }
    let pages = levels.keysPages ? (feed.length + feed.page - 1) / feed.page : 1
    var bytes = 0.0
    for level in CacheLevel.allCases {
      for content in CacheContent.allCases where levels[level]?[content] != nil {
        let isFeed = content == .feed
        let keys = content == .post ? 4 * posts : Double(users * (isFeed ? pages : 1))
        let ids = isFeed ? feed.length / pages : 0
        bytes += keys * Double(8 + 12 + MemoryLayout<CacheEntry>.stride + 8 + ids * 4)
      }
    }
    return bytes
  }
}

extension TierSettings {
  /// A visit takes this, and nobody waits.
  fileprivate mutating func take(_ latency: Distribution) {
    visit = latency
    perUnit = .zero
  }
}
