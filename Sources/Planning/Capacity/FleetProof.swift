import FeedSystem
import Simulation

/// The end of a fleet's search: more seeds, servers added where these say that they lack, and no
/// tier that can lose a server.
extension FleetSearch {
  /// The fleet with as few servers as all conditions allow, with more seeds, mended where they say
  /// otherwise, until no tier can lose a server.
  ///
  /// Few seeds lead to where the proof begins: servers that the search's guesses left out are
  /// added first, since a tier that lacks them makes all others larger. Once the proof's seeds
  /// have mended it, fleets are only looked at that these have said to keep everything, and each
  /// has fewer servers than the one before: so this ends.
  func proven(_ start: PlannedFleet) throws -> Found {
    enter("the proof")
    var fleet = start
    do {
      fleet = try repaired(start) { fleet in try judge(fleet, most: mostOfStep) }
    } catch is Impossible {
      // Few seeds may fear outliers that the proof's count allows: what it says counts.
    }
    var before: PlannedFleet?
    while fleet != before {
      before = fleet
      for tier in space.tiers { fleet = try lowered(fleet, tier) }
    }
    fleet = try repaired(fleet) { fleet in
      try judge(fleet, least: Self.proof, most: mostForProof)
    }
    while true {
      let (fewer, smaller) = try withOneFewer(fleet)
      if let smaller {
        fleet = smaller
        continue
      }
      let assessments = try conditions.map {
        try assess(fleet, $0, least: Self.proof, most: mostForProof)
      }
      var found = Found(fleet: fleet, assessments: assessments, fewer: fewer, space: space)
      guard let smaller = try unbound(&found) else { return found }
      fleet = smaller
    }
  }

  // MARK: More servers

  /// With more servers where they lack, twice as many of a tier each time; then as few of the last
  /// tier as it takes.
  private func repaired(
    _ start: PlannedFleet,
    judge: (PlannedFleet) throws -> (isKept: Bool, assessment: FleetAssessment)
  ) throws -> PlannedFleet {
    var fleet = start
    var more: [TierName: Int] = [:]
    var last: (tier: FleetSpace.Tier, failed: Int)?
    for _ in 0..<(8 * space.tiers.count + 16) {
      var (isKept, assessment) = try judge(fleet)
      if isKept {
        return try last.map {
          try narrowed(fleet, $0.tier, above: $0.failed) { try judge($0).isKept }
        } ?? fleet
      }
      guard let tier = lacking(assessment, in: fleet) else {
        assessment.isUnsettled = true
        throw Impossible(assessment: assessment)
      }
      let step = more[tier.tier] ?? tier.step
      more[tier.tier] = 2 * step
      last = (tier, fleet[tier.tier])
      fleet[tier.tier] = min(tier.most, fleet[tier.tier] + step)
    }
    var assessment = try judge(fleet).assessment
    assessment.isUnsettled = true
    throw Impossible(assessment: assessment)
  }

  /// Where a fleet that fails lacks servers: the tier that has lost one, else the one on the way
  /// that the broken rule is about where visits waited longest under the seeds that broke it, and
  /// of those that are alike the busiest; nil where none can have more.
  func lacking(
    _ assessment: FleetAssessment, in fleet: PlannedFleet
  ) -> FleetSpace.Tier? {
    let able = space.tiers.filter { fleet[$0.tier] < $0.most }
    if case .serverLost(let name) = assessment.condition,
      let tier = able.first(where: { $0.tier == name })
    {
      return tier
    }
    let rule = assessment.binding?.rule
    let concerned = able.filter { tier in
      guard let rule else { return false }
      return rule.concerns(tier.tier) || rule.metric.hasPrefix("tier.\(tier.tier.metric).")
    }
    let waits = assessment.binding?.waits ?? [:]
    // Of equals the first, which is the dearest.
    func lack(_ tier: FleetSpace.Tier, _ place: Int) -> (Double, Double, Int) {
      (waits[tier.tier] ?? 0, tier.demand.offeredLoad / Double(fleet[tier.tier]), -place)
    }
    let worst = (concerned.isEmpty ? able : concerned).enumerated().max { one, other in
      lack(one.element, one.offset) < lack(other.element, other.offset)
    }
    return worst?.element
  }

  /// The fewest servers of a tier above so many that have failed.
  private func narrowed(
    _ fleet: PlannedFleet, _ tier: FleetSpace.Tier, above failed: Int,
    isKept: (PlannedFleet) throws -> Bool
  ) throws -> PlannedFleet {
    var (low, high) = (failed / tier.step, fleet[tier.tier] / tier.step)
    while high - low > 1 {
      let middle = (low + high) / 2
      if try isKept(fleet.with(tier.tier, middle * tier.step)) {
        high = middle
      } else {
        low = middle
      }
    }
    return fleet.with(tier.tier, high * tier.step)
  }

