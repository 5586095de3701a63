import Settings

/// How machines are paid for: a scenario's `purchase`, and a tier's own.
public enum PurchaseOption: String, Sendable, CaseIterable {
  /// By the hour, without any commitment: the price of an item itself.
  case onDemand
  /// Paid for a year, or for three, whether used or not.
  case reserved1y, reserved3y
  /// What others leave idle, taken back at short notice.
  case spot

  /// In running text.
  public var words: String {
    switch self {
    case .onDemand: "on demand"
    case .reserved1y: "reserved for 1 year"
    case .reserved3y: "reserved for 3 years"
    case .spot: "spot"
    }
  }

  private static var form: Form<PurchaseOption> {
    .choice(allCases.map { ($0.rawValue, $0) })
  }

  /// A scenario's, or a design's, `purchase`.
  static func read(_ parameters: inout Parameters) throws -> PurchaseOption {
    try parameters.read(
      "purchase", form, default: .onDemand,
      "How machines are paid for, but in tiers that say otherwise.")
  }

  /// A tier's own; nil where it does not say.
  static func read(ofTier parameters: inout Parameters) throws -> PurchaseOption? {
    try parameters.read(
      "purchase", form,
      "How its machines are paid for; as the scenario's purchase says if not given.")
  }
}

extension Design {
  /// How the machines of a tier are paid for.
  public func purchase(of tier: TierName) -> PurchaseOption {
    settings(of: tier).purchase ?? purchase
  }

  /// Whether anything is paid for in another way than by the hour.
  public var commits: Bool {
    purchase != .onDemand
      || TierName.allCases.contains { settings(of: $0).purchase ?? .onDemand != .onDemand }
  }
}
