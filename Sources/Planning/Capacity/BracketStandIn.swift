import FeedSystem

extension TierDemand {
  /// What each tier that is visited was asked for at the scenario's peak.
  static func measured(in result: DesignResult, design: Design) -> [TierDemand] {
    TierName.allCases.compactMap { tier in
      func mean(_ name: String) -> Double? {
        result.metric("tier.\(tier.metric).\(name)")?.mean?.value
      }
      guard design.has(tier), let headroom = mean("headroom"), let servers = mean("servers"),
        let utilisation = mean("utilisation"), let throughput = mean("throughput"),
        servers > 0, throughput > 0, utilisation > 0
      else { return nil }
      let serviceTime = utilisation * servers / throughput
      let offered = max((1 - headroom) * servers, 1e-9)
      return TierDemand(
        tier: tier, servers: Int(servers), arrivalRate: offered / serviceTime,
        serviceTime: serviceTime, serviceVariation: 1)
    }
  }
}

/// Servers between which the cheapest number lies, by formula.
enum FleetBracket {
  /// - Parameters:
  ///   - limit: seconds that the quantile of the waiting time may be.
  ///   - quantile: 0.99 for a p99.
  static func servers(
    for demand: TierDemand, waiting limit: Double, quantile: Double
  ) -> ClosedRange<Int> {
    let least = max(1, Int(demand.offeredLoad.rounded(.up)))
    return least...max(least, Int((3 * demand.offeredLoad).rounded(.up)))
  }
}
