import FeedSystem
import Simulation
import TestSupport
import Testing

@testable import Planning
@testable import Reporting

/// What a plan says, of fleets that nobody has searched.
@Suite struct PlanReportTests {
  private static func line(_ name: String, _ price: Double?, _ currency: Currency) -> CostLine {
    var line = CostLine(
      name: name, quantity: 730, unit: "hour", detail: "1 × \(name)", unitPrice: price,
      source: price == nil ? "no \"\(name)\" in test" : "list, 2026-08")
    line.currency = currency
    return line
  }

  /// Two servers, whose bill comes to 1,460 a month without what has no price.
  static func fleet(_ currency: Currency, unpriced: [String] = []) throws -> FleetPlan {
    var fleet = PlannedFleet()
    fleet[.ranking] = 2
    let rule = try Threshold(parsing: "feed.latency.p99 < 200ms")
    let budget = try Threshold(
      parsing: "cost.month < 1000 \(currency.rawValue)", currency: currency)
    let test = ToleranceTest(content: 0.95)
    let outcomes = [150.0, 151].map { TrialOutcome(observed: [$0], passed: [true]) }
    let kept = FleetAssessment(
      condition: .asGiven, objectives: [.init(rule, 0, outcomes, test)], seeds: 2, kept: 2,
      isKept: true)
    let costs = [line("compute.ranking", 2, currency)] + unpriced.map { line($0, nil, currency) }
    let measured = DesignResult(
      name: "",
      metrics: [
        Metric(
          name: "cost.month", unit: currency.unit, count: 1, mean: Estimate(value: 1460))
      ], costs: costs)
    let prices = PriceSheet(
      name: "test", region: "here", date: "2026-08", currency: currency,
      items: [.init(name: "box", price: 1, per: .hour, source: "list", date: "2026-08")])
    var plan = FleetPlan(
      fleet: fleet,
      steps: [
        .init(group: .asGiven, cost: 730, servers: 1),
        .init(group: .headroom, cost: 1460, servers: 2),
      ], settings: fleet.settings(of: ""),
      rows: [
        .init(
          tier: .ranking, offeredLoad: 0.5, bracket: 1...2, servers: 2, step: 1, machines: 1,
          instance: "box", perMachine: 4, cost: 1460)
      ], assessments: [kept], fewer: [], binding: nil, capacity: nil, measured: measured,
      budget: [budget.verdict(in: measured)])
    plan.growth = Growth(
      of: 2...2.1, monthly: 0.1, months: 2, demands: [],
      usage: Usage(tiers: [:], fleet: Fleet { $0 == .ranking ? 2 : 0 }), prices: prices)
    return plan
  }

  static func answer(_ designs: [DesignPlan], in currency: Currency?) -> PlanAnswer {
    PlanAnswer(
      feedsimVersion: "9.9.9", scenario: "test", scenarioHash: "0f", question: "Why?",
      arguments: ["test.yaml"], seed: 1, replications: "1", settings: PlanSettings(),
      currency: currency, designs: designs, runs: 3)
  }

  private static func texts(_ report: PlanReport) -> [String] {
    [report.console(colour: false), report.markdown, report.csv, report.json]
  }

  @Test(arguments: [Currency.dollars, .euros, .yen])
  func moneyIsToldInTheBooksCurrency(_ currency: Currency) throws {
    let choices = [10.0, 20].map {
      DesignPlan.Considered(settings: ["cache.feed.size=\($0)"], leastCost: $0, outcome: .dearer)
    }
    var one = DesignPlan(name: "one", plan: try Self.fleet(currency))
    one.considered = choices
    let other = DesignPlan(name: "other", plan: try Self.fleet(currency))
    let report = PlanReport(Self.answer([one, other], in: currency))
    for text in Self.texts(report) {
      #expect(text.contains(currency.rawValue), "\(text)")
      if currency != .dollars { #expect(!text.contains("$") && !text.contains("USD"), "\(text)") }
    }
    let amount = currency == .dollars ? "$1,460 a month" : "\(currency.rawValue) 1,460 a month"
    #expect(report.markdown.contains(amount))
    #expect(report.csv.contains("\none,bill,compute.ranking,,,,,,1460,\(currency.rawValue)\n"))
    #expect(report.json.contains("\"currency\" : \"\(currency.rawValue)\""))
    #expect(try SchemaValidator(schema: PlanSchema.text).problems(in: report.json) == [])
  }
}
