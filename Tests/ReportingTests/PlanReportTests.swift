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
  static func fleet(
    _ currency: Currency, unpriced: [String] = [], limit: Int = 2000
  ) throws -> FleetPlan {
    var fleet = PlannedFleet()
    fleet[.ranking] = 2
    let rule = try Threshold(parsing: "feed.latency.p99 < 200ms")
    let budget = try Threshold(
      parsing: "cost.month < \(limit) \(currency.rawValue)", currency: currency)
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
    let bill =
      "\none,bill,compute.ranking,,,,,,730,hour,2,\"list, 2026-08\",,1460,"
      + "\(currency.rawValue)\n"
    let amount = currency == .dollars ? "$1,460 a month" : "\(currency.rawValue) 1,460 a month"
    #expect(report.markdown.contains(amount))
    #expect(report.csv.contains(bill))
    #expect(report.json.contains("\"currency\": \"\(currency.rawValue)\""))
    #expect(try SchemaValidator(schema: PlanSchema.text).problems(in: report.json) == [])
  }

  /// The headline's sum is of what has a price, and says so.
  @Test func whatIsNotPricedIsSaidBesideTheSum() throws {
    var plan = try Self.fleet(.dollars, unpriced: ["media_egress", "egress"])
    plan.notes = Cost.notes(on: plan.measured.costs) + ["WARNING: prices of test are old."]
    var whole = DesignPlan(name: "whole", plan: try Self.fleet(.dollars))
    whole.choice = ["cache.feed.size=1"]
    let answer = Self.answer([DesignPlan(name: "part", plan: plan), whole], in: .dollars)
    let report = PlanReport(answer)
    let words = "$1,460 a month of what has a price (not priced: media_egress, egress)"
    #expect(PlanText(answer, answer.designs[0]).sentences[0].hasSuffix(" machine, \(words)."))
    #expect(PlanText(answer, whole).sentences[0].hasSuffix(", $1,460 a month."))
    #expect(PlanText.comparison(of: answer)?.contains(words) == true)
    for text in Self.texts(report).filter({ !$0.hasPrefix("design,") }) {
      #expect(text.contains("not priced: media_egress, 1 × media_egress (no"), "\(text)")
      #expect(text.contains("WARNING: prices of test are old."))
    }
    #expect(try SchemaValidator(schema: PlanSchema.text).problems(in: report.json) == [])
    // The search is a local one.
    let dear = DesignPlan(name: "dear", plan: try Self.fleet(.dollars, limit: 1000))
    #expect(PlanText(answer, dear).sentences[1].hasSuffix("allows: none was found that cheap."))
  }

  /// A rule without a spread has no law: what is said from the others' spread is of the others.
  @Test func confidenceIsOfTheRulesThatHaveALaw() throws {
    func sentence(_ rules: Int, confidence: Double = 0.95) throws -> String {
      var plan = try Self.fleet(.dollars)
      let lost = try Threshold(parsing: "delivery.lost == 0")
      let outcomes = [TrialOutcome](repeating: .init(observed: [0], passed: [true]), count: 2)
      let test = ToleranceTest(content: 0.95)
      if rules > 1 { plan.assessments[0].objectives.append(.init(lost, 0, outcomes, test)) }
      let design = DesignPlan(name: "", plan: plan)
      var answer = Self.answer([design], in: .dollars)
      answer.settings.confidence = confidence
      return try #require(
        PlanText(answer, design).sentences.first { $0.contains("seeds, each with") })
    }
    #expect(try sentence(1).contains("at least 95 % of all seeds do, with "))
    let both = try sentence(2)
    #expect(both.contains("95 % of all seeds keep feed.latency.p99 < 200ms, with"), "\(both)")
    #expect(try sentence(1, confidence: 0.9999).contains("at least 99.99 % of all seeds"))
  }

  /// All seeds keep one fleet, each near the limit; another breaks in some.
  @Test func aFleetThatNoSeedRefutesIsToldWithWhatSpeaksAgainstIt() throws {
    let rule = try Threshold(parsing: "feed.latency.p99 < 200ms")
    func assessment(_ values: [Double]) -> FleetAssessment {
      let outcomes = values.map { TrialOutcome(observed: [$0], passed: [$0 < 200]) }
      return FleetAssessment(
        condition: .asGiven,
        objectives: [.init(rule, 0, outcomes, ToleranceTest(content: 0.95))], seeds: values.count,
        kept: values.count { $0 < 200 }, isKept: false)
    }
    func report(_ values: [Double]) throws -> String {
      var design = DesignPlan(name: "", plan: try Self.fleet(.dollars))
      design.plan?.fewer = [(.ranking, assessment(values))]
      return PlanReport(Self.answer([design], in: .dollars)).markdown
    }
    let feared = try report([195, 199, 180, 198])
    let least = try #require(assessment([195, 199, 180, 198]).objectives[0].confidence)
    #expect(least > 0.05 && least < 0.5)
    #expect(feared.contains("4 of 4 (\(ExplanationText.percent(least)) sure)"), "\(feared)")
    #expect(feared.contains("how sure it is that 95 % of all would"))
    let broken = try report([195, 209, 180, 208])
    #expect(broken.contains(" 2 of 4 |") && !broken.contains(" sure"), "\(broken)")
  }

  @Test func choicesAreToldInWhatTheyAreComparedBy() throws {
    var design = DesignPlan(name: "", plan: try Self.fleet(.dollars))
    design.considered = [
      .init(settings: ["a=1"], leastCost: 4, outcome: .found(12)),
      .init(settings: ["a=2"], leastCost: 30, outcome: .dearer),
      .init(settings: ["a=3"], leastCost: 0, outcome: .notPriced(["compute.ranking"])),
    ]
    design.leftOut = ["egress"]
    func rows(_ currency: Currency?) throws -> [String] {
      let report = PlanReport(Self.answer([design], in: currency))
      #expect(try SchemaValidator(schema: PlanSchema.text).problems(in: report.json) == [])
      return report.console(colour: false).split(separator: "\n").map {
        $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
      }
    }
    let priced = try rows(.dollars)
    #expect(priced.contains("choice at least, $ a month found"), "\(priced)")
    #expect(priced.contains("a=1 4.00 12") && priced.contains("a=2 30 dearer, not searched"))
    #expect(priced.contains("a=3 – not priced: compute.ranking"), "\(priced)")
    #expect(priced.contains { $0.contains("Choices are compared without egress") })
    // Without prices they are servers.
    let bare = try rows(nil)
    #expect(bare.contains("choice at least, servers found"), "\(bare)")
    #expect(bare.contains("a=1 4 12"), "\(bare)")
  }

  /// A rule that nothing was measured for is not one that more servers could keep.
  @Test func whatCannotBeMeasuredIsSaid() throws {
    let rule = try Threshold(parsing: "delivery.lag.p99 < 5s")
    let test = ToleranceTest(content: 0.95)
    let outcomes = [TrialOutcome](repeating: .init(observed: [nil], passed: [false]), count: 2)
    var design = DesignPlan(name: "")
    design.failure = FleetAssessment(
      condition: .asGiven, objectives: [.init(rule, 0, outcomes, test)], seeds: 2, kept: 0,
      isKept: false)
    let text = try #require(PlanText(Self.answer([design], in: nil), design).sentences.first)
    #expect(text.hasPrefix("No fleet can be shown to keep delivery.lag.p99 < 5s: "), "\(text)")
    #expect(text.contains("duration"))
  }
}
