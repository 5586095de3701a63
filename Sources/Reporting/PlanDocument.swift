import FeedSystem
import Planning
import Simulation

extension PlanReport {
  public var json: String {
    let body: [String: JSONValue] = [
      "seed": .unsigned(answer.seed), "replications": .text(answer.replications),
      "runs": .whole(answer.runs), "confidence": .number(answer.settings.confidence),
      "headroom": .number(answer.settings.headroom),
      "survives": .list(answer.settings.survives.map { .text($0.rawValue) }),
      "currency": answer.currency.map { .text($0.rawValue) } ?? .null,
      "growth": .number(answer.settings.growth), "feasible": .flag(answer.isFeasible),
      "cheapest": answer.cheapest.map { .text($0.name) } ?? .null,
      "set": .list(answer.fleetSettings.map { .text($0) }),
      "designs": .list(answer.designs.map(value)),
    ]
    return DocumentHead.text(
      version: answer.feedsimVersion,
      scenario: DocumentHead.scenario(
        answer.scenario, hash: answer.scenarioHash, question: answer.question), body: body)
  }

  private func value(_ design: DesignPlan) -> JSONValue {
    var fields: [String: JSONValue] = [
      "name": .text(design.name), "feasible": .flag(design.plan != nil && design.isAffordable),
      "answer": .list(PlanText(answer, design).sentences.map { .text($0) }),
      "choice": .list(design.choice.map { .text($0) }),
      "considered": .list(design.considered.map(Self.value)),
    ]
    if !design.leftOut.isEmpty {
      fields["not_compared"] = .list(design.leftOut.map { .text($0) })
    }
    fields["failure"] = design.failure.map(Self.value)
    if let plan = design.plan {
      fields.merge(value(plan)) { first, _ in first }
    }
    return .map(fields)
  }

  private func value(_ plan: FleetPlan) -> [String: JSONValue] {
    return [
      "cost_month": plan.measured.costs.isEmpty ? .null : .number(plan.month),
      "fleet": .list(plan.rows.map(Self.value)),
      "costs": .list(plan.measured.costs.map(CostDocument.value)),
      "steps": .list(
        plan.steps.map {
          .map([
            "condition": .text($0.group.rawValue), "servers": .whole($0.servers),
            "cost_month": plan.measured.costs.isEmpty ? .null : .number($0.cost),
          ])
        }),
      "notes": .list(plan.notes.map { .text($0) }),
      "budget": .list(plan.budget.map(JSONReport.value)),
      "conditions": .list(plan.assessments.map(Self.value)),
      "one_fewer": .list(
        plan.fewer.map { tier, assessment in
          .map(["tier": .text(tier.key), "assessment": Self.value(assessment)])
        }),
      "binding": plan.binding.map(Self.value) ?? .null,
      "capacity": plan.capacity.map(Self.value) ?? .null,
      "growth": plan.growth.map(JSONValue.growth) ?? .null,
      "elasticities": .list(
        plan.elasticities.map {
          .map([
            "kind": .text($0.kind.rawValue), "input": .text($0.input), "value": .number($0.value),
          ])
        }),
    ]
  }

  private static func value(_ row: FleetPlan.Row) -> JSONValue {
    .map([
      "tier": .text(row.tier.key), "offered_load": .number(row.offeredLoad),
      "bracket": .list([.whole(row.bracket.lowerBound), .whole(row.bracket.upperBound)]),
      "servers": .whole(row.servers), "step": .whole(row.step), "machines": .whole(row.machines),
      "instance": .text(row.instance), "utilisation": .number(row.utilisation),
      "cost_month": .finite(row.cost),
    ])
  }

  private static func value(_ assessment: FleetAssessment) -> JSONValue {
    .map([
      "condition": .text(assessment.condition.name), "seeds": .whole(assessment.seeds),
      "kept": .whole(assessment.kept), "feasible": .flag(assessment.isKept),
      "objectives": .list(
        assessment.objectives.map {
          .map([
            "rule": .text($0.rule.rule), "unit": .text($0.rule.unit.rawValue),
            "mean": .finite($0.mean), "worst": .finite($0.worst), "kept": .whole($0.kept),
            "margin": .finite($0.margin), "confidence": .finite($0.confidence),
          ])
        }),
    ])
  }

  private static func value(_ binding: FleetPlan.Binding) -> JSONValue {
    .map([
      "tier": .text(binding.tier.key), "rule": .text(binding.rule),
      "condition": .text(binding.condition.name), "servers": .whole(binding.servers),
      "kept": .whole(binding.fewer.kept), "seeds": .whole(binding.fewer.seeds),
    ])
  }

  private static func value(_ capacity: FleetPlan.Capacity) -> JSONValue {
    .map([
      "kept": .number(capacity.kept), "broken": .finite(capacity.broken),
      "rule": .text(capacity.rule), "saturation": .number(capacity.saturation),
      "saturates": .text(capacity.tier.key),
    ])
  }

  private static func value(_ considered: DesignPlan.Considered) -> JSONValue {
    var fields: [String: JSONValue] = [
      "set": .list(considered.settings.map { .text($0) }),
      "least_cost": .number(considered.leastCost), "cost": .null, "rule": .text(""),
    ]
    switch considered.outcome {
    case .found(let cost):
      fields["outcome"] = .text("found")
      fields["cost"] = .finite(cost)
    case .dearer: fields["outcome"] = .text("dearer")
    case .impossible(let rule):
      fields["outcome"] = .text("impossible")
      fields["rule"] = .text(rule)
    case .notPriced(let lines):
      fields["outcome"] = .text("not_priced")
      fields["least_cost"] = .null
      fields["not_priced"] = .list(lines.map { .text($0) })
    }
    return .map(fields)
  }
}
