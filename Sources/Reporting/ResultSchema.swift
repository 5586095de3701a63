import Planning
import Simulation

/// The result document's JSON Schema (draft-07), for those who read results with a program.
public enum ResultSchema {
  /// What `feedsim schema result` prints.
  public static var text: String { schema.document }

  public static var schema: JSONValue {
    var properties = DocumentHead.schema(scenario: ["name", "sha256", "question"], body: design)
    properties["population"] = object(
      ["users": count(from: 1), "follows": count(from: 0)], required: ["users", "follows"])
    properties["horizon"] = object(
      [
        "warm_up_s": described("number", "Simulated before the measurement window, seconds."),
        "duration_s": described("number", "The measurement window, seconds."),
        "warm_up_rule": described(
          "string", "How an automatic warm-up was found: MSER-5, or the longest that may be."),
      ], required: ["warm_up_s", "duration_s"])
    properties["marks"] = list(of: reference("mark"))
    properties["seed"] = seed
    properties["replications"] = count(from: 1)
    properties["passed"] = described("boolean", "Whether every threshold of every design holds.")
    properties["designs"] = .map([
      "type": .text("array"), "items": reference("design"), "minItems": .whole(2),
      "description": .text("All designs, where several are compared; the top level is the first."),
    ])
    // A queue has neither users nor a window of time.
    let absent = ["causes", "designs", "horizon", "marks", "population", "series"]
    let required = properties.keys.filter { !absent.contains($0) }
    return document("result", properties, required: required, definitions: definitions)
  }

  /// What the properties of documents refer to.
  static var definitions: [String: JSONValue] {
    [
      "design": object(
        design, required: design.keys.filter { $0 != "causes" && $0 != "series" }),
      "causes": CausesDocument.schema,
      "mark": mark,
      "series": series,
      "metric": metric,
      "mean": estimate(isQuantile: false),
      "quantile": estimate(isQuantile: true),
      "threshold": threshold,
      "check": object(
        ["name": type("string"), "passed": type("boolean"), "detail": type("string")],
        required: ["name", "passed", "detail"]),
      "cost": CostDocument.schema,
      "unit": .map([
        "enum": .list(
          Set(Unit.allNames + QueueModel.unitNames).sorted().map { .text($0) }),
        "description": .text("What the metric's numbers are in; a ratio is 0.8, not 80."),
      ]),
    ]
  }

  /// The schema of a document that feedsim writes.
  static func document(
    _ name: String, _ properties: [String: JSONValue], required: [String],
    definitions: [String: JSONValue] = [:]
  ) -> JSONValue {
    guard case .map(var schema) = object(properties, required: required) else { return .null }
    schema["$schema"] = .text("http://json-schema.org/draft-07/schema#")
    schema["title"] = .text("feedsim \(name)")
    if !definitions.isEmpty { schema["definitions"] = .map(definitions) }
    return .map(schema)
  }

  static let seed = JSONValue.map([
    "type": .text("integer"), "minimum": .whole(0), "maximum": .unsigned(.max),
  ])

  private static let design: [String: JSONValue] = [
    "name": described("string", "The design's name; empty where the scenario compares none."),
    "metrics": .map(["type": .text("object"), "additionalProperties": reference("metric")]),
    "each_replication": .map([
      "type": .text("object"), "additionalProperties": list(of: type("number")),
      "description": .text("By metric and statistic, the value of each replication in turn."),
    ]),
    "causes": reference("causes"),
    "thresholds": list(of: reference("threshold")),
    "checks": list(of: reference("check")),
    "costs": list(of: reference("cost")),
    "fingerprint": .map([
      "type": .text("string"), "pattern": .text("^[0-9a-f]{16}$"),
      "description": .text("A hash over the events of all replications."),
    ]),
    "notes": list(of: type("string")),
    "series": reference("series"),
  ]

  private static let mark = object(
    [
      "at_s": described("number", "From the start of the measurement window, seconds."),
      "for_s": described("number", "Seconds; 0 for what takes no time."),
      "text": described("string", "What the scenario does then."),
    ], required: ["at_s", "for_s", "text"])

