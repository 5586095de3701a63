import FeedSystem
import Planning

/// The JSON Schema (draft-07) of what `feedsim explain --json` writes.
public enum ExplanationSchema {
  /// What `feedsim schema explanation` prints.
  public static var text: String { schema.document }

  public static var schema: JSONValue {
    typealias Schema = ResultSchema
    let body: [String: JSONValue] = [
      "design": Schema.described("string", "Empty where the scenario compares none."),
      "seed": Schema.seed,
      "replications": Schema.count(from: 1),
      "answer": Schema.list(of: Schema.type("string")),
      "p99": ResultSchema.orNull(estimate("Milliseconds; null without a steady state.")),
      "causes": ResultSchema.orNull(CausesDocument.schema),
      "tiers": Schema.list(of: tier),
      "step": Schema.described("number", "How much more of a tier or the cache, as a share."),
      "changes": Schema.list(of: change),
      "helps_most": .map([
        "type": .list([.text("string"), .text("null")]),
        "description": .text("The path of the change with the largest proven fall of p99."),
      ]),
      "notes": Schema.list(of: Schema.type("string")),
    ]
    let properties = DocumentHead.schema(scenario: ["name", "sha256"], body: body)
    return Schema.document("explanation", properties, required: Array(properties.keys))
  }

  private static let tier = ResultSchema.object(
    [
      "tier": .map(["enum": .list(TierName.allCases.map { .text($0.metric) })]),
      "servers": ResultSchema.type("number"),
      "utilisation": ResultSchema.estimate(isQuantile: false),
      "headroom": ResultSchema.estimate(isQuantile: false),
      "saturates_at": .map([
        "type": .list([.text("number"), .text("null")]),
        "description": .text("The factor on the scenario's traffic; below 1 at its peak already."),
      ]),
    ], required: ["tier", "servers", "utilisation", "headroom", "saturates_at"])

  private static let change = ResultSchema.object(
    [
      "path": ResultSchema.described("string", "As --set takes it: tiers.postStore.servers."),
      "from": ResultSchema.count(from: 0), "to": ResultSchema.count(from: 1),
      "p99": ResultSchema.orNull(
        estimate("With the change, milliseconds; null without a steady state.")),
      "difference": ResultSchema.orNull(
        estimate("Changed − unchanged, pair by pair, milliseconds.")),
      "cost_difference": .map([
        "type": .list([.text("number"), .text("null")]),
        "description": .text("Changed − unchanged, a month, in the bill's currency."),
      ]),
      "proven": ResultSchema.described(
        "boolean", "Whether p99 falls, with the intervals of all changes holding together."),
    ], required: ["path", "from", "to", "p99", "difference", "cost_difference", "proven"])

  private static func estimate(_ text: String) -> JSONValue {
    guard case .map(var fields) = ResultSchema.estimate(isQuantile: true) else { return .null }
    fields["description"] = .text(text)
    return .map(fields)
  }

}
