import Simulation

/// What lies between the clients and the gateway: regions, their edges, and what trends in them.
/// Without `regions` and `cache.edge` there is nothing of it.
public struct Edge: ~Copyable {
  let settings: EdgeSettings?
  let regions: Regions
  /// One for each region, or one for all; empty without edges.
  let caches: [EdgeCache]
  /// Nil where pages are of the viewer's network alone.
  var trends: Trends?
  /// Viewers whose held feeds have become stale, to be purged; nil where nothing is purged.
  let outdated: OutdatedFeeds?
  /// The page with what trends in it.
  let mixed: UnsafeMutablePointer<UInt32>
  public internal(set) var measurements: EdgeMeasurements

  init(_ design: Design, _ audience: Audience, seed: UInt64) {
    let users = audience.graph.userCount
    regions = Regions(design.regions, users: users, seed: seed)
    let isMixed = design.regions.contains { $0.content != nil }
    trends = isMixed ? Trends(design.feed.trending, regions: design.regions.count) : nil
    let page = design.feed.page
    mixed = .allocate(capacity: page)
    mixed.initialize(repeating: 0, count: page)
    measurements = EdgeMeasurements(regions: max(1, design.regions.count))
    guard let edge = design.edge, edge.size > 0 else {
      settings = nil
      caches = []
      outdated = nil
      return
    }
    settings = edge
    outdated = edge.purge == .key && edge.holdsFeeds ? OutdatedFeeds() : nil
    let kind = FeedCacheSettings.policies.first { $0.name == edge.policy } ?? LRU.self
    let live = audience.activity.postRateTotal * design.timelines.lifetime.seconds
    caches = (0..<max(1, design.regions.count)).map { region in
      EdgeCache(
        kind, bytes: edge.size, users: users, posts: Int(min(2 * live, 1e8)),
        lifetime: edge.ttl.nanoseconds / 1_000_000, page: page, seed: seed &+ UInt64(region))
    }
  }

  deinit { mixed.deallocate() }

  /// Bytes held at all edges.
  public var bytesHeld: Int { caches.reduce(0) { $0 + $1.policy.used } }
  /// The users of each region, by its name.
  public var population: [(name: String, users: Int)] {
    zip(regions.all, regions.counts).map { ($0.name, $1) }
  }
}

/// Viewers whose held feeds have become stale since they were last asked for.
final class OutdatedFeeds {
  private var viewers: [UInt32] = []

  func note(_ viewer: UInt32) { viewers.append(viewer) }

  func take() -> [UInt32] {
    if viewers.isEmpty { return [] }
    defer { viewers.removeAll(keepingCapacity: true) }
    return viewers
  }
}

/// What regions and edges have counted in the measurement window.
public struct EdgeMeasurements: ~Copyable {
  /// Of one region.
  public struct Counts: Sendable {
    public var feedsAsked = 0
    public var feedHits = 0
    public var mediaAsked = 0
    public var mediaHits = 0
  }

  /// Feed latency by region.
  public var latency: Bank<Histogram>
  public var counts: [Counts]
  /// Bytes that clients were sent: from edges, and from the origin behind them.
  public var edgeBytes = 0
  public var originBytes = 0
  /// Pages shown by an edge that lacked a delivery.
  public var staleHits = 0
  public var purges = 0
  /// Places of pages filled from what trends.
  public var trending = 0

  init(regions: Int) {
    latency = Bank(count: regions) { _ in Histogram() }
    counts = [Counts](repeating: Counts(), count: regions)
  }

  public var total: Counts {
    counts.reduce(into: Counts()) {
      $0.feedsAsked += $1.feedsAsked
      $0.feedHits += $1.feedHits
      $0.mediaAsked += $1.mediaAsked
      $0.mediaHits += $1.mediaHits
    }
  }
}
