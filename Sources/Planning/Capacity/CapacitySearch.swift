import FeedSystem
import Settings
import Simulation

/// The search for a design's capacity: bisection on a factor on its posts and loads, under each of
/// several seeds, over the fleet that it has at 1.
///
/// The factor is on `audience.activity`'s posts and loads a day; the population, scripted posts,
/// cascades and faults stay. A factor is feasible under a seed if a run of the scenario with that
/// seed, and that seed's population, keeps every rule and is stable: what `feedsim run` would say
/// with the same servers. A seed's factors share their random numbers. Factors are powers of
/// 1 + `resolution`, so a seed's capacity is the highest feasible power below an infeasible one.
public struct CapacitySearch: Sendable {
  public var scenario: Scenario
  /// Which of several designs; the first if not given.
  public var design: String?
  public var threads: Int
  public var seeds = 5
  public var resolution = 0.02
  /// The highest factor that is tried.
  public var ceiling = CapacityBracket.most
  public var progress: @Sendable (String) -> Void

  public init(
    _ scenario: Scenario, threads: Int, progress: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.scenario = scenario
    self.threads = threads
    self.progress = progress
  }

  /// What the search stands on: the pilots, the fleet that is kept, the rules that count.
  struct Ground: Sendable {
    var scenario: Scenario
    var rules: [Threshold]
    var setAside: [String]
    var bracket: CapacityBracket
    var demands: [TierDemand]
    var loadsPerSecond: Double
    /// The lowest factor that is tried: an eighth of the light run's.
    var floor: Double
  }

  /// - Throws: what running the scenario throws; `InvalidInput` for a design that it has not.
  public func run(version: String) throws -> Capacity {
    let ground = try prepared(version: version)
    let first = try SeedSearch(self, ground, index: 0, threads: threads, version: version)
    let found = try first.capacity(within: ground.bracket.range)
    let nothing: @Sendable () -> Void = {}
    let rest = try parallelMap(
      count: max(0, seeds - 1), threads: threads, local: nothing
    ) { index, _ in
      let search = try SeedSearch(self, ground, index: index + 1, threads: 1, version: version)
      let near = power(1 + resolution, 4)
      let capacity = try search.capacity(within: (found.factor / near)...(found.factor * near))
      return (capacity.factor, search.trials.count)
    }
    let factors = [found.factor] + rest.map(\.0)
    let estimate = Estimate.mean(of: factors)
    return Capacity(
      scenario: scenario.name, design: ground.scenario.designs[0].name, factor: estimate,
      assured: Self.assured(factors), bracket: ground.bracket, binding: found.binding,
      setAside: ground.setAside, fleet: ground.demands, loadsPerSecond: ground.loadsPerSecond,
      resolution: resolution, runs: 2 + first.trials.count + rest.reduce(0) { $0 + $1.1 })
  }

  /// One-sided prediction limit of a further value; the only value where there is one.
  static func assured(_ values: [Double]) -> Double {
    var spread = Spread()
    for value in values { spread.add(value) }
    guard values.count > 1 else { return spread.mean }
    let t = studentQuantile(0.9, freedom: Double(values.count - 1))
    return max(0, spread.mean - t * (spread.variance * (1 + 1 / Double(values.count))).squareRoot())
  }

  /// Runs the scenario as it is and lightly, and estimates from both.
  func prepared(version: String) throws -> Ground {
    var scenario = scenario
    let named = design.map { name in scenario.designs.filter { $0.name == name } }
    guard let named = (named ?? scenario.designs).first else {
      let known = scenario.designs.map(\.name).joined(separator: ", ")
      throw InvalidInput("there is no design \"\(design ?? "")\"; known: \(known)")
    }
    scenario.designs = [named]
    scenario.thresholds = []
    try MachineMemory.check(scenario)
    let audience = try scenario.audience.build(seed: scenario.seed)
    if scenario.warmUpRule == .auto {
      scenario = try WarmUpSearch(scenario: scenario, threads: threads, progress: progress)
        .settled(over: audience).scenario
    }
    progress("capacity: the scenario as it is")
    let full = try result(of: scenario, over: audience, threads, version)
    scenario.designs[0].design = named.design.keeping(full)
    let kept = scenario.designs[0].design
    let cells = audience.graph.cell?.count ?? 1
    let pilot = CapacityBracket.Pilot(factor: 1, result: full, design: kept, cells: cells)
    let factor = CapacityBracket.lightFactor(pilot.demands)
    progress("capacity: with little traffic")
    let light = try result(
      of: scenario, over: audience.scaled(scenario.audience, by: factor, scenario.seed), threads,
      version)
    let calm = CapacityBracket.Pilot(factor: factor, result: light, design: kept, cells: cells)
    var setAside: [String] = []
    let rules = self.scenario.thresholds.filter { rule in
      let isKept = [light, full].contains { rule.verdict(in: $0).passed }
      if rule.unit.isMoney || rule.relative != nil || !isKept { setAside.append(rule.rule) }
      return !rule.unit.isMoney && rule.relative == nil && isKept
    }
    let bracket = CapacityBracket(
      pilots: (calm, pilot), rules: rules, design: kept, window: scenario.duration,
      noise: WorkNoise(
        audience, over: scenario.duration, loadsPerSession: scenario.traffic.sessions.loads))
    return Ground(
      scenario: scenario, rules: rules, setAside: setAside, bracket: bracket,
      demands: pilot.demands,
      loadsPerSecond: full.metric("feed.throughput")?.mean?.value ?? 0,
      floor: factor / 8)
  }

