import FeedSystem
import Settings
import Simulation

/// A plan that is asked for: the scenario, what is put in, and how it is run.
public struct PlanRun: Sendable {
  private let base: PlanBase
  private let scenario: Scenario
  private let path: String
  private let given: [String]
  private let version: String
  /// Of every bill; nil without prices.
  private var currency: Currency?
  /// Whether the elasticities of the cost are worked out as well.
  public var withSensitivity = false

  /// - Parameters:
  ///   - overrides: as `--set` takes them, in order.
  ///   - rules: objectives beside the scenario's thresholds.
  /// - Throws: `MissingInput`, or `InvalidInput` for the first thing that is wrong.
  public init(
    reading path: String, overrides: [String], rules: [String], version: String
  ) throws {
    base = try PlanBase(reading: path, overrides: overrides, rules: rules)
    scenario = try base.scenario()
    self.path = path
    self.version = version
    given = overrides.flatMap { ["--set", $0] } + rules.flatMap { ["--threshold", $0] }
    guard scenario.thresholds.contains(where: { !$0.isCost }) else {
      throw InvalidInput(
        "gives no objective that a fleet would have to keep; give one here or with "
          + "--threshold 'feed.latency.p99 < 200ms'", path: "thresholds")
    }
    let survivesRegion = scenario.plan?.survives.contains(.region) ?? false
    for named in scenario.designs where survivesRegion && named.design.geography == nil {
      throw InvalidInput(
        "region needs regions with servers of their own; give regions and geography",
        path: "plan.survives")
    }
    currency = scenario.prices?.currency
    for choice in settings.combinations.flatMap({ $0 }) {
      for named in scenario.designs {
        let chosen = try base.choosing([choice], of: named.name).scenario().prices?.currency
        guard let chosen else { continue }
        if let currency, currency != chosen {
          throw InvalidInput(
            "\(choice) is in \(chosen.rawValue) and another price book in \(currency.rawValue); "
              + "costs are compared in one currency", path: "plan.vary")
        }
        currency = chosen
      }
    }
  }

  public var prices: PriceSheet? { scenario.prices }

  private var settings: PlanSettings { scenario.plan ?? PlanSettings() }

  public func run(
    threads: Int, progress: @escaping @Sendable (String) -> Void = { _ in }
  ) throws -> PlanAnswer {
    let bench = try TrialBench(base, threads: threads, version: version, progress: progress)
    let designs = try scenario.designs.map { try plan($0.name, bench) }
    return PlanAnswer(
      feedsimVersion: version, scenario: scenario.name, scenarioHash: scenario.hash,
      question: scenario.question, arguments: [path] + given, seed: scenario.seed,
      replications: "\(scenario.replications)", settings: settings, currency: currency,
      designs: designs, runs: bench.runs)
  }

  /// The scenario's file that a fleet's file lays itself over, and all keys that were put in.
  public func fleetFile(_ answer: PlanAnswer, at target: String) throws -> String {
    try FleetFile(
      base: base, path: path, given: given, question: scenario.question
    ).text(answer, at: target)
  }

  // MARK: One design

  /// A combination of choices, looked at once.
  private struct Looked {
    var settings: [String]
    var choice: Int
    var space: FleetSpace
    var design: Design
    /// Machines without a price that another combination has one for.
    var unpriced: [String] = []
  }

  private func plan(_ name: String, _ bench: TrialBench) throws -> DesignPlan {
    var answer = DesignPlan(name: name)
    var all = try settings.combinations.map { try look($0, name, bench) }
    let priced = PricedChoices(all.map(\.space.bill))
    answer.leftOut = priced.leftOut
    for index in all.indices {
      all[index].space.leftOut = priced.leftOut
      all[index].unpriced = priced.unpriced[index]
    }
    // What is set aside comes last.
    let order = all.enumerated().sorted { one, other in
      let (first, second) = (one.element, other.element)
      if first.unpriced.isEmpty != second.unpriced.isEmpty { return first.unpriced.isEmpty }
      return (first.space.leastCost, one.offset) < (second.space.leastCost, other.offset)
    }.map(\.element)
    var best: (found: FleetSearch.Found, search: FleetSearch, looked: Looked)?
    for looked in order {
      let least = looked.space.leastCost
      var considered = DesignPlan.Considered(
        settings: looked.settings, leastCost: least, outcome: .dearer)
      if !looked.unpriced.isEmpty { considered.outcome = .notPriced(looked.unpriced) }
      let isDearer =
        best.map { $0.found.space.isPriced && least >= Self.cost($0.found) } ?? false
      if isDearer || !looked.unpriced.isEmpty {
        answer.considered.append(considered)
        continue
      }
      var search = self.search(looked, name, bench)
      do {
        let found = try search.run()
        considered.outcome = .found(Self.cost(found))
        if best.map({ Self.cost(found) < Self.cost($0.found) - 0.005 }) ?? true {
          best = (found, search, looked)
        }
      } catch let impossible as FleetSearch.Impossible {
        let rule = impossible.assessment.binding?.rule.rule ?? ""
        considered.outcome = .impossible(rule)
        answer.failure = answer.failure ?? impossible.assessment
      }
      answer.considered.append(considered)
    }
    guard let best else { return answer }
    answer.failure = nil
    answer.choice = best.looked.settings
    answer.plan = try finished(best.found, best.search, best.looked, name, bench)
    return answer
  }

