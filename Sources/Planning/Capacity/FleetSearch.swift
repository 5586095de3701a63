import FeedSystem
import Settings
import Simulation

/// The search for the cheapest fleet of one design that keeps every objective under every
/// condition: formulas give the bracket, simulation decides.
///
/// From a fleet that hardly anybody waits in, each tier is brought down to what it needs, the
/// dearest first, by bisection; then a server more of a dear tier is tried for what it saves in the
/// others, and in the end no tier can lose a server. Every decision is a sequential test over
/// seeds, each with a population of its own.
struct FleetSearch {
  /// What comes of the first so many seeds.
  let outcomes: (TrialBench.Candidate, _ count: Int) throws -> [TrialOutcome]
  let choice: Int
  let design: String
  let settings: PlanSettings
  var conditions: [PlanCondition]
  /// Thresholds of the runs, by their places, that are objectives.
  let objectives: [(place: Int, rule: Threshold)]
  var space: FleetSpace
  /// Where servers stand, if a region's loss is to be survived.
  var regions = 0

  /// The condition that was nearest to its limit, or beyond.
  var hardest = 0
  /// Told what is looked for from now on.
  var enter: (String) -> Void = { _ in }

  /// Seeds after which a test is looked at.
  static let stages = [2, 4, 7, 12, 20, 32, 50, 100, 200]
  /// Seeds after which the search takes the likelier side.
  static let most = 32
  /// The same where it guesses at a fleet of cells.
  static let mostForGuess = 4
  /// Seeds that the answer itself is tried with at least, and where they leave it open.
  static let proof = 20
  static let mostForProof = 200
  static let mostForProofOfCells = 100

  /// What came of it.
  struct Found {
    var fleet: PlannedFleet
    /// Under each condition.
    var assessments: [FleetAssessment]
    /// Of each tier that could have a server fewer, what then happens.
    var fewer: [(tier: TierName, assessment: FleetAssessment)]
    var space: FleetSpace
    /// What each group of conditions has added.
    var steps: [FleetPlan.Step] = []
  }

  /// No fleet was found: no number of servers keeps these objectives, or, where the assessment is
  /// unsettled, the search gave up.
  struct Impossible: Error {
    var assessment: FleetAssessment
  }

  /// Seeds after which a step is taken for what it most likely is: fewer of cells, whose runs are
  /// dear and whose steps are a fiftieth of the load.
  var mostOfStep: Int { space.isOfCells ? 12 : Self.most }

  /// Seeds after which the proof takes the likelier side.
  var mostForProof: Int { space.isOfCells ? Self.mostForProofOfCells : Self.mostForProof }

  var test: ToleranceTest { ToleranceTest(content: settings.confidence) }

  // MARK: One fleet

  func candidate(
    _ fleet: PlannedFleet, _ condition: PlanCondition, replications: Int? = nil
  ) -> TrialBench.Candidate {
    TrialBench.Candidate(
      choice: choice, design: design, fleet: fleet, condition: condition,
      replications: replications)
  }

