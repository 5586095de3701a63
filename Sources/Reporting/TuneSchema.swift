import Planning
import ResponseSurfaces

/// The JSON Schema (draft-07) of what `feedsim tune --json` writes.
public enum TuneSchema {
  private typealias Schema = ResultSchema

  /// What `feedsim schema tune` prints.
  public static var text: String { schema.document }

  public static var schema: JSONValue {
    let body: [String: JSONValue] = [
      "seed": Schema.seed,
      "replications": Schema.count(from: 1, "Of a point; some may have had more."),
      "objective": objective,
      "feasible": Schema.described("boolean", "Whether any setting keeps every rule."),
      "best": place("The point that is recommended; null where none keeps every rule."),
      "today": Schema.count(from: 1, "The point of the scenario as it is."),
      "nearest_miss": place("The point nearest to keeping every rule; null where one does."),
      "regret": figure("How much worse today's setting is, in the objective's unit."),
      "settings": Schema.list(of: setting),
      "rules": Schema.list(of: rule),
      "pareto": Schema.object(
        [
          "metrics": Schema.list(of: Schema.type("string")),
          "points": Schema.list(of: Schema.count(from: 1)),
        ], required: ["metrics", "points"]),
      "points": Schema.list(of: point),
      "points_spent": Schema.count(from: 1), "points_allowed": Schema.count(from: 1),
      "notes": Schema.list(of: Schema.type("string")),
    ]
    let properties = DocumentHead.schema(
      scenario: ["name", "sha256", "question"], body: body)
    return Schema.document(
      "tune", properties, required: Array(properties.keys),
      definitions: Schema.definitions.filter { $0.key == "unit" })
  }

  private static let objective = Schema.object(
    [
      "metric": Schema.type("string"),
      "statistic": .map(["enum": .list(Threshold.statistics.map { .text($0) })]),
      "unit": Schema.reference("unit"),
      "goal": .map(["enum": .list([.text("maximise"), .text("minimise")])]),
    ], required: ["metric", "statistic", "unit", "goal"])

  private static let setting: JSONValue = {
    let value = Schema.described("string", "As it is put into a scenario.")
    func flags(_ names: [String]) -> [String: JSONValue] {
      Dictionary(uniqueKeysWithValues: names.map { ($0, Schema.type("boolean")) })
    }
    let ends = flags(["open_below", "open_above"]).merging(["low": value, "high": value]) { $1 }
    let within = ends.merging([
      "within": .map([
        "enum": .list([Tuning.Flatness.Basis.onePercent, .noise].map { .text($0.rawValue) })
      ])
    ]) { $1 }
    let properties: [String: JSONValue] = [
      "path": Schema.type("string"), "low": value, "high": value,
      "whole": Schema.described("boolean", "Whether it takes whole numbers only."),
      "scale": .map(["enum": .list([.text("lin"), .text("log")])]),
      "today": textOrNull("Null where the scenario leaves it to its default."),
      "best": textOrNull("Null where it is left as it is today."),
      "matters": Schema.described("boolean", "Whether anything was found to depend on it."),
    ]
    let some: [String: JSONValue] = [
      "interval": Schema.object(ends, required: Array(ends.keys)),
      "flatness": Schema.object(within, required: Array(within.keys)),
      "effect": figure("What screening saw it move the objective by."),
    ]
    return Schema.object(
      properties.merging(some) { $1 }, required: Array(properties.keys))
  }()

  /// At the best, or at the nearest miss; the rule alone where nothing was observed.
  private static let rule: JSONValue = {
    var properties = Schema.thresholdKeys
    properties["binding"] = Schema.described("boolean", "Whether the optimum lies on its limit.")
    return Schema.object(properties, required: ["rule"])
  }()

  private static let point: JSONValue = {
    var properties: [String: JSONValue] = [
      "index": Schema.count(from: 1), "replications": Schema.count(from: 0),
      "feasible": Schema.described("boolean", "Whether it keeps every rule."),
      "overrides": SweepSchema.overrides,
      "objective": figure("Null where it has no estimate."),
    ]
    let required = Array(properties.keys)
    for metric in TuneFront.weighed { properties[metric.name] = figure("In the metric's unit.") }
    properties["error"] = Schema.described("string", "Why the point has no estimate.")
    return Schema.object(properties, required: required)
  }()

  private static func figure(_ text: String) -> JSONValue {
    let fields: [String: JSONValue] = [
      "value": Schema.type("number"),
      "half_width": .map([
        "type": .list([.text("number"), .text("null")]), "minimum": .whole(0),
      ]),
      "resolved": Schema.described(
        "boolean", "False where the replications are too short for a quantile."),
    ]
    guard case .map(var schema) = Schema.object(fields, required: ["value"]) else { return .null }
    schema["description"] = .text(text)
    return Schema.orNull(.map(schema))
  }

  private static func place(_ text: String) -> JSONValue {
    .map([
      "type": .list([.text("integer"), .text("null")]), "minimum": .whole(1),
      "description": .text(text),
    ])
  }

  private static func textOrNull(_ text: String) -> JSONValue {
    .map(["type": .list([.text("string"), .text("null")]), "description": .text(text)])
  }
}
