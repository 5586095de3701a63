import FeedSystem
import Simulation

/// Between what a queueing estimate puts a fleet's size: where a search by simulation begins.
///
/// The lower number of servers is what the optimistic estimate allows at the window's mean; the
/// other one is the pessimistic estimate at the peak: see `WaitingLaw`.
public enum FleetBracket {
  /// The most servers that are thought of.
  static let most = 1e7

  /// Servers between which the cheapest number that keeps the waiting quantile lies, in multiples
  /// of the tier's lines.
  ///
  /// - Parameters:
  ///   - limit: seconds that a visit may wait; where it is infinite only saturation counts.
  ///   - quantile: the share of visits that wait no longer.
  public static func servers(
    for demand: TierDemand, waiting limit: Double, quantile: Double
  ) -> ClosedRange<Int> {
    let lines = Double(max(demand.stations, 1))
    // The slowest of all lines is waited for.
    let each = 1 - (1 - quantile) / lines
    let least = fewest(carrying: demand.meanLoad / lines) {
      demand.meanLaw(servers: $0 * lines).optimistic.signedQuantile(quantile) - limit
    }
    let enough = fewest(carrying: demand.offeredLoad / lines) {
      demand.law(servers: $0 * lines).pessimistic.signedQuantile(each) - limit
    }
    let low = Int(least) * max(demand.stations, 1)
    return low...max(low, Int(enough) * max(demand.stations, 1))
  }

  /// The fewest whole servers of one line at which `excess` is not above 0.
  ///
  /// - Parameter excess: falls with the servers, which may be fractions.
  private static func fewest(
    carrying load: Double, _ excess: (Double) -> Double
  ) -> Double {
    let floor = load.rounded(.down) + 1
    guard load.isFinite, floor < most, excess(floor) > 0 else { return min(floor, most) }
    var high = floor * 2
    while excess(high) > 0, high < most { high *= 2 }
    guard high < most, let root = root(from: floor, to: high, of: excess) else { return most }
    // A root that is a whole number but for its last digits is that number.
    var count = max(floor, (root - 1e-9 * root).rounded(.up))
    if excess(count) > 1e-12 { count += 1 }
    return min(count, most)
  }

  /// What a journey through all tiers waits at the most, seconds: the sum of the pessimistic
  /// quantiles.
  static func waiting(_ demands: [TierDemand], _ quantile: Double) -> Double {
    demands.reduce(0) { sum, demand in
      let each = 1 - (1 - quantile) / Double(max(demand.stations, 1))
      return sum + demand.law().pessimistic.quantile(each)
    }
  }

  /// The highest factor below saturation at which `excess` is not above 0; 0 where there is none.
  ///
  /// - Parameter excess: rises with the factor.
  static func highest(below saturation: Double, _ excess: (Double) -> Double) -> Double {
    let most = saturation * (1 - 1e-6)
    if excess(most) <= 0 { return most }
    let least = saturation * 1e-6
    guard excess(least) <= 0 else { return 0 }
    return root(from: least, to: most, of: excess) ?? least
  }
}
