import FeedSystem
import Settings
import Simulation
import Testing

@testable import Planning
@testable import Reporting

/// What a plan's answer has to be read with.
@Suite struct PlanNotesTests {
  private func text(
    _ rules: [String], _ metrics: [(String, Double)], kept: Int = 20,
    failure: FleetAssessment? = nil, tier: TierName = .gateway, servers: Int = 2220
  ) throws -> [String] {
    let outcomes = (0..<20).map { seed in
      TrialOutcome(observed: [1 + 0.001 * Double(seed)], passed: [true])
    }
    let objectives = try rules.map { rule in
      FleetAssessment.Objective(
        try Threshold(parsing: rule), 0, outcomes, ToleranceTest(content: 0.95))
    }
    let row = FleetPlan.Row(
      tier: tier, offeredLoad: 2000, bracket: 2000...2500, servers: servers, step: 20,
      machines: servers, instance: "x", perMachine: 1)
    var fleet = PlannedFleet()
    fleet[tier] = servers
    var design = DesignPlan(name: "")
    design.failure = failure
    if failure == nil {
      design.plan = FleetPlan(
        fleet: fleet, steps: [], settings: [], rows: [row],
        assessments: [
          FleetAssessment(
            condition: .asGiven, objectives: objectives, seeds: 20, kept: kept, isKept: true)
        ], fewer: [], binding: nil, capacity: nil,
        measured: DesignResult(
          name: "",
          metrics: metrics.map {
            Metric(
              name: $0.0, unit: $0.0 == "delivery.lag" ? .milliseconds : .ratio, count: 1,
              mean: Estimate(value: $0.1),
              quantiles: [.init(probability: 0.99, estimate: Estimate(value: 3 * $0.1))])
          }), budget: [])
    }
    let answer = PlanAnswer(
      feedsimVersion: "t", scenario: "t", scenarioHash: "", question: "?", arguments: [], seed: 1,
      replications: "1", settings: PlanSettings(), designs: [design], runs: 1)
    return PlanText(answer, design).sentences
  }

  /// A law that is fitted to seeds of which some have failed is no reason to be surer than these.
  @Test func whereSeedsFailedTheirCountIsAllThatIsTold() throws {
    let latency = ["feed.latency.p99 < 200ms"]
    let all = try text(latency, []).first { $0.hasPrefix("20 of 20 seeds") }
    #expect(all?.contains("confidence") == true)
    let some = try text(latency, [], kept: 19).first { $0.hasPrefix("19 of 20 seeds") }
    #expect(some?.contains("confidence") == false)
  }

  /// Latencies are of what was answered: a fleet that fails a quarter keeps them.
  @Test func failuresThatNoObjectiveIsAboutAreTold() throws {
    let latency = "feed.latency.p99 < 200ms"
    func told(_ rules: [String], _ metrics: [(String, Double)]) throws -> String? {
      try text(rules, metrics).first { $0.hasPrefix("It fails") }
    }
    let sentence = try told([latency], [("feed.rejected", 0.25), ("tier.gateway.failed", 0.5)])
    #expect(
      sentence?.hasPrefix("It fails 25 % of what it is asked (feed.rejected), and no objective")
        == true, "\(sentence ?? "")")
    #expect(try told([latency], [("tier.gateway.failed", 0.5)])?.contains("50 %") == true)
    #expect(try told([latency], [("feed.rejected", 0)]) == nil)
    #expect(try told([latency, "feed.rejected < 30%"], [("feed.rejected", 0.25)]) == nil)
    #expect(
      try told(["requests.availability >= 70%"], [("requests.failed", 0.25)]) == nil)
  }

  /// Nobody who reads waits for the workers: without a rule a fleet may have too few of them.
  @Test func lateDeliveriesThatNoObjectiveIsAboutAreTold() throws {
    func told(_ rule: String, tier: TierName = .fanOutWorkers, servers: Int) throws -> String? {
      try text([rule], [("delivery.lag", 25_000)], tier: tier, servers: servers)
        .first { $0.contains("fall behind") }
    }
    let latency = "feed.latency.p99 < 200ms"
    let sentence = try told(latency, servers: 1999)
    #expect(sentence?.contains("deliveries take 75 s at p99") == true, "\(sentence ?? "none")")
    #expect(try told(latency, servers: 2000) == nil)
    #expect(try told(latency, tier: .gateway, servers: 1999) == nil)
    #expect(try told("delivery.lag.p99 < 90s", servers: 1999) == nil)
    #expect(try told("delivery.late < 3", servers: 1999) == nil)
  }

  @Test func theStepsOfCellsAreTold() throws {
    let latency = ["feed.latency.p99 < 200ms"]
    let sentences = try text(latency, [("cells.count", 4000)])
    #expect(
      sentences.contains { $0.contains("in steps of 20 at the gateway") }, "\(sentences)")
    #expect(!(try text(latency, []).contains { $0.contains("in steps of") }))
  }

  @Test func aSearchThatGaveUpIsNoProof() throws {
    var failure = FleetAssessment(
      condition: .serverLost(.gateway),
      objectives: [
        FleetAssessment.Objective(
          try Threshold(parsing: "feed.latency.p99 < 200ms"), 0,
          [TrialOutcome(observed: [300], passed: [false])], ToleranceTest(content: 0.95))
      ], seeds: 4, kept: 1, isKept: false)
    let sure = try text([], [], failure: failure)
    #expect(sure.first?.hasPrefix("No number of servers keeps") == true, "\(sure)")
    failure.isUnsettled = true
    let open = try text([], [], failure: failure)
    #expect(open.first?.hasPrefix("The search came to no fleet") == true, "\(open)")
    #expect(open.first?.contains("1 of 4 seeds") == true)
  }
}
