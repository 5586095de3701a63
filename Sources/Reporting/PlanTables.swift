import FeedSystem
import Planning
import Simulation

/// The tables of one design's plan.
struct PlanTables {
  typealias Table = ExplanationReport.Table

  let answer: PlanAnswer
  let design: DesignPlan

  init(_ answer: PlanAnswer, _ design: DesignPlan) {
    self.answer = answer
    self.design = design
  }

  var all: [Table] {
    guard let plan = design.plan else { return [considered].compactMap { $0 } }
    return [
      fleet(plan), objectives(plan), conditions(plan), fewer(plan), considered, bill(plan),
      growth(plan), elasticities(plan),
    ].compactMap { $0 }
  }

  /// Of money, or of servers where nothing has a price.
  private func amount(_ value: Double) -> String {
    answer.currency == nil ? NumberText.amount(value) : NumberText.dollars(value)
  }

  /// `$ a month`, `EUR a month`
  private var monthly: String { "\((answer.currency ?? .dollars).symbol) a month" }

  private func fleet(_ plan: FleetPlan) -> Table {
    Table(
      titles: [
        "tier", "offered load", "by formula", "servers", "machines", "instance", "busy at peak",
        monthly,
      ],
      rows: plan.rows.map { row in
        [
          MetricNames.words(row.tier.metric), NumberText.fixed(row.offeredLoad, decimals: 2),
          "\(row.bracket.lowerBound)–\(row.bracket.upperBound)", "\(row.servers)",
          "\(row.machines)", row.instance, ExplanationText.percent(row.utilisation),
          row.cost.map { NumberText.dollars($0) } ?? "–",
        ]
      },
      legend: "The offered load, in servers, is that of the busiest twentieth of the window, and "
        + "of shards at the busiest."
        + (plan.stepsOfCells.isEmpty && plan.rows.contains { $0.step > 1 }
          ? " Sharded tiers have as many servers on every shard and replica." : "")
        + (plan.placesOfShards > 1 ? " Sharded tiers stand in every region." : ""))
  }

  private func objectives(_ plan: FleetPlan) -> Table? {
    guard let given = plan.assessments.first else { return nil }
    return Table(
      titles: ["objective", "mean", "worst", "margin", "seeds"],
      rows: given.objectives.map { objective in
        [
          objective.rule.rule, objective.mean.map { PlanText.text($0, objective.rule) } ?? "–",
          objective.worst.map { PlanText.text($0, objective.rule) } ?? "–",
          objective.margin.map { NumberText.fixed($0, decimals: 1) } ?? "–",
          "\(objective.kept) of \(given.seeds)",
        ]
      },
      legend: "Over the seeds; the margin is the mean distance from the limit in standard "
        + "deviations of one seed, of times by their logarithms.")
  }

  private func conditions(_ plan: FleetPlan) -> Table? {
    guard plan.assessments.count > 1 else { return nil }
    return Table(
      titles: ["also held", "nearest", "worst", "seeds"],
      rows: plan.assessments.dropFirst().map { assessment in
        let nearest = assessment.binding
        return [
          PlanText.label(assessment.condition), nearest?.rule.rule ?? "–",
          nearest.flatMap { rule in rule.worst.map { PlanText.text($0, rule.rule) } } ?? "–",
          "\(assessment.kept) of \(assessment.seeds)",
        ]
      })
  }

  private func fewer(_ plan: FleetPlan) -> Table? {
    guard !plan.fewer.isEmpty else { return nil }
    let rows = plan.fewer.map { tier, quick in
      (tier, plan.binding?.tier == tier ? plan.binding?.fewer ?? quick : quick)
    }
    let isFeared = rows.contains { $0.1.kept == $0.1.seeds && !$0.1.isHopeless }
    let share = PlanText.wanted(answer.settings)
    return Table(
      titles: ["a server fewer", "what breaks", "under", "mean", "seeds that keep it"],
      rows: rows.map { tier, assessment in
        let broken = assessment.binding
        return [
          MetricNames.words(tier.metric), broken?.rule.rule ?? "none is left to lose",
          PlanText.label(assessment.condition),
          broken.flatMap { rule in rule.mean.map { PlanText.text($0, rule.rule) } } ?? "–",
          assessment.isHopeless ? "–" : Self.kept(assessment),
        ]
      },
      legend: "Of shards one fewer each. Seeds are run until it is clear that too few keep it."
        + (isFeared
          ? " Where all have kept it, their spread says how sure it is that \(share) of all would: "
            + "too little."
          : ""))
  }

  /// `15 of 20`; where nothing has failed, what speaks against the fleet.
  private static func kept(_ assessment: FleetAssessment) -> String {
    let count = "\(assessment.kept) of \(assessment.seeds)"
    guard assessment.kept == assessment.seeds,
      let sure = assessment.objectives.compactMap(\.confidence).min()
    else { return count }
    return "\(count) (\(ExplanationText.percent(sure)) sure)"
  }

  private var considered: Table? {
    guard design.considered.count > 1 else { return nil }
    return Table(
      titles: ["choice", "at least, \(answer.currency == nil ? "servers" : monthly)", "found"],
      rows: design.considered.map { considered in
        let found =
          switch considered.outcome {
          case .found(let cost): amount(cost)
          case .dearer: "dearer, not searched"
          case .impossible(let rule): "none keeps \(rule)"
          case .notPriced(let lines): "not priced: \(lines.joined(separator: ", "))"
          }
        let isPriced = if case .notPriced = considered.outcome { false } else { true }
        return [
          considered.settings.joined(separator: ", "),
          isPriced ? amount(considered.leastCost) : "–", found,
        ]
      },
      legend: "At least is what servers for half of the peak's load cost."
        + (design.leftOut.isEmpty
          ? ""
          : " Choices are compared without \(Result.list(design.leftOut)), which not all of them "
            + "have a price for."))
  }

  private func bill(_ plan: FleetPlan) -> Table? {
    guard !plan.measured.costs.isEmpty else { return nil }
    return Table(
      titles: ["bill", monthly, "quantity", "unit price", "source and date"],
      rows: plan.measured.costs.map { line in
        [
          line.name, line.monthly.map { NumberText.dollars($0) } ?? "not priced",
          line.quantityText, line.unitPrice.map { NumberText.price($0) } ?? "–", line.source,
        ]
      })
  }

  private func growth(_ plan: FleetPlan) -> Table? {
    guard let growth = plan.growth else { return nil }
    let rows = GrowthText(growth).rows(most: 13)
    return Table(
      titles: rows[0], rows: Array(rows.dropFirst()),
      legend: "Extrapolated: users with today's habits, at today's prices. No server is added "
        + "before the load reaches what today's fleet was seen to hold; then as many servers as "
        + "keep the waits at the peak what they are at that load, with no headroom and none to "
        + "spare."
    )
  }

  private func elasticities(_ plan: FleetPlan) -> Table? {
    guard !plan.elasticities.isEmpty else { return nil }
    return Table(
      titles: ["1 % more of", "cost"],
      rows: plan.elasticities.map { elasticity in
        let value = NumberText.fixed(elasticity.value, decimals: 3)
        return [elasticity.input, (elasticity.value > 0 ? "+" : "") + "\(value) %"]
      },
      legend: "With servers taken as divisible and as busy as they are here: demand measured again "
        + "with a tenth less and a tenth more under the same random numbers, visits by their share "
        + "of the time that they take, prices by their share of the bill.")
  }
}
