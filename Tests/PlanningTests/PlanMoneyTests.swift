import FeedSystem
import Foundation
import Settings
import Simulation
import Testing

@testable import Planning

/// What a plan makes of money: rules about the bill, currencies, prices that are missing.
@Suite struct PlanMoneyTests {
  static let items = [
    "c5.2xlarge": 0.4, "c5.4xlarge": 0.8, "db.r5.4xlarge": 2, "cache.r6g.2xlarge": 0.8,
  ]

  /// A sheet's text in which each of those costs so much an hour.
  static func book(
    _ name: String, currency: String = "EUR", _ items: [String: Double] = items
  ) -> String {
    let list = items.sorted { $0.key < $1.key }.map {
      "  \($0.key): {price: \($0.value), per: hour, source: list, date: 2026-08-21}"
    }
    return """
      name: \(name)
      currency: \(currency)
      region: nowhere
      date: 2026-08-21
      items:
      \(list.joined(separator: "\n"))

      """
  }

  /// A second of a few users.
  static func text(_ rules: String, prices: String = "euro.yaml", _ more: String = "") -> String {
    """
    # What does it cost?
    feedsim: 1
    name: money
    duration: 1s
    warmUp: 1s
    replications: 1
    audience:
      users: 100
      graph: {kind: uniform, meanFollows: 2}
      activity: {postsPerDay: 1, loadsPerDay: 8640}
    fanOut: {policy: pull}
    timelines: {lifetime: 1h}
    prices: \(prices)
    thresholds: [\(rules)]
    \(more)

    """
  }