  /// - Parameters:
  ///   - least: seeds that are run whatever the first of them say.
  ///   - most: seeds after which the likelier side is taken; one of the stages.
  ///   - replications: of each seed, in place of the scenario's own.
  func assess(
    _ fleet: PlannedFleet, _ condition: PlanCondition, least: Int = 0, most: Int = Self.most,
    replications: Int? = nil
  ) throws -> FleetAssessment {
    if case .serverLost(let name) = condition,
      let tier = space.tiers.first(where: { $0.tier == name }),
      fleet[name]
        <= TierSettings.lostWithMachine(
          stations: tier.demand.stations, serversPerInstance: tier.serversPerMachine)
    {
      return FleetAssessment(
        condition: condition, objectives: [], seeds: 0, kept: 0, isKept: false, isHopeless: true)
    }
    var outcomes: [TrialOutcome] = []
    var decision = ToleranceTest.Decision.open
    var isClose = false
    for count in Self.stages where count >= least && decision == .open {
      outcomes = try self.outcomes(
        candidate(fleet, condition, replications: replications), count)
      let failures = outcomes.count - kept(outcomes)
      let series = objectives.map { place, rule in
        rule.distances(of: outcomes.compactMap { $0.observed[place] })
      }
      func decide(isLast: Bool) -> ToleranceTest.Decision {
        test.decide(
          series, failures: failures, of: count, isProof: least > 0, isLast: isLast)
      }
      decision = decide(isLast: false)
      guard count >= most else { continue }
      isClose = decision == .open
      decision = decide(isLast: true)
    }
    return FleetAssessment(
      condition: condition,
      objectives: objectives.map { place, rule in
        FleetAssessment.Objective(rule, place, outcomes, test)
      }, seeds: outcomes.count, kept: kept(outcomes), isKept: decision == .kept, isClose: isClose)
  }

  private func kept(_ outcomes: [TrialOutcome]) -> Int {
    outcomes.count { outcome in objectives.allSatisfy { outcome.passed[$0.place] } }
  }

  /// Under all conditions; of a fleet that fails one, that one.
  ///
  /// - Parameter first: conditions that are looked at before the others, as the likeliest to fail.
  func judge(
    _ fleet: PlannedFleet, least: Int = 0, most: Int = Self.most, first: [PlanCondition] = []
  ) throws -> (isKept: Bool, assessment: FleetAssessment) {
    let order = first.filter(conditions.contains) + conditions.filter { !first.contains($0) }
    for condition in order {
      let assessment = try assess(fleet, condition, least: least, most: most)
      if !assessment.isKept { return (false, assessment) }
    }
    // Each has been run; of what is equally near, the first.
    let nearest = try conditions.map { try assess(fleet, $0, least: least, most: most) }
      .min { ($0.binding?.margin ?? .infinity) < ($1.binding?.margin ?? .infinity) }
    guard let nearest else { throw BrokenInvariant("a plan without a condition") }
    return (true, nearest)
  }

  /// Under the condition that was hardest to keep, and with a server of the tier lost if that is
  /// one: the others are looked at once a fleet has come of it.
  private func keeps(_ fleet: PlannedFleet, deciding tier: TierName) throws -> Bool {
    let own = PlanCondition.serverLost(tier)
    // Of cells few seeds of one replication: it varies more, and so errs to more servers. Before
    // the proof they are taken away again.
    let quick = space.isOfCells ? 1 : nil
    let most = space.isOfCells ? Self.mostForGuess : Self.most
    func isKept(_ condition: PlanCondition) throws -> Bool {
      try assess(fleet, condition, most: most, replications: quick).isKept
    }
    if conditions.contains(own), try !isKept(own) { return false }
    return try isKept(conditions[hardest])
  }

  private mutating func learn(from assessment: FleetAssessment) {
    hardest = conditions.firstIndex(of: assessment.condition) ?? hardest
  }

  // MARK: The search

  /// One group of conditions after the other, so that it is known what each of them costs.
  ///
  /// - Throws: `Impossible` where no number of servers keeps the objectives.
  mutating func run() throws -> Found {
    let groups = PlanCondition.Group.allCases.map { group in
      (group, conditions.filter { $0.group == group })
    }.filter { !$0.1.isEmpty }
    conditions = []
    var fleet = PlannedFleet()
    var steps: [FleetPlan.Step] = []
    for (group, more) in groups {
      conditions += more
      fleet = try adapted(fleet, to: group)
      steps.append(
        FleetPlan.Step(group: group, cost: space.cost(fleet), servers: fleet.total))
    }
    var found = try proven(fleet)
    steps[steps.count - 1].cost = space.cost(found.fleet)
    steps[steps.count - 1].servers = found.fleet.total
    found.steps = steps
    return found
  }

