import FeedSystem
import Foundation
import Settings
import Simulation

/// A conservation law that a run has broken: a bug in the simulator. No report is given.
public struct ViolatedLaw: Error, CustomStringConvertible {
  public var design: String
  public var replication: Int
  public var check: Check

  public var description: String {
    let place = design.isEmpty ? "" : "design \(design), "
    return "\(place)replication \(replication + 1): \(check.name) does not hold: \(check.detail)"
  }
}

/// A scenario's replications, design by design over one population, made into estimates.
public struct Experiment: Sendable {
  public var scenario: Scenario
  public var threads: Int
  /// Beyond those, for as long as there are any.
  var spare = SpareThreads.none
  /// The follower graph of a population by its seed and a cell but the first: built each time
  /// unless somebody keeps it.
  var graphOfCell: @Sendable (AudienceModel, UInt64, Int) throws -> FollowerGraph = {
    try $0.buildGraph(seed: $1, cell: $2)
  }
  /// What rules such as `cost.month <= baseline + 5%` are about; needed where there are any.
  public var baseline: Result?
  /// Told what is being done, now and then.
  public var progress: @Sendable (String) -> Void
  /// Of the warm-up, where it was found.
  private var warmUpNotes: [String] = []
  /// The laws that each replication is held to.
  var laws: @Sendable (FeedSystem) -> [Check] = { $0.checkConservation() }

  public init(
    _ scenario: Scenario, threads: Int, progress: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.scenario = scenario
    self.threads = threads
    self.progress = progress
  }

  /// Runs everything. Designs see the same population, arrivals and services, so their
  /// differences are not the luck of the draw.
  public func run(version: String) throws -> Result {
    for named in scenario.designs { _ = try rules(for: named.name) }
    try MachineMemory.check(scenario)
    progress("building the follower graph")
    return try run(
      version: version, over: scenario.audience.build(seed: scenario.seed))
  }

  /// The same over a population that is there already: the scenario's own, of its seed.
  func run(version: String, over audience: Audience) throws -> Result {
    let threads = try MachineMemory.threads(
      threads, for: scenario, scenario.holdings(of: audience))
    if scenario.warmUpRule == .auto {
      let search = WarmUpSearch(scenario: scenario, threads: threads, progress: progress)
      var warm = self
      (warm.scenario, warm.warmUpNotes) = try search.settled(over: audience)
      return try warm.run(version: version, over: audience)
    }
    let runs = scenario.designs.map { DesignRuns($0) }
    let audiences = try CellAudiences(scenario, first: audience, graph: graphOfCell)
    let plan = scenario.replications
    let (count, isReached) = try plan.carryOut { total in
      try extend(runs, to: total, audiences, threads)
      return runs.map { $0.values(of: plan) }
    }
    let designs = try runs.map { try summarise($0.named, $0.replications, audience) }
    return Result(
      feedsimVersion: version, scenario: scenario.name, arguments: scenario.arguments,
      scenarioHash: scenario.hash, question: scenario.question, seed: scenario.seed,
      replications: count,
      population: Population(of: audience.graph),
      horizon: scenario.horizon, marks: scenario.marks,
      designs: designs,
      notes: notes(on: audience.graph) + scenario.oldPrices(in: designs.flatMap(\.costs))
        + warmUpNotes
        + stopping(count, reached: isReached, runs.map(\.replications)))
  }