  /// A folder with files in it.
  static func folder(_ files: [String: String]) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, text) in files {
      try text.write(
        to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
    }
    return folder.path
  }

  private func plan(_ text: String, rules: [String] = []) throws -> PlanRun {
    let folder = try Self.folder(["euro.yaml": Self.book("euro"), "money.yaml": text])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try PlanRun(
      reading: "\(folder)/money.yaml", overrides: [], rules: rules, version: "1")
  }

  /// The bill is what is made least, whatever it is in, and never an objective.
  @Test func aRuleAboutTheBillIsNoObjective() throws {
    for currency in Currency.allCases {
      let rule = try Threshold(
        parsing: "cost.month < 3k \(currency.rawValue)", currency: currency)
      #expect(rule.isCost, "\(rule.rule)")
    }
    #expect(try !Threshold(parsing: "feed.latency.p99 < 1s").isCost)
    #expect(try !Threshold(parsing: "ads.revenue > 10 USD").isCost, "it is earned")
    let problem = #expect(throws: InvalidInput.self) {
      _ = try plan(Self.text("cost.month < 100k EUR"))
    }
    #expect(problem?.message.contains("gives no objective") == true, "\(problem as Any)")
    _ = try plan(Self.text("cost.month < 100k EUR, feed.latency.p99 < 1s"))
  }

  /// A rule on the command line is in the book's currency, as one in the file is.
  @Test func aRuleOnTheCommandLineIsInTheBooksCurrency() throws {
    let text = Self.text("feed.latency.p99 < 1s")
    _ = try plan(text, rules: ["cost.month < 1k EUR"])
    let problem = #expect(throws: InvalidInput.self) {
      _ = try plan(text, rules: ["cost.month < 10 USD"])
    }
    #expect(problem?.message.contains("write the rule in EUR") == true, "\(problem as Any)")
  }

  /// Of a capacity neither: no load is refused for what it costs.
  @Test func aCapacityIsNotLimitedByMoney() throws {
    let rules = "cost.month < 100k EUR, feed.latency.p99 < 1s"
    let folder = try Self.folder([
      "euro.yaml": Self.book("euro"), "money.yaml": Self.text(rules),
    ])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let search = CapacitySearch(try Scenario(reading: "\(folder)/money.yaml"), threads: 1)
    let ground = try search.prepared(version: "1")
    #expect(ground.setAside == ["cost.month < 100k EUR"])
    #expect(ground.rules.map(\.rule) == ["feed.latency.p99 < 1s"])
  }

  // MARK: Missing prices

  private static func line(_ name: String, _ price: Double?) -> CostLine {
    CostLine(
      name: name, quantity: 1, unit: "hour", detail: "", unitPrice: price, source: "list")
  }

  /// A machine without a price is no bargain beside one that has a price.
  @Test func aChoiceWithoutAPriceIsSetAside() {
    let (dear, free) = (Self.line("compute.ranking", 500), Self.line("compute.ranking", nil))
    let (egress, given) = (Self.line("egress", 7), Self.line("egress", nil))
    let one = PricedChoices([[dear, egress], [free, egress]])
    #expect(one.unpriced == [[], ["compute.ranking"]] && one.leftOut.isEmpty)
    // What nobody prices distinguishes nobody.
    let none = PricedChoices([[free, egress], [free, given]])
    #expect(none.unpriced == [[], []] && none.leftOut == ["egress"])
    // One is set aside, and what only it leaves out is compared.
    let other = PricedChoices([[dear, egress], [free, given], [dear, egress]])
    #expect(other.unpriced == [[], ["compute.ranking"], []] && other.leftOut.isEmpty)
    // Each lacks a machine of another: compared by the rest, and it is said.
    let gateway = Self.line("compute.gateway", 3)
    let both = PricedChoices([
      [dear, Self.line("compute.gateway", nil)], [free, gateway], [free, Self.line("x", 1)],
    ])
    #expect(both.unpriced == [[], [], []])
    #expect(both.leftOut == ["compute.gateway", "compute.ranking"])
  }

  /// What a fleet costs is what its run will be billed, however many servers have been measured.
  @Test func memoryTakesItsMachinesWhateverWasMeasured() throws {
    let sheet = PriceSheet(
      name: "test", region: "here", date: "2026-08",
      items: [
        .init(
          name: "box", price: 1, per: .hour, source: "list", date: "2026-08", memoryGiB: 10)
      ])
    let folder = try Self.folder([
      "euro.yaml": Self.book("euro"),
      "money.yaml": Self.text(
        "feed.latency.p99 < 1s", "tiers: {timelineStore: {instance: box, serversPerInstance: 2}}"
      ).replacing("policy: pull", with: "policy: push"),
    ])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let design = try Scenario(reading: "\(folder)/money.yaml").designs[0].design
    func measured(_ servers: Int) -> DesignResult {
      var usage = Usage(tiers: design.tiers, fleet: Fleet { $0 == .timelineStore ? servers : 0 })
      // 4.5 machines filled to 75 %.
      usage.timelineBytes = 4.5 * 10 * 1_073_741_824 * 0.75
      func metric(_ name: String, _ value: Double) -> Metric {
        Metric(
          name: "tier.timeline_store.\(name)", unit: .ratio, count: 1,
          mean: Estimate(value: value))
      }
      let use = 0.5 / Double(servers)
      return DesignResult(
        name: "",
        metrics: [
          metric("servers", Double(servers)), metric("headroom", 1 - use),
          metric("utilisation", use), metric("throughput", 100),
        ], costs: usage.bill(sheet))
    }
    for had in [1, 9, 10, 24] {
      let space = FleetSpace(measured(had), design, prices: sheet)
      let tier = try #require(space.tiers.first { $0.tier == .timelineStore })
      #expect(tier.machines(1) == 5 && tier.machines(11) == 6)
      for servers in 1...24 {
        let fleet = space.fleet { _ in servers }
        #expect(space.cost(fleet) == Cost.month(measured(servers).costs), "\(had), \(servers)")
      }
    }
  }

  // MARK: Choices

  /// A plan of that scenario, in a folder with books.
  private func planned(
    _ more: String, books: [String: String] = [:], _ overrides: [String] = [],
    _ body: (PlanAnswer, PlanRun, _ folder: String) throws -> Void
  ) throws {
    var files = books
    files["euro.yaml"] = Self.book("euro")
    files["money.yaml"] = Self.text("feed.latency.p99 < 1s", more)
    let folder = try Self.folder(files)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let run = try PlanRun(
      reading: "\(folder)/money.yaml", overrides: overrides, rules: [], version: "1")
    try body(try run.run(threads: 1), run, folder)
  }

  @Test func theMachineWithAPriceIsChosen() throws {
    let more = "plan: {vary: {tiers.ranking.instance: [no-such, c5.2xlarge]}}"
    try planned(more) { answer, _, _ in
      let design = answer.designs[0]
      #expect(design.choice == ["tiers.ranking.instance=c5.2xlarge"])
      #expect(design.considered.last?.outcome == .notPriced(["compute.ranking"]))
      #expect(answer.currency == .euros)
      // What is left out of the bill is told, as a run tells it.
      let plan = try #require(design.plan)
      #expect(plan.unpriced.contains("event_bus"), "\(plan.unpriced)")
      #expect(plan.notes.contains { $0.hasPrefix("not priced: event_bus, ") })
    }
  }

  /// A book is a choice as well: the months are billed by the one that was chosen, and costs are
  /// compared by lines that each has a price for.
  @Test func monthsAreBilledByTheChosenBook() throws {
    let cheap = Self.items.mapValues { $0 / 10 }
    var partly = Self.items.mapValues { $0 / 100 }
    partly["db.r5.4xlarge"] = nil
    let books = ["cheap.yaml": Self.book("cheap", cheap), "partly.yaml": Self.book("b", partly)]
    let more = """
      plan: {growth: 10%, months: 2, vary: {prices: [./partly.yaml, ./cheap.yaml]}}
      """
    try planned(more, books: books) { answer, _, folder in
      let design = answer.designs[0]
      #expect(design.choice == ["prices=\(folder)/./cheap.yaml"])
      #expect(design.considered.last?.outcome == .notPriced(["compute.post_store"]))
      let plan = try #require(design.plan)
      #expect(plan.growth?.lines.first?.cost == plan.month)
      #expect(plan.measured.costs.first?.unitPrice == 0.04)
    }
    let other = ["usd.yaml": Self.book("usd", currency: "USD")]
    let problem = #expect(throws: InvalidInput.self) {
      try planned("plan: {vary: {prices: [./usd.yaml]}}", books: other) { _, _, _ in }
    }
    #expect(problem?.message.contains("in one currency") == true, "\(problem as Any)")
  }

  /// The settings of an answer are those of the fleets that were tried.
  @Test func choicesOfDesignsStandInTheDesigns() throws {
    let designs = "designs: {small: {cache: {feed: {ttl: 10s}}}, large: {}}"
    let vary = "plan: {vary: {cache.feed.ttl: [20s]}}"
    try planned("\(designs)\n\(vary)") { answer, run, folder in
      let settings = answer.fleetSettings
      #expect(settings.allSatisfy { $0.hasPrefix("designs.") }, "\(settings)")
      for name in ["small", "large"] {
        #expect(settings.contains("designs.\(name).cache.feed.ttl=20s"))
      }
      let file = "\(folder)/fleet.yaml"
      try run.fleetFile(answer, at: file).write(toFile: file, atomically: true, encoding: .utf8)
      for read in [
        try Scenario(reading: "\(folder)/money.yaml", overrides: settings),
        try Scenario(reading: file),
      ] {
        for (named, found) in zip(read.designs, answer.designs) {
          #expect(named.design.cache.lifetime == .seconds(20))
          let ranking = try #require(found.plan?.fleet[.ranking])
          #expect(named.design.settings(of: .ranking).servers == .fixed(ranking))
        }
      }
    }
    let problem = #expect(throws: InvalidInput.self) {
      try planned("\(designs)\nplan: {vary: {prices: [./euro.yaml]}}") { _, _, _ in }
    }
    #expect(problem?.path.hasPrefix("plan.vary: ") == true, "\(problem as Any)")
    #expect(problem?.message.contains("shared by all designs") == true)
  }

  /// A fleet's file in another folder reads the files that the planned scenario has read.
  @Test func aFleetsFileKeepsItsPaths() throws {
    let here = FileManager.default.currentDirectoryPath + "/x"
    let books = ["other.yaml": Self.book("other"), "follows.txt": "0 1\n1 2\n2 0\n"]
    let folder = try Self.folder(books)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let text = Self.text("feed.latency.p99 < 1s", prices: "none.yaml")
      .replacing("{kind: uniform, meanFollows: 2}", with: "{edges: follows.txt}")
    try text.write(toFile: "\(folder)/money.yaml", atomically: true, encoding: .utf8)
    let run = try PlanRun(
      reading: "\(folder)/money.yaml",
      overrides: [
        "prices=\(FleetFile.relative("\(folder)/other.yaml", to: here))",
        "audience.activity.postsPerDay=2",
      ], rules: [], version: "1")
    let answer = try run.run(threads: 1)
    for name in ["fleet.yaml", "sub/fleet.yaml", "sub/deep/fleet.yaml"] {
      let file = "\(folder)/\(name)"
      try FileManager.default.createDirectory(
        atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
      try run.fleetFile(answer, at: file).write(toFile: file, atomically: true, encoding: .utf8)
      let read = try Scenario(reading: file)
      #expect(read.prices?.name == "other" && read.audience.graph.file != nil, "\(name)")
    }
  }
}