  // MARK: Fewer servers

  /// With as few servers of a tier as keep everything under the search's seeds, steps twice as long
  /// each time and then half as long: the search, which looks at one condition and of cells at one
  /// replication, may have left too many.
  private func lowered(
    _ fleet: PlannedFleet, _ tier: FleetSpace.Tier
  ) throws -> PlannedFleet {
    let fewest = tier.atLeast(0)
    let first = likeliest(toRefute: tier.tier)
    func isKept(_ servers: Int) throws -> Bool {
      try judge(fleet.with(tier.tier, servers), most: mostOfStep, first: first).isKept
    }
    var (kept, step) = (fleet[tier.tier], tier.step)
    while kept - step >= fewest, try isKept(kept - step) {
      kept -= step
      step *= 2
    }
    var failed = max(kept - step, fewest - tier.step)
    while kept - failed > tier.step {
      let middle = failed + (kept - failed) / tier.step / 2 * tier.step
      if try isKept(middle) { kept = middle } else { failed = middle }
    }
    return fleet.with(tier.tier, kept)
  }

  /// What a fleet with a server fewer most likely fails: mostly nothing else has to be run.
  private func likeliest(toRefute tier: TierName) -> [PlanCondition] {
    let own = PlanCondition.serverLost(tier)
    return conditions[hardest] == own ? [own] : [own, conditions[hardest]]
  }

  /// Each tier with a server fewer: what happens, or the first that keeps everything. More seeds
  /// are run only where fewer have said that it does.
  private func withOneFewer(
    _ fleet: PlannedFleet
  ) throws -> ([(TierName, FleetAssessment)], PlannedFleet?) {
    var fewer: [(TierName, FleetAssessment)] = []
    for tier in space.tiers where fleet[tier.tier] > max(tier.step, tier.floor) {
      let smaller = fleet.with(tier.tier, fleet[tier.tier] - tier.step)
      let first = likeliest(toRefute: tier.tier)
      var (isKept, assessment) = try judge(smaller, most: mostOfStep, first: first)
      for (least, most) in [(0, Self.most), (Self.proof, mostForProof)] where isKept {
        (isKept, assessment) = try judge(smaller, least: least, most: most, first: first)
      }
      if isKept { return ([], smaller) }
      fewer.append((tier.tier, assessment))
    }
    return (fewer, nil)
  }

  /// The fleet with a server fewer in the tier that binds, where as many seeds as the fleet itself
  /// was tried with say that it keeps everything; where they find another condition that it fails,
  /// that one is noted.
  private func unbound(_ found: inout Found) throws -> PlannedFleet? {
    for _ in found.fewer {
      guard let place = found.binding, !found.fewer[place].assessment.isHopeless else { return nil }
      let tier = found.fewer[place].tier
      let condition = found.fewer[place].assessment.condition
      guard let smaller = found.withOneFewer(of: tier) else { return nil }
      let sure = try assess(
        smaller, condition, least: Self.proof, most: mostForProof)
      guard sure.isKept else { return nil }
      let (isKept, assessment) = try judge(smaller, least: Self.proof, most: mostForProof)
      if isKept { return smaller }
      found.fewer[place].assessment = assessment
    }
    return nil
  }
}

extension FleetSearch.Found {
  /// Of `fewer` the tier that keeps the fleet from being smaller: the busiest with a server fewer,
  /// of those that then break the objective which is nearest to its limit.
  var binding: Int? {
    let nearest = assessments.min {
      ($0.binding?.margin ?? .infinity) < ($1.binding?.margin ?? .infinity)
    }
    let rule = nearest?.binding?.rule.rule
    let those = fewer.indices.filter { fewer[$0].assessment.binding?.rule.rule == rule }
    return (those.isEmpty ? Array(fewer.indices) : those).max { one, other in
      utilisation(fewer[one].tier) < utilisation(fewer[other].tier)
    }
  }

  /// With a step of servers fewer.
  private func utilisation(_ name: TierName) -> Double {
    guard let tier = space.tiers.first(where: { $0.tier == name }) else { return 0 }
    return tier.demand.offeredLoad / Double(max(1, fleet[name] - tier.step))
  }

  func withOneFewer(of name: TierName) -> PlannedFleet? {
    space.tiers.first { $0.tier == name }.map { fleet.with(name, fleet[name] - $0.step) }
  }
}
