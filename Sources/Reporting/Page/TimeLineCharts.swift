import FeedSystem
import Planning
import Simulation

/// How the measurement window went: a chart for each quantity with a line for each design, what
/// the scenario did meanwhile, and the table of its figures.
struct TimeLineCharts {
  /// A line of a chart, or a column of its table.
  private struct Line {
    var name: String
    var values: [Double?]
    var colour: Int
    var dash: Int
    var isDrawn = true
  }

  private let designs: [(name: String, lines: TimeLines)]
  private let frame: TimeLines?
  private let window: Duration
  private let marks: [Mark]
  private let unit: TimeUnit
  private let named: String

  init(_ result: Result) {
    designs = result.designs.compactMap { design in design.timeLines.map { (design.name, $0) } }
    frame = designs.first?.lines
    window = result.horizon.duration
    marks = result.marks
    unit = TimeUnit(window)
    named = Chart.named(result)
  }

  var section: PageSection {
    guard let frame, frame.count > 1 else { return PageSection(title: "Over time", panels: []) }
    let panels =
      [loads, latency, rejected, goodput, failed, engagement, breaking, backlog]
      .compactMap { $0 }
      + [consumerLag, hitRatio]
      .compactMap { $0 } + utilisations + servers
    return PageSection(
      title: "Over time", panels: panels,
      legend: "Each point is an interval of \(length), the mean over the replications, whose "
        + "half-widths are in the result document. A load counts where it was opened. \(shaded)"
        + "An interval of fewer than 100 loads has no p99.")
  }

  private var length: String {
    let seconds = frame?.interval.seconds ?? 0
    let units = [(86_400.0, "d"), (3600, "h"), (60, "min"), (1, "s")]
    let (unit, symbol) = units.first { seconds >= $0.0 } ?? (1, "s")
    return "\(NumberText.amount(seconds / unit)) \(symbol)"
  }

  private var shaded: String {
    guard !marks.isEmpty else { return "" }
    return "Shaded: "
      + marks.map { mark in
        mark.length > .zero
          ? "\(mark.text), \(unit.text(mark.at, mark.at + mark.length))"
          : "\(mark.text), \(unit.text(mark.at))"
      }.joined(separator: "; ") + ". "
  }
}

// MARK: - The quantities

extension TimeLineCharts {
  private var loads: PageSection.Panel? {
    let posts = lines("publish.arrival_rate", prefix: "posts").map { line in
      var line = line
      line.isDrawn = false
      return line
    }
    let loads = lines("feed.arrival_rate", prefix: posts.isEmpty ? "" : "loads")
    return panel(
      "loads", "Loads opened", .perSecond, loads + posts, table: "Loads and posts opened")
  }

  /// One line a design as long as more would hide each other; the medians' are dashed.
  private var latency: PageSection.Panel? {
    let isOne = designs.count == 1
    let tails = lines("feed.latency.p99", prefix: "p99")
    var medians = lines("feed.latency.p50", prefix: "p50")
    for place in medians.indices {
      medians[place].colour = isOne ? 1 : medians[place].colour
      medians[place].dash = 1
      medians[place].isDrawn = designs.count <= 3
    }
    let means = lines("feed.latency.mean", prefix: "mean").map { line in
      var line = line
      line.isDrawn = false
      return line
    }
    return panel("latency", "Feed latency", .milliseconds, tails + medians + means)
  }

  private var rejected: PageSection.Panel? {
    let lines = lines("feed.rejected")
    guard lines.contains(where: { $0.values.contains { ($0 ?? 0) > 0 } }) else { return nil }
    return panel("rejected", "Loads rejected", .ratio, lines)
  }

  /// Attempts beside answers in time, where a design has clients who ask again.
  private var goodput: PageSection.Panel? {
    let answers = lines("requests.goodput")
    let attempts = lines("requests.attempts", prefix: "attempts").map { line in
      var line = line
      line.dash = 1
      line.isDrawn = designs.count <= 3
      return line
    }
    return panel(
      "goodput", "Feed requests answered in time", .perSecond, answers + attempts,
      table: "Feed requests answered in time, and attempts")
  }

  private var failed: PageSection.Panel? {
    panel("failed", "Feed requests failed, of those that ended", .ratio, lines("requests.failed"))
  }

  private var engagement: PageSection.Panel? {
    panel("engagement", "Engagement of a feed", .perFeed, lines("engagement.per_feed"))
  }

  private var breaking: PageSection.Panel? {
    panel(
      "breaking", "Engagement with breaking topics", .perFeed, lines("engagement.breaking"))
  }

  private var backlog: PageSection.Panel? {
    panel(
      "backlog", "Fan-out backlog, the most in each interval", .entries, lines("fan_out.backlog"))
  }

  private var consumerLag: PageSection.Panel? {
    panel(
      "consumer-lag", "Event bus, the most posts on it in each interval", .posts,
      lines("bus.consumer_lag"))
  }

  private var hitRatio: PageSection.Panel? {
    panel("hit-ratio", "Feed cache hit ratio", .ratio, lines("cache.feed.hit_ratio"))
  }

  /// A chart a design, with a line a tier.
  private var utilisations: [PageSection.Panel] {
    designs.enumerated().compactMap { place, design in
      let tiers = TierName.allCases.compactMap { tier -> Line? in
        guard let line = design.lines.line("tier.\(tier.metric).utilisation") else { return nil }
        return Line(
          name: MetricNames.words(tier.metric), values: line.values, colour: tier.rawValue,
          dash: tier.rawValue)
      }
      return panel(
        "utilisation-\(place + 1)",
        "Utilisation of each tier" + (design.name.isEmpty ? "" : ": \(design.name)"), .ratio, tiers)
    }
  }

