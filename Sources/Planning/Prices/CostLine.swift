/// One line of the monthly bill.
public struct CostLine: Sendable, Equatable {
  /// As in `cost.month.<line>`.
  public var name: String
  /// What is billed, and how it came about: "3 × c5.2xlarge for 24 servers".
  public var quantity: Double
  public var unit: String
  public var detail: String
  /// What one unit costs, the mean where there are tiers; nil where the price sheet has no price.
  public var unitPrice: Double?
  /// Where the price comes from and of what date; without a price, why there is none.
  public var source: String
  /// The price's date, `undated` where its source gives none; empty without a price.
  public var date = ""
  /// The price sheet's item; what was asked for where it has none.
  public var item = ""
  /// What unit price and month are in.
  public var currency = Currency.dollars
  /// What was to be billed; nil where a document does not say.
  public var demand: Demand?

  public init(
    name: String, quantity: Double, unit: String, detail: String, unitPrice: Double?,
    source: String
  ) {
    self.name = name
    self.quantity = quantity
    self.unit = unit
    self.detail = detail
    self.unitPrice = unitPrice
    self.source = source
  }

  /// What a month costs; nil where it is not priced.
  public var monthly: Double? { unitPrice.map { $0 * quantity } }
}
