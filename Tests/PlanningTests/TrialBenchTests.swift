import FeedSystem
import Foundation
import Settings
import Testing

@testable import Planning

/// What a plan runs its fleets on.
@Suite struct TrialBenchTests {
  private func base(
    _ users: String, _ cells: String = "", _ more: String = ""
  ) throws -> PlanBase {
    let path = FileManager.default.temporaryDirectory.path + "/bench-\(UUID().uuidString).yaml"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let text = """
      # What does a plan run?
      feedsim: 1
      name: bench
      duration: 2s
      warmUp: 1s
      replications: 1
      audience:
        users: \(users)
        \(cells)
        graph: {kind: powerLaw, meanFollows: 5, exponent: 2.3, maximum: 200}
        activity: {postsPerDay: 100, loadsPerDay: 5k}
      timelines: {lifetime: 10m}
      fanOut: {policy: push}
      thresholds: [feed.latency.p99 < 500ms]
      \(more)

      """
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return try PlanBase(reading: path, overrides: [], rules: [])
  }

  private func bench(_ base: PlanBase) throws -> TrialBench {
    try TrialBench(base, threads: 1, version: "t") { _ in }
  }

  // MARK: The bill

  /// Whatever fleet was measured first. Each region has machines of its own, and has shards too.
  @Test func aFleetCostsWhatItsRunBills() throws {
    let more = [
      "prices: aws-us-east-1-2026-08", "geography: {primary: here}",
      "regions:", "  - {name: here, users: 3M, roundTrip: 20ms}",
      "  - {name: there, users: 1M, roundTrip: 30ms}",
      "tiers: {gateway: {serversPerInstance: 4}, postStore: {shards: 3, serversPerInstance: 2}}",
    ]
    let bench = try self.bench(base("300", "", more.joined(separator: "\n")))
    let design = try #require(bench.scenario.designs.first?.design)
    let space = FleetSpace(
      try bench.measure(TrialBench.Candidate(choice: 0, design: "", fleet: PlannedFleet())), design,
      prices: bench.scenario.prices)
    for (gateways, stores) in [(1, 3), (2, 6), (5, 9), (9, 12)] {
      let fleet = space.fleet { _ in 2 }.with(.gateway, gateways).with(.postStore, stores)
      let bill = try bench.measure(TrialBench.Candidate(choice: 0, design: "", fleet: fleet)).costs
      for tier in space.tiers {
        let line = try #require(bill.first { $0.name == "compute.\(tier.tier.metric)" })
        let cost = tier.cost(fleet[tier.tier])
        #expect(cost > 0 && cost == Cost.month([line]), "\(tier.tier), \(gateways)")
      }
    }
    // Three of four servers stand here and one there, on a machine of its own.
    let gateway = try #require(space.tiers.first { $0.tier == .gateway })
    #expect([1, 4, 8].map(gateway.machines) == [1, 2, 3])
  }

  /// What lacks servers is known by what is waited for there, in every seed.
  @Test func anOutcomeTellsWhatItsTiersLetWait() throws {
    let bench = try self.bench(base("300", "", "tiers: {ranking: {visit: constant(200ms)}}"))
    let few = TrialBench.Candidate(
      choice: 0, design: "", fleet: PlannedFleet().with(.ranking, 1).with(.gateway, 9))
    let result = try bench.measure(few, seed: bench.scenario.seed(ofTrial: 1))
    let outcomes = try bench.outcomes(of: few, count: 2)
    #expect(outcomes[1].waits == result.longWaits)
    let quantiles = try #require(result.metric("tier.ranking.waiting_time")).quantiles
    let long = try #require(quantiles.first { $0.probability == 0.99 }).estimate.value
    #expect(long > 0 && outcomes[1].waits[.ranking] == long)
    for outcome in outcomes {
      let longest = outcome.waits.max { $0.value < $1.value }
      #expect(longest?.key == .ranking && outcome.waits[.gateway] != nil, "\(outcome.waits)")
    }
  }

  // MARK: Cells

  /// A whole of three billion would be refused; its cell runs, and is known as one.
  @Test func aPopulationByCellsIsRunByCells() throws {
    let base = try base("3B", "cells: {users: 300, tail: 60}")
    let bench = try bench(base)
    let result = try bench.measure(
      TrialBench.Candidate(choice: 0, design: "", fleet: PlannedFleet()))
    #expect(result.cells == 10_000_000)
    let design = try #require(bench.scenario.designs.first?.design)
    let space = FleetSpace(result, design, prices: nil)
    let gateway = try #require(space.tiers.first { $0.tier == .gateway })
    #expect(gateway.demand.cells == 10_000_000)
    // Each a fiftieth of the peak's load; one by one it would be a hundred thousand.
    let steps = gateway.demand.offeredLoad / Double(gateway.step)
    #expect((45...50).contains(steps), "\(steps)")
    // And a step fewer is another run.
    let ample = space.ample(times: 1)
    func utilisation(_ servers: Int) throws -> Double {
      let candidate = TrialBench.Candidate(
        choice: 0, design: "", fleet: ample.with(.gateway, servers))
      return try bench.measure(candidate).metric("tier.gateway.utilisation")?.mean?.value ?? 0
    }
    let few = gateway.atLeast(1.3 * gateway.demand.offeredLoad)
    let (here, below) = try (utilisation(few), utilisation(few - 1))
    let stepBelow = try utilisation(few - gateway.step)
    #expect(here == below && here < stepBelow)
  }

