import FeedSystem
import Planning
import Simulation

/// A design's plan in sentences, the answer first.
struct PlanText {
  let answer: PlanAnswer
  let design: DesignPlan

  init(_ answer: PlanAnswer, _ design: DesignPlan) {
    self.answer = answer
    self.design = design
  }

  var sentences: [String] {
    guard let plan = design.plan else {
      return [design.name.isEmpty ? Self.sentence(impossible) : impossible]
    }
    return [
      design.name.isEmpty ? Self.sentence(fleet(plan)) : fleet(plan), budget(plan),
      failures(plan), lateness(plan), constraints(plan), binding(plan), steps(plan), proof(plan),
      capacity(plan), growth(plan), machines(plan),
    ].compactMap { $0 }
  }

  private var name: String { design.name.isEmpty ? "" : "\(design.name): " }

  private var impossible: String {
    guard let failure = design.failure, let rule = failure.binding else {
      return "\(name)no fleet keeps every objective."
    }
    let what = "\(rule.rule.rule)\(Self.under(failure.condition))"
    if failure.isUnsettled {
      return "\(name)the search came to no fleet: servers were added until it gave up, and "
        + "\(failure.kept) of \(failure.seeds) seeds keep \(what)."
    }
    guard let mean = rule.mean else {
      return "\(name)no fleet can be shown to keep \(what): with servers to spare it could not be "
        + "measured under every seed. Give a longer duration, or a rule about what happens in it."
    }
    return "\(name)no number of servers keeps \(what): \(Self.text(mean, rule.rule)) on average "
      + "with servers to spare."
  }

  private func money(_ amount: Double) -> String { (answer.currency ?? .dollars).text(amount) }

  private func fleet(_ plan: FleetPlan) -> String {
    let servers = Self.count(plan.fleet.total, "server")
    let machines = Self.count(plan.rows.reduce(0) { $0 + $1.machines }, "machine")
    let choice = design.choice.isEmpty ? "" : " with \(Result.list(design.choice))"
    let cost =
      plan.measured.costs.isEmpty
      ? "; without prices, the fewest servers"
      : ", \(money(plan.month)) a month\(Self.leftOut(plan))"
    return "\(name)the cheapest fleet that keeps every objective\(choice) is \(servers) on "
      + "\(machines)\(cost)."
  }

  /// ` of what has a price (not priced: media_egress)`; empty where everything has.
  private static func leftOut(_ plan: FleetPlan) -> String {
    let lines = plan.unpriced.joined(separator: ", ")
    return lines.isEmpty ? "" : " of what has a price (not priced: \(lines))"
  }

  private func budget(_ plan: FleetPlan) -> String? {
    let failed = plan.budget.filter { !$0.passed }
    guard !failed.isEmpty else { return nil }
    return "It costs more than \(Result.list(failed.map(\.rule))) allows: "
      + "none was found that cheap."
  }

  /// What each constraint costs beside those before it.
  private func constraints(_ plan: FleetPlan) -> String? {
    guard plan.steps.count > 1, !plan.measured.costs.isEmpty else { return nil }
    let words = zip(plan.steps, plan.steps.dropFirst()).map { before, step in
      let more = step.cost - before.cost
      let share = before.cost > 0 ? " (\(Self.signed(more / before.cost)))" : ""
      let cost = "\(money(abs(more))) \(more < 0 ? "less" : "more") a month\(share)"
      return "\(Self.words(step.group)) costs "
        + (abs(more) < 0.005 ? "nothing more" : cost)
        + ", \(Self.count(step.servers - before.servers, "server")) more"
    }
    return Self.sentence(Result.list(words)) + "."
  }

  private static func signed(_ share: Double) -> String {
    (share > 0 ? "+" : "−") + ExplanationText.percent(abs(share))
  }

  static func words(_ group: PlanCondition.Group) -> String {
    switch group {
    case .asGiven: "the load as it is"
    case .headroom: "headroom"
    case .region: "surviving the loss of a region"
    case .server: "surviving the loss of a machine"
    }
  }

  private func binding(_ plan: FleetPlan) -> String? {
    guard let binding = plan.binding else {
      return "Nothing binds: every tier has the least that it can have."
    }
    let tier = MetricNames.words(binding.tier.metric)
    let now = plan.fleet[binding.tier]
    if binding.fewer.isHopeless {
      return "\(Self.sentence(Self.label(binding.condition))) binds at the \(tier): of "
        + "\(Self.count(now, "server")), those of one machine must be able to go."
    }
    return "\(binding.rule)\(Self.under(binding.condition)) binds at the \(tier): with "
      + "\(Self.count(binding.servers, "server")) in place of \(now), "
      + "\(binding.fewer.kept) of \(binding.fewer.seeds) seeds keep it."
  }