  /// The cheapest that keeps what it kept and a group of conditions more.
  private mutating func adapted(
    _ before: PlannedFleet, to group: PlanCondition.Group
  ) throws -> PlannedFleet {
    var fleet = before
    switch group {
    case .asGiven: fleet = try start()
    case .region:
      spread()
      fleet = try start()
    case .headroom:
      let (isKept, assessment) = try judge(fleet)
      learn(from: assessment)
      if isKept { return fleet }
      fleet = try start()
    case .server:
      // What keeps everything keeps it with a machine more, which is then lost.
      for tier in space.tiers {
        fleet[tier.tier] = min(tier.most, fleet[tier.tier] + tier.lostWithMachine)
      }
    }
    fleet = try descended(from: fleet)
    return try exchanged(fleet)
  }

  /// A server in each region at least: a tier with fewer than there are regions stands in none of
  /// them, and would be lost with none. Shards are copied to all.
  private mutating func spread() {
    let sharded: [TierName] = [.postStore, .objectStore, .leafServers]
    for index in space.tiers.indices where !sharded.contains(space.tiers[index].tier) {
      space.tiers[index].floor = regions
    }
  }

  /// A fleet that keeps the objectives, and the brackets that its slack gives.
  private mutating func start() throws -> PlannedFleet {
    var last: FleetAssessment?
    enter("a fleet to begin with")
    for factor in [3.0, 10] {
      let fleet = space.ample(times: factor)
      let (isKept, assessment) = try judge(fleet)
      learn(from: assessment)
      if isKept {
        bracket(try assess(fleet, .asGiven))
        return fleet
      }
      last = assessment
    }
    guard let last else { throw BrokenInvariant("no fleet was tried") }
    throw Impossible(assessment: last)
  }

  /// Servers by formula: at most, where a tier alone takes all the time that is left below the
  /// limit, and at least its even share of it.
  private mutating func bracket(_ ample: FleetAssessment) {
    for index in space.tiers.indices {
      let tier = space.tiers[index]
      let demand = tier.demand
      let brackets = ample.objectives.compactMap { objective -> ClosedRange<Int>? in
        guard let (slack, quantile) = objective.slack, objective.rule.concerns(tier.tier) else {
          return nil
        }
        let loose = FleetBracket.servers(for: demand, waiting: slack, quantile: quantile)
        let sharing = Double(space.tiers.count { objective.rule.concerns($0.tier) })
        let tight = FleetBracket.servers(
          for: demand, waiting: slack / max(1, sharing), quantile: quantile)
        return loose.lowerBound...max(loose.upperBound, tight.upperBound)
      }
      guard let low = brackets.map(\.lowerBound).max(),
        let high = brackets.map(\.upperBound).max()
      else { continue }
      space.tiers[index].bracket = low...max(low, high)
    }
  }

  /// Each tier with as few servers as the others leave it; once more where the fleet that comes of
  /// it fails under another condition than the one that it was judged by.
  private mutating func descended(
    from start: PlannedFleet, except kept: TierName? = nil
  ) throws -> PlannedFleet {
    var fleet = start
    for _ in conditions {
      fleet = try idled(start, except: kept)
      for tier in space.tiers where tier.tier != kept {
        enter("fewer servers of \(tier.tier.key)")
        fleet[tier.tier] = try least(of: tier, in: fleet)
      }
      // Each step was judged by the only condition there is.
      if conditions.count == 1 { break }
      let (isKept, assessment) = try judge(fleet, most: mostOfStep)
      if isKept { break }
      learn(from: assessment)
    }
    return fleet
  }

