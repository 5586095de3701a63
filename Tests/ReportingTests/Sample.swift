import FeedSystem
import Planning
import Simulation

/// Results made by hand, so that reports are tested without a simulation.
enum Sample {
  static func estimate(_ value: Double, _ halfWidth: Double? = nil) -> Estimate {
    Estimate(value: value, halfWidth: halfWidth)
  }

  static func distribution(
    _ name: String, _ count: Int, mean: Double, _ quantiles: [Double], halfWidth: Double?
  ) -> Metric {
    Metric(
      name: name, unit: .milliseconds, count: count, mean: estimate(mean, halfWidth),
      quantiles: zip([0.5, 0.95, 0.99, 0.999], quantiles).map { probability, value in
        Metric.Quantile(
          probability: probability,
          estimate: Estimate(
            value: value, halfWidth: halfWidth.map { $0 * 4 }, resolved: probability < 0.999))
      })
  }

  static func scalar(
    _ name: String, _ unit: Planning.Unit, _ value: Double, _ halfWidth: Double? = nil
  ) -> Metric {
    Metric(name: name, unit: unit, count: 5, mean: estimate(value, halfWidth))
  }

  static func design(
    _ name: String, factor: Double = 1, halfWidth: Double? = 0.312
  ) -> DesignResult {
    let wide = halfWidth.map { $0 * factor }
    var metrics = [
      distribution(
        "feed.latency", 1_234_567, mean: 34.2 * factor,
        [31.04 * factor, 80.5 * factor, 163.27 * factor, 402.9 * factor], halfWidth: wide),
      distribution(
        "feed.latency.gateway", 1_234_567, mean: 1.021, [0.7, 3, 4.6, 6.9], halfWidth: wide),
      distribution(
        "delivery.lag", 98_765, mean: 812.5, [700, 1500, 12_400, 15_000], halfWidth: wide),
      scalar("delivery.due", .deliveries, 12_345_678),
      scalar("delivery.lost", .deliveries, 0, 0),
      scalar("fan_out.write_amplification", .entriesPerPost, 49.31 * factor, 0.004),
      scalar("fan_out.bytes_amplification", .ratio, 2.5),
      scalar("feed.throughput", .perSecond, 231.5, 1.2),
      scalar("cache.feed.hit_ratio", .ratio, 0.8123, 0.0021),
      scalar("timeline.memory", .bytes, 1.6e9),
      scalar("tier.gateway.servers", .servers, 24),
      scalar("tier.gateway.utilisation", .ratio, 0.612, 0.004),
    ]
    metrics.append(
      distribution(
        "tier.gateway.waiting_time", 1000, mean: 0.82, [0.1, 1, 2, 3], halfWidth: 0.01))
    let costs = [
      CostLine(
        name: "compute.gateway", quantity: 2190, unit: "hour",
        detail: "3 × c5.2xlarge for 24 servers at 8 each", unitPrice: 0.34,
        source: "list, 2026-08-21"),
      CostLine(
        name: "media_egress", quantity: 7000, unit: "GB", detail: "7 TB of media shown",
        unitPrice: nil, source: "no \"media-egress\" in test"),
    ]
    metrics.append(
      Metric(name: "cost.month", unit: .dollars, count: 1, mean: estimate(744.6)))
    var design = DesignResult(
      name: name, metrics: metrics,
      checks: [Check(name: "fan-out balance", passed: true, detail: "1 written | 1 due")],
      costs: costs, fingerprint: 0x00ab_cdef, notes: ["Every design says this."])
    let rules = ["feed.latency.p99 < 200ms", "delivery.lost == 0", "cost.month < 12000 USD"]
    design.verdicts = rules.compactMap { rule in
      (try? Threshold(parsing: rule))?.verdict(in: design)
    }
    return design
  }

  static func result(
    _ designs: [DesignResult], replications: Int = 5, arguments: [String] = ["sample.yaml"]
  ) -> Result {
    Result(
      feedsimVersion: "0.1.0", scenario: "sample", arguments: arguments, scenarioHash: "00ff",
      question: "Does it hold?", seed: .max, replications: replications,
      population: Population(users: 3, follows: 4),
      horizon: Horizon(warmUp: .seconds(600), duration: .seconds(3600)), designs: designs,
      notes: ["Population: 3 users."])
  }

  static let one = result([design("")])
  static let three = result(
    [design("push"), design("pull", factor: 2.3), design("hybrid", factor: 0.9)],
    arguments: [
      "Scenarios/sample.yaml", "--set", "fanOut.policy=push", "--set", "name=it's [1]",
      "--threshold", "cost.month < 12000 USD",
    ])

  /// How a window of 2 h 10 min went, with a spike, a post and a gap.
  static func timeLines(factor: Double = 1) -> TimeLines {
    let wave = (0..<65).map { Double($0 * $0 % 23) }
    func line(_ name: String, _ unit: Planning.Unit, _ value: (Int) -> Double?) -> TimeLines.Line {
      TimeLines.Line(
        name: name, unit: unit, values: wave.indices.map(value),
        halfWidths: wave.indices.map { value($0).map { _ in 0.25 } })
    }
    return TimeLines(
      interval: .seconds(120),
      lines: [
        line("feed.arrival_rate", .perSecond) { 20 + wave[$0] },
        line("publish.arrival_rate", .perSecond) { 0.5 + wave[$0] / 64 },
        line("feed.latency.mean", .milliseconds) { (60 + wave[$0]) * factor },
        line("feed.latency.p50", .milliseconds) { (50 + wave[$0]) * factor },
        line("feed.latency.p99", .milliseconds) { $0 == 7 ? nil : (90 + wave[$0]) * factor },
        line("feed.rejected", .ratio) { _ in 0 },
        line("cache.feed.hit_ratio", .ratio) { 0.5 + wave[$0] / 64 },
        line("fan_out.backlog", .entries) { (wave[$0] * 1000 * factor).rounded() },
        line("tier.gateway.utilisation", .ratio) { wave[$0] / 32 },
        line("tier.post_store.utilisation", .ratio) { $0 < 9 ? nil : wave[$0] / 64 },
      ])
  }

  static let timed: Result = {
    var designs = [design("push"), design("pull", factor: 2)]
    designs[0].timeLines = timeLines()
    designs[1].timeLines = timeLines(factor: 40)
    var timed = result(designs)
    timed.horizon.duration = .seconds(7800)
    timed.marks = [
      Mark(at: .seconds(1200), length: .seconds(600), text: "spike: loads × 20, posts × 3"),
      Mark(at: .seconds(1800), text: "<star> posts"),
    ]
    return timed
  }()

  /// Every way in which a figure may be missing.
  static let hurt: Result = {
    var design = Sample.design("", halfWidth: nil)
    design.metrics[0].mean = nil
    design.metrics[0].quantiles = []
    design.metrics[1].mean = Estimate(value: .nan, halfWidth: .infinity)
    design.metrics[1].quantiles[0].estimate.value = .infinity
    design.metrics[2].count = 0
    design.metrics[2].mean = nil
    design.metrics[2].quantiles = []
    design.metrics[3].mean = Estimate(value: 1, halfWidth: .nan)
    design.verdicts = design.verdicts.compactMap { verdict in
      (try? Threshold(parsing: verdict.rule))?.verdict(in: design)
    }
    design.notes = ["UNSTABLE: gateway had more work than could be done."]
    return result([design], replications: 1)
  }()
}
