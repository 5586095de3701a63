import FeedSystem
import Settings

/// The metrics there are, so that a rule is refused before a run and not after it.
public enum MetricNames {
  public struct Entry: Sendable, Equatable {
    public var name: String
    public var unit: Unit
    /// Whether it has quantiles besides its mean.
    public var isDistribution: Bool
    /// Whether it is a share of a whole, read and written in per cent.
    public var isShare: Bool { unit == .ratio && name != "fan_out.bytes_amplification" }
  }

  /// In the order in which they are reported.
  public static let all: [Entry] = {
    var entries = [
      Entry(name: "feed.latency", unit: .milliseconds, isDistribution: true)
    ]
    for stage in Stage.allCases {
      entries.append(
        Entry(
          name: "feed.latency.\(stage.metric)", unit: .milliseconds, isDistribution: true))
    }
    for name in ["publish.latency", "delivery.lag", "feed.staleness"] {
      entries.append(Entry(name: name, unit: .milliseconds, isDistribution: true))
    }
    entries += scalars.map { Entry(name: $0.name, unit: $0.unit, isDistribution: false) }
    for tier in TierName.allCases {
      entries += tierMetrics.map { metric in
        Entry(
          name: "tier.\(tier.metric).\(metric.name)", unit: metric.unit,
          isDistribution: metric.unit == .milliseconds)
      }
    }
    entries.append(Entry(name: "timeline.memory", unit: .bytes, isDistribution: false))
    entries.append(Entry(name: "cost.month", unit: .dollars, isDistribution: false))
    entries += Cost.lineNames.map {
      Entry(name: "cost.month.\($0)", unit: .dollars, isDistribution: false)
    }
    return entries
  }()

  private static let scalars: [(name: String, unit: Unit)] = [
    ("delivery.lost", .deliveries), ("delivery.duplicate", .deliveries),
    ("delivery.late", .deliveries), ("delivery.pending", .deliveries),
    ("delivery.due", .deliveries),
    ("fan_out.write_amplification", .entriesPerPost), ("fan_out.bytes_amplification", .ratio),
    ("fan_out.backlog", .entries), ("fan_out.drain_time", .seconds),
    ("fan_out.caught_up", .entries),
    ("feed.read_amplification", .entriesPerShown), ("feed.throughput", .perSecond),
    ("feed.rejected", .ratio),
    ("publish.posts", .posts), ("publish.throughput", .perSecond),
    ("engagement.throughput", .perSecond),
    ("cache.feed.hit_ratio", .ratio), ("cache.feed.memory", .bytes),
  ]

  private static let tierMetrics: [(name: String, unit: Unit)] = [
    ("servers", .servers), ("utilisation", .ratio), ("waiting_time", .milliseconds),
    ("throughput", .perSecond), ("waiting_peak", .visits),
  ]

  /// In the order in which they are reported; what is none of them comes last, by name.
  public static func ordered(_ metrics: [Metric]) -> [Metric] {
    let order = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1.name, $0) })
    return metrics.sorted {
      (order[$0.name] ?? .max, $0.name) < (order[$1.name] ?? .max, $1.name)
    }
  }

  public static func entry(_ name: String) -> Entry? { all.first { $0.name == name } }

  /// The names in short, those of stages, tiers and cost lines once.
  public static var families: [String] {
    var families: [String] = []
    for entry in all {
      let parts = entry.name.split(separator: ".").map(String.init)
      let family =
        if entry.name.hasPrefix("feed.latency.") {
          "feed.latency.<stage>"
        } else if parts[0] == "tier" {
          "tier.<tier>.\(parts[2])"
        } else if entry.name.hasPrefix("cost.month.") {
          "cost.month.<line>"
        } else {
          entry.name
        }
      if !families.contains(family) { families.append(family) }
    }
    return families
  }

  /// A part of a metric's name as words: `fan_out_workers` → fan-out workers.
  public static func words(_ name: String) -> String {
    name.replacing("fan_out", with: "fan-out").replacing("_", with: " ").replacing(".", with: ": ")
  }

  /// The problem with a name that is not one of them.
  static func unknown(_ name: String, statistic: String) -> InvalidInput {
    var message = "unknown metric \"\(name)\"; known: " + families.joined(separator: ", ")
    if let near = Suggestion.closest(to: name, among: all.map(\.name)) {
      message += "; did you mean \"\(near)\(statistic.isEmpty ? "" : ".\(statistic)")\"?"
    }
    return InvalidInput(message)
  }
}