  /// Replications are of cells in turn: of those that are kept as of those that are built.
  @Test func keptCellsAreThoseOfARun() throws {
    let base = try base("3B", "cells: {users: 300, tail: 60}")
    var scenario = try base.scenario()
    scenario.replications = ReplicationPlan(exactly: 4)
    let populations = TrialPopulations(room: 1e9)
    let runs = try (0..<2).map { _ in
      try populations.run(scenario, of: base.population, threads: 1, version: "t")
    }
    let plain = try Experiment(scenario, threads: 1).run(version: "t").designs[0]
    #expect(runs.map(\.fingerprint) == [plain.fingerprint, plain.fingerprint])
    func graph(_ cell: Int) throws -> FollowerGraph {
      try populations.graph(
        of: scenario.audience, base.population, seed: scenario.seed, cell: cell)
    }
    let kept = try (0..<3).map(graph)
    #expect(try kept.indices.allSatisfy { try graph($0) === kept[$0] })
    #expect(kept[0] !== kept[1] && kept[1] !== kept[2])
  }

  @Test func cellsAreAnotherPopulation() throws {
    let keys = try ["", "cells: {users: 400}", "cells: {users: 300}"].map {
      try base("1k", $0).population
    }
    #expect(Set(keys).count == 3)
  }

  /// More servers of the whole are never fewer in a cell's pool, and a step more is more.
  @Test(arguments: [1.0, 4, 60_000, 1e7], [0.5, 30, 2000, 425_000])
  func aStepIsSeenByACell(_ cells: Double, _ load: Double) {
    for stations in [1, 16] {
      var demand = TierDemand(
        tier: .gateway, servers: 1, arrivalRate: load, serviceTime: 1, serviceVariation: 1)
      (demand.cells, demand.stations) = (cells, stations)
      let step = demand.step
      #expect(step % stations == 0 && step >= stations)
      guard cells > 1 else { continue }
      func simulated(_ servers: Int) -> Double {
        let share = Double(servers) / Double(stations) / cells
        let hold = Double(CellFleet.hold(share))
        return max(1, (share * hold).rounded()) / hold
      }
      var last = 0.0
      for count in stride(from: step, through: max(step, Int(2 * load)), by: step) {
        // What no pool can tell from one server is all alike.
        guard Double(count) / Double(stations) / cells > 2e-5 else { continue }
        #expect(simulated(count) > last, "\(cells) \(load) \(stations): \(count)")
        last = simulated(count)
      }
    }
  }

  // MARK: Memory

  /// Every fleet begins with the first seeds: those are kept.
  @Test func theFirstGraphsAreKept() throws {
    let scenario = try base("1k").scenario()
    let each = scenario.audience.graph.bytes(users: 1000)
    let populations = TrialPopulations(room: 2.5 * each)
    func graph(_ seed: UInt64) throws -> FollowerGraph {
      try populations.graph(of: scenario.audience, "\(seed)", seed: seed)
    }
    let first = try [graph(1), graph(2), graph(3)]
    for (seed, isKept) in [(1, true), (2, true), (3, false)] {
      let again = try graph(UInt64(seed))
      #expect((again === first[seed - 1]) == isKept, "\(seed)")
    }
  }

  @Test func asManyTrialsRunSideBySideAsFit() throws {
    let scenario = try base("1k").scenario()
    let graph = scenario.audience.graph.bytes(users: 1000)
    let audience = try scenario.audience.build(seed: scenario.seed)
    let each = MachineMemory.bytes(of: scenario, scenario.holdings(of: audience))
    let populations = TrialPopulations(room: 1e9)
    func trials(_ count: Int, threads: Int = 1, _ available: Double?) throws -> Int {
      try populations.trials(
        count, of: scenario, "x", threads: threads, available: available)
    }
    #expect(try trials(4, nil) == 4)
    #expect(try trials(4, 1e12) == 4)
    #expect(try trials(4, 3.001 * each + 2 * graph) == 3)
    #expect(try trials(4, threads: 2, 3.001 * each + 2 * graph) == 1)
    #expect(try trials(4, 0.5 * each) == 1)
  }

  // MARK: Progress

  @Test func progressTellsTheConditionAndWhatForItIsRun() throws {
    let bench = try bench(base("1k"))
    var candidate = TrialBench.Candidate(choice: 0, design: "push", fleet: PlannedFleet())
    #expect(bench.words(candidate, "measured") == "push: the scenario as it is: measured")
    candidate.fleet[.gateway] = 3
    candidate.condition = .serverLost(.gateway)
    bench.phase = "the proof"
    #expect(
      bench.words(candidate, "seeds 1 to 4")
        == "push: the proof: gateway 3 with a gateway machine lost: seeds 1 to 4")
    candidate.condition = .load(1.25)
    #expect(bench.words(candidate, "x").contains("gateway 3 at 1.25 times the load: x"))
  }
}
