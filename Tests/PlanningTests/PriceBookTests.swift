import FeedSystem
import Foundation
import Planning
import Settings
import Simulation
import Testing

/// Ways to pay, tiers, stand-ins, currencies and age: what a price book says beside a price.
@Suite struct PriceBookTests {
  private static func book(_ items: String, currency: String = "USD") throws -> PriceSheet {
    let text = """
      name: test
      currency: \(currency)
      region: nowhere
      date: 2026-08-21
      items:
      \(items)

      """
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("\(UUID().uuidString).yaml")
    try text.write(to: file, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: file) }
    return try PriceSheet.read(path: file.path)
  }

  private static func problem(_ items: String, currency: String = "USD") -> String {
    let error = #expect(throws: InvalidInput.self) { _ = try book(items, currency: currency) }
    return error.map { "\($0)" } ?? ""
  }

  private static let fleet = """
      c5.2xlarge:
        {price: 0.34, per: hour, source: s, date: 2026-08,
         options: {spot: {price: 0.155, source: t, date: 2024-08-09}}}
      db.r5.4xlarge: {price: 2, per: hour, source: s, date: 2026-08}
    """

  private static func usage(_ change: (inout Usage) -> Void = { _ in }) -> Usage {
    let tiers = Dictionary(
      uniqueKeysWithValues: TierName.allCases.map { ($0, TierSettings.standard($0)) })
    let servers: [TierName: Int] = [.gateway: 24, .postStore: 16, .fanOutWorkers: 8]
    var usage = Usage(tiers: tiers, fleet: Fleet { servers[$0] ?? 0 })
    change(&usage)
    return usage
  }

  @Test func aWayToPayChangesItsLineAlone() throws {
    let book = try Self.book(Self.fleet)
    let usual = Cost.lines(for: Self.usage(), at: book)
    let spot = Cost.lines(
      for: Self.usage { $0.tiers[.fanOutWorkers]?.purchase = .spot }, at: book)
    #expect(usual.map(\.name) == spot.map(\.name))
    for (before, after) in zip(usual, spot) where before.name != "compute.fan_out_workers" {
      #expect(before == after)
    }
    let line = try #require(spot.first { $0.name == "compute.fan_out_workers" })
    #expect(line.unitPrice == 0.155 && line.quantity == 730)
    #expect(line.source == "t, 2024-08-09" && line.date == "2024-08-09")
    #expect(line.detail == "1 × c5.2xlarge, spot, for 8 servers at 8 each")
  }

  @Test func whatHasNoSuchPriceIsListed() throws {
    let lines = Cost.lines(for: Self.usage { $0.purchase = .spot }, at: try Self.book(Self.fleet))
    #expect(Cost.month(lines) == 4 * 730 * 0.155)
    #expect(
      Cost.notes(on: lines) == [
        "not priced: compute.post_store, 1 × db.r5.4xlarge, spot, for 16 servers at 16 each "
          + "(no price of \"db.r5.4xlarge\", spot, in test)"
      ])
    // A tier's own way to pay goes before the design's.
    let own = Self.usage {
      $0.purchase = .spot
      $0.tiers[.postStore]?.purchase = .onDemand
    }
    #expect(Cost.notes(on: Cost.lines(for: own, at: try Self.book(Self.fleet))).isEmpty)
  }

  /// 10 at 9, 20 at 7 and 5 at 5 are 90 + 140 + 25.
  @Test func tiersAreFilledOneAfterAnother() throws {
    let book = try Self.book(
      """
        egress:
          per: GB
          source: s
          date: 2026-08
          tiers: [{upTo: 10, price: 9}, {upTo: 30, price: 7}, {price: 5}]
      """)
    let egress = try #require(book["egress"])
    let expected: [(Double, Double)] = [(0, 0), (10, 90), (10.5, 93.5), (30, 230), (35, 255)]
    for (quantity, cost) in expected { #expect(egress.cost(of: quantity) == cost, "\(quantity)") }
    let usage = Self.usage {
      $0.fleet = Fleet { _ in 0 }
      ($0.loadsPerMonth, $0.pageBytes) = (35, 1e9)
    }
    let line = try #require(Cost.lines(for: usage, at: book).first { $0.name == "egress" })
    #expect(line.monthly == 255)
    #expect(line.detail == "35 pages × 1 GB: 10 at 9.00, 20 at 7.00, 5 at 5.00")
  }

  @Test func anItemStandsForAnother() throws {
    let book = try Self.book(
      """
        n2-highcpu-8:
          {price: 0.29, per: hour, source: s, date: 2024-08, standsFor: [c5.2xlarge, c5a.2xlarge]}
      """)
    let line = try #require(Cost.lines(for: Self.usage(), at: book).first)
    #expect(line.item == "n2-highcpu-8" && line.unitPrice == 0.29)
    #expect(line.detail == "3 × n2-highcpu-8 (for c5.2xlarge) for 24 servers at 8 each")
  }

  @Test(arguments: [
    ("  a: {per: hour, source: s, date: 2026-08, options: {}}", "items.a.price: is required"),
    ("  a: {price: 1, per: hour, source: s, date: 2026-02-30}", "is not a date"),
    (
      "  a: {price: 1, per: GB, source: s, date: 2026-08, options: {spot: {price: 1}}}",
      "only what is paid by the hour"
    ),
    (
      "  a: {price: 1, per: hour, source: s, date: 2026-08, options: {reserved2y: {price: 1}}}",
      "did you mean \"reserved1y\"?"
    ),
    (
      "  a: {price: 1, per: hour, source: s, date: 2026-08, options: {onDemand: {price: 1}}}",
      "is the item's own price"
    ),
    (
      "  a: {price: 1, per: hour, source: s, date: 2026-08, options: {spot: {price: 1}}}",
      "items.a.options.spot.source: is required"
    ),
    ("  a: {price: 1, per: GB, source: s, date: 2026-08, tiers: [{price: 1}]}", "leave one out"),
    ("  a: {per: GB, source: s, date: 2026-08, tiers: [{upTo: 5, price: 1}]}", "has an end"),
    (
      "  a: {per: GB, source: s, date: 2026-08, tiers: [{price: 1}, {price: 2}]}",
      "only the last has no upTo"
    ),
    (
      "  a: {per: GB, source: s, date: 2026-08, tiers: "
        + "[{upTo: 5, price: 1}, {upTo: 5, price: 2}, {price: 3}]}", "must rise"
    ),
    ("  a: {price: 1, per: hour, source: s, date: 2026-08, kind: cach}", "did you mean \"cache\"?"),
    (
      "  a: {price: 1, per: hour, source: s, date: 2026-08, standsFor: b}\n"
        + "  b: {price: 1, per: hour, source: s, date: 2026-08}", "which is an item itself"
    ),
    (
      "  a: {price: 1, per: hour, source: s, date: 2026-08, standsFor: c}\n"
        + "  b: {price: 1, per: hour, source: s, date: 2026-08, standsFor: c}",
      "both stand for \"c\""
    ),
  ])
  func wrongBooksAreRefused(_ items: String, _ message: String) {
    let text = Self.problem(items)
    #expect(text.contains(message), "\(text)")
  }

  @Test func aBillIsInTheBooksCurrency() throws {
    let euros = try Self.book(Self.fleet, currency: "EUR")
    let lines = Cost.lines(for: Self.usage(), at: euros)
    #expect(lines.allSatisfy { $0.currency == .euros })
    #expect(Self.problem(Self.fleet, currency: "EURO").contains("did you mean \"EUR\"?"))
    let rule = try Threshold(parsing: "cost.month < 12000 EUR", currency: .euros)
    #expect(rule.unit == .euros && rule.limit == 12000)
    let slip = #expect(throws: InvalidInput.self) {
      try Threshold(parsing: "cost.month < 12000 USD", currency: .euros)
    }
    #expect(
      slip?.message.hasSuffix(
        "\"12000 USD\" is in USD, and the price sheet's bill is in EUR; write the rule in EUR")
        == true, "\(slip?.message ?? "")")
    let bare = #expect(throws: InvalidInput.self) {
      try Threshold(parsing: "cost.month < 12000", currency: .euros)
    }
    #expect(bare?.message.contains("needs its currency, EUR") == true)
    #expect(try Threshold(parsing: "ads.revenue > 5 USD", currency: .euros).unit == .dollars)
    #expect(throws: InvalidInput.self) {
      try BookDiff(euros, Self.book(Self.fleet))
    }
    #expect(NumberText.text(Estimate(value: 1234), .euros) == "EUR 1,234")
  }

  @Test func twiceThePricesAreTwiceTheBill() throws {
    for sheet in try ShippedBooks.all {
      var twice = sheet
      for index in twice.items.indices {
        twice.items[index].price *= 2
        for place in twice.items[index].tiers.indices { twice.items[index].tiers[place].price *= 2 }
        for place in twice.items[index].options.indices {
          twice.items[index].options[place].price *= 2
        }
      }
      let usage = ShippedBooks.busy
      let (one, two) = (
        Cost.month(Cost.lines(for: usage, at: sheet)), Cost.month(Cost.lines(for: usage, at: twice))
      )
      #expect(one > 0 && abs(two - 2 * one) <= 1e-9 * one, "\(sheet.name)")
    }
  }

  @Test func daysAreCountedByTheCalendar() throws {
    #expect(PriceDate("1970-01-01")?.dayNumber == 0)
    #expect(PriceDate("2000-02-29")?.dayNumber == 11_016)
    #expect(PriceDate("2026-11-22")?.dayNumber == 20_779)
    #expect(PriceDate("2026-11")?.dayNumber == 20_758)
    let none = ["undated", "2026-13", "2026-02-29", "1900-02-29", "2026-1-1", "2026-01-01-01", ""]
    for text in none { #expect(PriceDate(text) == nil, "\(text)") }
  }

  @Test func oldPricesAreNamed() throws {
    let book = try Self.book(Self.fleet)
    let used = [("a", "2025-08-20"), ("b", "2025-08-21"), ("c", "undated"), ("a", "2025-08-20")]
    let year = Duration.seconds(365 * 86_400)
    #expect(
      book.staleness(of: used.map { (item: $0.0, date: $0.1) }, on: nil, after: year)
        == "WARNING: prices of test older than 365 days on 2026-08-21: a (2025-08-20); without a "
        + "date: c. Look them up again.")
    let fresh = [(item: "b", date: "2025-08-21")]
    #expect(book.staleness(of: fresh, on: nil, after: year) == nil)
    #expect(book.staleness(of: fresh, on: PriceDate("2026-08-22"), after: year) != nil)
  }
}

