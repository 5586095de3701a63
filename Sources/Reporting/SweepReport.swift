import Planning
import Simulation

/// What came of a sweep, point by point: a pure value, from which its table, its CSV and its
/// document are made.
public struct SweepReport: Sendable {
  public enum Outcome: Sendable {
    case result(Result)
    case failed(String)
    /// Not run, or its file is gone.
    case missing
  }

  struct Point: Sendable {
    var index: Int
    var values: [String]
    var hash: String
    /// Empty where there are designs.
    var error: String
    /// With their metrics and verdicts; the values of single replications stay in the files.
    var designs: [DesignResult]
  }

  let name: String
  let question: String
  let paths: [String]
  let version: String
  private(set) var points: [Point] = []
  /// Their indices.
  public private(set) var failed: [Int] = []
  public private(set) var missing: [Int] = []
  public var succeeded: Int { points.count - failed.count - missing.count }
  /// Of the first point that failed.
  public var firstError: String? { points.first { $0.index == failed.first }?.error }

  public init(_ plan: SweepPlan, version: String) {
    self.init(name: plan.name, question: plan.question, paths: plan.paths, version: version)
  }

  init(name: String, question: String, paths: [String], version: String) {
    self.name = name
    self.question = question
    self.paths = paths
    self.version = version
  }

  public mutating func add(_ point: SweepPlan.Point, _ outcome: Outcome) {
    var row = Point(
      index: point.index, values: point.values, hash: point.hash, error: "", designs: [])
    switch outcome {
    case .result(let result): row.designs = result.designs.map(Self.brief)
    case .failed(let error): row.error = error
    case .missing: row.error = Self.missingText
    }
    add(row)
  }

  mutating func add(_ point: Point) {
    if point.error == Self.missingText {
      missing.append(point.index)
    } else if !point.error.isEmpty {
      failed.append(point.index)
    }
    points.append(point)
  }

  /// In place of an error.
  static let missingText = "missing"

  private static func brief(_ design: DesignResult) -> DesignResult {
    let metrics = design.metrics.map { metric in
      var metric = metric
      metric.mean?.each = []
      for index in metric.quantiles.indices { metric.quantiles[index].estimate.each = [] }
      return metric
    }
    return DesignResult(name: design.name, metrics: metrics, verdicts: design.verdicts)
  }

  /// Every design of every point, and a row without a design for a point that has none.
  var rows: [Row] {
    points.flatMap { point in
      point.designs.isEmpty
        ? [Row(point: point)] : point.designs.map { Row(point: point, design: $0) }
    }
  }

  /// The rules of all points, each once.
  var rules: [String] {
    var rules: [String] = []
    for verdict in points.flatMap(\.designs).flatMap(\.verdicts) where !rules.contains(verdict.rule)
    {
      rules.append(verdict.rule)
    }
    return rules
  }
}

// MARK: - CSV

extension SweepReport {
  private static let statistics = ["mean", "p50", "p95", "p99"]

  /// A row a point and design: its values, its error, every figure with its half-width in the
  /// units of the result document, and each rule's verdict.
  public var csv: String {
    let figures = self.figures
    let rules = self.rules
    var header = ["point"] + paths + ["design", "error"]
    for figure in figures { header += [figure.name, "\(figure.name).half_width"] }
    var lines = [header + rules]
    for row in rows {
      let (point, design) = (row.point, row.design)
      var fields = ["\(point.index)"] + point.values + [design?.name ?? "", point.error]
      var known: [String: Estimate] = [:]
      for metric in design?.metrics ?? [] {
        for (statistic, estimate) in metric.statistics {
          known["\(metric.name).\(statistic)"] = estimate
        }
      }
      for figure in figures {
        let estimate = known[figure.name]
        fields += [Self.field(estimate?.value), Self.field(estimate?.halfWidth)]
      }
      for rule in rules {
        let verdict = design?.verdicts.first { $0.rule == rule }
        fields.append(verdict.map { $0.passed ? "true" : "false" } ?? "")
      }
      lines.append(fields)
    }
    return lines.map { $0.map(CSVReport.quoted).joined(separator: ",") }
      .joined(separator: "\n") + "\n"
  }

  private static func field(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "" }
    return JSONValue.shortest(value)
  }

  /// The statistics that any row has, metrics in the order in which they are reported.
  private var figures: [(name: String, order: Int)] {
    var found: Set<String> = []
    for metric in points.flatMap(\.designs).flatMap(\.metrics) {
      for (statistic, _) in metric.statistics { found.insert("\(metric.name).\(statistic)") }
    }
    var figures: [(name: String, order: Int)] = []
    for (order, metric) in MetricNames.all.enumerated() {
      for statistic in Self.statistics where found.contains("\(metric.name).\(statistic)") {
        figures.append(("\(metric.name).\(statistic)", order))
      }
    }
    return figures
  }
}

// MARK: - JSON

extension SweepReport {
  /// One document of all points.
  public var json: String {
    var document = Self.head(name, question, paths, version)
    document["points"] = .list(
      points.map { point in
        var fields = Self.fields(point.index, paths, point.values, point.hash, point.error)
        fields["designs"] = .list(point.designs.map(Self.value))
        return .map(fields)
      })
    return JSONValue.map(document).document
  }

  /// One document of what would be run.
  public static func json(_ plan: SweepPlan, _ points: [SweepPlan.Point], version: String)
    -> String
  {
    var document = head(plan.name, plan.question, plan.paths, version)
    document["points"] = .list(
      points.map { point in
        .map(fields(point.index, plan.paths, point.values, point.hash, point.problem ?? ""))
      })
    return JSONValue.map(document).document
  }

  private static func head(
    _ name: String, _ question: String, _ paths: [String], _ version: String
  ) -> [String: JSONValue] {
    DocumentHead.value(
      version: version, scenario: ["name": name, "question": question],
      body: ["vary": .list(paths.map { .text($0) })])
  }

  private static func fields(
    _ index: Int, _ paths: [String], _ values: [String], _ hash: String, _ error: String
  ) -> [String: JSONValue] {
    var fields: [String: JSONValue] = [
      "index": .whole(index), "sha256": .text(hash),
      "overrides": .map(
        Dictionary(zip(paths, values.map { .text($0) }), uniquingKeysWith: { $1 })),
    ]
    if !error.isEmpty { fields["error"] = .text(error) }
    return fields
  }

  private static func value(of design: DesignResult) -> JSONValue {
    .map([
      "name": .text(design.name),
      "metrics": .map(
        Dictionary(
          design.metrics.map { ($0.name, JSONReport.value(of: $0)) }, uniquingKeysWith: { $1 })),
      "thresholds": .list(design.verdicts.map { JSONReport.value(of: $0) }),
    ])
  }
}

extension SweepPlan.Point {
  /// Why the point is no scenario; nil where it is one.
  public var problem: String? {
    if case .failure(let error) = scenario { "\(error)" } else { nil }
  }
}
