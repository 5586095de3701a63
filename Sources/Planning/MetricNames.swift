import FeedSystem
import Settings

/// The metrics there are, so that a rule is refused before a run and not after it.
public enum MetricNames {
  public struct Entry: Sendable, Equatable {
    public var name: String
    public var unit: Unit
    /// Whether it has quantiles besides its mean.
    public var isDistribution: Bool
    public var direction: Direction
    /// Whether it is a share of a whole, read and written in per cent.
    public var isShare: Bool {
      unit == .ratio && name != "fan_out.bytes_amplification" && name != imbalance
        && name != requestAttempts && name != cellCount
    }
  }

  /// Which values of a metric are the better ones.
  public enum Direction: String, Sendable {
    case lower, higher
    /// It describes the traffic or the fleet, and is neither.
    case none
  }

  /// In the order in which they are reported.
  public static let all: [Entry] = {
    let stages = Stage.allCases.map { "feed.latency.\($0.metric)" }
    let times =
      ["feed.latency"] + stages
      + [
        "publish.latency", "delivery.lag", "feed.staleness", "feed.lacking_age",
        "returning.regeneration",
      ]
    var entries = times.map { Entry($0, .milliseconds, .lower) }
    entries += sharesOfViewers
    let partTimes = pipelineTimes + followTimes + storageTimes + leafTimes + liveTimes
    entries += (partTimes + objectCacheTimes + edgeTimes + moderationTimes + requestTimes).map {
      Entry($0, .milliseconds, .lower)
    }
    let parts =
      pipelineScalars + followScalars + storageScalars + storeScalars + liveScalars
      + levelScalars + objectCacheScalars + edgeScalars + funnelScalars
      + rankingStageScalars + worldScalars + learningScalars + moderationScalars + limitScalars
      + privacyScalars + callScalars + requestScalars + faultScalars + controlScalars
      + crowdScalars + cellScalars
    entries += (scalars + parts).map { Entry($0.name, $0.unit, $0.direction) }
    for tier in TierName.allCases {
      entries += tierMetrics.map {
        Entry("tier.\(tier.metric).\($0.name)", $0.unit, $0.direction)
      }
    }
    entries += shardMetrics
    entries.append(Entry("timeline.memory", .bytes, .lower))
    entries.append(Entry("timeline.orphaned", .bytes, .lower))
    entries.append(Entry("timeline.overshoot", .entries, .lower))
    entries.append(Entry("cost.month", .dollars, .lower))
    entries += Cost.lineNames.map { Entry("cost.month.\($0)", .dollars, .lower) }
    return entries
  }()

  /// Of what each viewer was due, over viewers.
  private static let sharesOfViewers = ["lost", "duplicate", "late"].map {
    Entry(
      name: "delivery.\($0)_by_viewer", unit: .ratio, isDistribution: true, direction: .lower)
  }

  private static let scalars: [(name: String, unit: Unit, direction: Direction)] = [
    ("delivery.lost", .deliveries, .lower), ("delivery.duplicate", .deliveries, .lower),
    ("delivery.dropped", .deliveries, .lower),
    ("delivery.late", .deliveries, .lower), ("delivery.pending", .deliveries, .lower),
    ("delivery.hidden", .deliveries, .lower), ("delivery.viewers_affected", .viewers, .lower),
    ("delivery.due", .deliveries, .none),
    ("fan_out.write_amplification", .entriesPerPost, .lower),
    ("fan_out.bytes_amplification", .ratio, .lower), ("fan_out.regret", .ratio, .lower),
    ("fan_out.backlog", .entries, .lower), ("fan_out.drain_time", .seconds, .lower),
    ("fan_out.caught_up", .entries, .none),
    ("fan_out.threshold", .followers, .none), ("fan_out.threshold_least", .followers, .none),
    ("fan_out.threshold_greatest", .followers, .none),
    ("fan_out.threshold_moves", .changes, .none), ("fan_out.cost", .perSecond, .lower),
    ("fan_out.flipped", .posts, .none), ("fan_out.flash_share", .ratio, .none),
    ("fan_out.flashes", .changes, .none),
    ("feed.read_amplification", .entriesPerShown, .lower),
    ("feed.looked_up", .perSecond, .lower), ("feed.lookup_queries", .perSecond, .lower),
    ("returning.rate", .perSecond, .none), ("returning.empty", .ratio, .lower),
    ("returning.gapped", .ratio, .lower), ("returning.author_queries", .perSecond, .lower),
    ("feed.throughput", .perSecond, .higher), ("feed.rejected", .ratio, .lower),
    ("feed.stale_pages", .ratio, .lower), ("feed.shown_twice", .ratio, .lower),
    ("feed.media_fetched", .ratio, .lower),
    ("publish.posts", .posts, .none), ("publish.throughput", .perSecond, .none),
    ("engagement.throughput", .perSecond, .higher),
    ("cache.feed.hit_ratio", .ratio, .higher), ("cache.feed.memory", .bytes, .lower),
  ]

  /// Of scenarios that say what their pipeline is.
  private static let pipelineTimes = [
    "delivery.lag_to_p50", "delivery.lag_to_p95", "delivery.lag_to_p99", "delivery.lag_to_last",
    "delivery.lag_high_priority", "delivery.lag_low_priority", "bus.delay", "fan_out.held_time",
  ]

  private static let pipelineScalars: [(name: String, unit: Unit, direction: Direction)] = [
    ("delivery.incomplete", .posts, .lower), ("delivery.expired", .deliveries, .lower),
    ("delivery.dead_lettered", .deliveries, .lower),
    ("bus.consumer_lag", .posts, .lower), ("bus.partition_lag", .posts, .lower),
    ("publish.rejected", .ratio, .lower), ("fan_out.retries", .visits, .lower),
    ("fan_out.dead_letters", .entries, .lower), ("fan_out.replayed", .entries, .none),
  ]

