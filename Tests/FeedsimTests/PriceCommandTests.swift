import Foundation
import Testing

/// Price books as a user meets them: bills that can be traced, `plan diff`, old prices, currencies.
@Suite struct PriceCommandTests {
  private struct Report: Decodable {
    var costs: [Line]?
    var metrics: [String: Figure]?
    var notes: [String]?
    var designs: [Report]?
    /// What the fleet of a plan costs a month, which has a bill and no run's metrics.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    var cost_month: Double?

    struct Line: Decodable {
      var line: String
      var quantity: Double
      var unit: String
      var source: String
      var date: String?
      var priced: Bool
      // swift-format-ignore: AlwaysUseLowerCamelCase
      var unit_price: Double?
      var monthly: Double?
    }

    struct Figure: Decodable {
      var unit: String
      var mean: Mean?

      struct Mean: Decodable { var value: Double }
    }
  }

  /// Every line of every bill that is committed: a quantity, a unit price, a source and a date.
  @Test(arguments: Repository.files(in: "Reports", ending: ".json"))
  func everyBillIsTraced(_ name: String) throws {
    let file = "\(Repository.root)/Reports/\(name).json"
    let report = try JSONDecoder().decode(
      Report.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
    for design in report.designs ?? [report] {
      guard let costs = design.costs, !costs.isEmpty else { continue }
      var total = 0.0
      for line in costs {
        #expect(line.quantity > 0 && !line.unit.isEmpty && !line.source.isEmpty, "\(line)")
        guard let price = line.unit_price, let monthly = line.monthly else {
          #expect(!line.priced && line.monthly == nil && line.date == nil, "\(line)")
          if let notes = design.notes {
            #expect(notes.contains { $0.hasPrefix("not priced: \(line.line), ") }, "\(line)")
          }
          continue
        }
        #expect(line.priced && abs(monthly - line.quantity * price) < 0.005, "\(line)")
        #expect(line.date?.isEmpty == false, "\(line)")
        if let metrics = design.metrics {
          #expect(metrics["cost.month.\(line.line)"]?.mean?.value == monthly)
        }
        total += monthly
      }
      let month = try #require(design.cost_month ?? design.metrics?["cost.month"]?.mean?.value)
      #expect(abs(month - total) < 0.005)
    }
  }

  private static func book(
    _ name: String, _ price: String, currency: String = "USD", more: String = ""
  ) -> String {
    """
    name: \(name)
    currency: \(currency)
    region: nowhere
    date: 2026-08-21
    items:
      c5.2xlarge:
        {price: \(price), per: hour, source: list, date: 2026-08-21,
         options: {spot: {price: 0.1, source: spot list, date: 2024-08-09}}}
      egress: {price: 0.09, per: GB, source: list, date: 2024-08-09}
    \(more)

    """
  }

  private static func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.write("one.yaml", book("one", "0.4"))
    let cheap = "  cheap: {price: 1, per: GB, source: x, date: undated}"
    try scratch.write("two.yaml", book("two", "0.3", more: cheap))
    try scratch.write("euro.yaml", book("euro", "0.4", currency: "EUR"))
    try scratch.write("tiny.yaml", TinyScenario.text(replications: 1, more: "prices: one.yaml"))
    return scratch
  }

  private func run(_ arguments: [String], _ scratch: Scratch) throws -> Command.Finished {
    try Command.run(arguments, in: scratch.folder)
  }