  func result(
    of scenario: Scenario, over audience: Audience, _ threads: Int, _ version: String
  ) throws -> DesignResult {
    let experiment = Experiment(scenario, threads: threads)
    let result = try experiment.run(version: version, over: audience)
    guard let design = result.designs.first else {
      throw BrokenInvariant("a scenario without a design")
    }
    return design
  }
}

extension Audience {
  /// The same graph, whose users post and load so many times as often.
  func scaled(_ model: AudienceModel, by factor: Double, _ seed: UInt64) -> Audience {
    var activity = model.activity
    activity.postsPerDay *= factor
    activity.loadsPerDay *= factor
    return Audience(
      graph: graph, activity: activity.build(on: graph, seed: seed), world: model.world)
  }
}

/// The bisection under one seed.
final class SeedSearch {
  /// What a run at a factor has shown.
  struct Trial {
    var isFeasible: Bool
    var binding: Capacity.Binding?
  }

  /// By the power of 1 + resolution.
  private(set) var trials: [Int: Trial] = [:]
  private let search: CapacitySearch
  private let ground: CapacitySearch.Ground
  private let scenario: Scenario
  private let audience: Audience
  private let label: String
  private let threads: Int
  private let version: String

  init(
    _ search: CapacitySearch, _ ground: CapacitySearch.Ground, index: Int, threads: Int,
    version: String
  ) throws {
    self.search = search
    self.ground = ground
    self.threads = threads
    self.version = version
    var scenario = ground.scenario
    var stream = RandomStream(seed: scenario.seed, purpose: 0x6361_7061, entity: UInt64(index))
    // The first is the scenario's own, whose population the estimate has seen.
    if index > 0 { scenario.seed = stream.next() }
    self.scenario = scenario
    audience = try scenario.audience.build(seed: scenario.seed)
    label = "capacity: seed \(index + 1) of \(search.seeds)"
  }

  private func factor(_ step: Int) -> Double { power(1 + search.resolution, Double(step)) }

  private func step(_ factor: Double) -> Double {
    ln(max(factor, 1e-9)) / ln(1 + search.resolution)
  }

  /// The highest feasible factor below an infeasible one, and what breaks there.
  ///
  /// - Parameter range: where it is expected: its ends are tried only if the search comes to them.
  func capacity(within range: ClosedRange<Double>) throws -> (
    factor: Double, binding: Capacity.Binding?
  ) {
    let most = Int(step(search.ceiling).rounded(.down))
    let least = min(Int(step(ground.floor).rounded(.down)), 0)
    var low = min(max(Int((step(range.lowerBound) + 1e-9).rounded(.down)), least), most - 1)
    var high = min(max(Int((step(range.upperBound) - 1e-9).rounded(.up)), low + 1), most)
    while true {
      while high - low > 1 {
        let middle = (low + high) / 2
        if try isFeasible(middle) { low = middle } else { high = middle }
      }
      if try !isFeasible(low) {
        guard low > least else { return (0, trials[low]?.binding) }
        let span = 2 * (high - low)
        high = low
        low = max(least, low - span)
      } else if try isFeasible(high) {
        guard high < most else { return (factor(high), nil) }
        let span = 2 * (high - low)
        low = high
        high = min(most, high + span)
      } else {
        return (factor(low), trials[high]?.binding)
      }
    }
  }

  private func isFeasible(_ step: Int) throws -> Bool {
    if let known = trials[step] { return known.isFeasible }
    let trial = try trial(at: factor(step))
    trials[step] = trial
    return trial.isFeasible
  }

  func trial(at factor: Double) throws -> Trial {
    search.progress("\(label), \(NumberText.amount((factor * 1000).rounded() / 1000)) times")
    let result = try search.result(
      of: scenario, over: audience.scaled(scenario.audience, by: factor, scenario.seed), threads,
      version)
    let broken = ground.rules.first { !$0.verdict(in: result).passed }
    let isStable = !result.metrics.contains(where: \.isUnstable)
    return Trial(
      isFeasible: broken == nil && isStable,
      binding: .init(isStable ? broken : nil, in: result, scenario.designs[0].design))
  }
}

extension Capacity.Binding {
  /// - Parameter broken: nil where the run was not stable.
  fileprivate init(_ broken: Threshold?, in result: DesignResult, _ design: Design) {
    let demands = TierDemand.measured(in: result, design: design)
    let busiest = demands.max { $0.utilisation < $1.utilisation }
    rule = broken?.rule
    switch broken {
    case nil: tier = busiest?.tier
    case .some(let rule) where rule.metric.hasPrefix("tier."):
      tier = TierName.allCases.first { rule.metric.hasPrefix("tier.\($0.metric).") }
    case .some(let rule) where rule.metric.hasPrefix("feed.latency"):
      let waits = result.causes?.p99.parts.filter { $0.kind == .waiting } ?? []
      tier = waits.max { $0.time.value < $1.time.value }?.tier ?? busiest?.tier
    case .some(let rule) where rule.metric.hasPrefix("delivery.lag"): tier = .fanOutWorkers
    case .some(let rule): tier = rule.isWaiting ? busiest?.tier : nil
    }
    utilisation = demands.first { $0.tier == tier }?.utilisation
  }
}