  private func proof(_ plan: FleetPlan) -> String? {
    guard let given = plan.assessments.first else { return nil }
    let share = Self.wanted(answer.settings)
    // Where seeds have failed, their count says more than a law that is fitted to them.
    let isFitted = given.kept == given.seeds
    let fitted = isFitted ? given.objectives.filter { $0.confidence != nil } : []
    let least = fitted.min { ($0.confidence ?? 1) < ($1.confidence ?? 1) }
    let confidence = least.map { objective in
      let value = objective.confidence ?? 0
      let sure = value >= 0.9995 ? "more than 99.9 %" : ExplanationText.percent(value)
      // What has no spread has no law either: of that the seeds are all there is.
      let what = fitted.count == given.objectives.count ? "do" : "keep \(objective.rule.rule)"
      return "; from their spread at least \(share) of all seeds \(what), with \(sure) confidence"
    }
    return "\(given.kept) of \(given.seeds) seeds, each with a population of its own, kept every "
      + "objective\(confidence ?? "")."
  }

  private func capacity(_ plan: FleetPlan) -> String? {
    guard let capacity = plan.capacity else { return nil }
    let kept = Self.factor(capacity.kept)
    let tier = MetricNames.words(capacity.tier.metric)
    let ends = "; the \(tier) is asked for all it can do at \(Self.factor(capacity.saturation))"
    guard let broken = capacity.broken else {
      return "It holds at \(kept) times this load, and was not tried beyond\(ends)."
    }
    return "Its capacity is between \(kept) and \(Self.factor(broken)) times this load, where "
      + "\(capacity.rule) fails\(ends)."
  }

  private func growth(_ plan: FleetPlan) -> String? {
    plan.growth.map { GrowthText($0).sentence }
  }

  /// Where machines have room for servers that the fleet does not need.
  private func machines(_ plan: FleetPlan) -> String? {
    let isPartly = plan.rows.contains { row in
      let places = row.tier.isSharded ? plan.placesOfShards : 1
      return row.cost != nil && row.servers * places < row.machines * row.perMachine
    }
    guard isPartly else { return nil }
    return "Servers are decided on and machines are paid: some machines have room for more servers "
      + "at no more cost."
  }

  /// Which design costs least; nil where there is one only.
  static func comparison(of answer: PlanAnswer) -> String? {
    guard answer.designs.count > 1 else { return nil }
    guard let best = answer.cheapest, let plan = best.plan else {
      return "No design keeps every objective and every rule about money."
    }
    let currency = answer.currency ?? .dollars
    let others = answer.designs.filter { $0.name != best.name }.map { design -> String in
      guard let other = design.plan else { return "\(design.name) has no fleet" }
      if other.measured.costs.isEmpty { return "\(design.name) \(other.fleet.total) servers" }
      let more = other.month - plan.month
      let share = plan.month > 0 ? " (+\(ExplanationText.percent(more / plan.month)))" : ""
      let beside = other.unpriced == plan.unpriced ? "" : leftOut(other)
      return "\(design.name) \(currency.text(more)) more\(share)\(beside)"
    }
    let cost =
      plan.measured.costs.isEmpty
      ? "\(plan.fleet.total) servers"
      : "\(currency.text(plan.month)) a month\(leftOut(plan))"
    return "\(best.name) is the cheapest, \(cost); \(Result.list(others))."
      + overtaken(answer)
  }

  /// From which month on which design is the cheapest, where they grow.
  private static func overtaken(_ answer: PlanAnswer) -> String {
    let growths = answer.designs.compactMap { $0.plan?.growth }
    let words = growths.count > 1 ? GrowthText.cheapest(among: growths) : ""
    return words.isEmpty ? "" : " " + words
  }

  // MARK: Words

  static func label(_ condition: PlanCondition) -> String {
    switch condition {
    case .asGiven: "as given"
    case .load(let factor): "at \(Self.factor(factor)) times the load"
    case .serverLost(let tier): "a \(MetricNames.words(tier.metric)) machine lost"
    case .regionLost(let region): "\(region) lost"
    }
  }

  private static func under(_ condition: PlanCondition) -> String {
    switch condition {
    case .asGiven: ""
    case .load: " \(label(condition))"
    case .serverLost, .regionLost: " with \(label(condition))"
    }
  }

  private static func sentence(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst()
  }

  /// The share of seeds that is to keep every objective, never rounded to all of them: `99.99 %`
  static func wanted(_ settings: PlanSettings) -> String {
    JSONValue.shortest((settings.confidence * 1e9).rounded() / 1e7) + " %"
  }

  static func factor(_ value: Double) -> String { NumberText.fixed(value, decimals: 2) }

  static func count(_ count: Int, _ noun: String) -> String {
    "\(NumberText.amount(Double(count))) \(noun)\(count == 1 ? "" : "s")"
  }

  /// A figure of a rule's metric.
  static func text(_ value: Double, _ rule: Threshold) -> String {
    NumberText.text(
      Estimate(value: value), rule.unit,
      isShare: MetricNames.entry(rule.metric)?.isShare ?? true)
  }
}