  private static let series: JSONValue = {
    let values = JSONValue.map([
      "type": .text("array"),
      "items": .map(["type": .list([.text("number"), .text("null")])]),
      "description": .text("One an interval; null where nothing can be said."),
    ])
    let line = object(
      ["unit": reference("unit"), "values": values, "half_widths": values],
      required: ["unit", "values"])
    return object(
      [
        "interval_s": described(
          "number", "The length of an interval, seconds; the last one ends with the window."),
        "start_s": described(
          "number", "Of the first interval, from the start of the measurement window, seconds."),
        "lines": .map([
          "type": .text("object"), "additionalProperties": line,
          "description": .text("By name, the mean over the replications in each interval."),
        ]),
      ], required: ["interval_s", "start_s", "lines"])
  }()

  private static let metric: JSONValue = {
    var properties: [String: JSONValue] = [
      "unit": reference("unit"),
      "count": count(from: 0, "Observations over all replications; of a scalar, replications."),
      "mean": reference("mean"),
      "variance": reference("mean"),
      "unstable": .map([
        "enum": .list([.flag(true)]),
        "description": .text("There was no steady state; no mean is given."),
      ]),
    ]
    for statistic in Threshold.statistics where statistic != "mean" {
      properties[statistic] = reference("quantile")
    }
    return object(properties, required: ["unit", "count"])
  }()

  static func estimate(isQuantile: Bool) -> JSONValue {
    var properties: [String: JSONValue] = [
      "value": type("number"),
      "half_width": .map([
        "type": .text("number"), "minimum": .whole(0),
        "description": .text("Of the 95 % interval; absent with one replication."),
      ]),
    ]
    properties["exact"] = described("number", "Of a queue, where theory knows it.")
    properties["formula"] = described("string", "Whose theory.")
    if isQuantile {
      properties["resolved"] = described(
        "boolean", "False where the replications are too short for the quantile.")
    }
    return object(properties, required: isQuantile ? ["value", "resolved"] : ["value"])
  }

  static let threshold = object(thresholdKeys, required: thresholdRequired)
  static let thresholdRequired = ["rule", "metric", "statistic", "unit", "observed", "passed"]
  static let thresholdKeys: [String: JSONValue] = [
    "rule": type("string"), "metric": type("string"),
    "statistic": .map(["enum": .list(Threshold.statistics.map { .text($0) })]),
    "unit": reference("unit"),
    "observed": .map([
      "type": .list([.text("number"), .text("null")]),
      "description": .text("In the metric's unit; null where there is no estimate."),
    ]),
    "half_width": .map(["type": .text("number"), "minimum": .whole(0)]),
    "resolved": type("boolean"), "passed": type("boolean"),
  ]

  static func type(_ name: String) -> JSONValue { .map(["type": .text(name)]) }

  static func described(_ type: String, _ text: String) -> JSONValue {
    .map(["type": .text(type), "description": .text(text)])
  }

  static func constant(_ text: String) -> JSONValue { .map(["const": .text(text)]) }

  static func count(from least: Int, _ text: String? = nil) -> JSONValue {
    var schema: [String: JSONValue] = ["type": .text("integer"), "minimum": .whole(least)]
    if let text { schema["description"] = .text(text) }
    return .map(schema)
  }

  static func reference(_ name: String) -> JSONValue {
    .map(["$ref": .text("#/definitions/\(name)")])
  }

  static func list(of items: JSONValue) -> JSONValue {
    .map(["type": .text("array"), "items": items])
  }

  /// An object, or null.
  static func orNull(_ schema: JSONValue) -> JSONValue {
    guard case .map(var fields) = schema else { return .null }
    fields["type"] = .list([.text("object"), .text("null")])
    return .map(fields)
  }

  static func object(
    _ properties: [String: JSONValue], required: [String]
  ) -> JSONValue {
    .map([
      "type": .text("object"), "properties": .map(properties),
      "required": .list(required.sorted().map { .text($0) }),
      "additionalProperties": .flag(false),
    ])
  }
}

extension Unit {
  /// Every unit as it is written in documents.
  static let allNames = Unit.allCases.map(\.rawValue).sorted()
}
