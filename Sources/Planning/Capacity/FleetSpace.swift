import FeedSystem

/// The tiers whose servers a plan decides, what each is asked for, and what its machines cost.
struct FleetSpace: Sendable {
  struct Tier: Sendable {
    var tier: TierName
    /// Servers are given in such steps: one for each shard and replica, and of a population run
    /// by cells as many as change a cell's pool.
    var step: Int
    var serversPerMachine: Int
    var instance: String
    /// A month; nil where it has no price.
    var machinePrice: Double?
    /// Machines that what the tier holds takes, however few servers run on them.
    var leastMachines: Int
    var demand: TierDemand
    /// Servers by formula; the search begins there.
    var bracket: ClosedRange<Int>
    /// That it must have, whatever it is asked for; 0 for no such number.
    var floor = 0
    /// Users of each region that has servers of its own.
    var regionUsers: [Int] = []

    /// Servers that a lost machine takes along, in whole steps.
    var lostWithMachine: Int {
      let lost = TierSettings.lostWithMachine(
        stations: demand.stations, serversPerInstance: serversPerMachine)
      return (lost + step - 1) / step * step
    }

    var pricePerServer: Double { (machinePrice ?? 0) / Double(serversPerMachine) }

    func machines(_ servers: Int) -> Int {
      max(
        leastMachines,
        Cost.machines(
          for: Cost.groups(of: servers, of: tier, inRegionsOf: regionUsers), at: serversPerMachine))
    }

    func cost(_ servers: Int) -> Double { Double(machines(servers)) * (machinePrice ?? 0) }

    /// Half of what the peak asks for: less is taken for too few without a run. The proof looks
    /// again.
    var fewest: Int { atLeast(0.5 * demand.offeredLoad) }

    /// Whether even those are hardly used.
    var isIdle: Bool { demand.offeredLoad < 0.5 * Double(fewest) }

    /// As many as a scenario may give a tier, in whole steps.
    var most: Int { max(1, 1_000_000 / step) * step }

    /// At least so many, in whole steps.
    func atLeast(_ servers: Double) -> Int {
      let least = max(Double(floor), min(servers, Double(most)))
      return min(most, max(1, Int((least / Double(step) - 1e-9).rounded(.up))) * step)
    }
  }

  /// The dearest servers first: what is saved of them is worth most.
  var tiers: [Tier]
  /// A month, for what no server of these changes.
  var otherCost: Double
  /// Whether machines have prices, which are then minimised; else it is servers.
  var isPriced: Bool
  /// The bill that all this comes from.
  var bill: [CostLine] = []
  /// Lines of it that choices are not compared by: see `PricedChoices`.
  var leftOut: [String] = []

  /// Whether one cell stands for the population.
  var isOfCells: Bool { tiers.contains { $0.demand.cells > 1 } }

  /// A month.
  func cost(_ fleet: PlannedFleet) -> Double {
    tiers.reduce(otherCost) { $0 + $1.cost(fleet[$1.tier]) }
  }

  /// What choices are compared by: a month of the lines that all of them price, or servers where
  /// nothing has a price.
  func compared(_ fleet: PlannedFleet) -> Double {
    guard isPriced else { return Double(fleet.total) }
    let planned = tiers.map { "compute.\($0.tier.metric)" }
    let others = bill.filter { leftOut.contains($0.name) && !planned.contains($0.name) }
    let machines = zip(tiers, planned).filter { leftOut.contains($0.1) }
    return machines.reduce(cost(fleet) - Cost.month(others)) { $0 - $1.0.cost(fleet[$1.0.tier]) }
  }

  func fleet(_ servers: (Tier) -> Int) -> PlannedFleet {
    var fleet = PlannedFleet()
    for tier in tiers { fleet[tier.tier] = servers(tier) }
    return fleet
  }

  /// So many that hardly anybody waits: the root of the load is what chance adds to it.
  func ample(times factor: Double) -> PlannedFleet {
    fleet { tier in
      let load = tier.demand.offeredLoad / Double(tier.step)
      return tier.atLeast((load + (4 + load.squareRoot() * 4) * factor) * Double(tier.step))
    }
  }

  /// Of servers for half of what the peak asks for, which no fleet is expected to do with; by what
  /// choices are compared by.
  var leastCost: Double { compared(fleet(\.fewest)) }
}

extension FleetSpace {
  /// - Parameters:
  ///   - measured: what a run without a plan came to.
  ///   - prices: that its bill is by.
  init(_ measured: DesignResult, _ design: Design, prices: PriceSheet?) {
    let demands = TierDemand.measured(in: measured, design: design, cells: measured.cells)
    let tiers = demands.compactMap { demand -> Tier? in
      let settings = design.settings(of: demand.tier)
      // One that scales itself is not bought by the month.
      guard settings.scaling == nil else { return nil }
      let each = max(1, settings.serversPerInstance)
      let line = measured.costs.first { $0.name == "compute.\(demand.tier.metric)" }
      let least = max(settings.stations, Int(demand.offeredLoad.rounded(.up)))
      return Tier(
        tier: demand.tier, step: demand.step, serversPerMachine: each,
        instance: settings.instance,
        machinePrice: line?.unitPrice.map { $0 * Usage.hoursPerMonth },
        leastMachines: max(1, line?.demand?.machinesForBytes(by: prices) ?? 1), demand: demand,
        bracket: least...(3 * least), regionUsers: measured.usage?.regionUsers ?? [])
    }
    self.tiers = tiers.enumerated().sorted {
      ($1.element.pricePerServer, $0.offset) < ($0.element.pricePerServer, $1.offset)
    }.map(\.element)
    let decided = tiers.map { "compute.\($0.tier.metric)" }
    otherCost = Cost.month(measured.costs.filter { !decided.contains($0.name) })
    isPriced = prices != nil
    bill = measured.costs
  }
}
