import FeedSystem
import Testing

@testable import Planning

/// The search over fleets, with a formula in place of the simulator: every answer is known.
@Suite struct FleetSearchTests {
  /// Two tiers that wait 100 / (servers − 2) ms each, one of them dear, and next to no chance.
  private func search(
    dear: Double, limit: String = "feed.latency.p99 < 60ms",
    conditions: [PlanCondition] = [.asGiven]
  ) throws -> FleetSearch {
    func tier(_ name: TierName, _ price: Double, step: Int = 1) -> FleetSpace.Tier {
      FleetSpace.Tier(
        tier: name, step: step, serversPerMachine: 1, instance: "x", machinePrice: price,
        leastMachines: 1,
        demand: TierDemand(
          tier: name, servers: 4, arrivalRate: 200, serviceTime: 0.01, serviceVariation: 1),
        bracket: 2...6)
    }
    let rule = try Threshold(parsing: limit)
    return FleetSearch(
      outcomes: { candidate, count in
        var fleet = candidate.fleet
        var load = 1.0
        if case .serverLost(let name) = candidate.condition { fleet[name] -= 1 }
        if case .load(let factor) = candidate.condition { load = factor }
        let waits = [TierName.gateway, .ranking].map { name in
          100 * load / max(1e-3, Double(fleet[name]) - 2)
        }
        return (0..<count).map { seed in
          let value = (waits[0] + waits[1]) * (1 + 0.002 * (Double(seed * 7 % 5) - 2))
          return TrialOutcome(observed: [value], passed: [rule.comparison.holds(value, rule.limit)])
        }
      }, choice: 0, design: "", settings: PlanSettings(), conditions: conditions,
      objectives: [(0, rule)],
      space: FleetSpace(
        tiers: [tier(.ranking, dear), tier(.gateway, 1)], otherCost: 5, isPriced: true))
  }

  /// The cheapest of all fleets up to 60 servers a tier.
  private func cheapest(dear: Double, limit: Double) -> Double {
    var best = Double.infinity
    for ranking in 3...60 {
      for gateway in 3...60 {
        let wait = 100 / Double(ranking - 2) + 100 / Double(gateway - 2)
        if wait * 1.004 < limit { best = min(best, dear * Double(ranking) + Double(gateway) + 5) }
      }
    }
    return best
  }

  @Test(arguments: [1.5, 2, 3, 5, 10]) func theCheapestOfAllFleetsIsFound(_ dear: Double) throws {
    var search = try search(dear: dear)
    let found = try search.run()
    #expect(found.space.cost(found.fleet) == cheapest(dear: dear, limit: 60), "\(found.fleet)")
    // Neither tier can lose a server, and seeds say so.
    #expect(found.fewer.map(\.tier) == [.ranking, .gateway])
    for (_, fewer) in found.fewer { #expect(!fewer.isKept && fewer.kept < fewer.seeds) }
    let given = try #require(found.assessments.first)
    #expect(given.isKept && given.seeds >= FleetSearch.proof && given.kept == given.seeds)
  }

  @Test func aStricterLimitNeverCostsLess() throws {
    var last = 0.0
    for limit in [120, 80, 60, 40, 25] {
      var search = try search(dear: 3, limit: "feed.latency.p99 < \(limit)ms")
      let found = try search.run()
      #expect(found.space.cost(found.fleet) >= last)
      last = found.space.cost(found.fleet)
    }
  }

  @Test func everyConditionHasItsPrice() throws {
    var search = try search(
      dear: 3,
      conditions: [.asGiven, .load(1.25), .serverLost(.gateway), .serverLost(.ranking)])
    let found = try search.run()
    #expect(found.steps.map(\.group) == [.asGiven, .headroom, .server])
    #expect(zip(found.steps, found.steps.dropFirst()).allSatisfy { $0.cost < $1.cost })
    #expect(found.steps.last?.cost == found.space.cost(found.fleet))
    let (ranking, gateway) = (found.fleet[.ranking], found.fleet[.gateway])
    func wait(_ ranking: Int, _ gateway: Int) -> Double {
      100 / Double(ranking - 2) + 100 / Double(gateway - 2)
    }
    #expect(wait(ranking, gateway) * 1.25 < 60)
    #expect(wait(ranking - 1, gateway) < 60 && wait(ranking, gateway - 1) < 60)
    #expect(found.assessments.count == 4 && found.assessments.allSatisfy(\.isKept))
  }

  @Test func whatNoServersKeepIsThrown() throws {
    var search = try search(dear: 3, limit: "feed.latency.p99 < 100us")
    let impossible = #expect(throws: FleetSearch.Impossible.self) { try search.run() }
    #expect(impossible?.assessment.binding?.rule.metric == "feed.latency")
  }
}
