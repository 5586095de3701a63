import FeedSystem
import Planning

/// The JSON Schema (draft-07) of what `feedsim plan SCENARIO --json` writes.
public enum PlanSchema {
  private typealias Schema = ResultSchema

  /// What `feedsim schema plan` prints.
  public static var text: String { schema.document }

  public static var schema: JSONValue {
    let body: [String: JSONValue] = [
      "seed": Schema.seed,
      "replications": Schema.described("string", "Of each run."),
      "runs": Schema.count(from: 1),
      "confidence": Schema.described("number", "Share of seeds that keep every objective."),
      "headroom": Schema.described("number", "Share of the capacity that the peak leaves free."),
      "survives": Schema.list(of: Schema.type("string")),
      "growth": Schema.described("number", "Of the load, a month."),
      "feasible": Schema.described("boolean", "Whether any design has a fleet."),
      "currency": orNull("string", "What the bills are in; null without prices."),
      "cheapest": orNull("string", "The design whose fleet costs least."),
      "set": Schema.list(of: Schema.described("string", "As --set takes it.")),
      "designs": Schema.list(of: design),
    ]
    let properties = DocumentHead.schema(
      scenario: ["name", "sha256", "question"], body: body)
    return Schema.document(
      "plan", properties, required: Array(properties.keys),
      definitions: Schema.definitions.merging(["assessment": assessment]) { first, _ in first })
  }

  private static func orNull(_ type: String, _ text: String) -> JSONValue {
    .map([
      "type": .list([.text(type), .text("null")]), "description": .text(text),
    ])
  }

  private static let tier = JSONValue.map([
    "enum": .list(TierName.allCases.map { .text($0.key) })
  ])

  private static var design: JSONValue {
    let always: [String: JSONValue] = [
      "name": Schema.described("string", "Empty where the scenario compares none."),
      "feasible": Schema.type("boolean"), "answer": Schema.list(of: Schema.type("string")),
      "choice": Schema.list(of: Schema.type("string")),
      "considered": Schema.list(of: considered),
      "not_compared": Schema.list(
        of: Schema.described("string", "A line that not all choices have a price for.")),
    ]
    // Either what no number of servers keeps, or the fleet.
    let found: [String: JSONValue] = [
      "failure": Schema.reference("assessment"),
      "cost_month": orNull("number", "All lines that have a price."),
      "fleet": Schema.list(of: row), "costs": Schema.list(of: Schema.reference("cost")),
      "steps": Schema.list(
        of: Schema.object(
          [
            "condition": .map([
              "enum": .list(PlanCondition.Group.allCases.map { .text($0.rawValue) })
            ]), "servers": Schema.count(from: 1),
            "cost_month": orNull("number", "All lines that have a price."),
          ], required: ["condition", "servers", "cost_month"])),
      "notes": Schema.list(
        of: Schema.described("string", "What the bill leaves out; prices that are old.")),
      "budget": Schema.list(of: Schema.reference("threshold")),
      "conditions": Schema.list(of: Schema.reference("assessment")),
      "one_fewer": Schema.list(
        of: Schema.object(
          ["tier": tier, "assessment": Schema.reference("assessment")],
          required: ["tier", "assessment"])),
      "binding": Schema.orNull(binding), "capacity": Schema.orNull(capacity),
      "growth": Schema.orNull(growth),
      "elasticities": Schema.list(
        of: Schema.object(
          [
            "kind": Schema.type("string"), "input": Schema.type("string"),
            "value": Schema.described("number", "Per cent of the cost for one of the input."),
          ], required: ["kind", "input", "value"])),
    ]
    return Schema.object(
      always.merging(found) { first, _ in first },
      required: always.keys.filter { $0 != "not_compared" })
  }

  private static let growth = ResultSchema.object(
    [
      "monthly": ResultSchema.described("number", "As a share."),
      "breaks": ResultSchema.object(
        ["earliest": ResultSchema.type("number"), "latest": ResultSchema.type("number")],
        required: ["earliest", "latest"]),
      "months": ResultSchema.list(
        of: ResultSchema.object(
          [
            "month": ResultSchema.count(from: 0), "factor": ResultSchema.type("number"),
            "servers": JSONValue.map([
              "type": .text("object"),
              "additionalProperties": ResultSchema.count(from: 0),
            ]), "cost": ResultSchema.described("number", "Of that month."),
          ], required: ["month", "factor", "servers"])),
    ], required: ["monthly", "months"])

  private static let row = ResultSchema.object(
    [
      "tier": tier,
      "offered_load": ResultSchema.described("number", "At the peak, in erlangs."),
      "bracket": ResultSchema.list(of: ResultSchema.count(from: 1)),
      "servers": ResultSchema.count(from: 1),
      "step": ResultSchema.described("integer", "One for each shard and replica."),
      "machines": ResultSchema.count(from: 0), "instance": ResultSchema.type("string"),
      "utilisation": ResultSchema.type("number"),
      "cost_month": orNull("number", "Null where the machine has no price."),
    ],
    required: [
      "tier", "offered_load", "bracket", "servers", "step", "machines", "instance",
      "utilisation", "cost_month",
    ])

  private static let assessment = ResultSchema.object(
    [
      "condition": ResultSchema.type("string"), "seeds": ResultSchema.count(from: 0),
      "kept": ResultSchema.count(from: 0), "feasible": ResultSchema.type("boolean"),
      "objectives": ResultSchema.list(
        of: ResultSchema.object(
          [
            "rule": ResultSchema.type("string"), "unit": ResultSchema.type("string"),
            "mean": orNull("number", "Over the seeds."), "worst": orNull("number", "Of a seed."),
            "kept": ResultSchema.count(from: 0),
            "margin": orNull("number", "Distance from the limit, in standard deviations."),
            "confidence": orNull("number", "That enough of all seeds keep it."),
          ],
          required: ["rule", "unit", "mean", "worst", "kept", "margin", "confidence"])),
    ], required: ["condition", "seeds", "kept", "feasible", "objectives"])

  private static let binding = ResultSchema.object(
    [
      "tier": tier, "rule": ResultSchema.type("string"),
      "condition": ResultSchema.type("string"),
      "servers": ResultSchema.described("integer", "One fewer than the fleet has."),
      "kept": ResultSchema.count(from: 0), "seeds": ResultSchema.count(from: 0),
    ], required: ["tier", "rule", "condition", "servers", "kept", "seeds"])

  private static let capacity = ResultSchema.object(
    [
      "kept": ResultSchema.described("number", "The highest factor on the load that held."),
      "broken": orNull("number", "The lowest that did not."),
      "rule": ResultSchema.type("string"), "saturation": ResultSchema.type("number"),
      "saturates": tier,
    ], required: ["kept", "broken", "rule", "saturation", "saturates"])

  private static let considered = ResultSchema.object(
    [
      "set": ResultSchema.list(of: ResultSchema.type("string")),
      "least_cost": orNull("number", "A month of half the servers, or those without prices."),
      "outcome": .map([
        "enum": .list(["found", "dearer", "impossible", "not_priced"].map { .text($0) })
      ]),
      "not_priced": ResultSchema.list(
        of: ResultSchema.described("string", "Machines; other choices have a price for them.")),
      "cost": orNull("number", "A month, or servers without prices."),
      "rule": ResultSchema.type("string"),
    ], required: ["set", "least_cost", "outcome", "cost", "rule"])
}
