import ResponseSurfaces
import Settings
import Simulation
import Synchronization

/// Which settings of a scenario are to be tuned, for what, and under which rules.
public struct TunePlan: Sendable {
  public let settings: [TuneAnswer.Setting]
  public let objective: TuneAnswer.Metric
  public let isMaximised: Bool
  private let base: SweepBase
  private let scenario: Scenario

  /// Reads the scenario and what is asked of it.
  ///
  /// - Parameters:
  ///   - overrides: `path=value`, under all points.
  ///   - rules: beside the scenario's own thresholds, which every setting is held to.
  ///   - ranges: `path=low..high`, at most four; equal factors count as alike where the end is at
  ///     least ten times the start, unless `:lin` or `:log` says otherwise.
  ///   - objective: a metric and its statistic as in rules.
  /// - Throws: `MissingInput`, or `InvalidInput` for what is wrong with any of them.
  public init(
    reading path: String, overrides: [String] = [], rules: [String] = [], ranges: [String],
    objective: String, isMaximised: Bool = false, version: String
  ) throws {
    guard (1...Tuner.mostAxes).contains(ranges.count) else {
      throw InvalidInput(
        "from one to \(Tuner.mostAxes) settings can be tuned at a time, not \(ranges.count)",
        at: SourceLocation(argument: "--vary"))
    }
    let axes = try ranges.map(Self.axis)
    try SweepAxis.refuseTwice(axes.map(\.axis))
    let option = isMaximised ? "--maximise" : "--minimise"
    let entry = try readingOption(option) { try Threshold.metric(objective) }
    self.objective = TuneAnswer.Metric(entry.0, statistic: entry.1)
    self.isMaximised = isMaximised
    let base = try SweepBase(
      reading: path, overrides: overrides, rules: rules, ruleOption: "--subject-to",
      axes: axes.map(\.axis), version: version)
    self.base = base
    let probes = try Self.probes(base)
    settings = axes.enumerated().map { index, axis in
      TuneAnswer.Setting(
        path: axis.axis.path, range: axis.range, isLogarithmic: axis.isLogarithmic,
        isWhole: probes.isWhole[index], today: base.today(axis.axis))
    }
    scenario = probes.scenario
    guard scenario.designs.count == 1 else {
      throw InvalidInput(
        "\(scenario.name) compares \(scenario.designs.count) designs, and one is tuned at a time; "
          + "give a scenario without designs")
    }
    guard !entry.0.unit.isMoney || scenario.prices != nil else {
      throw InvalidInput(
        "\(self.objective.name) needs prices; name a price sheet in the scenario, or with "
          + "--set prices=aws-us-east-1-2026-08", at: SourceLocation(argument: option))
    }
    guard scenario.currency == .dollars else {
      throw InvalidInput(
        "a tuning tells costs in USD, and the price sheet is in \(scenario.currency.rawValue)",
        path: "prices")
    }
    guard scenario.replications.least > 1 else {
      throw InvalidInput(
        "one replication gives no interval; ask for at least two", path: "replications")
    }
  }

  private static func axis(
    _ text: String
  ) throws -> (axis: SweepAxis, range: QuantityRange, isLogarithmic: Bool) {
    let axis = try SweepAxis(parsing: text, sampled: true)
    guard case .range(let range, let spacing, nil) = axis.values else {
      throw InvalidInput(
        "\"\(text)\": write a range without a count, such as fanOut.pushBelow=1k..100k; feedsim "
          + "sweep varies lists and grids", at: SourceLocation(argument: "--vary"))
    }
    let isGiven = SweepAxis.Spacing.allCases.contains { text.hasSuffix(":\($0)") }
    let isWide = range.low > 0 && range.high / range.low >= 10
    return (axis, range, isGiven ? spacing == .log : isWide)
  }

  /// A scenario of the range, and which settings take whole numbers only: those that refuse a
  /// fraction somewhere.
  private static func probes(_ base: SweepBase) throws -> (scenario: Scenario, isWhole: [Bool]) {
    let shares = [0.0, 0.137, 0.382, 0.618, 0.863, 1]
    let values = shares.map { share in base.axes.map { $0.value(at: share) } }
    let points = values.map { base.point($0) }
    let isWhole = base.axes.indices.map { axis in
      zip(values, points).contains { values, point in
        point.values[axis] != values[axis].text && point.values[axis] == values[axis].whole
      }
    }
    let today = base.point(base.axes.map { _ in nil })
    let scenarios = ([today] + points).map(\.scenario)
    if let scenario = scenarios.lazy.compactMap({ try? $0.get() }).first {
      // What no point of the range survives is wrong with the range.
      if points.allSatisfy({ (try? $0.scenario.get()) == nil }) { _ = try points[0].scenario.get() }
      return (scenario, isWhole)
    }
    return (try points[0].scenario.get(), isWhole)
  }

  /// Simulates and searches.
  ///
  /// - Parameters:
  ///   - budget: points that may be simulated.
  ///   - progress: told what is being done, now and then.
  public func run(
    threads: Int, budget: Int? = nil, progress: @escaping @Sendable (String) -> Void = { _ in }
  ) throws -> TuneAnswer {
    let axes = settings.map { setting in
      Tuner.Axis(
        low: setting.range.low, high: setting.range.high, isLogarithmic: setting.isLogarithmic,
        isWhole: setting.isWhole)
    }
    let tuner = Tuner(
      axes, isMaximised: isMaximised, budget: budget, replications: scenario.replications.least,
      seed: scenario.seed)
    let laboratory = Laboratory(self, threads: threads, budget: tuner.budget, progress)
    let tuning = try tuner.tune(laboratory.simulate)
    let trials = tuning.trials.map { laboratory.trial($0.point) }
    if tuning.trials.allSatisfy({ $0.response == nil }) { throw laboratory.firstProblem }
    return TuneAnswer(
      feedsimVersion: base.version, scenario: scenario.name, scenarioHash: scenario.hash,
      question: scenario.question, seed: scenario.seed, replications: tuner.replications,
      objective: objective, isMaximised: isMaximised, rules: scenario.thresholds.map(\.rule),
      settings: settings, tuning: tuning, trials: trials, front: TuneFront(of: trials),
      budget: tuner.budget)
  }

