import FeedSystem

/// What a provider charges in one region at one time: a YAML file, no Swift.
public struct PriceSheet: Sendable, Equatable {
  public var name: String
  public var region: String
  /// When the sheet was put together; each item has a date of its own.
  public var date: String
  /// What every price is in.
  public var currency: Currency
  /// In the order of the file.
  public var items: [Item]

  /// One price, and what else it takes to be bought otherwise.
  public struct Item: Sendable, Equatable {
    /// An instance's name, or what the item pays for: `egress`.
    public var name: String
    /// In the sheet's currency; where there are tiers, that of the first.
    public var price: Double
    public var per: Per
    public var source: String
    /// `2026-08-21`, `2026-08`, or `undated` where the source gives none.
    public var date: String
    /// Nil where the sheet does not say.
    public var kind: Kind?
    /// Names that it is billed for beside its own: what another provider calls the like.
    public var standsFor: [String]
    /// Empty where every unit costs the same.
    public var tiers: [Tier]
    /// Prices of other ways to pay for it, none for `onDemand`, which is `price`.
    public var options: [Offer]
    /// Memory that one instance offers; nil where the sheet does not say.
    public var memoryGiB: Double?
    /// Flash that one instance has of its own; nil where the sheet does not say.
    public var flashGB: Double?
    /// Messages a second that one unit of an event bus takes; nil where the sheet does not say.
    public var messagesPerSecond: Double?

    public init(
      name: String, price: Double, per: Per, source: String, date: String,
      kind: Kind? = nil, standsFor: [String] = [], tiers: [Tier] = [], options: [Offer] = [],
      memoryGiB: Double? = nil, flashGB: Double? = nil, messagesPerSecond: Double? = nil
    ) {
      self.name = name
      self.price = price
      self.per = per
      self.source = source
      self.date = date
      self.kind = kind
      self.standsFor = standsFor
      self.tiers = tiers
      self.options = options
      self.memoryGiB = memoryGiB
      self.flashGB = flashGB
      self.messagesPerSecond = messagesPerSecond
    }

    /// As on a bill's line: `AWS Price List EC2 Linux, 2026-08-21`.
    public var provenance: String { "\(source), \(date)" }

    /// Its own name first, then what it stands for.
    public var names: [String] { [name] + standsFor }

    /// The price of a way to pay; nil where the sheet has none.
    public func offer(_ option: PurchaseOption) -> Offer? {
      if option == .onDemand {
        return Offer(option: .onDemand, price: price, source: source, date: date)
      }
      return options.first { $0.option == option }
    }

    /// What so many units cost together.
    public func cost(of quantity: Double) -> Double {
      guard !tiers.isEmpty else { return price * quantity }
      var (total, from) = (0.0, 0.0)
      for tier in tiers where quantity > from {
        total += (min(quantity, tier.upTo ?? .infinity) - from) * tier.price
        from = tier.upTo ?? .infinity
      }
      return total
    }
  }

  /// A price up to so many units a month.
  public struct Tier: Sendable, Equatable {
    /// Nil for the last, which has no end.
    public var upTo: Double?
    public var price: Double

    public init(upTo: Double?, price: Double) {
      self.upTo = upTo
      self.price = price
    }
  }

  /// The price of one way to pay for an item, with its own source and date.
  public struct Offer: Sendable, Equatable {
    public var option: PurchaseOption
    public var price: Double
    public var source: String
    public var date: String

    public init(option: PurchaseOption, price: Double, source: String, date: String) {
      self.option = option
      self.price = price
      self.source = source
      self.date = date
    }

    public var provenance: String { "\(source), \(date)" }
  }

  /// What sort of thing an item is.
  public enum Kind: String, Sendable, CaseIterable {
    case compute, cache, database, stream, storage
    /// Between zones or regions.
    case transfer
    /// To the internet.
    case egress
    case service
  }

  /// What one price buys.
  public enum Per: String, Sendable, CaseIterable {
    case hour
    /// 10^9 bytes kept for a month.
    case gigabyteMonth = "GB-month"
    /// 2^30 bytes kept for a month.
    case gibibyteMonth = "GiB-month"
    /// 10^9 bytes moved.
    case gigabyte = "GB"
    /// 10^6 requests or messages.
    case million
  }

  public init(
    name: String, region: String, date: String, currency: Currency = .dollars, items: [Item]
  ) {
    self.name = name
    self.region = region
    self.date = date
    self.currency = currency
    self.items = items
  }

  /// The item of that name, or the first that stands for it.
  public subscript(_ name: String) -> Item? {
    items.first { $0.name == name } ?? items.first { $0.standsFor.contains(name) }
  }
}
