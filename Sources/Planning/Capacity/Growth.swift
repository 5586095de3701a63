import FeedSystem
import Simulation

/// When today's fleet breaks as traffic grows, and what the months until then and after cost: a
/// pure value.
///
/// Growth is in users at the habits they have: posts, loads and everything that is stored grow by
/// the same share each month. No server is added before traffic reaches what today's fleet was seen
/// to hold, only machines where what is kept in memory needs them. From there on servers follow so
/// that nobody waits longer at the peak than then, when every objective was kept, by the
/// pessimistic estimate of `WaitingLaw`: large fleets need less to spare, so servers grow more
/// slowly than traffic, and never faster, for in a larger fleet that is no busier nobody waits
/// longer. Nothing is sold: a tier never has fewer servers than today.
public struct Growth: Sendable, Equatable {
  /// One month's fleet and bill.
  public struct Line: Sendable, Equatable {
    /// From today, which is 0.
    public var month: Int
    /// On today's traffic.
    public var factor: Double
    /// By tier, those that the design visits.
    public var servers: [Servers]
    /// Of that month; nil without prices.
    public var cost: Double?
  }

  public struct Servers: Sendable, Equatable {
    public var tier: TierName
    public var count: Int
  }

  /// Empty where the scenario compares no designs.
  public var design: String
  /// In a month, as a share.
  public var monthly: Double
  /// Months from today in which today's fleet no longer takes the traffic: as early, and as late,
  /// as the capacity's interval says; 0 where it does not today. Nil where nothing grows, or where
  /// no limit was found.
  public var breaks: ClosedRange<Double>?
  /// From today on, month by month.
  public var lines: [Line]
  /// What they cost is in.
  public var currency: Currency

  /// The share of visits that wait no longer than with the most that today's fleet holds.
  static let quantile = 0.99

  /// - Parameters:
  ///   - capacity: factors on today's traffic; nil where no limit was found.
  ///   - demands: of today's fleet, at today's traffic.
  ///   - usage: what today's bill is made of; nil for none.
  ///   - holds: the factor up to which today's fleet is known to do; the capacity's lower end if
  ///     not given. Today it does in any case.
  public init(
    of capacity: ClosedRange<Double>?, monthly: Double, months: Int, design: String = "",
    demands: [TierDemand], usage: Usage? = nil, prices: PriceSheet? = nil,
    holds: Double? = nil
  ) {
    self.design = design
    self.monthly = monthly
    currency = prices?.currency ?? .dollars
    breaks = capacity.flatMap { Self.months(until: $0, monthly) }
    let holds = max(1, holds ?? capacity?.lowerBound ?? 1)
    let limits = demands.map { Self.limit($0.scaled(by: holds)) }
    var factor = 1.0
    var lines: [Line] = []
    for month in 0...max(months, 0) {
      let counts = zip(demands, limits).map { demand, limit in
        Servers(tier: demand.tier, count: Self.servers(demand, limit, factor, holds: holds))
      }
      let bill = usage.flatMap { usage in
        prices.map { usage.scaled(by: factor, servers: counts).bill($0) }
      }
      lines.append(
        Line(month: month, factor: factor, servers: counts, cost: bill.map(Cost.month)))
      factor *= 1 + monthly
    }
    self.lines = lines
  }

  /// Months until traffic has grown by a factor; nil where it never does.
  static func months(until capacity: ClosedRange<Double>, _ monthly: Double) -> ClosedRange<Double>?
  {
    guard monthly > 0 else { return nil }
    func month(_ factor: Double) -> Double { factor <= 1 ? 0 : ln(factor) / ln(1 + monthly) }
    return month(capacity.lowerBound)...month(capacity.upperBound)
  }

  /// What may be waited at the peak, seconds: as much as with the most that today's fleet holds,
  /// and a service time at least, so that a tier that is far too large is not kept so.
  private static func limit(_ demand: TierDemand) -> Double {
    let each = 1 - (1 - quantile) / Double(max(demand.stations, 1))
    return max(demand.law().pessimistic.quantile(each), demand.serviceTime)
  }

  private static func servers(
    _ demand: TierDemand, _ limit: Double, _ factor: Double, holds: Double
  ) -> Int {
    guard factor > holds else { return demand.servers }
    let bracket = FleetBracket.servers(
      for: demand.scaled(by: factor), waiting: limit, quantile: quantile)
    let step = Double(max(demand.stations, 1))
    let alike = (Double(demand.servers) * factor / holds / step - 1e-9).rounded(.up) * step
    return max(demand.servers, Int(min(Double(bracket.upperBound), alike)))
  }

  /// The month from which each of several designs is the cheapest: the first from 0 on.
  ///
  /// - Parameter designs: with prices, over the same months.
  public static func cheapest(among designs: [Growth]) -> [(month: Int, design: String)] {
    var found: [(month: Int, design: String)] = []
    for month in 0..<(designs.map(\.lines.count).min() ?? 0) {
      let priced = designs.filter { $0.lines[month].cost != nil }
      let best = priced.min { ($0.lines[month].cost ?? 0) < ($1.lines[month].cost ?? 0) }
      guard let best, found.last?.design != best.design else { continue }
      found.append((month, best.design))
    }
    return found
  }
}

extension Usage {
  /// The same with so many times the users, and the servers that these take.
  func scaled(by factor: Double, servers: [Growth.Servers]) -> Usage {
    var usage = self
    let today = fleet
    usage.fleet = Fleet { tier in servers.first { $0.tier == tier }?.count ?? today[tier] }
    usage.timelineBytes *= factor
    usage.feedCacheBytes *= factor
    usage.objectBytes *= factor
    usage.leafBytes *= factor
    for level in usage.levelBytes.indices { usage.levelBytes[level] *= factor }
    usage.followerCacheBytes *= factor
    usage.leaderCacheBytes *= factor
    usage.postsPerMonth *= factor
    usage.loadsPerMonth *= factor
    usage.mediaEgressBytes *= factor
    usage.entriesWrittenPerMonth *= factor
    usage.busMessagesPerMonth *= factor
    usage.busMessagesPerSecondAtPeak *= factor
    usage.liveBytesPerMonth *= factor
    usage.notificationsPerMonth *= factor
    usage.edgeFillBytesPerMonth *= factor
    usage.reviewers *= factor
    for (tier, use) in usage.scaled {
      usage.scaled[tier] = ScaledUse(
        servers: use.servers * factor, machines: use.machines * factor)
    }
    return usage
  }
}
