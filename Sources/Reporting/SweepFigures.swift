import Planning
import Settings
import Simulation

/// A figure that points of a sweep are compared by.
struct SweepFigure: Equatable {
  var metric: String
  var statistic: String

  /// As in rules: `feed.latency.p99`, `cost.month`.
  var name: String { statistic == "mean" ? metric : "\(metric).\(statistic)" }

  /// With the symbol of a scale.
  func title(_ scale: NumberText.Scale) -> String {
    scale.symbol.isEmpty ? name : "\(name), \(scale.symbol)"
  }

  /// What a bill is in, where a sheet of prices is not in US dollars.
  var currency: Currency?

  var unit: Planning.Unit { currency?.unit ?? MetricNames.entry(metric)?.unit ?? .ratio }
  var isShare: Bool { MetricNames.entry(metric)?.isShare ?? true }
  var direction: MetricNames.Direction { MetricNames.entry(metric)?.direction ?? .none }

  /// Those that a sweep is looked at for first: what readers wait for, what a post costs the
  /// stores, and what all costs.
  static let chief = [
    SweepFigure(metric: "feed.latency", statistic: "p99"),
    SweepFigure(metric: "fan_out.write_amplification", statistic: "mean"),
    SweepFigure(metric: "cost.month", statistic: "mean"),
  ]

  /// Nil where there is none, or none that is a number.
  func estimate(_ design: DesignResult?) -> Estimate? {
    let estimate = design?.metric(metric)?.statistics.first { $0.name == statistic }?.estimate
    return estimate.flatMap { $0.value.isFinite ? $0 : nil }
  }

  /// The scale in which all of some values are read.
  func scale(_ values: [Double]) -> NumberText.Scale {
    NumberText.scale(unit, isShare: isShare, of: values.map(abs).filter { $0 > 0 })
  }
}

extension SweepReport {
  /// A point's design, or a point without one.
  struct Row {
    var point: Point
    var design: DesignResult?

    /// Whether every rule holds; a point without a result holds none.
    var holds: Bool { design?.verdicts.allSatisfy(\.passed) ?? false }
    /// `3`, or `3, hybrid` where there are designs.
    var label: String {
      let name = design?.name ?? ""
      return name.isEmpty ? "\(point.index)" : "\(point.index), \(name)"
    }
  }

  /// A setting that takes more than one value.
  struct Axis {
    /// Among the paths.
    var place: Int
    var path: String
    var values: [String]
  }

  /// More points than this, and a page would neither be read nor stay small.
  static let pageLimit = 500

  /// The chief figures and those that rules are about, as far as any row has them.
  var chiefFigures: [SweepFigure] {
    var figures = SweepFigure.chief
    for verdict in points.flatMap(\.designs).flatMap(\.verdicts) {
      let figure = SweepFigure(metric: verdict.metric, statistic: verdict.statistic)
      if !figures.contains(figure) { figures.append(figure) }
    }
    let shown = figures.filter { figure in rows.contains { figure.estimate($0.design) != nil } }
    return shown.map { figure in
      var figure = figure
      let unit = rows.lazy.compactMap { $0.design?.metric(figure.metric)?.unit }.first
      if unit != figure.unit { figure.currency = unit?.currency }
      return figure
    }
  }

  /// The names of the designs, each once; one that is empty where the scenario compares none.
  var designNames: [String] {
    var names: [String] = []
    for design in points.flatMap(\.designs) where !names.contains(design.name) {
      names.append(design.name)
    }
    return names
  }

  /// The rows from which the best are chosen: those that hold all rules, or all if none does.
  var candidates: [Row] {
    let able = rows.filter { $0.design != nil }
    let holding = able.filter(\.holds)
    return holding.isEmpty ? able : holding
  }

  /// The rows with the best value of a figure among some, as far as a reader can tell them apart;
  /// empty where none is better.
  func best(_ figure: SweepFigure, among rows: [Row]) -> [Row] {
    let known = rows.compactMap { row in figure.estimate(row.design).map { (row, $0.value) } }
    let values = known.map(\.1)
    let best: Double? =
      switch figure.direction {
      case .lower: values.min()
      case .higher: values.max()
      case .none: nil
      }
    guard let first = known.first(where: { $0.1 == best })?.0 else { return [] }
    let shown = Self.cell(first.design, figure)
    return known.map(\.0).filter { Self.cell($0.design, figure) == shown }
  }

  /// Whether a figure reads the same wherever there is one.
  func isAlike(_ figure: SweepFigure) -> Bool {
    let shown = rows.compactMap { row in row.design.map { Self.cell($0, figure) } }
    return shown.allSatisfy { $0 == shown.first }
  }

  /// The places among `rows` that no other dominates in the chief figures that there are.
  var paretoPlaces: [Int] {
    let figures = SweepFigure.chief.filter { figure in
      rows.contains { figure.estimate($0.design) != nil }
    }
    return paretoFront(
      rows.enumerated().map { place, row in
        ParetoPoint(id: place, figures: figures.map { $0.estimate(row.design)?.value })
      }
    ).map(\.id)
  }

  /// The settings that take more than one value, by their places among `paths`; quantities rise,
  /// other values come in the order in which they are first taken.
  var axes: [Axis] {
    paths.indices.compactMap { place in
      var values: [String] = []
      var seen: Set<String> = []
      for point in points where seen.insert(point.values[place]).inserted {
        values.append(point.values[place])
      }
      guard values.count > 1 else { return nil }
      guard values.count <= Self.pageLimit else {
        return Axis(place: place, path: paths[place], values: values)
      }
      let rising = values.sorted { (try? QuantityRange($0, $1)) != nil }
      let areNumbers = zip(rising, rising.dropFirst()).allSatisfy {
        (try? QuantityRange($0, $1)) != nil
      }
      return Axis(place: place, path: paths[place], values: areNumbers ? rising : values)
    }
  }
}
