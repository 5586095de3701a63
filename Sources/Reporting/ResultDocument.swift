import FeedSystem
import Foundation
import Planning
import Settings
import Simulation

/// A result document read back: what `--json` and `--out x.json` wrote, as the result it was.
///
/// Every figure comes back to the last bit. Keys that a later version may add are passed over.
public struct ResultDocument: Decodable {
  /// Far beyond any document a run writes, bytes.
  static let sizeLimit = 64 << 20

  /// - Throws: `MissingInput` for a file that cannot be read; `InvalidInput` with the key's path
  ///   for one that is no result document, or of a format this version does not read.
  public static func read(_ path: String) throws -> Result {
    let bytes = try InputFile.bytes(path: path, limit: sizeLimit)
    return try result(from: Data(bytes), file: path)
  }

  static func result(from data: Data, file: String) throws -> Result {
    try decoding(data, file: file, as: "result") { data in
      try JSONDecoder().decode(ResultDocument.self, from: data).result
    }
  }

  /// What a document says, once it is known to be of the format that this version reads.
  ///
  /// - Parameter kind: whose document it must be, for messages.
  static func decoding<Value>(
    _ data: Data, file: String, as kind: String, _ decode: (Data) throws -> Value
  ) throws -> Value {
    let place = SourceLocation(file: file, line: 1, column: 1)
    do {
      let version = try JSONDecoder().decode(Version.self, from: data).format_version
      guard version == JSONReport.formatVersion else {
        throw InvalidInput(
          "is \"\(version)\"; this feedsim reads \"\(JSONReport.formatVersion)\"", at: place,
          path: "format_version")
      }
      return try decode(data)
    } catch let problem as DecodingError {
      throw Self.refusal(problem, place, kind)
    } catch var problem as InvalidInput {
      problem.location = place
      throw problem
    }
  }