  /// Of tiers whose servers come and go: a chart a tier, with a line a design.
  private var servers: [PageSection.Panel] {
    TierName.allCases.compactMap { tier in
      panel(
        "servers-\(tier.metric)", "Servers: \(MetricNames.words(tier.metric))", .servers,
        lines("tier.\(tier.metric).servers"))
    }
  }

  /// One line a design that has it.
  private func lines(_ name: String, prefix: String = "") -> [Line] {
    designs.enumerated().compactMap { place, design in
      design.lines.line(name).map { line in
        let words = [design.name, prefix].filter { !$0.isEmpty }.joined(separator: " ")
        return Line(name: words, values: line.values, colour: place, dash: 0)
      }
    }
  }
}

// MARK: - Charts and tables

extension TimeLineCharts {
  private func panel(
    _ id: String, _ title: String, _ unit: Planning.Unit, _ lines: [Line], table: String? = nil
  ) -> PageSection.Panel? {
    guard let frame, !lines.isEmpty else { return nil }
    let drawn = lines.filter(\.isDrawn)
    let sizes = drawn.flatMap(\.values).compactMap { $0 }.filter { $0 > 0 }
    let scale = NumberText.scale(unit, of: sizes)
    // A share has its whole as its scale.
    let isWide =
      unit != .ratio && drawn.count > 1 && unit == .milliseconds
      && (sizes.max() ?? 0) > 20 * (sizes.min() ?? 0)
    let middles = (0..<frame.count).map { middle(of: $0) }
    let chart = Chart(
      id: "time-\(id)", kind: .course, label: "Line chart: \(title) over time\(named)",
      unit: scale.symbol, isLogarithmic: isWide, maximum: unit == .ratio ? 100 : nil,
      heading: title + (scale.symbol.isEmpty ? "" : ", \(scale.symbol)"),
      legend: isWide ? "The scale is logarithmic." : "",
      axis: axis, bands: marks.map(band),
      series: drawn.map { line in
        Chart.Series(
          name: line.name,
          values: line.values.map { $0.map { $0 / scale.divisor } }, positions: middles,
          colour: line.colour, dash: line.dash)
      })
    return PageSection.Panel(
      chart: chart, tables: [self.table(table ?? title, lines, scale).markup],
      summary: "\(table ?? title): the figures, in intervals of \(length)")
  }

  private func bounds(of index: Int) -> (from: Duration, to: Duration) {
    let interval = frame?.interval ?? .zero
    let from = (frame?.start ?? .zero) + interval * index
    return (from, min(from + interval, window))
  }

  private func middle(of index: Int) -> Double {
    let (from, to) = bounds(of: index)
    return (unit.value(from) + unit.value(to)) / 2
  }

  private var axis: Chart.Axis {
    Chart.Axis(
      title: "\(unit.name) into the measurement window", unit: "",
      range: 0...unit.value(window), step: unit.step,
      interval: unit.value(frame?.interval ?? .zero))
  }

  private func band(_ mark: Mark) -> Chart.Band {
    let from = unit.value(mark.at)
    let words = mark.text.split(separator: ":").first.map(String.init) ?? mark.text
    let end = mark.at + mark.length
    return Chart.Band(
      label: words + " " + (mark.length > .zero ? unit.text(mark.at, end) : unit.text(mark.at)),
      range: from...max(from, unit.value(end)))
  }

  private func table(_ title: String, _ lines: [Line], _ scale: NumberText.Scale) -> PageTable {
    let unit = scale.symbol.isEmpty ? "" : ", \(scale.symbol)"
    return PageTable(
      caption: "\(title) over time\(unit)", first: self.unit.name,
      columns: lines.map { $0.name.isEmpty ? "value" : $0.name },
      rows: (0..<(frame?.count ?? 0)).map { index in
        let (from, to) = bounds(of: index)
        return PageTable.Row(
          label: "\(self.unit.range(from, to))",
          cells: lines.map { line in
            let value = index < line.values.count ? line.values[index] : nil
            return PageTable.cell(
              value.map { Overview.figure(Estimate(value: $0), scale) } ?? .absent)
          })
      })
  }
}

/// The unit in which a window's instants are easiest to read.
struct TimeUnit {
  /// `minutes`, and `min` after a figure.
  var name: String
  private var symbol: String
  private var seconds: Double
  /// How far the names of an axis are apart.
  var step: Double

  init(_ window: Duration) {
    let steps: [Double]
    switch window.seconds {
    case ...600:
      (name, symbol, seconds, steps) = ("seconds", "s", 1, [1, 2, 5, 10, 15, 20, 30, 60, 120])
    case ...10_800:
      (name, symbol, seconds, steps) = ("minutes", "min", 60, [1, 2, 5, 10, 15, 20, 30])
    case ...259_200: (name, symbol, seconds, steps) = ("hours", "h", 3600, [1, 2, 3, 4, 6, 8, 12])
    default: (name, symbol, seconds, steps) = ("days", "d", 86_400, [1, 2, 3, 5])
    }
    let span = window.seconds / seconds
    step = steps.first { span / $0 <= 7 } ?? steps[steps.count - 1]
  }

  func value(_ time: Duration) -> Double { time.seconds / seconds }

  /// `30 min`
  func text(_ time: Duration) -> String { "\(NumberText.amount(value(time))) \(symbol)" }

  /// `20–30`
  func range(_ from: Duration, _ to: Duration) -> String {
    "\(NumberText.amount(value(from)))–\(NumberText.amount(value(to)))"
  }

  /// `20–30 min`
  func text(_ from: Duration, _ to: Duration) -> String { "\(range(from, to)) \(symbol)" }
}
