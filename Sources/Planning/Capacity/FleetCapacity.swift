import FeedSystem
import Simulation

/// The load at which a fleet gives way.
extension FleetSearch {
  /// How far apart the two ends may be.
  static let resolution = 1.05
  /// No more times the traffic are tried: by then a fleet is planned anew.
  static let mostLoad = 8.0

  /// Between a load that the fleet is sure to take and one that it is sure not to.
  ///
  /// Runs are dear at many times the traffic. So single ones, of one replication, say where the
  /// ends are, from the load that is proven upwards; and the two ends that they say are tried with
  /// as many seeds as it takes, and moved apart until these leave no doubt.
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
    var ends = Ends(kept: proven)
    // Where the guess was wrong, further away each time.
    var (low, stride) = (guess.low, Self.resolution)
    while low > ends.kept, try !look(at: low, &ends, found.fleet) {
      low = max(proven, low / stride)
      stride *= stride
    }
    var high = max(guess.high, ends.kept * Self.resolution)
    stride = Self.resolution
    while ends.broken == nil, ends.kept < most, high < 4 * most {
      try look(at: high, &ends, found.fleet)
      high *= stride
      stride *= stride
    }
    try narrow(&ends, found.fleet)
    return FleetPlan.Capacity(
      kept: ends.kept, broken: ends.broken, rule: ends.rule,
      saturation: Double(found.fleet[first.tier]) / first.demand.offeredLoad, tier: first.tier)
  }

  /// What is known of a fleet's capacity: a load that it is sure to take, and one that it is sure
  /// not to; and the outermost in between that the seeds leave open.
  private struct Ends {
    var kept: Double
    var broken: Double?
    var rule = ""
    var close: ClosedRange<Double>?
  }

  /// Whether the fleet is sure to take so many times the load.
  @discardableResult
  private func look(
    at factor: Double, _ ends: inout Ends, _ fleet: PlannedFleet
  ) throws -> Bool {
    let tried = try assess(fleet, .load(factor), most: mostOfStep)
    if tried.isClose {
      ends.close =
        ends.close.map { min($0.lowerBound, factor)...max($0.upperBound, factor) }
        ?? factor...factor
      return false
    }
    if tried.isKept {
      ends.kept = max(ends.kept, factor)
    } else if factor < ends.broken ?? .infinity {
      (ends.broken, ends.rule) = (factor, tried.binding?.rule.rule ?? "")
    }
    let sure = ends.kept...max(ends.kept, ends.broken ?? .infinity)
    ends.close = ends.close.flatMap { $0.overlaps(sure) ? $0.clamped(to: sure) : nil }
    return tried.isKept
  }

  /// Both ends towards each other, or towards what the seeds leave open in between.
  private func narrow(_ ends: inout Ends, _ fleet: PlannedFleet) throws {
    let far = Self.resolution * (1 + 1e-9)
    while let broken = ends.broken {
      let (lower, upper) = (ends.close?.lowerBound ?? broken, ends.close?.upperBound ?? ends.kept)
      if lower > ends.kept * far {
        try look(at: (ends.kept * lower).squareRoot(), &ends, fleet)
      } else if broken > upper * far {
        try look(at: (broken * upper).squareRoot(), &ends, fleet)
      } else {
        return
      }
    }
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
