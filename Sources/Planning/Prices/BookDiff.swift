import FeedSystem
import Settings

/// What changes from one price sheet to another: each price that both have, and bills by both.
///
/// Items are the same where they answer to the same name: their own, or one that they stand for.
public struct BookDiff: Sendable, Equatable {
  /// One price of one sheet.
  public struct Quote: Sendable, Equatable {
    /// The item's own name.
    public var item: String
    public var price: Double
    public var per: PriceSheet.Per
    public var source: String
    public var date: String
  }

  /// A price that both sheets have.
  public struct Row: Sendable, Equatable {
    /// What both items answer to.
    public var name: String
    public var option: PurchaseOption
    /// Units a month from which on the price is paid; above 0 only where there are tiers.
    public var from: Double
    public var before: Quote
    public var after: Quote

    /// After − before for one unit of before's; nil where the units cannot be compared.
    public var difference: Double? { comparable.map { $0 - before.price } }

    /// That as a share of before; nil where before is nothing.
    public var change: Double? {
      guard let difference else { return nil }
      if difference == 0 { return 0 }
      return before.price > 0 ? difference / before.price : nil
    }

    /// After's price for a unit of before's.
    private var comparable: Double? {
      let gibibyte = 1_073_741_824.0
      switch (before.per, after.per) {
      case (let one, let other) where one == other: return after.price
      case (.gigabyteMonth, .gibibyteMonth): return after.price * 1e9 / gibibyte
      case (.gibibyteMonth, .gigabyteMonth): return after.price * gibibyte / 1e9
      default: return nil
      }
    }
  }

  /// One design's bill by both sheets.
  public struct Bill: Sendable, Equatable {
    /// Empty where the scenario compares no designs.
    public var design: String
    public var lines: [(before: CostLine?, after: CostLine?)]

    public var before: Double { Cost.month(lines.compactMap(\.before)) }
    public var after: Double { Cost.month(lines.compactMap(\.after)) }

    /// Lines that both sheets price: all that totals may be compared by.
    public var shared: [(before: CostLine, after: CostLine)] {
      lines.compactMap { before, after in
        guard let before, let after, before.monthly != nil, after.monthly != nil else { return nil }
        return (before, after)
      }
    }

    public var sharedBefore: Double { Cost.month(shared.map(\.before)) }
    public var sharedAfter: Double { Cost.month(shared.map(\.after)) }

    /// Whether each line has a price by both sheets, or by neither.
    public var isComparable: Bool {
      lines.allSatisfy { ($0.before?.monthly == nil) == ($0.after?.monthly == nil) }
    }

    public static func == (one: Bill, other: Bill) -> Bool {
      one.design == other.design && one.lines.elementsEqual(other.lines) { $0 == $1 }
    }
  }

  public var before: PriceSheet
  public var after: PriceSheet
  public var rows: [Row]
  /// Names of items, or of ways to pay for them, that the other sheet has no price for.
  public var onlyBefore: [String]
  public var onlyAfter: [String]
  /// The scenario that the bills are of; empty without one.
  public var scenario = ""
  public var bills: [Bill] = []

  /// - Throws: `InvalidInput` for sheets in two currencies: nothing is converted.
  public init(_ before: PriceSheet, _ after: PriceSheet) throws {
    guard before.currency == after.currency else {
      throw InvalidInput(
        "\(before.name) is in \(before.currency.rawValue) and \(after.name) in "
          + "\(after.currency.rawValue); prices are compared in one currency")
    }
    self.before = before
    self.after = after
    let rows = Self.pairs(before, after).flatMap { Self.rows($0.name, $0.before, $0.after) }
    self.rows = rows
    onlyBefore = Self.offers(of: before).filter { offer in
      !rows.contains { $0.before.item == offer.item && $0.option == offer.option }
    }.map(\.text)
    onlyAfter = Self.offers(of: after).filter { offer in
      !rows.contains { $0.after.item == offer.item && $0.option == offer.option }
    }.map(\.text)
  }

  /// The same, with the bills of a result's designs: its demands, priced by both sheets.
  ///
  /// - Throws: `InvalidInput` also for a result without a bill, or whose document says too little.
  public init(_ before: PriceSheet, _ after: PriceSheet, of result: Result) throws {
    try self.init(before, after)
    scenario = result.scenario
    guard result.designs.contains(where: { !$0.costs.isEmpty }) else {
      throw InvalidInput("\(result.scenario) was run without prices and has no bill", path: "costs")
    }
    bills = try result.designs.map { try Bill($0, before, after) }
  }

  /// Items of both sheets that answer to a name, each pair once.
  private static func pairs(
    _ before: PriceSheet, _ after: PriceSheet
  ) -> [(name: String, before: PriceSheet.Item, after: PriceSheet.Item)] {
    var pairs: [(name: String, before: PriceSheet.Item, after: PriceSheet.Item)] = []
    for item in before.items {
      for name in item.names {
        guard let other = after[name] else { continue }
        let isThere = pairs.contains { $0.before.name == item.name && $0.after.name == other.name }
        if !isThere { pairs.append((name, item, other)) }
      }
    }
    return pairs
  }

  private static func rows(
    _ name: String, _ before: PriceSheet.Item, _ after: PriceSheet.Item
  ) -> [Row] {
    var rows: [Row] = []
    for option in PurchaseOption.allCases {
      guard let one = before.offer(option), let other = after.offer(option) else { continue }
      for from in option == .onDemand ? bounds(before, after) : [0] {
        rows.append(
          Row(
            name: name, option: option, from: from, before: quote(before, one, from),
            after: quote(after, other, from)))
      }
    }
    return rows
  }

  /// Where a tier of either begins.
  private static func bounds(_ before: PriceSheet.Item, _ after: PriceSheet.Item) -> [Double] {
    var bounds = [0.0]
    for end in (before.tiers + after.tiers).compactMap(\.upTo).sorted() where end > bounds.last! {
      bounds.append(end)
    }
    return bounds
  }

  private static func quote(
    _ item: PriceSheet.Item, _ offer: PriceSheet.Offer, _ from: Double
  ) -> Quote {
    let tier = item.tiers.first { from < $0.upTo ?? .infinity }
    return Quote(
      item: item.name, price: tier?.price ?? offer.price, per: item.per, source: offer.source,
      date: offer.date)
  }

  private static func offers(
    of sheet: PriceSheet
  ) -> [(item: String, option: PurchaseOption, text: String)] {
    sheet.items.flatMap { item in
      PurchaseOption.allCases.filter { item.offer($0) != nil }.map { option in
        (item.name, option, Self.label(item.name, option))
      }
    }
  }

  /// `c5.2xlarge`, `c5.2xlarge, spot`
  public static func label(_ name: String, _ option: PurchaseOption) -> String {
    option == .onDemand ? name : "\(name), \(option.words)"
  }
}

extension BookDiff.Bill {
  fileprivate init(
    _ design: DesignResult, _ before: PriceSheet, _ after: PriceSheet
  ) throws {
    let demands = try design.costs.map { line in
      guard let demand = line.demand else {
        throw InvalidInput(
          "the line \(line.name) does not say what was to be billed; run the scenario again",
          path: "costs")
      }
      return demand
    }
    self.design = design.name
    let (old, new) = (Cost.lines(for: demands, at: before), Cost.lines(for: demands, at: after))
    lines = demands.map(\.line).map { name in
      (old.first { $0.name == name }, new.first { $0.name == name })
    }
  }
}