  private static func refusal(
    _ problem: DecodingError, _ place: SourceLocation, _ kind: String
  ) -> InvalidInput {
    let refused = "is no \(kind) document"
    let (context, what): (DecodingError.Context, String) =
      switch problem {
      case .keyNotFound(let key, let context):
        (context, "\(refused): \"\(key.stringValue)\" is missing")
      case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
        (context, "\(refused): a \(words(type)) must stand here")
      case .dataCorrupted(let context): (context, "is no JSON document that can be read")
      @unknown default: (.init(codingPath: [], debugDescription: ""), refused)
      }
    let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }
    return InvalidInput(what, at: place, path: path.joined(separator: "."))
  }

  private static func words(_ type: Any.Type) -> String {
    switch type {
    case is Double.Type, is Int.Type, is UInt64.Type: "number"
    case is String.Type: "text"
    case is Bool.Type: "true or false"
    default: "list or map"
    }
  }

  // The keys of the document, which are words of the contract.
  // swift-format-ignore: AlwaysUseLowerCamelCase
  private struct Version: Decodable {
    var format_version: String
  }

  private struct About: Decodable {
    var name: String
    var sha256: String
    var question: String
  }

  private struct People: Decodable {
    var users: Int
    var follows: Int
  }

  // swift-format-ignore: AlwaysUseLowerCamelCase
  private struct Span: Decodable {
    var warm_up_s: Double
    var warm_up_rule: String?
    var duration_s: Double
  }

  // swift-format-ignore: AlwaysUseLowerCamelCase
  struct Figure: Decodable {
    var value: Double
    var half_width: Double?
    var resolved: Bool?

    func estimate(_ each: [Double]? = nil) -> Estimate {
      Estimate(
        value: value, halfWidth: half_width, resolved: resolved ?? true, each: each ?? [])
    }
  }

  // swift-format-ignore: AlwaysUseLowerCamelCase
  struct Measured: Decodable {
    var unit: String
    var count: Int
    var mean: Figure?
    var p50: Figure?
    var p95: Figure?
    var p99: Figure?
    var p99_9: Figure?

    func metric(_ name: String, _ each: [String: [Double]]) throws -> Metric {
      let known = try ResultDocument.unit(unit, at: "metrics.\(name).unit")
      let quantiles = [(0.5, p50), (0.95, p95), (0.99, p99), (0.999, p99_9)]
      return Metric(
        name: name, unit: known, count: count,
        mean: mean?.estimate(each["\(name).mean"]),
        quantiles: quantiles.compactMap { probability, figure in
          let key = "\(name).\(Metric.Quantile.name(probability))"
          return figure.map {
            Metric.Quantile(probability: probability, estimate: $0.estimate(each[key]))
          }
        })
    }
  }

  // swift-format-ignore: AlwaysUseLowerCamelCase
  struct Rule: Decodable {
    var rule: String
    var metric: String
    var statistic: String
    var unit: String
    var observed: Double?
    var half_width: Double?
    var resolved: Bool?
    var passed: Bool

    var verdict: Verdict {
      Verdict(
        rule: rule, metric: metric, statistic: statistic,
        observed: observed.map {
          Estimate(value: $0, halfWidth: half_width, resolved: resolved ?? true)
        },
        unit: Planning.Unit(rawValue: unit) ?? .ratio, passed: passed)
    }
  }

  private struct Law: Decodable {
    var name: String
    var passed: Bool
    var detail: String
  }

  // swift-format-ignore: AlwaysUseLowerCamelCase
  private struct Occasion: Decodable {
    var at_s: Double
    var for_s: Double
    var text: String

    var mark: Mark {
      Mark(at: Duration(seconds: at_s), length: Duration(seconds: for_s), text: text)
    }
  }

  // swift-format-ignore: AlwaysUseLowerCamelCase
  private struct Course: Decodable {
    var interval_s: Double
    var start_s: Double
    var lines: [String: Row]

    // swift-format-ignore: AlwaysUseLowerCamelCase
    struct Row: Decodable {
      var unit: String
      var values: [Double?]
      var half_widths: [Double?]?
    }

    func timeLines() throws -> TimeLines {
      let rows = lines.sorted { $0.key < $1.key }
      return TimeLines(
        interval: Duration(seconds: interval_s), start: Duration(seconds: start_s),
        lines: try rows.map { name, row in
          TimeLines.Line(
            name: name, unit: try unit(row.unit, at: "series.lines.\(name).unit"),
            values: row.values, halfWidths: row.half_widths ?? [])
        })
    }
  }

  private static func unit(_ name: String, at path: String) throws -> Planning.Unit {
    guard let known = Planning.Unit(rawValue: name) else {
      throw InvalidInput(
        "unknown unit \"\(name)\"" + Suggestion.text(for: name, among: Planning.Unit.allNames),
        path: path)
    }
    return known
  }

  // swift-format-ignore: AlwaysUseLowerCamelCase
  private struct DesignFields: Decodable {
    var name: String
    var metrics: [String: Measured]
    var each_replication: [String: [Double]]
    var causes: CausesDocument?
    var thresholds: [Rule]
    var checks: [Law]
    var costs: [CostDocument]
    var fingerprint: String
    var notes: [String]
    var series: Course?

    func result() throws -> DesignResult {
      DesignResult(
        name: name,
        metrics: MetricNames.ordered(
          try metrics.map { try $0.value.metric($0.key, each_replication) }),
        causes: try causes?.causes(),
        verdicts: thresholds.map(\.verdict),
        checks: checks.map { Check(name: $0.name, passed: $0.passed, detail: $0.detail) },
        costs: try costs.map { try $0.costLine() },
        timeLines: try series?.timeLines(), fingerprint: UInt64(fingerprint, radix: 16) ?? 0,
        notes: notes)
    }
  }

  private let top: DesignFields
  private let rest: Rest

  // swift-format-ignore: AlwaysUseLowerCamelCase
  private struct Rest: Decodable {
    var feedsim_version: String
    var scenario: About
    var seed: UInt64
    var replications: Int
    var population: People
    var horizon: Span
    var marks: [Occasion]?
    var designs: [DesignFields]?
  }

  public init(from decoder: any Decoder) throws {
    top = try DesignFields(from: decoder)
    rest = try Rest(from: decoder)
  }

  private var result: Result {
    get throws {
      var only = top
      // The top level's notes begin with those of the whole.
      if rest.designs == nil { only.notes = [] }
      let designs = try (rest.designs ?? [only]).map { try $0.result() }
      return Result(
        feedsimVersion: rest.feedsim_version, scenario: rest.scenario.name, arguments: [],
        scenarioHash: rest.scenario.sha256, question: rest.scenario.question, seed: rest.seed,
        replications: rest.replications,
        population: Population(
          users: rest.population.users, follows: rest.population.follows),
        horizon: Horizon(
          warmUp: Duration(seconds: rest.horizon.warm_up_s),
          duration: Duration(seconds: rest.horizon.duration_s),
          warmUpRule: rest.horizon.warm_up_rule.flatMap(WarmUpRule.init) ?? .given),
        marks: (rest.marks ?? []).map(\.mark), designs: designs,
        notes: notes(beside: designs))
    }
  }

  /// The notes of the whole: of several designs, the top level's without the line on its order
  /// before them and those of the first design after them.
  private func notes(beside designs: [DesignResult]) -> [String] {
    guard rest.designs != nil, let first = designs.first else { return top.notes }
    var notes = top.notes[...]
    if notes.first == JSONReport.orderNote(designs) { notes.removeFirst() }
    if notes.suffix(first.notes.count) == first.notes[...] { notes.removeLast(first.notes.count) }
    return Array(notes)
  }
}
