import FeedSystem
import Simulation

/// The load at which a fleet gives way.
extension FleetSearch {
  /// How far apart the two ends may be.
  static let resolution = 1.05
  /// No more times the traffic are tried: by then a fleet is planned anew.
  static let mostLoad = 8.0

  /// Between where the fleet was seen to hold and where not.
  ///
  /// Runs are dear at many times the traffic. So single ones, of one replication, say where the
  /// ends are, from the load that is proven upwards; and the two ends that they say are tried with
  /// as many seeds as it takes, and moved where these say otherwise.
  func capacity(of found: Found) throws -> FleetPlan.Capacity? {
    let first = found.space.tiers.min { one, other in
      Double(found.fleet[one.tier]) * other.demand.offeredLoad
        < Double(found.fleet[other.tier]) * one.demand.offeredLoad
    }
    guard let first else { return nil }
    enter("the capacity")
    let proven = settings.headroom > 0 ? 1 / (1 - settings.headroom) : 1
    let most = max(Self.mostLoad, 2 * proven)
    let guess = try guessed(found.fleet, from: proven, to: most)
    var kept = proven
    var broken: (factor: Double, rule: String)?
    var stride = Self.resolution
    for _ in 0..<10 where kept < most {
      let next =
        if let broken {
          max((kept * broken.factor).squareRoot(), broken.factor / stride)
        } else {
          kept < guess.low ? guess.low : kept < guess.high ? guess.high : min(most, kept * stride)
        }
      let isBeyond = broken != nil || next > guess.high
      let tried = try assess(found.fleet, .load(next), most: 12)
      if tried.isKept { kept = next } else { broken = (next, tried.binding?.rule.rule ?? "") }
      if let broken, broken.factor <= kept * Self.resolution * (1 + 1e-9) { break }
      // Where the guess was wrong, further away each time.
      if isBeyond { stride *= stride }
    }
    return FleetPlan.Capacity(
      kept: kept, broken: broken?.factor, rule: broken?.rule ?? "",
      saturation: Double(found.fleet[first.tier]) / first.demand.offeredLoad, tier: first.tier)
  }

  /// What one seed says, and one replication; both ends the highest that is tried where it holds.
  private func guessed(
    _ fleet: PlannedFleet, from proven: Double, to most: Double
  ) throws -> (low: Double, high: Double) {
    var (low, high) = (proven, min(most, 1.5 * proven))
    while try holds(fleet, at: high) {
      low = high
      if high >= most { return (most, most) }
      high = min(most, 1.5 * high)
    }
    while high > low * Self.resolution * (1 + 1e-9) {
      let middle = (low * high).squareRoot()
      if try holds(fleet, at: middle) { low = middle } else { high = middle }
    }
    return (low, high)
  }

  private func holds(_ fleet: PlannedFleet, at factor: Double) throws -> Bool {
    let quick = candidate(fleet, .load(factor), replications: 1)
    return try outcomes(quick, 1).allSatisfy { outcome in
      objectives.allSatisfy { outcome.passed[$0.place] }
    }
  }
}
