import FeedSystem
import Planning
import Settings
import Testing

/// Two price books, price by price and bill by bill.
@Suite struct BookDiffTests {
  private static func item(
    _ name: String, _ price: Double, per: PriceSheet.Per = .hour, standsFor: [String] = [],
    tiers: [PriceSheet.Tier] = [], spot: Double? = nil
  ) -> PriceSheet.Item {
    .init(
      name: name, price: price, per: per, source: "list", date: "2026-08", standsFor: standsFor,
      tiers: tiers,
      options: spot.map { [.init(option: .spot, price: $0, source: "list", date: "2026-08")] } ?? []
    )
  }

  private static let before = PriceSheet(
    name: "one", region: "here", date: "2025-08",
    items: [
      item("c5.2xlarge", 0.40, spot: 0.2), item("db.r5.4xlarge", 2), item("gone", 1),
      item("post-storage", 0.1, per: .gigabyteMonth),
      item(
        "egress", 9, per: .gigabyte,
        tiers: [.init(upTo: 10, price: 9), .init(upTo: nil, price: 5)]),
    ])
  private static let after = PriceSheet(
    name: "two", region: "there", date: "2026-08",
    items: [
      item("n2", 0.30, standsFor: ["c5.2xlarge", "c5"]), item("db.r5.4xlarge", 2, spot: 0.5),
      item("post-storage", 0.2, per: .gibibyteMonth), item("new", 3),
      item("egress", 8, per: .gigabyte),
    ])

  @Test func eachPriceIsComparedByHand() throws {
    let diff = try BookDiff(Self.before, Self.after)
    let rows = diff.rows.map { row in
      "\(row.name) \(row.option.rawValue) \(row.from): \(row.before.price) \(row.after.price)"
    }
    #expect(
      rows == [
        "c5.2xlarge onDemand 0.0: 0.4 0.3", "db.r5.4xlarge onDemand 0.0: 2.0 2.0",
        "post-storage onDemand 0.0: 0.1 0.2", "egress onDemand 0.0: 9.0 8.0",
        "egress onDemand 10.0: 5.0 8.0",
      ])
    #expect(diff.rows[0].after.item == "n2")
    #expect(abs((diff.rows[0].change ?? 0) + 0.25) < 1e-12)
    #expect(diff.rows[1].difference == 0 && diff.rows[1].change == 0)
    // 0.2 for 2^30 bytes are 0.18626 for 10^9.
    #expect(abs((diff.rows[2].difference ?? 0) - 0.0862645149230957) < 1e-12)
    #expect(diff.onlyBefore == ["c5.2xlarge, spot", "gone"])
    #expect(diff.onlyAfter == ["db.r5.4xlarge, spot", "new"])
  }

  @Test func aBookIsItself() throws {
    for sheet in try ShippedBooks.all {
      let diff = try BookDiff(sheet, sheet)
      #expect(diff.rows.allSatisfy { $0.difference == 0 && $0.before == $0.after })
      #expect(diff.onlyBefore.isEmpty && diff.onlyAfter.isEmpty)
      #expect(Set(diff.rows.map(\.before.item)) == Set(sheet.items.map(\.name)))
    }
  }

  /// The bill of a result is the one that a run by the other book would have given.
  @Test func aResultIsBilledAnew() throws {
    let books = try ShippedBooks.all
    for one in books {
      let result = Self.result(Cost.lines(for: ShippedBooks.busy, at: one))
      for other in books {
        let bill = try #require(try BookDiff(one, other, of: result).bills.first)
        #expect(bill.lines.compactMap(\.before) == Cost.lines(for: ShippedBooks.busy, at: one))
        #expect(bill.lines.compactMap(\.after) == Cost.lines(for: ShippedBooks.busy, at: other))
        #expect(bill.before == Cost.month(Cost.lines(for: ShippedBooks.busy, at: one)))
        // What one of them does not price is no difference.
        let names = Set(bill.shared.map(\.before.name))
        let priced = bill.lines.compactMap(\.before).filter { names.contains($0.name) }
        #expect(bill.sharedBefore == Cost.month(priced))
        #expect(bill.isComparable || names.count < bill.lines.count)
      }
    }
  }

  @Test func aResultWithoutABillIsRefused() throws {
    #expect(throws: InvalidInput.self) {
      try BookDiff(Self.before, Self.after, of: Self.result([]))
    }
    let old = CostLine(
      name: "egress", quantity: 1, unit: "GB", detail: "", unitPrice: 1, source: "list")
    #expect(throws: InvalidInput.self) {
      try BookDiff(Self.before, Self.after, of: Self.result([old]))
    }
  }

  private static func result(_ costs: [CostLine]) -> Result {
    Result(
      feedsimVersion: "", scenario: "test", arguments: [], scenarioHash: "", question: "", seed: 1,
      replications: 1, population: Population(users: 1, follows: 1),
      horizon: Horizon(warmUp: .zero, duration: .zero),
      designs: [DesignResult(name: "", metrics: [], costs: costs)], notes: [])
  }

  /// Every line of every book's bill says what, how much, at which price, whence and of when.
  @Test func everyLineIsTraced() throws {
    for sheet in try ShippedBooks.all {
      for purchase in PurchaseOption.allCases {
        var usage = ShippedBooks.busy
        usage.purchase = purchase
        let lines = Cost.lines(for: usage, at: sheet)
        #expect(lines.map(\.name) == Cost.lineNames)
        for line in lines {
          guard let price = line.unitPrice else {
            #expect(line.date.isEmpty && line.source.contains(sheet.name), "\(line)")
            continue
          }
          let item = try #require(sheet[line.item])
          #expect(!line.source.isEmpty && line.source.hasSuffix(", \(line.date)"), "\(line)")
          #expect(line.date == "undated" || PriceDate(line.date) != nil)
          #expect(line.unit == item.per.rawValue && line.quantity > 0)
          let expected =
            item.tiers.isEmpty
            ? price * line.quantity : item.cost(of: line.quantity)
          #expect(abs((line.monthly ?? 0) - expected) < 0.005, "\(line)")
        }
        let noted = Cost.notes(on: lines).count
        #expect(noted == lines.count { $0.monthly == nil })
      }
    }
  }
}
