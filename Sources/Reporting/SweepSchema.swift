import Planning

/// The JSON Schema (draft-07) of a sweep's document: what `--json` writes, with `--plan` without
/// `designs`, and `sweep.json` in its folder.
public enum SweepSchema {
  /// What `feedsim schema sweep` prints.
  public static var text: String { schema.document }

  public static var schema: JSONValue {
    typealias Schema = ResultSchema
    let body: [String: JSONValue] = [
      "vary": Schema.list(of: Schema.described("string", "The path of a setting that is varied.")),
      "points": Schema.list(of: point),
    ]
    let properties = DocumentHead.schema(scenario: ["name", "question"], body: body)
    return Schema.document(
      "sweep", properties, required: Array(properties.keys), definitions: definitions)
  }

  private static var definitions: [String: JSONValue] {
    var definitions = ResultSchema.definitions.filter {
      ["metric", "mean", "quantile", "threshold", "unit"].contains($0.key)
    }
    let properties: [String: JSONValue] = [
      "name": ResultSchema.described(
        "string", "The design's name; empty where the scenario compares none."),
      "metrics": .map([
        "type": .text("object"), "additionalProperties": ResultSchema.reference("metric"),
      ]),
      "thresholds": ResultSchema.list(of: ResultSchema.reference("threshold")),
    ]
    definitions["design"] = ResultSchema.object(properties, required: Array(properties.keys))
    return definitions
  }

  private static let point = ResultSchema.object(
    [
      "index": ResultSchema.count(from: 1),
      "sha256": .map([
        "type": .text("string"), "pattern": .text("^([0-9a-f]{64})?$"),
        "description": .text("Of all that decides the point's result; empty where it has none."),
      ]),
      "overrides": overrides,
      "error": ResultSchema.described("string", "Why the point has no designs; \"missing\" too."),
      "designs": ResultSchema.list(of: ResultSchema.reference("design")),
    ], required: ["index", "sha256", "overrides"])

  /// Values of settings as they are put into a scenario.
  static let overrides = JSONValue.map([
    "type": .text("object"), "additionalProperties": ResultSchema.type("string"),
    "description": .text("By path, as --set takes it."),
  ])
}
