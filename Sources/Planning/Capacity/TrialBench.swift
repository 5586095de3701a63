import FeedSystem
import Foundation
import Settings
import Simulation

/// What one run of a fleet came to.
struct TrialOutcome: Sendable {
  /// Of each threshold what was observed; nil where nothing could be.
  var observed: [Double?]
  var passed: [Bool]
  /// By tier, what one visit of a hundred waits longer than, in milliseconds.
  var waits: [TierName: Double] = [:]
}

extension DesignResult {
  /// By tier, what one visit of a hundred waits longer than, in milliseconds; of tiers without an
  /// estimate nothing.
  var longWaits: [TierName: Double] {
    var waits: [TierName: Double] = [:]
    for tier in TierName.allCases {
      let metric = metric("tier.\(tier.metric).waiting_time")
      let quantile = metric?.quantiles.first { $0.probability == 0.99 }
      if let wait = quantile?.estimate.value, wait.isFinite { waits[tier] = wait }
    }
    return waits
  }
}

/// Runs fleets under the plan's seeds, each once, several side by side. What it gives does not
/// depend on how many.
final class TrialBench {
  struct Candidate: Hashable {
    /// Of `PlanBase.choosing`, by its place in the list of choices.
    var choice: Int
    var design: String
    var fleet: PlannedFleet
    var condition = PlanCondition.asGiven
    /// In place of the scenario's own number.
    var replications: Int?
  }

  /// By the number of the choice; the first is the scenario as it is.
  private(set) var bases: [PlanBase] = []
  let scenario: Scenario
  let version: String
  private let threads: Int
  private let progress: @Sendable (String) -> Void
  private let populations = TrialPopulations()
  private var known: [Candidate: [TrialOutcome]] = [:]
  /// Runs of the simulator, each with all its replications.
  private(set) var runs = 0
  /// What the runs are for, as progress tells it.
  var phase = ""

  init(
    _ base: PlanBase, threads: Int, version: String,
    progress: @escaping @Sendable (String) -> Void
  ) throws {
    scenario = try base.scenario()
    bases = [base]
    self.threads = threads
    self.version = version
    self.progress = progress
  }

  /// - Returns: the number of the choice.
  func add(_ base: PlanBase) -> Int {
    bases.append(base)
    return bases.count - 1
  }

  /// What comes of the first so many seeds, in their order.
  func outcomes(of candidate: Candidate, count: Int) throws -> [TrialOutcome] {
    let done = known[candidate] ?? []
    guard done.count < count else { return Array(done[..<count]) }
    let missing = count - done.count
    let base = bases[candidate.choice]
    let seeds = (done.count..<count).map { scenario.seed(ofTrial: $0) }
    let inside = max(1, threads / missing)
    let (populations, version, progress) = (populations, version, progress)
    @Sendable func asked(_ index: Int) throws -> Scenario {
      var scenario = try base.scenario(
        of: candidate.design, candidate.fleet, candidate.condition, seed: seeds[index])
      if let count = candidate.replications {
        scenario.replications = ReplicationPlan(exactly: count)
      }
      return scenario
    }
    progress(words(candidate, "seeds \(done.count + 1) to \(count)"))
    let aside = try populations.trials(
      min(threads, missing), of: asked(0), base.population, threads: inside)
    let found = try parallelMap(count: missing, threads: aside, local: Int.init) { index, _ in
      let scenario = try asked(index)
      let result = try populations.run(
        scenario, of: base.population, threads: inside, version: version)
      return TrialOutcome(
        observed: result.verdicts.map { $0.observed?.value },
        passed: result.verdicts.map(\.passed), waits: result.longWaits)
    }
    runs += missing
    known[candidate, default: []] += found
    return done + found
  }

  /// A run under the scenario's own seed, with all that it measures.
  func measure(_ candidate: Candidate, seed: UInt64? = nil) throws -> DesignResult {
    let base = bases[candidate.choice]
    let scenario = try base.scenario(
      of: candidate.design, candidate.fleet, candidate.condition, seed: seed ?? scenario.seed)
    progress(words(candidate, "measured"))
    runs += 1
    return try populations.run(
      scenario, of: base.population, threads: threads, version: version)
  }

  /// Of one line: whose fleet, what for, which one, under what, and what is done with it.
  func words(_ candidate: Candidate, _ deed: String) -> String {
    let fleet = candidate.fleet.tiers.map { "\($0.key) \(candidate.fleet[$0])" }
    let all = fleet.isEmpty ? "the scenario as it is" : fleet.joined(separator: ", ")
    return [candidate.design, phase].filter { !$0.isEmpty }.map { "\($0): " }.joined()
      + all + candidate.condition.words + ": " + deed
  }
}

/// The follower graphs of the seeds, which every fleet is tried on: kept while there is room, the
/// first to come, since every fleet begins with the first seeds.
final class TrialPopulations: @unchecked Sendable {
  private let lock = NSLock()
  private var graphs: [(key: String, graph: FollowerGraph, bytes: Double)] = []
  private let room: Double

  /// - Parameter room: bytes for all graphs together.
  init(room: Double = (MachineMemory.available ?? 4e9) / 4) { self.room = room }

  /// How many of so many trials fit side by side; one at least, which is then refused if it does
  /// not fit.
  ///
  /// - Parameter threads: of each.
  func trials(
    _ count: Int, of scenario: Scenario, _ key: String, threads: Int,
    available: Double? = MachineMemory.available
  ) throws -> Int {
    guard count > 1, let available else { return count }
    let model = scenario.audience
    let graph = try graph(of: model, key, seed: scenario.seed)
    let expected = scenario.holdings(of: model.audience(on: graph, seed: scenario.seed))
    let each = model.graph.bytes(users: graph.userCount)
    return (2...count).last { trials in
      // The first's graph is there already.
      let free = available - each * Double(trials - 1)
      let fitting = try? MachineMemory.threads(
        trials * threads, for: scenario, expected, available: free)
      return fitting == trials * threads
    } ?? 1
  }

  /// - Parameter key: of the population but for its seed.
  func run(
    _ scenario: Scenario, of key: String, threads: Int, version: String
  ) throws -> DesignResult {
    try MachineMemory.check(scenario)
    let model = scenario.audience
    let graph = try graph(of: model, key, seed: scenario.seed)
    var experiment = Experiment(scenario, threads: threads)
    experiment.graphOfCell = { try self.graph(of: $0, key, seed: $1, cell: $2) }
    let result = try experiment.run(
      version: version, over: model.audience(on: graph, seed: scenario.seed))
    guard let design = result.designs.first else {
      throw BrokenInvariant("a plan's run without a design")
    }
    return design
  }

  func graph(
    of model: AudienceModel, _ population: String, seed: UInt64, cell: Int = 0
  ) throws -> FollowerGraph {
    let key = "\(seed) \(cell) \(population)"
    let kept = lock.withLock { graphs.first { $0.key == key }?.graph }
    if let kept { return kept }
    let graph = try model.buildGraph(seed: seed, cell: cell)
    let bytes = model.graph.bytes(users: graph.userCount)
    lock.withLock {
      let isKnown = graphs.contains { $0.key == key }
      if !isKnown, graphs.reduce(bytes, { $0 + $1.bytes }) <= room {
        graphs.append((key, graph, bytes))
      }
    }
    return graph
  }
}
