import Planning
import Settings
import Simulation
import Testing

@Suite struct ThresholdTests {
  private func message(_ rule: String, costs: Bool = true) -> String {
    let place = SourceLocation(file: "x.yaml", line: 7, column: 15)
    let error = #expect(throws: InvalidInput.self, "\(rule) is accepted") {
      try Threshold(parsing: rule, at: place, path: "thresholds.0", costs: costs)
    }
    return error.map { "\($0)" } ?? ""
  }

  @Test(arguments: [
    ("feed.latency.p99 < 200ms", "feed.latency", "p99", "<", 200.0),
    ("feed.latency.p99_9<1.5s", "feed.latency", "p99_9", "<", 1500),
    ("feed.latency <= 50ms", "feed.latency", "mean", "<=", 50),
    ("feed.latency.gateway.p50 < 700us", "feed.latency.gateway", "p50", "<", 0.7),
    ("feed.latency.feed_cache.mean < 1ms", "feed.latency.feed_cache", "mean", "<", 1),
    ("delivery.lost == 0", "delivery.lost", "mean", "==", 0),
    ("delivery.late != 10k", "delivery.late", "mean", "!=", 10_000),
    ("delivery.lag.p99 < 5s", "delivery.lag", "p99", "<", 5000),
    ("cost.month < 12000 USD", "cost.month", "mean", "<", 12_000),
    ("cost.month.compute.gateway <= 1k USD", "cost.month.compute.gateway", "mean", "<=", 1000),
    ("cache.feed.hit_ratio >= 80%", "cache.feed.hit_ratio", "mean", ">=", 0.8),
    ("cache.feed.hit_ratio > 0.8", "cache.feed.hit_ratio", "mean", ">", 0.8),
    ("timeline.memory < 2GB", "timeline.memory", "mean", "<", 2e9),
    ("tier.gateway.utilisation < 70%", "tier.gateway.utilisation", "mean", "<", 0.7),
    (
      "tier.fan_out_workers.waiting_time.p95 < 2min", "tier.fan_out_workers.waiting_time", "p95",
      "<", 120_000
    ),
    ("tier.ranking.servers <= 40", "tier.ranking.servers", "mean", "<=", 40),
    ("fan_out.drain_time < 10min", "fan_out.drain_time", "mean", "<", 600),
    ("fan_out.write_amplification < 49.3", "fan_out.write_amplification", "mean", "<", 49.3),
    ("fan_out.bytes_amplification < 2.5", "fan_out.bytes_amplification", "mean", "<", 2.5),
    ("feed.throughput >= 1200/min", "feed.throughput", "mean", ">=", 20),
  ])
  func rulesAreRead(
    _ rule: String, _ metric: String, _ statistic: String, _ comparison: String, _ limit: Double
  ) throws {
    let threshold = try Threshold(parsing: "  \(rule) ")
    #expect(threshold.rule == rule)
    #expect(threshold.metric == metric)
    #expect(threshold.statistic == statistic)
    #expect(threshold.comparison.rawValue == comparison)
    #expect(threshold.limit == limit)
    #expect(threshold.unit == MetricNames.entry(metric)?.unit)
  }

  @Test(arguments: [
    ("feed.latncy.p99 < 200ms", "did you mean \"feed.latency.p99\"?"),
    ("feed.latency.p9 < 200ms", "unknown statistic \"p9\""),
    ("feed.latency.p99.9 < 200ms", "write p99_9 instead of p99.9"),
    ("feed.latency.p90 < 200ms", "known: mean, p50, p95, p99, p99_9"),
    ("nonsense < 1", "unknown metric \"nonsense\"; known names begin with feed, publish, deliv"),
    ("publish.lat < 1", "unknown metric \"publish.lat\"; known of publish: publish.latency, pub"),
    ("tier.gateway.utilization < 70%", "did you mean \"tier.gateway.utilisation\"?"),
    ("tier.gatway.utilisation < 70%", "did you mean \"tier.gateway.utilisation\"?"),
    ("delivery.lost.p99 == 0", "delivery.lost is one number a run"),
    ("feed.latency.p99 < 200", "needs a unit"),
    ("feed.latency.p99 < 200MB", "unknown unit \"MB\""),
    ("feed.latency.p99 < 80%", "feed.latency is a time"),
    ("delivery.lost == 0ms", "delivery.lost is in deliveries"),
    ("timeline.memory < 2", "needs a unit"),
    ("cost.month < 12000", "needs its currency, USD"),
    ("feed.throughput > 100", "needs a unit"),
    ("cache.feed.hit_ratio > 120%", "it must be from 0% to 100%"),
    ("feed.latency.p99 = 200ms", "did you mean \"==\"?"),
    ("feed.latency.p99 =< 200ms", "did you mean \"<=\"?"),
    ("feed.latency.p99 <> 200ms", "did you mean \"!=\"?"),
    ("feed.latency.p99 << 200ms", "unknown comparison \"<<\""),
    ("feed.latency.p99", "has no comparison"),
    ("feed.latency.p99 <", "has nothing after <"),
    ("< 200ms", "names no metric"),
    ("", "has no comparison"),
    ("feed.latency.p99 < 200ms < 300ms", "feed.latency is a time"),
    ("cost.month <= baseline + 5%", "feedsim check SCENARIO --baseline RESULT.json"),
    ("feed.latency.p99 < nan", "is not a number"),
    ("feed.latency.p99 < 1e400ms", "too large"),
  ])
  func wrongRulesAreRefused(_ rule: String, _ expected: String) {
    let text = message(rule)
    #expect(text.contains(expected), "\(text)")
    #expect(text.hasPrefix("x.yaml:7:15: thresholds.0: rule \"\(rule)\": "), "\(text)")
  }

  @Test func moneyNeedsPrices() throws {
    #expect(message("cost.month < 1 USD", costs: false).contains("needs prices"))
    _ = try Threshold(parsing: "delivery.lost == 0", costs: false)
  }

  @Test func everyMetricHasARuleInItsUnit() throws {
    let values: [Planning.Unit: String] = [
      .milliseconds: "1ms", .seconds: "1s", .bytes: "1B", .perSecond: "1/s", .dollars: "1 USD",
      .bytesPerSecond: "1B/s",
    ]
    for entry in MetricNames.all {
      for statistic in entry.isDistribution ? Threshold.statistics : ["mean"] {
        let rule = "\(entry.name).\(statistic) <= \(values[entry.unit] ?? "1")"
        #expect(try Threshold(parsing: rule).limit == 1, "\(rule)")
      }
    }
    #expect(Set(MetricNames.all.map(\.name)).count == MetricNames.all.count)
  }

  private func design(p99: Estimate?, mean: Estimate? = Estimate(value: 40)) -> DesignResult {
    let quantile = p99.map { [Metric.Quantile(probability: 0.99, estimate: $0)] } ?? []
    return DesignResult(
      name: "",
      metrics: [
        Metric(
          name: "feed.latency", unit: .milliseconds, count: 1000, mean: mean,
          quantiles: quantile)
      ])
  }

  @Test(arguments: [
    ("<", 199.9, true), ("<", 200, false), ("<=", 200, true), ("<=", 200.1, false),
    (">", 200.1, true), (">", 200, false), (">=", 200, true), (">=", 199.9, false),
    ("==", 200, true), ("==", 200.1, false), ("!=", 200.1, true), ("!=", 200, false),
  ])
  func thePointEstimateDecides(_ comparison: String, _ value: Double, _ passed: Bool) throws {
    let rule = try Threshold(parsing: "feed.latency.p99 \(comparison) 200ms")
    let estimate = Estimate(value: value, halfWidth: 50, resolved: false)
    let verdict = rule.verdict(in: design(p99: estimate))
    #expect(verdict.passed == passed)
    #expect(verdict.observed == estimate)
    #expect(verdict.unit == .milliseconds)
    #expect(verdict.statistic == "p99")
  }

  @Test func whatWasNotEstimatedFails() throws {
    for comparison in ["<", "<=", ">", ">=", "==", "!="] {
      let rule = try Threshold(parsing: "feed.latency.p99 \(comparison) 200ms")
      #expect(!rule.verdict(in: design(p99: nil)).passed)
      #expect(!rule.verdict(in: design(p99: Estimate(value: .nan))).passed)
      #expect(rule.verdict(in: design(p99: Estimate(value: .infinity))).observed == nil)
      let mean = try Threshold(parsing: "feed.latency \(comparison) 40ms")
      #expect(!mean.verdict(in: design(p99: nil, mean: nil)).passed)
      #expect(!mean.verdict(in: DesignResult(name: "", metrics: [])).passed)
    }
  }

  /// Against a baseline with a mean of 40 ms and a p99 of 200 ms.
  @Test(arguments: [
    ("feed.latency.p99 < baseline", 200.0, "200 ms"),
    ("feed.latency.p99 <= baseline + 5%", 210, "210 ms"),
    ("feed.latency <= baseline - 12.5%", 35, "35 ms"),
    ("feed.latency.p99 <= baseline + 0.01s", 210, "210 ms"),
    ("feed.latency.p99<baseline-10ms", 190, "190 ms"),
  ])
  func aLimitIsWorkedOutFromTheBaseline(_ rule: String, _ limit: Double, _ text: String) throws {
    let threshold = try Threshold(parsing: rule, hasBaseline: true)
    #expect(threshold.limit.isNaN)
    let settled = try threshold.against(design(p99: Estimate(value: 200)))
    #expect(abs(settled.limit - limit) < 1e-9)
    #expect(settled.rule == "\(rule) (\(text))")
    #expect(!threshold.verdict(in: design(p99: Estimate(value: 0))).passed)
    let error = #expect(throws: InvalidInput.self) {
      try threshold.against(DesignResult(name: "", metrics: []))
    }
    #expect(error?.message.contains("the baseline has no feed.latency.") == true)
  }

  @Test(arguments: [
    ("feed.latency < baseline 5%", "write baseline, baseline + 5%"),
    ("feed.latency < baseline +", "write baseline, baseline + 5%"),
    ("feed.latency < baseline + -5%", "is negative"),
    ("feed.latency < baseline + 5", "needs a unit"),
    ("delivery.lost <= baseline + 5ms", "delivery.lost is in deliveries"),
  ])
  func wrongLimitsAreRefused(_ rule: String, _ expected: String) {
    let error = #expect(throws: InvalidInput.self) {
      try Threshold(parsing: rule, hasBaseline: true)
    }
    #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
  }
}
