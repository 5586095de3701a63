import FeedSystem
import Planning

/// What a chart of the page shows; its script draws it, and a table below has the figures.
struct Chart {
  enum Kind: String {
    /// A line for each series over ordered categories.
    case lines
    /// A bar for each series beside the others, lying.
    case bars
    /// One bar for each category, the series end to end, lying.
    case stack
    /// A line for each series over numbers, such as instants.
    case course
    /// Marks at pairs of numbers.
    case scatter
  }

  struct Series {
    var name: String
    /// One for each category, or for each of `positions`; nil where there is nothing to show.
    var values: [Double?]
    /// Which of them come from replications too short for them.
    var unresolved: [Bool] = []
    /// Along the horizontal axis of numbers.
    var positions: [Double] = []
    /// What each pair of a scatter is; empty where its place says all.
    var labels: [String] = []
    /// Whether a line joins the pairs of a scatter.
    var isJoined = false
    /// Its place among the colours and among the dashes, where its place in the chart is not it.
    var colour: Int?
    var dash: Int?
  }

  /// A horizontal axis of numbers.
  struct Axis {
    var title: String
    var unit: String
    var isLogarithmic = false
    /// Where it begins and ends, and how far its names are apart; nil where the values decide.
    var range: ClosedRange<Double>?
    var step: Double?
    /// What each value of a course stands for, around its position.
    var interval: Double?
  }

  /// A part of the horizontal axis that stands out; a line where it has no length.
  struct Band {
    var label: String
    var range: ClosedRange<Double>
  }

  var id: String
  var kind: Kind
  /// What it shows, for those who hear the page.
  var label: String
  var unit: String
  var isLogarithmic = false
  /// Where the axis ends; nil where the values decide.
  var maximum: Double?
  /// Above it, where its section has several; may be empty.
  var heading = ""
  /// What a reader must know to read it; may be empty.
  var legend = ""
  var categories: [String] = []
  var axis: Axis?
  /// What the vertical axis shows, where the heading does not say it.
  var title = ""
  var bands: [Band] = []
  var series: [Series]

  var isEmpty: Bool { series.allSatisfy { $0.values.allSatisfy { ($0 ?? 0) == 0 } } }

  /// How tall it is drawn, in lines of text.
  var height: Int {
    switch kind {
    case .lines, .scatter: 20
    case .course: 14 + 2 * ((series.count + 2) / 3) + min(bands.count, 4)
    case .stack: 7 + 3 * categories.count
    case .bars: 5 + categories.count * (1 + (2 * series.count + 2) / 3)
    }
  }

  var data: JSONValue {
    .map([
      "id": .text(id), "kind": .text(kind.rawValue), "unit": .text(unit),
      "logarithmic": .flag(isLogarithmic), "maximum": .finite(maximum),
      "categories": .list(categories.map { .text($0) }),
      "title": .text(title), "axis": axis?.data ?? .null,
      "bands": .list(
        bands.map {
          .map([
            "label": .text($0.label), "from": .number($0.range.lowerBound),
            "to": .number($0.range.upperBound),
          ])
        }),
      "series": .list(series.enumerated().map { $1.data(at: $0) }),
    ])
  }
}

extension Chart.Axis {
  fileprivate var data: JSONValue {
    .map([
      "title": .text(title), "unit": .text(unit), "logarithmic": .flag(isLogarithmic),
      "from": .finite(range?.lowerBound), "to": .finite(range?.upperBound),
      "step": .finite(step), "interval": .finite(interval),
    ])
  }
}

extension Chart.Series {
  fileprivate func data(at place: Int) -> JSONValue {
    .map([
      "name": .text(name), "values": .list(values.map(JSONValue.finite)),
      "unresolved": .list(unresolved.map { .flag($0) }),
      "positions": .list(positions.map { .number($0) }),
      "labels": .list(labels.map { .text($0) }), "joined": .flag(isJoined),
      "colour": .whole(colour ?? place), "dash": .whole(dash ?? place),
    ])
  }
}

extension Chart {
  /// The quantiles of a time, a line for each design.
  static func percentiles(_ metric: String, _ title: String, of result: Result) -> Chart {
    let statistics = Threshold.statistics.filter { $0 != "mean" }
    let estimates = result.designs.map { design in
      statistics.map { name in
        design.metric(metric)?.quantiles.first { $0.name == name }?.estimate
      }
    }
    let sizes = estimates.joined().compactMap { $0?.value }.filter { $0.isFinite && $0 > 0 }
    let scale = NumberText.scale(.milliseconds, of: sizes)
    let isWide = (sizes.max() ?? 0) > 20 * (sizes.min() ?? 0)
    let hasUnresolved = estimates.joined().contains { $0?.resolved == false }
    return Chart(
      id: metric.replacing(".", with: "-"), kind: .lines,
      label: "Line chart: \(title) at p50, p95, p99 and p99.9" + named(result),
      unit: scale.symbol, isLogarithmic: isWide,
      legend: [
        isWide ? "The scale is logarithmic." : "",
        hasUnresolved ? "Hollow marks come from replications too short for the quantile." : "",
      ].filter { !$0.isEmpty }.joined(separator: " "),
      categories: statistics.map(Overview.label),
      series: zip(result.designs, estimates).map { design, row in
        Series(
          name: design.name,
          values: row.map { estimate in
            estimate.flatMap { isWide && $0.value <= 0 ? nil : $0.value / scale.divisor }
          },
          unresolved: row.map { $0?.resolved == false })
      })
  }

  /// The bill by line, a bar for each design.
  static func costs(_ result: Result) -> Chart {
    var names: [String] = []
    for line in result.designs.flatMap(\.costs)
    where line.monthly != nil && !names.contains(line.name) { names.append(line.name) }
    return Chart(
      id: "cost", kind: .bars, label: "Bar chart: monthly cost by line" + named(result),
      unit: result.currency.symbol, categories: names.map(Overview.costLabel),
      series: result.designs.map { design in
        Series(
          name: design.name,
          values: names.map { name in design.costs.first { $0.name == name }?.monthly })
      })
  }

  /// How busy each tier is, a bar for each design.
  static func utilisation(_ result: Result) -> Chart {
    let tiers = TierName.allCases.filter { tier in
      result.designs.contains { $0.metric("tier.\(tier.metric).utilisation") != nil }
    }
    return Chart(
      id: "utilisation", kind: .bars, label: "Bar chart: utilisation of each tier" + named(result),
      unit: "%", maximum: 100, categories: tiers.map { MetricNames.words($0.metric) },
      series: result.designs.map { design in
        Series(
          name: design.name,
          values: tiers.map { tier in
            design.metric("tier.\(tier.metric).utilisation")?.mean.map { $0.value * 100 }
          })
      })
  }

  /// ` for push, pull and hybrid`; nothing where there is one design.
  static func named(_ result: Result) -> String {
    let names = result.designs.map(\.name).filter { !$0.isEmpty }
    return names.isEmpty ? "" : " for \(Result.list(names))"
  }
}
