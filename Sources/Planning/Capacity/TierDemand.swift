import FeedSystem

/// What one tier is asked for at the ordinary peak, as a run has measured it.
public struct TierDemand: Sendable, Equatable {
  public var tier: TierName
  /// Servers that the run had.
  public var servers: Int
  /// Visits a second; of shards, as if all were visited as often as the busiest.
  public var arrivalRate: Double
  /// Seconds that a visit holds a server, on average.
  public var serviceTime: Double
  /// Squared coefficient of variation of that.
  public var serviceVariation: Double
  /// Squared coefficient of variation of the gaps between visits; 1 for Poisson arrivals.
  public var arrivalVariation = 1.0
  /// Visits a second over the whole window, at the shards' mean.
  public var meanRate: Double
  /// Lines, each before as many of the servers: shards and their replicas; 1 for a pool.
  public var stations = 1
  /// Of a population run by cells, how many there are: laws are then those of a pool of 200, which
  /// waits rather longer than the whole's servers.
  public var cells = 1.0

  public init(
    tier: TierName, servers: Int, arrivalRate: Double, serviceTime: Double,
    serviceVariation: Double
  ) {
    self.tier = tier
    self.servers = servers
    self.arrivalRate = arrivalRate
    self.serviceTime = serviceTime
    self.serviceVariation = serviceVariation
    meanRate = arrivalRate
  }

  /// Servers that are busy on average, in erlangs.
  public var offeredLoad: Double { arrivalRate * serviceTime }

  /// The same over the whole window.
  public var meanLoad: Double { meanRate * serviceTime }

  public var utilisation: Double { servers > 0 ? offeredLoad / Double(servers) : 0 }

  /// Of cells no step is a smaller share of the peak's load: they are right within some per cent.
  static let leastStepOfCells = 0.02

  /// The servers by which fleets differ: one a line, and of cells, whose pools have some 200
  /// servers for any number of the whole's, at least one of each pool.
  ///
  /// A pool's share is rounded to half a server of 200. Steps are taken where a fleet has twice
  /// the peak's load, so that each is more than that rounding in any smaller fleet: a fleet with
  /// more servers is then never simulated with fewer.
  var step: Int {
    guard cells > 1 else { return max(stations, 1) }
    let lines = Double(max(stations, 1))
    let hold = Double(CellFleet.hold(2 * offeredLoad / lines / cells))
    let least = max(cells / hold, Self.leastStepOfCells * offeredLoad / lines)
    return Int(max(1, least.rounded(.up)) * lines)
  }

  /// The same tier at so many times the traffic.
  public func scaled(by factor: Double) -> TierDemand {
    var demand = self
    demand.arrivalRate *= factor
    demand.meanRate *= factor
    return demand
  }

  /// What a visit waits at the peak.
  ///
  /// - Parameter servers: of the whole tier, a fraction as well; its own if not given.
  func law(servers count: Double? = nil) -> WaitingLaw { law(of: offeredLoad, count) }

  /// What a visit waits at the window's mean.
  func meanLaw(servers count: Double? = nil) -> WaitingLaw { law(of: meanLoad, count) }

  private func law(of load: Double, _ count: Double?) -> WaitingLaw {
    let lines = Double(max(stations, 1)) * cells
    let share = (count ?? Double(servers)) / lines
    let hold = cells > 1 ? Double(CellFleet.hold(share)) : 1
    return WaitingLaw(
      load: load / lines * hold, servers: share * hold, serviceTime: serviceTime * hold,
      arrivalVariation: arrivalVariation, serviceVariation: serviceVariation)
  }
}

extension TierDemand {
  /// Each tier's demand in a run, at the busiest twentieth of its window; of tiers that nobody
  /// visited none.
  ///
  /// Visits and server time are measured; how services vary is read from the settings, work that
  /// comes on top of a visit taken to vary as an exponential time does. How bursty arrivals are is
  /// what would make a visit wait, on average, what it did: told where enough visits waited, and
  /// taken for Poisson elsewhere.
  ///
  /// - Parameter cells: of which one was run; 1 where waits are to be those of the whole fleet.
  public static func measured(
    in result: DesignResult, design: Design, cells: Double = 1
  ) -> [TierDemand] {
    TierName.allCases.compactMap { measured($0, in: result, design, cells) }
  }

  private static func measured(
    _ tier: TierName, in result: DesignResult, _ design: Design, _ cells: Double
  ) -> TierDemand? {
    func mean(_ name: String) -> Double? {
      let value = result.metric("tier.\(tier.metric).\(name)")?.mean?.value
      return value.flatMap { $0.isFinite ? $0 : nil }
    }
    guard let servers = mean("servers"), servers >= 1, let headroom = mean("headroom"),
      let used = mean("utilisation"), let rate = mean("throughput"), used > 0, rate > 0
    else { return nil }
    let serviceTime = used * servers / rate
    let settings = design.settings(of: tier)
    var demand = TierDemand(
      tier: tier, servers: Int(servers), arrivalRate: max(0, 1 - headroom) * servers / serviceTime,
      serviceTime: serviceTime, serviceVariation: settings.serviceVariation(mean: serviceTime))
    // The busiest twentieth is no quieter than the whole.
    demand.arrivalRate = max(demand.arrivalRate, rate)
    demand.meanRate = rate
    demand.stations = settings.stations
    demand.cells = cells
    demand.arrivalVariation = burstiness(demand, result)
    return demand
  }

  /// The variation of the gaps with which the mean wait comes out as measured; at least 1.
  private static func burstiness(_ demand: TierDemand, _ result: DesignResult) -> Double {
    guard let waiting = result.metric("tier.\(demand.tier.metric).waiting_time"),
      let seconds = waiting.mean.map({ $0.value / 1e3 }), seconds.isFinite,
      demand.utilisation < 0.9
    else { return 1 }
    var law = demand.law()
    law.arrivalVariation = 1
    law.serviceVariation = 1
    let expected = law.mean
    guard expected > 0, law.delayed * Double(waiting.count) >= 100 else { return 1 }
    return min(max(1, 2 * seconds / expected - demand.serviceVariation), 100)
  }
}

extension DesignResult {
  /// Of which the run was one; 1 where it was of the whole population.
  var cells: Double { metric(MetricNames.cellCount)?.mean?.value ?? 1 }
}

extension TierSettings {
  /// Squared coefficient of variation of a visit's service time, given its mean in seconds.
  func serviceVariation(mean: Double) -> Double {
    guard mean > 0 else { return 0 }
    let own = visit.mean * visit.cv
    let work = perUnit.seconds > 0 ? max(0, mean - visit.mean) : 0
    let variation = (own * own + work * work) / (mean * mean)
    return variation.isFinite ? variation : 100
  }
}