/// The price books of the repository.
enum ShippedBooks {
  static var all: [PriceSheet] {
    get throws {
      let folder = "\(PriceTests.scenarios)/prices"
      return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map {
        try PriceSheet.read(path: "\(folder)/\($0)")
      }
    }
  }

  /// A month that uses something of everything.
  static var busy: Usage {
    let tiers = Dictionary(
      uniqueKeysWithValues: TierName.allCases.map { ($0, TierSettings.standard($0)) })
    var usage = Usage(tiers: tiers, fleet: Fleet { _ in 40 })
    usage.timelineBytes = 5e12
    usage.feedCacheBytes = 2e11
    (usage.postsPerMonth, usage.postBytes, usage.mediaBytesPerPost) = (2e6, 2000, 5e5)
    (usage.loadsPerMonth, usage.pageBytes) = (5e8, 4e4)
    (usage.mediaEgressBytes, usage.liveBytesPerMonth) = (7e12, 1e12)
    (usage.notificationsPerMonth, usage.busMessagesPerMonth) = (1e7, 5e9)
    (usage.entriesWrittenPerMonth, usage.entryBytes) = (1e9, 16)
    (usage.edge, usage.edgeRegions, usage.edgeFillBytesPerMonth) = (EdgeSettings(), 3, 1e12)
    usage.reviewers = 2
    usage.regionUsers = [3, 2, 1]
    return usage
  }
}