  /// Runs the designs' replications up to a number: all of them side by side, the first of each
  /// design begun before its others.
  private func extend(
    _ designs: [DesignRuns], to total: Int, _ audiences: CellAudiences, _ threads: Int
  ) throws {
    let done = designs[0].replications.count
    let more = total - done
    let named = designs.map(\.named)
    let boards = designs.map(\.board)
    let found = try parallelMap(
      count: designs.count * more, threads: threads, spare: spare, local: TimelineMemory.init
    ) { task, memory in
      let index = done + task % more
      let (named, board) = (named[task / more], boards[task / more])
      let label = named.name.isEmpty ? "" : "\(named.name): "
      progress("\(label)replication \(index + 1) of \(total)")
      do {
        return try scenario.replicate(
          named.design, audience: audiences.audience(ofReplication: index), index: index,
          memory: memory, laws: laws
        ) { load in
          if index == 0 { board.publish(Fleet(named.design.tiers, offeredLoad: load)) }
          return try board.wait()
        }
      } catch {
        board.fail()
        throw error
      }
    }
    for (place, design) in designs.enumerated() {
      design.replications += found[(place * more)..<((place + 1) * more)]
      for (index, replication) in design.replications.enumerated() {
        if let broken = replication.checks.first(where: { !$0.passed }) {
          throw ViolatedLaw(design: design.named.name, replication: index, check: broken)
        }
      }
    }
  }

  /// The thresholds of a design, with the limits that a baseline gives them.
  private func rules(for design: String) throws -> [Threshold] {
    let base = baseline?.counterpart(of: design, among: scenario.designs.count)
    return try scenario.thresholds.map {
      try $0.against(base ?? DesignResult(name: design, metrics: []))
    }
  }

  private func summarise(
    _ named: Scenario.NamedDesign, _ replications: [Replication], _ audience: Audience
  ) throws -> DesignResult {
    let unstable = Set(replications.flatMap(\.unstable)).sorted()
    var metrics = Estimates.metrics(of: replications, stable: unstable.isEmpty)
    var notes = self.notes(on: named.design, audience, replications)
    if !unstable.isEmpty {
      notes.insert(
        "UNSTABLE: \(unstable.joined(separator: ", ")) had more work than could be done; "
          + "no steady-state latency exists, and none is given.", at: 0)
    }
    var costs: [CostLine] = []
    var used: Usage?
    if let prices = scenario.prices {
      let usage = Usage(scenario, named.design, replications, audience)
      used = usage
      costs = usage.bill(prices)
      metrics += costMetrics(costs, prices.currency)
      notes += Cost.notes(on: costs)
    }
    var fingerprint: UInt64 = 0
    for replication in replications {
      fingerprint = mix64(fingerprint ^ replication.fingerprint)
    }
    var result = DesignResult(
      name: named.name, metrics: MetricNames.ordered(metrics),
      causes: unstable.isEmpty ? Causes(replications.map(\.latency)) : nil,
      checks: merged(replications), costs: costs,
      timeLines: .mean(of: replications.map(\.timeLines)), fingerprint: fingerprint, notes: notes)
    result.usage = used
    result.verdicts = try rules(for: named.name).map { $0.verdict(in: result) }
    return result
  }

  private func costMetrics(_ lines: [CostLine], _ currency: Currency) -> [Metric] {
    let priced = lines.compactMap { line in line.monthly.map { (line.name, $0) } }
    let total = priced.reduce(0) { $0 + $1.1 }
    return ([("", total)] + priced).map { name, amount in
      Metric(
        name: name.isEmpty ? "cost.month" : "cost.month.\(name)", unit: currency.unit, count: 1,
        mean: Estimate(value: amount))
    }
  }

  /// Each law once, with how often it was checked.
  private func merged(_ replications: [Replication]) -> [Check] {
    guard let first = replications.first else { return [] }
    return first.checks.enumerated().map { index, check in
      Check(
        name: check.name,
        passed: replications.allSatisfy { $0.checks[index].passed },
        detail: replications.count == 1
          ? check.detail : "in all \(replications.count) replications; first: \(check.detail)")
    }
  }
}

extension Scenario {
  /// What a replication will hold: the posts of the past that is kept and of the run, and the pages
  /// of the run, spikes included.
  func holdings(of audience: Audience) -> ExpectedHoldings {
    let lifetime = designs.map(\.design.timelines.lifetime).max() ?? .zero
    let run = (warmUp + duration).seconds
    let spikes = traffic.spikes.reduce(0) { $0 + max(0, $1.loads - 1) * $1.length.seconds }
    return ExpectedHoldings(
      users: audience.graph.userCount,
      posts: audience.activity.postRateTotal * (lifetime.seconds * 1.25 + run),
      pages: audience.activity.loadRateTotal * (run + spikes) * traffic.sessions.pages,
      world: audience.world)
  }
}