  /// Of scenarios that have leaves, or a store of objects.
  private static let leafTimes = ["leaf.lag"]

  private static let storeScalars: [(name: String, unit: Unit, direction: Direction)] = [
    ("leaf.waiting_peak", .posts, .lower), ("leaf.entries", .entries, .none),
    ("leaf.memory", .bytes, .lower), ("leaf.requests", .visits, .lower),
    ("leaf.missing", .ratio, .lower), ("leaf.gaps", .ratio, .lower),
    ("leaf.read_elsewhere", .ratio, .lower), ("leaf.rebuild_time", .seconds, .lower),
    ("objects.associations", .entries, .none), ("objects.memory", .bytes, .lower),
    ("objects.repeated", .ratio, .none),
  ]

  /// What a design has only with a pipeline, shards, replicas or buffered counters of its own,
  /// leaves, objects, live updates, levels of caches, edges, feeds made ahead, moderation, limits
  /// or anonymisation, and much of it only with some part of one.
  static let ofParts = Set(
    pipelineTimes + storageTimes + leafTimes + liveTimes + objectCacheTimes + edgeTimes
      + moderationTimes + requestTimes
      + (pipelineScalars + storageScalars + storeScalars + liveScalars).map(\.name)
      + (levelScalars + objectCacheScalars + edgeScalars + funnelScalars).map(\.name)
      + (rankingStageScalars + worldScalars + learningScalars).map(\.name)
      + (moderationScalars + limitScalars + privacyScalars + callScalars + requestScalars
      + faultScalars + controlScalars + crowdScalars + cellScalars).map(\.name))

  /// Of scenarios that tell clients or devices what is new.
  private static let liveTimes = [
    "live.lag", "live.engagement_lag", "live.reconnect_time", "notifications.lag",
  ]

  private static let liveScalars: [(name: String, unit: Unit, direction: Direction)] =
    [
      ("live.connections", .connections, .none), ("live.connections_peak", .connections, .none),
      ("live.connects", .perSecond, .none), ("live.drops", .perSecond, .none),
      ("live.refused", .perSecond, .lower), ("live.updates", .perSecond, .none),
      ("live.coalesced", .ratio, .none), ("live.caught_up", .ratio, .none),
      ("live.lost", .ratio, .lower), ("live.left", .ratio, .none),
      ("live.messages", .perSecond, .lower),
    ]
    + MessageKind.allCases.map { ("live.messages.\($0.metric)", .perSecond, .none) } + [
      ("live.bytes", .bytesPerSecond, .lower), ("live.indicators", .perSecond, .none),
      ("live.indicator_taken", .ratio, .none), ("live.extra_loads", .perSecond, .none),
      ("notifications.sent", .perSecond, .none), ("notifications.limited", .ratio, .none),
      ("notifications.bounced", .ratio, .none),
    ]

  private static let tierMetrics: [(name: String, unit: Unit, direction: Direction)] = [
    ("servers", .servers, .none), ("utilisation", .ratio, .none), ("headroom", .ratio, .none),
    ("waiting_time", .milliseconds, .lower), ("throughput", .perSecond, .none),
    ("waiting_peak", .visits, .none),
  ]

  /// In the order in which they are reported; what is none of them comes last, by name.
  public static func ordered(_ metrics: [Metric]) -> [Metric] {
    let order = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1.name, $0) })
    return metrics.sorted {
      (order[$0.name] ?? .max, $0.name) < (order[$1.name] ?? .max, $1.name)
    }
  }

  public static func entry(_ name: String) -> Entry? {
    all.first { $0.name == name } ?? regionEntry(name) ?? stageEntry(name) ?? armEntry(name)
  }

  /// The names in short, those of stages, tiers and cost lines once.
  public static var families: [String] {
    var families: [String] = []
    for entry in all {
      let parts = entry.name.split(separator: ".").map(String.init)
      let family =
        if let family = controlFamily(parts) {
          family
        } else if entry.name.hasPrefix("feed.latency.") {
          "feed.latency.<stage>"
        } else if parts[0] == "tier" {
          parts.count == 4 ? "tier.<tier>.failed.<cause>" : "tier.<tier>.\(parts[2])"
        } else if entry.name.hasPrefix("cost.month.") {
          "cost.month.<line>"
        } else if entry.name.hasPrefix("ranking.filtered.") {
          "ranking.filtered.<stage>"
        } else {
          entry.name
        }
      if !families.contains(family) { families.append(family) }
    }
    return families + regionFamilies + stageFamilies + armFamilies
  }

  /// A part of a metric's name as words: `fan_out_workers` → fan-out workers.
  public static func words(_ name: String) -> String {
    name.replacing("fan_out", with: "fan-out").replacing("_", with: " ").replacing(".", with: ": ")
  }

  /// The problem with a name that is not one of them.
  static func unknown(_ name: String, statistic: String) -> InvalidInput {
    var message = "unknown metric \"\(name)\"" + Suggestion.list(for: name, among: families)
    if let near = Suggestion.closest(to: name, among: all.map(\.name)) {
      message += "; did you mean \"\(near)\(statistic.isEmpty ? "" : ".\(statistic)")\"?"
    }
    return InvalidInput(message)
  }
}

extension MetricNames.Entry {
  /// Times are distributions over requests; everything else is one number a run.
  fileprivate init(_ name: String, _ unit: Unit, _ direction: MetricNames.Direction) {
    self.init(
      name: name, unit: unit, isDistribution: unit == .milliseconds, direction: direction)
  }
}
