import FeedSystem
import Simulation

/// Between which factors on its traffic a scenario's capacity lies, estimated from two runs: one
/// as it is, and one so light that nearly nobody waits.
///
/// The upper end is saturation: the factor at which a tier's mean load is more than its servers
/// can do in the window, the backlog that still counts as stable allowed for. The lower end is
/// where the first rule may break: what the light run took, and the pessimistic waits of all
/// tiers at the peak (`WaitingLaw`), or, for what is no waiting, the power of the traffic that
/// goes through both runs. How a tier's load grows with traffic is measured by the two runs as
/// well: caches make it less than proportional.
///
/// An estimate that says a rule holds where the run saw it broken has missed something (a fault,
/// a burst): the lower end is then the light run's factor. Both ends are drawn apart by what the
/// runs' own work may be off by (`WorkNoise`): of little traffic, much. What a fault leaves of a
/// tier's servers is not estimated: where there are faults the lower end has half of the servers.
/// Clients who give up take work with them, so that nothing saturates.
public struct CapacityBracket: Sendable, Equatable {
  public var range: ClosedRange<Double>
  /// The tier that saturates first; nil where each turns away what is too much.
  public var saturates: TierName?
  /// The rule that may break first, as written; nil where none depends on load.
  public var first: String?

  /// What stands for endless: a tier that turns work away is never saturated.
  static let most = 256.0
  /// Utilisation of the busiest tier, at its peak, of a run without waiting.
  static let light = 0.3

  /// A design's run at a factor on the scenario's traffic.
  struct Pilot {
    var factor: Double
    var result: DesignResult
    var demands: [TierDemand]
    var isStable: Bool

    /// - Parameter cells: of which the run was one.
    init(factor: Double, result: DesignResult, design: Design, cells: Double = 1) {
      self.factor = factor
      self.result = result
      demands = TierDemand.measured(in: result, design: design, cells: cells)
      isStable = !result.metrics.contains(where: \.isUnstable)
    }

    func value(of rule: Threshold) -> Double? {
      let value = result.metric(rule.metric)?.estimate(rule.statistic)?.value
      return value.flatMap { $0.isFinite ? $0 : nil }
    }
  }

  /// The factor of the light run: the busiest tier's peak is then three tenths of its servers.
  static func lightFactor(_ demands: [TierDemand]) -> Double {
    let busiest = demands.map(\.utilisation).max() ?? 0
    return busiest > 0 ? min(0.5, light / busiest) : 0.5
  }

  /// - Parameters:
  ///   - pilots: the light run, and the one of the traffic as it is.
  ///   - rules: those that some load keeps.
  ///   - noise: of a run's work.
  init(
    pilots: (light: Pilot, full: Pilot), rules: [Threshold], design: Design, window: Duration,
    noise: WorkNoise = WorkNoise()
  ) {
    let loads = LoadGrowth(pilots)
    // What `Replication` still calls stable at the window's end, over the window.
    let overload = 1 + max(10, window.seconds / 10) / max(window.seconds, 1e-9)
    var high = Double.infinity
    for load in loads.tiers where design.clients == nil {
      guard let servers = design.settings(of: load.demand.tier).bound(load.demand.servers) else {
        continue
      }
      let factor =
        load.factor(atMean: overload * Double(servers)) * noise.factor(of: load.demand.tier)
      if factor < high {
        high = factor
        saturates = load.demand.tier
      }
    }
    if high == .infinity { high = Self.most }
    // Stable for sure while not even the peak is too much; with half of the servers, for half of
    // it.
    var low = loads.tiers.reduce(high) { low, load in
      let factor = load.factor(atPeak: Double(load.demand.servers))
      return min(low, factor / noise.factor(of: load.demand.tier))
    }
    if !design.faults.planned.isEmpty { low /= 2 }
    for rule in rules {
      let tiers = loads.tiers.map(\.demand.tier).filter(rule.concerns)
      let apart = tiers.map(noise.factor).max() ?? 1
      let factor = Self.lowest(rule, pilots, loads, below: high) / apart
      if factor < low {
        low = factor
        first = rule.rule
      }
    }
    let full = pilots.full
    let isKept = full.isStable && rules.allSatisfy { $0.verdict(in: full.result).passed }
    if isKept { high = max(high, 1) }
    if !isKept, low > 1 { low = pilots.light.factor }
    range = min(low, high)...high
  }

  /// The lowest factor at which a rule may break.
  private static func lowest(
    _ rule: Threshold, _ pilots: (light: Pilot, full: Pilot), _ loads: LoadGrowth,
    below high: Double
  ) -> Double {
    guard let calm = pilots.light.value(of: rule) else { return high }
    let full = pilots.full.isStable ? pilots.full.value(of: rule) : nil
    guard [.atMost, .below].contains(rule.comparison) else {
      // Nothing is lost for want of servers; of anything else no more is known than was seen.
      let isAlways = ["delivery.lost", "delivery.duplicate"].contains(rule.metric)
      let isKept = rule.verdict(in: pilots.full.result).passed
      return isKept ? (isAlways ? high : min(1, high)) : pilots.light.factor
    }
    guard rule.isWaiting else {
      return lowest(rule, calm: calm, full: full, light: pilots.light.factor) ?? high
    }
    let quantile = rule.probability
    let isDelivery = rule.metric.hasPrefix("delivery.")
    func excess(_ factor: Double, inflated: Double) -> Double {
      let demands = loads.tiers.map { $0.peak(at: factor) }
      let busiest = demands.map(\.utilisation).max() ?? 0
      guard busiest < 1 else { return .infinity }
      // A burst of deliveries drains at the servers that the rest leaves it.
      let base = isDelivery ? calm / (1 - busiest) : calm
      return base + inflated * waiting(demands, quantile) * 1e3 * rule.perMillisecond - rule.limit
    }
    let peak = loads.tiers.reduce(high) { min($0, $1.factor(atPeak: Double($1.demand.servers))) }
    // Waits that were longer than the estimate at 1 are longer by as much elsewhere.
    var inflated = 1.0
    if let full, peak > 1 {
      let demands = loads.tiers.map { $0.peak(at: 1) }
      let waits = waiting(demands, quantile) * 1e3 * rule.perMillisecond
      if waits > 0 { inflated = min(max(1, (full - calm) / waits), 1e3) }
    }
    let factor = FleetBracket.highest(below: peak) { excess($0, inflated: inflated) }
    return factor > 0 ? factor : pilots.light.factor
  }

