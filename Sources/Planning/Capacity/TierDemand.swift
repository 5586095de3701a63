import FeedSystem

/// What one tier is asked for at the ordinary peak, as a run has measured it.
public struct TierDemand: Sendable, Equatable {
  public var tier: TierName
  /// Servers that the run had.
  public var servers: Int
  /// Visits a second.
  public var arrivalRate: Double
  /// Seconds that a visit holds a server, on average.
  public var serviceTime: Double
  /// Squared coefficient of variation of that.
  public var serviceVariation: Double

  public init(
    tier: TierName, servers: Int, arrivalRate: Double, serviceTime: Double,
    serviceVariation: Double
  ) {
    self.tier = tier
    self.servers = servers
    self.arrivalRate = arrivalRate
    self.serviceTime = serviceTime
    self.serviceVariation = serviceVariation
  }

  /// Servers that are busy on average, in erlangs.
  public var offeredLoad: Double { arrivalRate * serviceTime }

  public var utilisation: Double { servers > 0 ? offeredLoad / Double(servers) : 0 }
}