extension AudienceModel {
  /// The population of a seed, the same on every machine, or one of its cells.
  public func build(seed: UInt64, cell: Int = 0) throws -> Audience {
    audience(on: try buildGraph(seed: seed, cell: cell), seed: seed)
  }

  /// Who follows whom, which other habits leave as it is.
  func buildGraph(seed: UInt64, cell: Int = 0) throws -> FollowerGraph {
    guard let cells else {
      return try graph.build(
        users: users, celebrities: celebrities, seed: seed, available: MachineMemory.available)
    }
    return try graph.buildCell(
      cells, index: cell, users: users, celebrities: celebrities, seed: seed)
  }

  func audience(on graph: FollowerGraph, seed: UInt64) -> Audience {
    Audience(graph: graph, activity: activity.build(on: graph, seed: seed), world: world)
  }
}

/// A design and what has been run of it.
private final class DesignRuns {
  let named: Scenario.NamedDesign
  let board = FleetBoard()
  var replications: [Replication] = []

  init(_ named: Scenario.NamedDesign) { self.named = named }

  /// The values of a plan's targets, of each the replications'; empty where a system without a
  /// steady state has none that more replications could make narrower.
  func values(of plan: ReplicationPlan) -> [[Double]] {
    guard let precision = plan.precision, replications.allSatisfy(\.unstable.isEmpty) else {
      return []
    }
    let metrics = Estimates.metrics(of: replications, stable: true)
    return precision.targets.compactMap { target in
      let metric = metrics.first { $0.name == target.metric }
      return metric?.statistics.first { $0.name == target.statistic }?.estimate.each
    }
  }
}

/// Where the first replication posts the fleet that the others wait for.
private final class FleetBoard: @unchecked Sendable {
  private let condition = NSCondition()
  private var fleet: Fleet?
  private var failed = false

  func publish(_ fleet: Fleet) {
    condition.lock()
    self.fleet = fleet
    condition.broadcast()
    condition.unlock()
  }

  /// Releases everybody who waits: the first replication may never publish.
  func fail() {
    condition.lock()
    failed = true
    condition.broadcast()
    condition.unlock()
  }

  func wait() throws -> Fleet {
    condition.lock()
    defer { condition.unlock() }
    while fleet == nil, !failed { condition.wait() }
    guard let fleet else { throw BrokenInvariant("the first replication gave up") }
    return fleet
  }
}

/// Estimates over replications, metric by metric.
enum Estimates {
  static func metrics(of replications: [Replication], stable: Bool) -> [Metric] {
    guard let first = replications.first else { return [] }
    var names = first.samples.map(\.name)
    for replication in replications.dropFirst() {
      for sample in replication.samples where !names.contains(sample.name) {
        names.append(sample.name)
      }
    }
    return names.map { name in
      let samples = replications.compactMap { replication in
        replication.samples.first { $0.name == name }
      }
      return metric(samples, stable: stable)
    }
  }

  private static func metric(_ samples: [Replication.Sample], stable: Bool) -> Metric {
    let first = samples[0]
    guard first.count != nil else {
      return Metric(
        name: first.name, unit: first.unit, count: samples.count,
        mean: .mean(of: samples.map(\.value)))
    }
    let counts = samples.map { $0.count ?? 0 }
    let total = counts.reduce(0, +)
    guard stable else {
      return Metric(name: first.name, unit: first.unit, count: total, mean: nil)
    }
    let shortest = Double(counts.min() ?? 0)
    return Metric(
      name: first.name, unit: first.unit, count: total, mean: .mean(of: samples.map(\.value)),
      quantiles: Replication.probabilities.enumerated().map { index, probability in
        Metric.Quantile(
          probability: probability,
          estimate: .quantile(
            probability, of: samples.map { $0.quantiles[index] }, observations: shortest))
      })
  }
}
