/// What a price sheet's prices, and so its bill, are in. Nothing is converted: a rate of exchange
/// would be one price more without a date.
public enum Currency: String, Sendable, CaseIterable {
  case dollars = "USD"
  case euros = "EUR"
  case pounds = "GBP"
  case francs = "CHF"
  case yen = "JPY"
  case yuan = "CNY"
  case rupees = "INR"

  public var unit: Unit {
    switch self {
    case .dollars: .dollars
    case .euros: .euros
    case .pounds: .pounds
    case .francs: .francs
    case .yen: .yen
    case .yuan: .yuan
    case .rupees: .rupees
    }
  }

  /// Before an amount: `$`, and for every other its code.
  public var symbol: String { self == .dollars ? "$" : rawValue }

  /// An amount in running text: `$1,234`, `EUR 1,234`.
  public func text(_ amount: Double) -> String {
    let digits = NumberText.dollars(amount)
    return self == .dollars ? "$" + digits : "\(rawValue) \(digits)"
  }
}

extension Unit {
  /// The currency that this is; nil for what is no money.
  public var currency: Currency? { Currency.allCases.first { $0.unit == self } }

  public var isMoney: Bool { currency != nil }
}

extension Result {
  /// What the designs' bills are in.
  public var currency: Currency { designs.first { !$0.costs.isEmpty }?.currency ?? .dollars }
}

extension DesignResult {
  /// What the bill is in.
  public var currency: Currency { costs.first?.currency ?? .dollars }
}
