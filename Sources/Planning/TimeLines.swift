import FeedSystem
import Simulation

/// How a design went over the measurement window, interval by interval.
public struct TimeLines: Sendable, Equatable {
  /// All but the last are as long, which ends with the window.
  public var interval: Duration
  /// Of the first interval, from the window's start.
  public var start: Duration
  /// By name.
  public var lines: [Line]

  public struct Line: Sendable, Equatable {
    /// As the metric that it follows through time, or an arrival rate.
    public var name: String
    public var unit: Unit
    /// One an interval, the mean over the replications; nil where nothing can be said.
    public var values: [Double?]
    /// Half the widths of the values' 95 % intervals; empty with one replication.
    public var halfWidths: [Double?]

    public init(name: String, unit: Unit, values: [Double?], halfWidths: [Double?] = []) {
      self.name = name
      self.unit = unit
      self.values = values
      self.halfWidths = halfWidths
    }
  }

  public init(interval: Duration, start: Duration = .zero, lines: [Line]) {
    self.interval = interval
    self.start = start
    self.lines = lines.sorted { $0.name < $1.name }
  }

  public func line(_ name: String) -> Line? { lines.first { $0.name == name } }
  public var count: Int { lines.map(\.values.count).max() ?? 0 }
}

extension TimeLines {
  /// An interval of fewer loads has no p99: nothing would lie beyond it.
  static let loadsForTail = 100

  /// Of one replication.
  ///
  /// - Parameter servers: of each tier in the window.
  init(_ measured: borrowing Measurements, servers: [Int]) {
    interval = measured.intervals.interval
    start = .zero
    lines = []
    let rows = measured.intervals.rows
    let seconds = rows.indices.map { measured.intervals.length(of: $0).seconds }
    func add(_ name: String, _ unit: Unit, _ value: (Int) -> Double?) {
      lines.append(Line(name: name, unit: unit, values: rows.indices.map(value)))
    }
    add("feed.arrival_rate", .perSecond) { Double(rows[$0].loadsOpened) / seconds[$0] }
    add("feed.rejected", .ratio) { Self.share(rows[$0].loadsRejected, rows[$0].loadsOpened) }
    addLatency(measured.intervals)
    add("cache.feed.hit_ratio", .ratio) {
      Self.share(rows[$0].feedCacheHits, rows[$0].feedCacheHits + rows[$0].feedCacheMisses)
    }
    add("publish.arrival_rate", .perSecond) { Double(rows[$0].postsOpened) / seconds[$0] }
    add("fan_out.backlog", .entries) { rows[$0].backlogPeak }
    if rows.contains(where: { $0.consumerLag != nil }) {
      add("bus.consumer_lag", .posts) { rows[$0].consumerLag.map { Double($0) } }
    }
    for tier in TierName.allCases where servers[tier.rawValue] > 0 {
      add("tier.\(tier.metric).utilisation", .ratio) { index in
        guard !rows[index].busy.isEmpty else { return nil }
        return rows[index].busy[tier.rawValue].seconds
          / (Double(servers[tier.rawValue]) * seconds[index])
      }
    }
    lines.sort { $0.name < $1.name }
  }

  private static func share(_ part: Int, _ whole: Int) -> Double? {
    whole == 0 ? nil : Double(part) / Double(whole)
  }

  /// None where a load had not ended when the run was over: the slowest would be missing.
  private mutating func addLatency(_ intervals: borrowing Intervals) {
    var means: [Double?] = []
    var medians: [Double?] = []
    var tails: [Double?] = []
    for index in 0..<intervals.count {
      let row = intervals.rows[index]
      let shown = intervals.feedLatency[index]
      let count = Int(shown.count)
      let (opened, failed) =
        row.requestsOpened > 0
        ? (row.requestsOpened, row.requestsFailed) : (row.loadsOpened, row.loadsRejected)
      let isWhole = count > 0 && count + failed == opened
      means.append(isWhole ? shown.meanNanoseconds / 1e6 : nil)
      medians.append(isWhole ? intervals.feedLatency.quantile(0.5, of: index) / 1e6 : nil)
      let hasTail = isWhole && count >= Self.loadsForTail
      tails.append(hasTail ? intervals.feedLatency.quantile(0.99, of: index) / 1e6 : nil)
    }
    for (name, values) in [("mean", means), ("p50", medians), ("p99", tails)] {
      lines.append(
        Line(name: "feed.latency.\(name)", unit: .milliseconds, values: values))
    }
  }

  /// The mean over the replications, interval by interval, with five digits; nil without any. A
  /// line is that of the replications that have it: a tier may go unvisited in some.
  static func mean(of replications: [TimeLines]) -> TimeLines? {
    guard let first = replications.first else { return nil }
    var lines: [String: [Line]] = [:]
    for line in replications.flatMap(\.lines) { lines[line.name, default: []].append(line) }
    let means = lines.values.map { line in
      var mean = line[0]
      let estimates = mean.values.indices.map { index in
        Estimate.mean(of: line.compactMap { $0.values[index] })
      }
      mean.values = estimates.map {
        $0.each.isEmpty ? nil : NumberText.rounded($0.value, digits: 5)
      }
      mean.halfWidths =
        replications.count > 1
        ? estimates.map { $0.halfWidth.map { NumberText.rounded($0, digits: 2) } } : []
      return mean
    }
    return TimeLines(interval: first.interval, start: first.start, lines: means)
  }
}

/// Something that the scenario does in the measurement window, marked in time lines.
public struct Mark: Sendable, Equatable {
  /// From the window's start.
  public var at: Duration
  /// Zero for what takes no time.
  public var length: Duration
  public var text: String

  public init(at: Duration, length: Duration = .zero, text: String) {
    self.at = at
    self.length = length
    self.text = text
  }
}

extension Scenario {
  /// Spikes, scripted posts and changes of the window, in the order of their beginnings.
  var marks: [Mark] {
    let spikes = traffic.spikes.filter { $0.at < duration && $0.length > .zero }.map { spike in
      let factors = [
        ("loads", spike.loads), ("posts", spike.posts), ("engagement", spike.engagement),
      ]
      .filter { $0.1 != 1 }.map { "\($0.0) × \(NumberText.amount($0.1))" }
      return Mark(
        at: spike.at, length: spike.length,
        text: (["spike"] + (factors.isEmpty ? [] : [factors.joined(separator: ", ")]))
          .joined(separator: ": "))
    }
    let posts = traffic.posts.map { Mark(at: $0.at, text: "\($0.by) posts") }
    return (spikes + posts + followMarks + breakingMarks + rollOutMarks + crowdMarks).enumerated()
      .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
  }
}
