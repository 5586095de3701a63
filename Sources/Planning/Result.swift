import FeedSystem
import Simulation

/// The answer to a scenario: a pure value, from which every report is made.
public struct Result: Sendable {
  public var feedsimVersion: String
  public var scenario: String
  /// What follows `feedsim run` to get this answer again, apart from seed and replications.
  public var arguments: [String]
  /// SHA-256 of the fully resolved scenario: the same text and overrides, the same hash.
  public var scenarioHash: String
  /// The scenario's question: the first comment of its file.
  public var question: String
  public var seed: UInt64
  public var replications: Int
  public var population: Population
  public var horizon: Horizon
  /// What the scenario does in the measurement window.
  public var marks: [Mark]
  /// One for each design compared; a scenario that compares none has one, without a name.
  public var designs: [DesignResult]
  /// What a reader must know to read the figures: warnings, assumptions, what is not priced.
  public var notes: [String]

  public init(
    feedsimVersion: String, scenario: String, arguments: [String], scenarioHash: String,
    question: String, seed: UInt64, replications: Int, population: Population,
    horizon: Horizon, marks: [Mark] = [], designs: [DesignResult], notes: [String]
  ) {
    self.feedsimVersion = feedsimVersion
    self.scenario = scenario
    self.arguments = arguments
    self.scenarioHash = scenarioHash
    self.question = question
    self.seed = seed
    self.replications = replications
    self.population = population
    self.horizon = horizon
    self.marks = marks
    self.designs = designs
    self.notes = notes
  }

  /// Whether every threshold of every design holds.
  public var passed: Bool {
    designs.allSatisfy { $0.verdicts.allSatisfy(\.passed) }
  }
}

/// Who the users were: results of different populations are not compared.
public struct Population: Sendable, Equatable {
  public var users: Int
  public var follows: Int

  public init(users: Int, follows: Int) {
    self.users = users
    self.follows = follows
  }
}

/// How long was simulated: results of different horizons are not compared.
public struct Horizon: Sendable, Equatable {
  public var warmUp: Duration
  /// The measurement window.
  public var duration: Duration
  /// Where the warm-up's length comes from.
  public var warmUpRule: WarmUpRule

  public init(warmUp: Duration, duration: Duration, warmUpRule: WarmUpRule = .given) {
    self.warmUp = warmUp
    self.duration = duration
    self.warmUpRule = warmUpRule
  }
}

/// What one design did.
public struct DesignResult: Sendable {
  /// Empty where the scenario compares no designs.
  public var name: String
  /// In the order in which they are reported.
  public var metrics: [Metric]
  /// Nil where there is no latency to explain: no loads, or no steady state.
  public var causes: Causes?
  public var verdicts: [Verdict]
  public var checks: [Check]
  public var costs: [CostLine]
  /// What the bill is made of; nil without one, and in a result read from a document.
  public var usage: Usage?
  /// Nil where it is not known how the window went.
  public var timeLines: TimeLines?
  /// A hash over the events of all replications.
  public var fingerprint: UInt64
  public var notes: [String]

  public init(
    name: String, metrics: [Metric], causes: Causes? = nil, verdicts: [Verdict] = [],
    checks: [Check] = [], costs: [CostLine] = [], timeLines: TimeLines? = nil,
    fingerprint: UInt64 = 0, notes: [String] = []
  ) {
    self.name = name
    self.metrics = metrics
    self.causes = causes
    self.verdicts = verdicts
    self.checks = checks
    self.costs = costs
    self.timeLines = timeLines
    self.fingerprint = fingerprint
    self.notes = notes
  }

  public func metric(_ name: String) -> Metric? { metrics.first { $0.name == name } }
}

extension Metric {
  /// Observed and yet without a mean: there was no steady state to estimate.
  public var isUnstable: Bool { count > 0 && !(mean?.value.isFinite ?? false) }

  /// Nil where there is no such statistic, or nothing was observed.
  func estimate(_ statistic: String) -> Estimate? {
    statistics.first { $0.name == statistic }?.estimate
  }

  /// Every estimate by the name of its statistic, the mean first.
  public var statistics: [(name: String, estimate: Estimate)] {
    (mean.map { [("mean", $0)] } ?? []) + quantiles.map { ($0.name, $0.estimate) }
  }
}

/// One measured quantity over all replications.
public struct Metric: Sendable, Equatable {
  public var name: String
  public var unit: Unit
  /// Observations over all replications; for a scalar, the replications.
  public var count: Int
  /// Nil where there is nothing to estimate: the system was unstable, or nothing was observed.
  public var mean: Estimate?
  /// Empty for a scalar.
  public var quantiles: [Quantile]

  public struct Quantile: Sendable, Equatable {
    /// 0.5, 0.95, 0.99 or 0.999.
    public var probability: Double
    public var estimate: Estimate

    public init(probability: Double, estimate: Estimate) {
      self.probability = probability
      self.estimate = estimate
    }

    /// As in rules and documents: p50, p95, p99, p99_9.
    public var name: String { Quantile.name(probability) }

    public static func name(_ probability: Double) -> String {
      let names = [0.5: "p50", 0.95: "p95", 0.99: "p99", 0.999: "p99_9"]
      return names[probability] ?? "p\(probability * 100)"
    }
  }

  public init(
    name: String, unit: Unit, count: Int, mean: Estimate?, quantiles: [Quantile] = []
  ) {
    self.name = name
    self.unit = unit
    self.count = count
    self.mean = mean
    self.quantiles = quantiles
  }
}

/// What a metric's numbers are in.
public enum Unit: String, Sendable, CaseIterable {
  case milliseconds = "ms"
  case seconds = "s"
  case entries = "entries"
  case entriesPerPost = "entries/post"
  case entriesPerShown = "entries/shown"
  case ratio = "ratio"
  case perSecond = "1/s"
  case bytes = "B"
  case deliveries = "deliveries"
  case posts = "posts"
  case servers = "servers"
  case dollars = "USD"
  case euros = "EUR"
  case pounds = "GBP"
  case francs = "CHF"
  case yen = "JPY"
  case yuan = "CNY"
  case rupees = "INR"
  case visits = "visits"
  case changes = "changes"
  case connections = "connections"
  case bytesPerSecond = "B/s"
  case followers = "followers"
  case viewers = "viewers"
  case features = "features"
  case megaflops = "Mflop"
  case nats = "nats"
  case examples = "examples"
  case trainings = "trainings"
  case perFeed = "1/feed"
  case perThousandFeeds = "1/1000 feeds"
}

/// A rule and what was observed.
public struct Verdict: Sendable, Equatable {
  /// As written.
  public var rule: String
  public var metric: String
  public var statistic: String
  /// In the metric's unit; nil where it could not be estimated, which fails the rule.
  public var observed: Estimate?
  public var unit: Unit
  public var passed: Bool

  public init(
    rule: String, metric: String, statistic: String, observed: Estimate?, unit: Unit,
    passed: Bool
  ) {
    self.rule = rule
    self.metric = metric
    self.statistic = statistic
    self.observed = observed
    self.unit = unit
    self.passed = passed
  }
}