  /// All tiers that are hardly used with their least at once, which nearly always will do; as they
  /// were where it does not.
  private func idled(
    _ fleet: PlannedFleet, except kept: TierName?
  ) throws -> PlannedFleet {
    var smaller = fleet
    var idle: [TierName] = []
    for tier in space.tiers where tier.tier != kept && tier.isIdle {
      let spare = conditions.contains(.serverLost(tier.tier)) ? tier.lostWithMachine : 0
      guard tier.fewest + spare < fleet[tier.tier] else { continue }
      smaller[tier.tier] = tier.fewest + spare
      idle.append(tier.tier)
    }
    guard idle.count > 1 else { return fleet }
    enter("the fewest servers where hardly any are used")
    for tier in idle where try !keeps(smaller, deciding: tier) { return fleet }
    return smaller
  }

  private func least(of tier: FleetSpace.Tier, in fleet: PlannedFleet) throws -> Int {
    var high = fleet[tier.tier] / tier.step
    var low = min(high, tier.fewest / tier.step) - 1
    var guesses = [tier.bracket.upperBound / tier.step, tier.bracket.lowerBound / tier.step]
    // Of what is hardly used, the least will do.
    if tier.isIdle { guesses = [low + 1] }
    while high - low > 1 {
      var middle = (low + high) / 2
      if let guess = guesses.first {
        guesses.removeFirst()
        guard guess > low, guess < high else { continue }
        middle = guess
      }
      let isKept = try keeps(fleet.with(tier.tier, middle * tier.step), deciding: tier.tier)
      if isKept { high = middle } else { low = middle }
    }
    return high * tier.step
  }

  /// More servers of one tier where that saves more in the others: one first, and twice as many as
  /// long as it pays. Nothing of cells, whose pools wait next to nothing until they are full.
  private mutating func exchanged(_ start: PlannedFleet) throws -> PlannedFleet {
    var best = start
    guard space.isPriced, !space.isOfCells else { return best }
    for tier in space.tiers.prefix(max(0, space.tiers.count - 1)) {
      var more = tier.step
      for _ in 0..<12 {
        let other = try exchanged(best, more, of: tier)
        if let other {
          best = other
          more *= 2
        } else if more > tier.step {
          more = tier.step
        } else {
          break
        }
      }
    }
    return best
  }

  /// Nil where it does not pay; without a run, where it cannot.
  private mutating func exchanged(
    _ best: PlannedFleet, _ more: Int, of tier: FleetSpace.Tier
  ) throws -> PlannedFleet? {
    let raised = best.with(tier.tier, best[tier.tier] + more)
    let hope = space.fleet { other in
      other.tier == tier.tier
        ? raised[other.tier] : min(raised[other.tier], other.atLeast(other.demand.offeredLoad))
    }
    guard space.cost(hope) < space.cost(best) - 0.005 else { return nil }
    let other = try descended(from: raised, except: tier.tier)
    return space.cost(other) < space.cost(best) - 0.005 ? other : nil
  }
}

extension FleetAssessment.Objective {
  /// Seconds that waiting may still take before the limit, and at which quantile; nil for a rule
  /// that is not about a time.
  fileprivate var slack: (seconds: Double, quantile: Double)? {
    guard rule.isUpperLimit, let mean, rule.unit == .milliseconds || rule.unit == .seconds else {
      return nil
    }
    let scale = rule.unit == .milliseconds ? 1e-3 : 1
    // Of an exponential wait the mean is the quantile 1 - 1 / e.
    return (max(rule.limit - mean, 0.02 * rule.limit) * scale, rule.probability ?? 0.632)
  }
}

extension Threshold {
  /// Whether a tier lies on the way that the rule is about.
  func concerns(_ tier: TierName) -> Bool {
    if metric.hasPrefix("feed.latency") || metric.hasPrefix("region.") {
      return TierName.ofLoads.contains(tier) && tier != .fanOutWorkers
    }
    if metric.hasPrefix("delivery.lag") { return [.fanOutWorkers, .timelineStore].contains(tier) }
    if metric.hasPrefix("publish.latency") { return [.gateway, .postStore].contains(tier) }
    return false
  }
}