  /// Simulates points and keeps what came of them.
  private final class Laboratory {
    private let plan: TunePlan
    private let threads: Int
    private let budget: Int
    private let progress: @Sendable (String) -> Void
    private let populations = Populations()
    private var results: [(point: Tuner.Point, trial: TuneAnswer.Trial)] = []
    private var spent = 0
    private var problem: (any Error)?

    init(
      _ plan: TunePlan, threads: Int, budget: Int, _ progress: @escaping @Sendable (String) -> Void
    ) {
      self.plan = plan
      self.threads = threads
      self.budget = budget
      self.progress = progress
      // The population that most points share outlives every batch of them.
      populations.expect(plan.base.point(plan.settings.map { _ in nil }))
    }

    /// Why there is no answer at all.
    var firstProblem: any Error {
      problem ?? InvalidInput("\(plan.objective.name) has no estimate anywhere in the range")
    }

    func trial(_ point: Tuner.Point) -> TuneAnswer.Trial {
      results.first { $0.point == point }?.trial
        ?? TuneAnswer.Trial(
          settings: [], replications: 0, figures: TuneFront.weighed.map { _ in nil },
          objective: nil, verdicts: [], problem: "not simulated")
    }

    func simulate(_ points: [Tuner.Point], _ replications: Int) throws -> [Response?] {
      var runs = points.map { point in
        plan.base.point(values(point), replications: replications)
      }
      for index in runs.indices { runs[index].index = index + 1 }
      let (begun, budget, progress) = (spent, budget, progress)
      let times = replications / max(1, plan.scenario.replications.least)
      let outcomes = Mutex([Int: Swift.Result<Result, any Error>]())
      progress("\(begun) of at most \(budget) points")
      let run = SweepRun(runs, threads: threads, version: plan.base.version, over: populations)
      try run.run { point, outcome in
        let done = outcomes.withLock { outcomes in
          outcomes[point.index] = outcome
          return outcomes.count
        }
        progress("\(begun + done * times) of at most \(budget) points")
      }
      spent += times * points.count
      let found = outcomes.withLock { $0 }
      return try zip(points, runs).map { point, run in
        guard let outcome = found[run.index] else { return nil }
        return try keep(outcome, point, run.values, replications)
      }
    }

    private func values(_ point: Tuner.Point) -> [SweepAxis.Value?] {
      zip(point, plan.settings).map { value, setting in
        value.map {
          SweepAxis.Value(text: setting.text($0), whole: setting.range.text($0, whole: true))
        }
      }
    }

    /// The response that the search sees; nil where there is none.
    private func keep(
      _ outcome: Swift.Result<Result, any Error>, _ point: Tuner.Point, _ settings: [String],
      _ replications: Int
    ) throws -> Response? {
      var trial = TuneAnswer.Trial(
        settings: settings, replications: replications, figures: TuneFront.weighed.map { _ in nil },
        objective: nil, verdicts: [], problem: "")
      defer {
        results.removeAll { $0.point == point }
        results.append((point, trial))
      }
      switch outcome {
      case .failure(let broken as ViolatedLaw): throw broken
      case .failure(let error):
        if problem == nil { problem = error }
        trial.problem = "\(error)"
        return nil
      case .success(let result):
        guard let design = result.designs.first else { return nil }
        func estimate(_ metric: TuneAnswer.Metric) -> Estimate? {
          let found = design.metric(metric.metric)?.estimate(metric.statistic)
          guard let found, found.value.isFinite else { return nil }
          return found
        }
        trial.figures = TuneFront.weighed.map { estimate($0)?.brief }
        trial.verdicts = design.verdicts.map { verdict in
          var verdict = verdict
          verdict.observed = verdict.observed?.brief
          return verdict
        }
        guard let objective = estimate(plan.objective),
          let values = objective.values(of: replications)
        else {
          let isUnstable = design.metric(plan.objective.metric)?.isUnstable ?? false
          trial.problem = isUnstable ? "has no steady state" : "has no \(plan.objective.name)"
          return nil
        }
        trial.objective = objective.brief
        return Response(
          objective: values,
          rules: zip(plan.scenario.thresholds, design.verdicts).map { rule, verdict in
            let excess = rule.excess(in: design)
            let isWhole = excess.count <= 1 || excess.count == replications
            return Response.Rule(
              excess: isWhole && excess.allSatisfy(\.isFinite) ? excess : [],
              holds: verdict.passed)
          })
      }
    }
  }
}

extension Estimate {
  /// Replication by replication, or the one value there is; nil where some replications have none.
  fileprivate func values(of replications: Int) -> [Double]? {
    let values = values
    guard values.count == 1 || values.count == replications, values.allSatisfy(\.isFinite) else {
      return nil
    }
    return values
  }

  /// Without the values of single replications.
  fileprivate var brief: Estimate {
    var estimate = self
    estimate.each = []
    return estimate
  }
}