  /// Of what is no waiting: along the power through both runs, with a third to spare. Nil where
  /// it does not grow.
  private static func lowest(
    _ rule: Threshold, calm: Double, full: Double?, light: Double
  ) -> Double? {
    guard let full else { return light }
    guard full > calm else { return nil }
    guard calm > 0, rule.limit > 0 else { return full > rule.limit ? light : nil }
    let exponent = ln(full / calm) / ln(1 / light)
    return 0.67 * power(rule.limit / full, 1 / exponent)
  }

  private static func waiting(_ demands: [TierDemand], _ quantile: Double?) -> Double {
    guard let quantile else {
      return demands.reduce(0) { $0 + min($1.law().pessimistic.mean, $1.law().kingman) }
    }
    return FleetBracket.waiting(demands, quantile)
  }
}

/// How each tier's load grows with traffic: as the power of it that goes through two runs, or along
/// the line through both, as where scripted posts ask for the same however many others there are.
struct LoadGrowth {
  struct Tier {
    /// At the traffic as it is.
    var demand: TierDemand
    /// Of the traffic; measured, between 0.3 and 2.
    var exponent: Double
    /// Of the line: erlangs for as much traffic again.
    var slope: Double

    init(_ demand: TierDemand, exponent: Double = 1, slope: Double? = nil) {
      self.demand = demand
      self.exponent = min(max(exponent, 0.3), 2)
      self.slope = max(slope ?? demand.meanLoad, 0.05 * demand.meanLoad)
    }

    /// The factor at which the mean load is so many erlangs, growth at most proportional: the
    /// higher one of both laws.
    func factor(atMean load: Double) -> Double {
      guard demand.meanLoad > 0 else { return .infinity }
      let curve = power(load / demand.meanLoad, 1 / min(1, exponent))
      return load > demand.meanLoad ? max(curve, 1 + (load - demand.meanLoad) / slope) : curve
    }

    /// The factor at which the peak is so many erlangs, growth at least proportional above 1.
    func factor(atPeak load: Double) -> Double {
      guard demand.offeredLoad > 0 else { return .infinity }
      let ratio = load / demand.offeredLoad
      return power(ratio, 1 / (ratio > 1 ? max(1, exponent) : min(1, exponent)))
    }

    /// The demand at a factor: no less than it will be.
    func peak(at factor: Double) -> TierDemand {
      let growth = factor > 1 ? max(1, exponent) : min(1, exponent)
      return demand.scaled(by: power(factor, growth))
    }
  }

  var tiers: [Tier]

  init(_ pilots: (light: CapacityBracket.Pilot, full: CapacityBracket.Pilot)) {
    let span = ln(1 / pilots.light.factor)
    tiers = pilots.full.demands.map { full in
      guard pilots.full.isStable,
        let calm = pilots.light.demands.first(where: { $0.tier == full.tier }), calm.meanLoad > 0
      else {
        return Tier(full)
      }
      return Tier(
        full, exponent: ln(full.meanLoad / calm.meanLoad) / span,
        slope: (full.meanLoad - calm.meanLoad) / (1 - pilots.light.factor))
    }
    guard !pilots.full.isStable else { return }
    // What an overloaded run has used says little of what it was asked for; the light one does.
    for index in tiers.indices {
      guard
        let calm = pilots.light.demands.first(where: { $0.tier == tiers[index].demand.tier })
      else { continue }
      tiers[index] = Tier(calm.scaled(by: 1 / pilots.light.factor))
    }
  }
}

extension Threshold {
  /// Whether it is about a time that waiting is part of.
  var isWaiting: Bool {
    guard unit == .milliseconds || unit == .seconds else { return false }
    let times = ["feed.latency", "publish.latency", "delivery.lag", "live.lag"]
    return times.contains { metric.hasPrefix($0) }
      || metric.hasPrefix("tier.") && metric.hasSuffix("waiting_time")
  }

  /// Nil for a mean.
  var probability: Double? {
    zip(["p50", "p95", "p99", "p99_9"], Replication.probabilities)
      .first { $0.0 == statistic }?.1
  }

  /// Its unit for each millisecond.
  fileprivate var perMillisecond: Double { unit == .seconds ? 1e-3 : 1 }
}

extension TierSettings {
  /// The most servers that a tier may come to have; nil where it turns away what is too much.
  func bound(_ servers: Int) -> Int? {
    if room < .max || guards?.shedding != nil || guards?.admission != nil { return nil }
    if guards?.timeout != nil || guards?.breaker != nil { return nil }
    return max(servers, scaling?.law.most ?? 0)
  }
}
