import Settings
import Simulation

/// Bytes of what caches hold.
struct ObjectSizes: Sendable {
  private let feed: Int
  private let bytes: ContentBytes
  private let graph: FollowerGraph

  init(_ design: Design, _ settings: LevelsSettings, _ audience: Audience, entriesPerFeed: Int) {
    bytes = settings.bytes
    graph = audience.graph
    let ids = settings.keysPages ? design.feed.page : design.feed.length
    feed = bytes.feed.map { max(1, $0 / entriesPerFeed) } ?? ids * 8 + 100
  }

  /// Of an object, as it is stored. A row of follows is the one that the run began with.
  func bytes(_ content: CacheContent, _ key: UInt32, compressedTo ratio: Double) -> Int {
    let whole =
      switch content {
      case .feed: feed
      case .post: bytes.post
      case .features: bytes.features
      case .graph: bytes.follow * max(1, graph.followeeCount(of: key))
      }
    return ratio == 1 ? whole : max(1, Int((Double(whole) * ratio).rounded(.up)))
  }
}

extension HoldingSettings {
  /// The part of a level that holds a content; nil where there is no room for any of it.
  ///
  /// - Parameters:
  ///   - keys: there can be.
  ///   - objects: there are, which shares are of.
  func part(
    of content: CacheContent, keys: Int, objects: Int, compressedTo ratio: Double,
    _ sizes: ObjectSizes, _ settings: LevelsSettings, width: Int, seed: UInt64
  ) -> CachePart? {
    let isSized: Bool
    let capacity: Int
    switch size {
    case .portion(let portion):
      (isSized, capacity) = (false, portion.count(of: objects))
    case .bytes(let bytes) where content == .graph: (isSized, capacity) = (true, bytes)
    case .bytes(let bytes):
      (isSized, capacity) = (false, bytes / sizes.bytes(content, 0, compressedTo: ratio))
    }
    let most = isSized ? capacity : min(capacity, keys)
    guard most > 0, keys > 0 else { return nil }
    let milliseconds = lifetime.nanoseconds / 1_000_000
    let degraded = max(milliseconds, (settings.degraded?.lifetime.nanoseconds ?? 0) / 1_000_000)
    let space = CacheSpace(
      capacity: most, keys: keys, isSized: isSized, lifetime: degraded, seed: seed)
    let type = FeedCacheSettings.policies.first { $0.name == policy } ?? LRU.self
    let negative = settings.negative.map { $0.nanoseconds / 1_000_000 } ?? milliseconds
    return CachePart(
      type.init(space),
      lifetimes: CacheLifetimes(usual: milliseconds, degraded: degraded, negative: negative),
      width: width)
  }
}

extension Design {
  /// Posts that are live at a time, on average.
  func postsAlive(_ audience: Audience) -> Int {
    let rate = audience.activity.postRateTotal
    return Int(min(rate * (timelines.lifetime + (timelines.window ?? .zero)).seconds, 1e9))
  }
}
