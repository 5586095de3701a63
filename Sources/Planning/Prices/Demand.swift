import FeedSystem
import Settings

/// What one line of a bill is for, before a price sheet says how much must be bought and at what
/// price: the same demand can be billed by any sheet.
public struct Demand: Sendable, Equatable {
  /// As in `cost.month.<line>`.
  public var line: String
  /// The price sheet's item, by its name or by what another stands for.
  public var item: String
  public var amount: Amount
  /// How it came about: `for 24 servers at 8 each`.
  public var reason: String
  public var purchase = PurchaseOption.onDemand

  public enum Amount: Sendable, Equatable {
    /// So many of a unit.
    case volume(Double, PriceSheet.Per)
    /// Machines for the work; more where the bytes that they hold need more of the medium.
    case machines(Double, holding: Double?, Medium)
    /// In each of so many places, as many machines as hold so many bytes in memory.
    case places(Int, holding: Double)
    /// Units of an event bus that take so many messages a second.
    case messages(perSecond: Double)
  }

  public enum Medium: String, Sendable, CaseIterable {
    case memory, flash
  }

  public init(
    line: String, item: String, amount: Amount, reason: String,
    purchase: PurchaseOption = .onDemand
  ) {
    self.line = line
    self.item = item
    self.amount = amount
    self.reason = reason
    self.purchase = purchase
  }

  /// The line of a bill by a sheet; without a price where the sheet has none for it.
  public func priced(by prices: PriceSheet) -> CostLine {
    let item = prices[self.item]
    var (quantity, unit, detail) = bought(of: item)
    var line = CostLine(
      name: self.line, quantity: quantity, unit: unit.rawValue, detail: detail, unitPrice: nil,
      source: "")
    line.item = item?.name ?? self.item
    line.currency = prices.currency
    line.demand = self
    guard let item else {
      line.source = "no \"\(self.item)\" in \(prices.name)"
      if let near = Suggestion.closest(to: self.item, among: prices.items.flatMap(\.names)) {
        line.source += "; did you mean \"\(near)\"?"
      }
      return line
    }
    if item.per == .gibibyteMonth, unit == .gigabyteMonth {
      quantity *= 1e9 / 1_073_741_824
      unit = item.per
      (line.quantity, line.unit) = (quantity, unit.rawValue)
    } else if item.per != unit {
      line.source =
        "\"\(item.name)\" is priced per \(item.per.rawValue), not per \(unit.rawValue), in "
        + prices.name
      return line
    }
    guard let offer = item.offer(purchase) else {
      line.source = "no price of \"\(item.name)\", \(purchase.words), in \(prices.name)"
      return line
    }
    line.unitPrice = offer.price
    if !item.tiers.isEmpty, quantity > 0 {
      line.unitPrice = item.cost(of: quantity) / quantity
      detail += Self.tiers(of: item, quantity)
    }
    (line.detail, line.source, line.date) = (detail, offer.provenance, offer.date)
    return line
  }

  /// Machines that the bytes take, whatever the work is; nil for what is no machine, or where no
  /// sheet says what one holds.
  func machinesForBytes(by prices: PriceSheet?) -> Int? {
    guard let prices, case .machines(_, let bytes, let medium) = amount else { return nil }
    let (count, _) = held(bytes, medium, atLeast: 0, by: prices[item])
    return Int(count)
  }

  /// How much of an item is bought, and how that came about.
  private func bought(of item: PriceSheet.Item?) -> (Double, PriceSheet.Per, String) {
    switch amount {
    case .volume(let quantity, let unit): return (quantity, unit, reason)
    case .machines(let machines, let bytes, let medium):
      let (count, reason) = held(bytes, medium, atLeast: machines, by: item)
      return (count * Usage.hoursPerMonth, .hour, "\(machineText(count, item)) \(reason)")
    case .places(let places, let bytes):
      var each = 1.0
      var reason = reason
      if let memory = item?.memoryGiB {
        each = (bytes / (memory * 1_073_741_824 * Cost.memoryFill)).rounded(.up)
        reason += " at 75 % of \(memory) GiB"
      } else if item != nil {
        reason += ", one each: the price sheet gives no memoryGiB"
      }
      let count = each * Double(places)
      return (count * Usage.hoursPerMonth, .hour, "\(machineText(count, item)) \(reason)")
    case .messages(let perSecond):
      let each = item?.messagesPerSecond ?? 1000
      let count = (perSecond / each).rounded(.up)
      return (
        count * Usage.hoursPerMonth, .hour,
        "\(NumberText.amount(count)) \(reason) at \(NumberText.amount(each)) each"
      )
    }
  }

  /// `3 × c5.2xlarge`, `3 × n2-highcpu-8 (for c5.2xlarge), spot`
  private func machineText(_ count: Double, _ item: PriceSheet.Item?) -> String {
    var text = "\(NumberText.amount(count)) × \(item?.name ?? self.item)"
    if let item, item.name != self.item { text += " (for \(self.item))" }
    return purchase == .onDemand ? text : "\(text), \(purchase.words),"
  }

  private func held(
    _ bytes: Double?, _ medium: Medium, atLeast machines: Double, by item: PriceSheet.Item?
  ) -> (Double, String) {
    guard let bytes else { return (machines, reason) }
    let isFlash = medium == .flash
    guard let room = isFlash ? item?.flashGB : item?.memoryGiB else {
      guard bytes > 0, item != nil else { return (machines, reason) }
      let field = isFlash ? "flashGB" : "memoryGiB"
      return (machines, reason + ", by servers only: the price sheet gives no \(field)")
    }
    let each = room * (isFlash ? 1e9 : 1_073_741_824) * Cost.memoryFill
    let forBytes = (bytes / each).rounded(.up)
    guard forBytes > machines else { return (machines, reason) }
    return (
      forBytes, "for \(NumberText.bytes(bytes)) at 75 % of \(room) \(isFlash ? "GB" : "GiB")"
    )
  }

  /// `: 10,240 at 0.09, 40,960 at 0.085`
  private static func tiers(of item: PriceSheet.Item, _ quantity: Double) -> String {
    var from = 0.0
    var parts: [String] = []
    for tier in item.tiers where quantity > from {
      let end = min(quantity, tier.upTo ?? .infinity)
      parts.append("\(NumberText.amount(end - from)) at \(NumberText.price(tier.price))")
      from = tier.upTo ?? .infinity
    }
    return ": " + parts.joined(separator: ", ")
  }
}
