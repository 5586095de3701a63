import FeedSystem
import Simulation

/// What a replication says of regions, of their edges and of feeds made ahead, each where the
/// scenario has it.
extension Replication {
  mutating func addEdge(
    _ edge: borrowing Edge, _ m: borrowing Measurements, _ design: Design, seconds: Double
  ) {
    let counts = edge.measurements.counts
    for (index, region) in edge.population.enumerated() {
      let name = "region.\(region.name)"
      let users = edge.population.reduce(0) { $0 + $1.users }
      add("\(name).users", .ratio, Double(region.users) / Double(max(users, 1)))
      add("\(name).latency", edge.measurements.latency[index])
      let asked = counts[index].feedsAsked + counts[index].mediaAsked
      if asked > 0 {
        let hits = counts[index].feedHits + counts[index].mediaHits
        add("\(name).edge_hit_ratio", .ratio, Double(hits) / Double(asked))
      }
    }
    if design.regions.contains(where: { $0.content != nil }), m.postsShown > 0 {
      add("feed.trending", .ratio, Double(edge.measurements.trending) / Double(m.postsShown))
    }
    if design.feed.lazyMedia != nil, m.postsShown > 0 {
      add("feed.media_fetched", .ratio, 1 - Double(m.mediaLeft) / Double(m.postsShown))
    }
    guard let settings = design.edge, settings.size > 0 else { return }
    let total = edge.measurements.total
    let asked = total.feedsAsked + total.mediaAsked
    let hits = total.feedHits + total.mediaHits
    add("cache.edge.hit_ratio", .ratio, Double(hits) / Double(max(asked, 1)))
    if settings.holds != .media {
      let feeds = Double(max(total.feedsAsked, 1))
      add("cache.edge.feed_hit_ratio", .ratio, Double(total.feedHits) / feeds)
      let stale = Double(edge.measurements.staleHits) / Double(max(total.feedHits, 1))
      add("cache.edge.stale", .ratio, stale)
      add("cache.edge.purges", .perSecond, Double(edge.measurements.purges) / seconds)
    }
    if settings.holds != .feeds {
      let media = Double(max(total.mediaAsked, 1))
      add("cache.edge.media_hit_ratio", .ratio, Double(total.mediaHits) / media)
    }
    let (near, far) = (Double(edge.measurements.edgeBytes), Double(edge.measurements.originBytes))
    add("cache.edge.byte_hit_ratio", .ratio, near + far > 0 ? near / (near + far) : 0)
    add("cache.edge.bytes", .bytesPerSecond, near / seconds)
    add("cache.edge.origin_bytes", .bytesPerSecond, far / seconds)
    add("cache.edge.memory", .bytes, Double(edge.bytesHeld))
    usage.edgeFillBytesPerLoad = m.loadsMeasured == 0 ? 0 : far / Double(m.loadsMeasured)
  }

  /// What viewers who scroll wait, where the scenario says whether clients ask ahead.
  mutating func addScrolls(_ m: borrowing Measurements, _ habits: SessionHabits) {
    guard habits.prefetch != nil else { return }
    add("feed.scroll_wait", m.scrollWait)
    let asked = Double(max(m.loadsMeasured + m.pagesInVain, 1))
    add("feed.pages_in_vain", .ratio, Double(m.pagesInVain) / asked)
  }

  mutating func addMadeAhead(
    _ figures: AheadFigures?, _ m: borrowing Measurements, _ design: Design, seconds: Double
  ) {
    guard let figures else { return }
    let lookUps = Double(max(m.feedCacheHits + m.feedCacheMisses, 1))
    for reason in MadeAhead.Reason.allCases where figures.isUsed(reason) {
      let books = figures.made.measuredBooks(reason)
      let made = Double(max(books.made, 1))
      add("\(reason).throughput", .perSecond, Double(books.made) / seconds)
      add("\(reason).hit_gain", .ratio, Double(figures.made.hits(reason)) / lookUps)
      add("\(reason).used", .ratio, Double(books.used) / made)
      add("\(reason).wasted", .ratio, Double(books.wasted + books.notKept) / made)
    }
    if design.cache.staleFor > .zero {
      let hits = Double(max(m.feedCacheHits, 1))
      add("cache.feed.stale", .ratio, Double(figures.staleHits) / hits)
    }
  }
}

extension MetricNames {
  static let edgeTimes = ["feed.scroll_wait"]

  static let edgeScalars: [(name: String, unit: Unit, direction: Direction)] =
    [
      ("cache.edge.hit_ratio", .ratio, .higher), ("cache.edge.feed_hit_ratio", .ratio, .higher),
      ("cache.edge.media_hit_ratio", .ratio, .higher),
      ("cache.edge.byte_hit_ratio", .ratio, .higher), ("cache.edge.stale", .ratio, .lower),
      ("cache.edge.purges", .perSecond, .none), ("cache.edge.bytes", .bytesPerSecond, .none),
      ("cache.edge.origin_bytes", .bytesPerSecond, .lower), ("cache.edge.memory", .bytes, .none),
      ("feed.trending", .ratio, .none), ("feed.pages_in_vain", .ratio, .lower),
      ("cache.feed.stale", .ratio, .lower),
    ]
    + MadeAhead.Reason.allCases.flatMap { reason in
      [
        ("\(reason).throughput", .perSecond, .none), ("\(reason).hit_gain", .ratio, .higher),
        ("\(reason).used", .ratio, .none), ("\(reason).wasted", .ratio, .lower),
      ] as [(String, Unit, Direction)]
    }

  /// What there is to know of a region, whose name the scenario gives.
  private static let regionMetrics: [(name: String, unit: Unit, direction: Direction)] = [
    ("users", .ratio, .none), ("latency", .milliseconds, .lower),
    ("edge_hit_ratio", .ratio, .higher), ("failed", .ratio, .lower),
    ("failed_posts", .ratio, .lower), ("stale_reads", .ratio, .lower),
    ("cut_off", .seconds, .lower),
  ]

  static let regionFamilies = regionMetrics.map { "region.<name>.\($0.name)" }

  /// The entry of `region.<name>.<metric>`; nil for any other name.
  static func regionEntry(_ name: String) -> Entry? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "region", !parts[1].isEmpty,
      let metric = regionMetrics.first(where: { $0.name == parts[2] })
    else { return nil }
    return Entry(
      name: name, unit: metric.unit, isDistribution: metric.unit == .milliseconds,
      direction: metric.direction)
  }
}

extension Cost {
  static let edgeLineNames = ["edge_servers", "edge_fill"]

  /// The edges' memory, as machines in each region, and what the origin sends them.
  static func edgeDemands(_ usage: Usage) -> [Demand] {
    guard let edge = usage.edge, usage.edgeRegions > 0 else { return [] }
    let bytes = usage.edgeFillBytesPerMonth
    return [
      Demand(
        line: "edge_servers", item: edge.instance,
        amount: .places(usage.edgeRegions, holding: Double(edge.size)),
        reason: "for \(NumberText.bytes(Double(edge.size))) in each of \(usage.edgeRegions) "
          + "regions", purchase: usage.purchase),
      volume(
        "edge_fill", bytes / 1e9, .gigabyte,
        "\(NumberText.bytes(bytes)) from the origin to the edges", "edge-fill"),
    ]
  }
}