  @Test func twoBooksAreToldApart() throws {
    let scratch = try Self.scratch()
    let result = try run(["plan", "diff", "./one.yaml", "./two.yaml"], scratch)
    #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    #expect(
      result.output == """
        one (nowhere, 2026-08-21, USD) → two (nowhere, 2026-08-21, USD)

          item              per   before  after   change  dates
          c5.2xlarge        hour    0.40   0.30  -25.0 %  2026-08-21
          c5.2xlarge, spot  hour    0.10   0.10     same  2024-08-09
          egress            GB      0.09   0.09     same  2024-08-09

        Only in two: cheap.

        """)
  }

  /// What a document says is billed as a run by the other book would be.
  @Test func aResultIsBilledByBoth() throws {
    let scratch = try Self.scratch()
    let first = try run(["run", "tiny.yaml", "--quiet", "--out", "r.json"], scratch)
    #expect(first.status == 0, "\(first.errors)")
    let second = try run(["run", "tiny.yaml", "--set", "prices=two.yaml", "--json"], scratch)
    let diff = try run(["plan", "diff", "./one.yaml", "./two.yaml", "r.json", "--json"], scratch)
    #expect(diff.status == 0, "\(diff.errors)")
    let bills = try RunDocument(diff.output).root["bills"] as? [[String: Any]] ?? []
    #expect(bills.count == 1)
    let before = try RunDocument(scratch.text("r.json")).value("cost.month")
    let after = try RunDocument(second.output).value("cost.month")
    #expect(bills.first?["before"] as? Double == before)
    #expect(bills.first?["after"] as? Double == after)
    #expect(after < before)
    let scenario = try run(
      [
        "plan", "diff", "./one.yaml", "./two.yaml", "--scenario", "tiny.yaml", "--quiet", "--out",
        "d.json", "--out", "d.csv", "--out", "d.md",
      ], scratch)
    #expect(scenario.status == 0 && scenario.output.isEmpty, "\(scenario.errors)")
    let same = try RunDocument(scratch.text("d.json")).root["bills"] as? [[String: Any]] ?? []
    #expect(same.first?["after"] as? Double == after)
    #expect(scratch.text("d.csv").contains("\nprice,,c5.2xlarge,onDemand,0,hour,0.4,0.3,-0.1"))
    #expect(scratch.text("d.md").contains("| total priced "))
  }

  /// Nothing is judged, so a rule may be in a currency that neither book is in.
  @Test func aScenariosRulesAreNoneOfADiffs() throws {
    let scratch = try Self.scratch()
    try scratch.write("third.yaml", Self.book("third", "0.3", currency: "EUR"))
    let more = "prices: one.yaml\nthresholds: [cost.month < 10 USD]"
    try scratch.write("ruled.yaml", TinyScenario.text(duration: "1s", replications: 1, more: more))
    let arguments = ["plan", "diff", "./euro.yaml", "./third.yaml", "--scenario", "ruled.yaml"]
    let diff = try run(arguments, scratch)
    #expect(diff.status == 0, "\(diff.errors)")
    #expect(diff.output.contains("Monthly cost of tiny, EUR"), "\(diff.output)")
  }

  @Test(arguments: [
    (["./one.yaml", "three"], 66, "no such price sheet"),
    (["./one.yaml", "./no.yaml"], 66, "no.yaml"),
    (["./one.yaml", "./euro.yaml"], 65, "one is in USD and euro in EUR"),
    (["./one.yaml", "./two.yaml", "tiny.yaml"], 65, "no JSON document"),
    (["./one.yaml", "./two.yaml", "r.json", "--scenario", "tiny.yaml"], 64, "not both"),
    (["./one.yaml", "./two.yaml", "--seed", "5"], 64, "--seed is for a scenario"),
    (["./one.yaml", "./two.yaml", "--out", "x.html"], 64, "chooses the format"),
    (["./one.yaml"], 64, "after"),
  ])
  func aWrongDiffIsRefused(_ arguments: [String], _ status: Int32, _ message: String) throws {
    let result = try run(["plan", "diff"] + arguments, Self.scratch())
    #expect(result.status == status && result.output.isEmpty)
    #expect(result.errors.contains(message), "\(result.errors)")
  }

  @Test func machinesArePaidForAsAsked() throws {
    let scratch = try Self.scratch()
    func lines(_ set: String...) throws -> [String: Double] {
      let options = set.flatMap { ["--set", $0] }
      let result = try run(["run", "tiny.yaml", "--json"] + options, scratch)
      #expect(result.status == 0, "\(result.errors)")
      let document = try RunDocument(result.output)
      let costs = document.root["costs"] as? [[String: Any]] ?? []
      let prices = costs.compactMap { cost -> (String, Double)? in
        guard let line = cost["line"] as? String else { return nil }
        return (cost["unit_price"] as? Double).map { (line, $0) }
      }
      return Dictionary(uniqueKeysWithValues: prices)
    }
    let usual = try lines()
    let spot = try lines("purchase=spot")
    let one = try lines("tiers.fanOutWorkers.purchase=spot")
    for (line, price) in usual {
      let isWorker = line == "compute.fan_out_workers"
      #expect(price == (line.hasPrefix("compute.") ? 0.4 : 0.09))
      #expect(spot[line] == (line.hasPrefix("compute.") ? 0.1 : 0.09), "\(line)")
      #expect(one[line] == (isWorker ? 0.1 : price), "\(line)")
    }
    #expect(usual["compute.fan_out_workers"] != nil)
  }

  @Test(arguments: [
    ("purchase=spott", "did you mean \"spot\"?"), ("tiers.gateway.purchase=1y", "purchase"),
    ("asOf=yesterday", "asOf"), ("asOf=2026-02-30", "asOf"), ("staleAfter=1", "staleAfter"),
    ("thresholds=[cost.month < 12000 EUR]", "is in EUR, and the price sheet's bill is in USD"),
  ])
  func wrongSettingsAreRefused(_ set: String, _ message: String) throws {
    let result = try run(["validate", "tiny.yaml", "--set", set], Self.scratch())
    #expect(result.status == 65 && result.errors.contains(message), "\(result.errors)")
  }

  @Test func withoutPricesNothingIsPaid() throws {
    let scratch = try Scratch()
    try scratch.write("tiny.yaml", TinyScenario.text(more: "purchase: spot"))
    let result = try run(["validate", "tiny.yaml"], scratch)
    #expect(result.status == 65 && result.errors.contains("needs prices"), "\(result.errors)")
    try scratch.write("tiny.yaml", TinyScenario.text(more: "asOf: 2026-11-21"))
    #expect(try run(["validate", "tiny.yaml"], scratch).errors.contains("asOf: needs prices"))
  }

  /// What a run says of old prices depends on dates that are written down, never on today's.
  @Test func oldPricesAreNoted() throws {
    let scratch = try Self.scratch()
    let note = "WARNING: prices of one older than 366 days on 2026-08-21: egress (2024-08-09)."
    let usual = try run(["validate", "tiny.yaml"], scratch)
    #expect(usual.status == 0 && usual.output == "tiny.yaml: fine\n")
    #expect(usual.errors.contains(note), "\(usual.errors)")
    let then = try run(["validate", "tiny.yaml", "--set", "asOf=2024-08-10"], scratch)
    #expect(then.errors.isEmpty, "\(then.errors)")
    let later = try run(
      ["validate", "tiny.yaml", "--set", "asOf=2026-08-23", "--set", "staleAfter=1d"], scratch)
    #expect(later.errors.contains("c5.2xlarge (2026-08-21)"), "\(later.errors)")
    let run = try run(["run", "tiny.yaml", "--json"], scratch)
    #expect(try RunDocument(run.output).notes.contains { $0.hasPrefix(note) })
  }

  @Test func aBillIsInTheBooksCurrency() throws {
    let scratch = try Self.scratch()
    let euro = ["run", "tiny.yaml", "--set", "prices=euro.yaml"]
    let result = try run(euro + ["--threshold", "cost.month < 1M EUR", "--json"], scratch)
    #expect(result.status == 0, "\(result.errors)")
    let document = try RunDocument(result.output)
    #expect(document.unit("cost.month") == "EUR")
    #expect(document.thresholds.last?["unit"] as? String == "EUR")
    let slip = try run(euro + ["--threshold", "cost.month < 12000 USD"], scratch)
    #expect(slip.status == 65 && slip.errors.contains("bill is in EUR"), "\(slip.errors)")
    #expect(slip.errors.split(separator: "\n").count == 1)
    #expect(try run(euro, scratch).output.contains("EUR"))
  }

  /// The books on the shelf with their age; a clock may be looked at here.
  @Test func booksAreListedWithTheirAge() throws {
    let result = try Command.run(["list", "prices"], in: Repository.root)
    #expect(result.status == 0)
    let line = result.output.split(separator: "\n").first { $0.contains("aws-us-east-1-2024-08 ") }
    #expect(line?.contains("USD, 2024-08-09, ") == true && line?.contains("STALE") == true)
  }
}
