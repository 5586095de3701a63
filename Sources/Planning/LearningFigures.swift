import FeedSystem
import Simulation

/// What a replication says of models that learn and of the arms of a test, each where the scenario
/// has it.
extension Replication {
  mutating func addLearning(_ learning: Learning?) {
    guard let learning else { return }
    for (stage, books) in learning.books {
      let name = "ranking.model.\(stage)"
      if let loss = books.logLoss { add("\(name).log_loss", .nats, loss) }
      if let area = books.areaUnderCurve { add("\(name).auc", .ratio, area) }
      if let age = books.meanAge { add("\(name).age", .seconds, age) }
      add("\(name).examples", .examples, Double(books.examples))
      add("\(name).dropped", .examples, Double(books.dropped))
      add("\(name).trainings", .trainings, Double(books.trainings))
    }
  }

  /// From the beginning of a topic that breaks until feeds bring 90 % of what posts on it bring in
  /// the best quarter of the intervals of its height: the first interval from which three in a row
  /// do so on average. Nothing where the window is too short to tell.
  mutating func addRecovery(_ measured: borrowing Measurements, _ world: WorldSettings?) {
    guard let topic = world?.breaking.min(by: { $0.at < $1.at }) else { return }
    let interval = measured.intervals.interval
    var starts: [Duration] = []
    var levels: [Double] = []
    for (index, row) in measured.intervals.rows.enumerated() {
      let start = interval * index
      guard start >= topic.at, start + interval <= topic.at + topic.length else { continue }
      starts.append(start)
      let feeds = Double(max(row.engagement.feeds, 1))
      levels.append(row.engagement.breaking / feeds)
    }
    guard levels.count >= 12 else { return }
    let best = levels.sorted(by: >).prefix(levels.count / 4)
    let level = best.reduce(0, +) / Double(best.count)
    for index in 0..<(levels.count - 2) {
      let mean = (levels[index] + levels[index + 1] + levels[index + 2]) / 3
      if mean >= 0.9 * level {
        return add("ranking.recovery", .seconds, (starts[index] - topic.at).seconds)
      }
    }
  }

  mutating func addArms(_ experiment: ExperimentBooks?, seconds: Double) {
    guard let experiment else { return }
    let feeds = experiment.arms.reduce(0) { $0 + $1.feeds }
    for (index, arm) in experiment.arms.enumerated() {
      let name = "arm.\(experiment.settings.arms[index].name)"
      add("\(name).share", .ratio, Double(arm.feeds) / Double(max(feeds, 1)))
      add("\(name).throughput", .perSecond, Double(arm.feeds) / seconds)
      add("\(name).latency", experiment.latency[index])
      guard arm.feeds > 0 else { continue }
      if let quality = arm.meanQuality { add("\(name).quality", .ratio, quality) }
      add("\(name).engagement", .perFeed, arm.worthPerFeed)
      add("\(name).favoured", .ratio, Double(arm.favoured) / Double(max(arm.shown, 1)))
      if index > 0, experiment.arms[0].worthPerFeed > 0 {
        let base = experiment.arms[0].worthPerFeed
        add("\(name).uplift", .ratio, arm.worthPerFeed / base - 1)
      }
    }
  }
}

extension MetricNames {
  static let learningScalars: [(name: String, unit: Unit, direction: Direction)] =
    [("ranking.recovery", .seconds, .lower)]
    + Learning.stageNames.flatMap { stage in
      [
        ("ranking.model.\(stage).log_loss", .nats, .lower),
        ("ranking.model.\(stage).auc", .ratio, .higher),
        ("ranking.model.\(stage).age", .seconds, .lower),
        ("ranking.model.\(stage).examples", .examples, .none),
        ("ranking.model.\(stage).dropped", .examples, .lower),
        ("ranking.model.\(stage).trainings", .trainings, .none),
      ] as [(String, Unit, Direction)]
    }

  /// What there is to know of an arm, whose name the scenario gives.
  private static let armMetrics: [(name: String, unit: Unit, direction: Direction)] = [
    ("share", .ratio, .none), ("throughput", .perSecond, .none),
    ("latency", .milliseconds, .lower), ("engagement", .perFeed, .higher),
    ("quality", .ratio, .higher),
    ("favoured", .ratio, .higher), ("uplift", .ratio, .higher),
  ]

  static let armFamilies = armMetrics.map { "arm.<name>.\($0.name)" }

  /// The entry of `arm.<name>.<metric>`; nil for any other name.
  static func armEntry(_ name: String) -> Entry? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "arm", !parts[1].isEmpty,
      let metric = armMetrics.first(where: { $0.name == parts[2] })
    else { return nil }
    return Entry(
      name: name, unit: metric.unit, isDistribution: metric.unit == .milliseconds,
      direction: metric.direction)
  }
}