  private static func cost(_ found: FleetSearch.Found) -> Double {
    found.space.compared(found.fleet)
  }

  /// What a combination asks its tiers for, and so what its fleet may cost.
  private func look(_ choice: [String], _ name: String, _ bench: TrialBench) throws -> Looked {
    let number =
      choice.isEmpty ? 0 : bench.add(try base.choosing(choice, of: name))
    let chosen = try bench.bases[number].scenario()
    guard let design = chosen.designs.first(where: { $0.name == name })?.design else {
      throw BrokenInvariant("a plan without its design")
    }
    let plain = TrialBench.Candidate(choice: number, design: name, fleet: PlannedFleet())
    var space = FleetSpace(try bench.measure(plain), design, prices: chosen.prices)
    // What waits before one tier has not been asked of the next yet.
    if space.tiers.contains(where: { $0.demand.utilisation > 0.85 }) {
      var roomy = plain
      roomy.fleet = space.ample(times: 2)
      space = FleetSpace(try bench.measure(roomy), design, prices: chosen.prices)
    }
    return Looked(settings: choice, choice: number, space: space, design: design)
  }

  private func search(_ looked: Looked, _ name: String, _ bench: TrialBench) -> FleetSearch {
    var conditions = [PlanCondition.asGiven]
    if settings.headroom > 0 { conditions.append(.load(1 / (1 - settings.headroom))) }
    if settings.survives.contains(.region) {
      // The largest first: what fails, fails there.
      let regions = looked.design.regions.enumerated().sorted {
        ($1.element.users, $0.offset) < ($0.element.users, $1.offset)
      }
      conditions += regions.map { .regionLost($0.element.name) }
    }
    if settings.survives.contains(.server) {
      conditions += looked.space.tiers.map { .serverLost($0.tier) }
    }
    let objectives = scenario.thresholds.enumerated().filter { !$0.element.isCost }
    var search = FleetSearch(
      outcomes: { try bench.outcomes(of: $0, count: $1) }, choice: looked.choice, design: name,
      settings: settings, conditions: conditions,
      objectives: objectives.map { ($0.offset, $0.element) }, space: looked.space,
      regions: looked.design.regions.count)
    search.enter = { bench.phase = $0 }
    return search
  }

  private func finished(
    _ found: FleetSearch.Found, _ search: FleetSearch, _ looked: Looked, _ name: String,
    _ bench: TrialBench
  ) throws -> FleetPlan {
    let candidate = TrialBench.Candidate(
      choice: looked.choice, design: name, fleet: found.fleet)
    let measured = try bench.measure(candidate)
    let chosen = try bench.bases[looked.choice].scenario()
    let rows = found.space.tiers.map { tier in
      let servers = found.fleet[tier.tier]
      let line = measured.costs.first { $0.name == "compute.\(tier.tier.metric)" }
      let billed = line.map { Int(($0.quantity / Usage.hoursPerMonth).rounded()) }
      return FleetPlan.Row(
        tier: tier.tier, offeredLoad: tier.demand.offeredLoad, bracket: tier.bracket,
        servers: servers, step: tier.step, machines: billed ?? tier.machines(servers),
        instance: tier.instance, perMachine: tier.serversPerMachine, cost: line?.monthly)
    }
    let placed = try looked.settings.map { try base.place($0, name) }
    var plan = FleetPlan(
      fleet: found.fleet, steps: found.steps, settings: placed + found.fleet.settings(of: name),
      rows: rows, assessments: found.assessments, fewer: found.fewer,
      binding: try binding(found, search), capacity: try search.capacity(of: found),
      measured: measured,
      budget: zip(scenario.thresholds, measured.verdicts).filter(\.0.isCost).map(\.1))
    plan.notes =
      Cost.notes(on: measured.costs) + chosen.oldPrices(in: measured.costs)
      + measured.cellWarnings
    if settings.growth > 0 {
      plan.growth = Growth(
        of: plan.capacity?.interval, monthly: settings.growth, months: settings.months,
        design: name,
        demands: TierDemand.measured(
          in: measured, design: looked.design, cells: measured.cells),
        usage: measured.usage, prices: chosen.prices, holds: plan.capacity?.kept)
    }
    if withSensitivity {
      plan.elasticities = try PlanSensitivity(
        bench: bench, choice: looked.choice, design: looked.design, name: name,
        space: found.space, measured: measured
      ).elasticities()
    }
    return plan
  }

  /// The tier that binds, with a server fewer tried with as many seeds as the fleet itself.
  private func binding(
    _ found: FleetSearch.Found, _ search: FleetSearch
  ) throws -> FleetPlan.Binding? {
    guard let place = found.binding else { return nil }
    let (tier, quick) = found.fewer[place]
    guard let smaller = found.withOneFewer(of: tier) else { return nil }
    let sure =
      quick.isHopeless
      ? quick
      : try search.assess(
        smaller, quick.condition, least: FleetSearch.proof, most: search.mostForProof)
    return FleetPlan.Binding(
      tier: tier, rule: sure.binding?.rule.rule ?? "", condition: quick.condition, fewer: sure,
      servers: smaller[tier])
  }
}
