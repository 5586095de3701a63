import FeedSystem
import Simulation
import Testing

@testable import Planning

/// What is proven, from figures that can be checked on paper.
@Suite struct ExplanationVerdictTests {
  private func design(_ p99: [Double]?, resolved: Bool = true, cost: Double? = nil) -> DesignResult
  {
    var metrics: [Metric] = []
    if let p99 {
      var tail = Estimate.mean(of: p99)
      tail.resolved = resolved
      metrics.append(
        Metric(
          name: "feed.latency", unit: .milliseconds, count: 9, mean: .mean(of: p99),
          quantiles: [.init(probability: 0.99, estimate: tail)]))
    } else {
      metrics.append(Metric(name: "feed.latency", unit: .milliseconds, count: 9, mean: nil))
    }
    if let cost {
      metrics.append(
        Metric(name: "cost.month", unit: .dollars, count: 1, mean: Estimate(value: cost)))
    }
    return DesignResult(name: "", metrics: metrics)
  }

  private func explanation(
    _ base: DesignResult, _ changes: [(TierName, DesignResult)]
  ) -> Explanation {
    let result = Result(
      feedsimVersion: "0", scenario: "hand", arguments: [], scenarioHash: "0", question: "",
      seed: 1, replications: 3, population: Population(users: 10, follows: 20),
      horizon: Horizon(warmUp: .seconds(10), duration: .seconds(60)), designs: [base], notes: [])
    return Explanation(
      Experiment.Perturbed(
        base: result,
        changes: changes.map { (SingleChange(.servers($0.0), from: 1, to: 2), $0.1) }),
      step: 0.25)
  }

  /// −20, −21, −19 alone: t(2) at 95 % is 4.3027, so ± 2.4841; one of two at 97.5 % is
  /// 6.2053 / √3 = ± 3.5826.
  @Test func intervalsHoldTogether() throws {
    let base = design([100, 101, 102], cost: 50)
    let lower = design([80, 80, 83], cost: 75)
    let alone = explanation(base, [(.ranking, lower)])
    #expect(abs((alone.helpsMost?.difference?.halfWidth ?? 0) - 2.4841377) < 1e-6)
    #expect(alone.helpsMost?.cost == 25)
    let other = design([100, 101, 103])
    let both = explanation(base, [(.gateway, other), (.ranking, lower)])
    #expect(abs((both.effects[0].difference?.halfWidth ?? 0) - 3.5826) < 1e-4)
    #expect(both.effects.map(\.change.part) == [.servers(.ranking), .servers(.gateway)])
    #expect(both.helpsMost?.change.part == .servers(.ranking))
    #expect(both.effects[1].cost == nil)
  }

  @Test func aLargerFallThatMayBeChanceDoesNotWin() {
    let base = design([100, 100, 100])
    let wild = design([90, 10, 140])
    let sure = design([97, 97, 97])
    let result = explanation(base, [(.gateway, wild), (.ranking, sure)])
    #expect(result.effects.first?.change.part == .servers(.gateway))
    #expect(result.effects.first?.isProven == false)
    #expect(result.helpsMost?.change.part == .servers(.ranking))
  }

  @Test func nothingIsProvenWhereNothingCanBe() {
    let base = design([100, 101, 102])
    for changed in [
      design([100, 101, 102]), design([120, 121, 122]), design(nil),
      design([80, 81, 82], resolved: false),
    ] {
      #expect(explanation(base, [(.ranking, changed)]).helpsMost == nil)
    }
    #expect(explanation(design([100]), [(.ranking, design([50]))]).helpsMost == nil)
    #expect(explanation(base, []).helpsMost == nil)
  }

  @Test func aSteadyStateWhereThereWasNoneHelps() {
    let result = explanation(
      design(nil), [(.gateway, design(nil)), (.ranking, design([70, 80, 90]))])
    #expect(result.helpsMost?.change.part == .servers(.ranking))
    #expect(result.helpsMost?.difference == nil && result.p99 == nil)
  }
}
