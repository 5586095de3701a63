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
    /// USD a month; nil where it has no price.
    var machinePrice: Double?
    /// Machines that what the tier holds takes, however few servers run on them.
    var leastMachines: Int
    var demand: TierDemand
    /// Servers by formula; the search begins there.
    var bracket: ClosedRange<Int>
    /// That it must have, whatever it is asked for; 0 for no such number.
    var floor = 0

    var pricePerServer: Double { (machinePrice ?? 0) / Double(serversPerMachine) }

    func machines(_ servers: Int) -> Int {
      max(leastMachines, (servers + serversPerMachine - 1) / serversPerMachine)
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
  /// USD a month for what no server of these changes.
  var otherCost: Double
  /// Whether machines have prices, which are then minimised; else it is servers.
  var isPriced: Bool

  /// Whether one cell stands for the population.
  var isOfCells: Bool { tiers.contains { $0.demand.cells > 1 } }

  /// USD a month.
  func cost(_ fleet: PlannedFleet) -> Double {
    tiers.reduce(otherCost) { $0 + $1.cost(fleet[$1.tier]) }
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

  /// Of servers for half of what the peak asks for, which no fleet is expected to do with.
  var leastCost: Double { cost(fleet(\.fewest)) }
}

extension FleetSpace {
  /// - Parameter measured: what a run without a plan came to.
  init(_ measured: DesignResult, _ design: Design, isPriced: Bool) {
    let demands = TierDemand.measured(in: measured, design: design, cells: measured.cells)
    let tiers = demands.compactMap { demand -> Tier? in
      let settings = design.settings(of: demand.tier)
      // One that scales itself is not bought by the month.
      guard settings.scaling == nil else { return nil }
      let each = max(1, settings.serversPerInstance)
      let line = measured.costs.first { $0.name == "compute.\(demand.tier.metric)" }
      let had = (demand.servers + each - 1) / each
      let billed = line.map { Int(($0.quantity / Usage.hoursPerMonth).rounded()) } ?? had
      let least = max(settings.stations, Int(demand.offeredLoad.rounded(.up)))
      return Tier(
        tier: demand.tier, step: demand.step, serversPerMachine: each,
        instance: settings.instance,
        machinePrice: line?.unitPrice.map { $0 * Usage.hoursPerMonth },
        leastMachines: billed > had ? billed : 1, demand: demand,
        bracket: least...(3 * least))
    }
    self.tiers = tiers.enumerated().sorted {
      ($1.element.pricePerServer, $0.offset) < ($0.element.pricePerServer, $1.offset)
    }.map(\.element)
    let decided = tiers.map { "compute.\($0.tier.metric)" }
    otherCost = Cost.month(measured.costs.filter { !decided.contains($0.name) })
    self.isPriced = isPriced
  }
}
