import Benchmarks
import FeedSystem
import Planning

extension Benchmark {
  /// What cells say of a population against the simulation of all of it.
  static let scale = Benchmark(
    name: "scale",
    summary: "cells against the whole population: predicted and simulated; takes minutes",
    isLong: true
  ) { size, _ in
    var lines = try ScaleStudy.lines(of: 1_000_000)
    // 20 follows and timelines of 64 entries: 10M users then fit into 12 GB.
    if size == .large { lines += try ScaleStudy(users: 10_000_000).run() }
    return lines
  }
}

/// One population simulated whole and by cells, for follower laws from heavy to light tails.
///
/// The whole is one cell that holds every user and every follow. Its authors of more than
/// `tail` × number of cells followers are the stars of the smaller cells too, and post at the same
/// moments, so what is compared is cells and not the luck of a few posts. A window of two minutes
/// has an hour's traffic: fleets are as large as those of a population thirty times as large, and
/// a cell's are of several servers each. Calm, it has an ordinary day's traffic, which one or two
/// servers a tier are enough for: every visit and every delivery then waits for others' too.
struct ScaleStudy {
  var users: Int
  var cell: Int
  var exponents = [2.05, 2.3, 2.9]
  var postsPerDay = 320
  var loadsPerDay = 1000
  var duration = "2m"
  /// Of each; both are the mean of as many: of a small population so many that as many post.
  var replications: Int { max(2, 2_000_000 / users) }

  var isCalm = false

  /// Of smaller cells than a fifth of it a star's batch is a job or two.
  static let least = 100_000

  /// Followers above which authors of a cell are shared; S1.27's batch.
  private let tail = 1000

  init(users: Int) {
    self.users = users
    cell = min(200_000, users / 5)
  }

  init(calm users: Int) {
    self.init(users: users)
    isCalm = true
    (postsPerDay, loadsPerDay, duration) = (10, 40, "10m")
  }

  /// Of a population, busy and calm.
  static func lines(of users: Int) throws -> [BenchLine] {
    try ScaleStudy(users: users).run() + ScaleStudy(calm: users).run()
  }

  /// A figure that is compared: what it is called, and how it is read.
  private static let figures: [(name: String, metric: String, quantile: Double?)] = [
    ("write amplification", "fan_out.write_amplification", nil),
    ("backlog, most entries", "fan_out.backlog", nil), ("feed p50, ms", "feed.latency", 0.5),
    ("feed p99, ms", "feed.latency", 0.99), ("delivery p99, ms", "delivery.lag", 0.99),
    ("cost, $ a month", "cost.month", nil),
  ]

  func run() throws -> [BenchLine] {
    try exponents.flatMap { exponent -> [BenchLine] in
      let predicted = try simulate(exponent, cells: "{users: \(cell), tail: \(tail)}")
      let simulated = try simulate(
        exponent, cells: "{count: 1, tail: \(min(tail * users / cell, users - 1))}")
      let calm = isCalm ? ", few servers" : ""
      return try Self.figures.map { figure in
        let prediction = try Self.value(figure, of: predicted)
        return BenchLine(
          name: "\(users / 1000)k users\(calm), exponent \(exponent): \(figure.name)",
          value: prediction,
          unit: "by cells", ratio: prediction / (try Self.value(figure, of: simulated)),
          baseline: "whole", target: "0.95 to 1.05")
      }
    }
  }

  private func simulate(_ exponent: Double, cells: String) throws -> DesignResult {
    let settings = [
      "audience.users=\(users)", "audience.cells=\(cells)",
      "audience.graph={kind: powerLaw, meanFollows: 20, exponent: \(exponent), "
        + "maximum: \(users / 5)}",
      "audience.celebrities=[{name: star, followers: 40%}]",
      "audience.activity={postsPerDay: \(postsPerDay), loadsPerDay: \(loadsPerDay)}",
      "traffic.posts=[{at: 30s, by: star}]", "duration=\(duration)", "warmUp=1m", "drain=1h",
      "replications=\(replications)", "timelines={capacity: 64, lifetime: 5m}",
      "fanOut={policy: push}", "thresholds=[]", "tiers.postStore.shards=1",
    ]
    let path = try ScenarioFolder.find("quickstart")
    let scenario = try Scenario(reading: path, overrides: settings)
    // One after the other: two wholes would take twice the memory.
    return try Experiment(scenario, threads: 1).run(version: Feedsim.version).designs[0]
  }

  private static func value(
    _ figure: (name: String, metric: String, quantile: Double?), of design: DesignResult
  ) throws -> Double {
    let metric = design.metric(figure.metric)
    let quantile = metric?.quantiles.first { $0.probability == figure.quantile }
    let value = figure.quantile == nil ? metric?.mean?.value : quantile?.estimate.value
    guard let value, value > 0 else {
      throw BrokenInvariant("bench scale: no \(figure.metric)")
    }
    return value
  }
}
