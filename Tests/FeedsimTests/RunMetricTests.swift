import Foundation
import Testing

/// The result's metrics: the contract's names, units and intervals, and rules over all of them.
@Suite(.serialized) struct RunMetricTests {
  private static let tiers = [
    "gateway", "feed_cache", "timeline_store", "post_store", "ranking", "fan_out_workers",
  ]

  /// The contract's names that a tiny hybrid run must report, with their units.
  private static let names: [(name: String, unit: String)] =
    [
      ("feed.latency", "ms"), ("feed.latency.gateway", "ms"), ("publish.latency", "ms"),
      ("delivery.lag", "ms"), ("delivery.lost", "deliveries"),
      ("delivery.duplicate", "deliveries"), ("delivery.late", "deliveries"),
      ("delivery.viewers_affected", "viewers"), ("delivery.lost_by_viewer", "ratio"),
      ("delivery.late_by_viewer", "ratio"),
      ("fan_out.write_amplification", "entries/post"), ("fan_out.bytes_amplification", "ratio"),
      ("fan_out.backlog", "entries"), ("fan_out.drain_time", "s"),
      ("feed.read_amplification", "entries/shown"), ("feed.staleness", "ms"),
      ("cache.feed.hit_ratio", "ratio"), ("timeline.memory", "B"), ("cost.month", "USD"),
    ]
    + tiers.flatMap { tier in
      [
        ("tier.\(tier).utilisation", "ratio"), ("tier.\(tier).waiting_time", "ms"),
        ("tier.\(tier).throughput", "1/s"),
      ]
    }

  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write("sheet.yaml", Self.sheet)
    try scratch.write(
      "tiny.yaml",
      TinyScenario.text(
        fanOut: "{policy: hybrid, pushBelow: 20, pullFrom: 50}", more: "prices: sheet.yaml"))
  }

  /// The shipped sheet, so that the test follows its format.
  private static let sheet: String = {
    let folder = "\(Repository.root)/Scenarios/prices"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().first { $0.hasSuffix(".yaml") }
      .flatMap { try? String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8) } ?? ""
  }()

  private func document(_ more: [String] = []) throws -> RunDocument {
    let result = try Command.run(["run", "tiny.yaml", "--json"] + more, in: scratch.folder)
    #expect(result.status == 0, "\(result.errors)")
    return try RunDocument(result.output)
  }

  @Test func namesAndUnits() throws {
    let document = try document()
    for (name, unit) in Self.names { #expect(document.unit(name) == unit, "\(name)") }
    #expect(document.metrics.keys.contains { $0.hasPrefix("cost.month.") })
  }

  @Test func intervals() throws {
    let document = try document()
    for (name, metric) in document.metrics {
      let unit = document.unit(name)
      let count = try #require(metric["count"] as? Int, "\(name)")
      #expect(count > 0, "\(name)")
      let mean = try document.estimate(name)
      #expect(mean["value"] is Double, "\(name)")
      if unit != "USD" {
        #expect((mean["half_width"] as? Double).map { $0 >= 0 } ?? false, "\(name)")
      }
      guard unit == "ms" else { continue }
      let quantiles = try ["p50", "p95", "p99", "p99_9"].map { try document.estimate(name, $0) }
      #expect(quantiles.allSatisfy { $0["resolved"] is Bool }, "\(name)")
      let values = quantiles.compactMap { $0["value"] as? Double }
      #expect(values.count == 4 && values == values.sorted(), "\(name): \(values)")
    }
  }

  @Test func oneReplicationHasNoInterval() throws {
    let document = try document(["--replications", "1"])
    for name in document.metrics.keys {
      #expect(try document.estimate(name)["half_width"] as? Double == nil, "\(name)")
    }
  }

  /// Every metric of a run can be the subject of a rule, and the rule sees its value.
  @Test func everyMetricTakesARule() throws {
    let zeros = [
      "ms": "0ms", "s": "0s", "1/s": "0/s", "B": "0B", "USD": "0 USD",
    ]
    let metrics = try document().metrics
    var rules: [(rule: String, name: String, statistic: String)] = []
    for (name, metric) in metrics.sorted(by: { $0.key < $1.key }) {
      let zero = zeros[metric["unit"] as? String ?? ""] ?? "0"
      for statistic in ["mean", "p50", "p95", "p99", "p99_9"] where metric[statistic] != nil {
        rules.append(("\(name).\(statistic) >= \(zero)", name, statistic))
      }
    }
    #expect(rules.count > 100)
    let ruled = try document(rules.flatMap { ["--threshold", $0.rule] })
    #expect(ruled.thresholds.count == rules.count)
    for (verdict, rule) in zip(ruled.thresholds, rules) {
      #expect(verdict["rule"] as? String == rule.rule)
      #expect(verdict["metric"] as? String == rule.name)
      #expect(verdict["passed"] as? Bool == true)
      let value = try ruled.value(rule.name, rule.statistic)
      #expect(verdict["observed"] as? Double == value, "\(rule.rule)")
    }
  }

  @Test func billAddsUp() throws {
    let document = try document()
    let lines = try document.metrics.keys.sorted().filter { $0.hasPrefix("cost.month.") }
      .map { try document.value($0) }
    let total = try document.value("cost.month")
    #expect(lines.count > 5 && abs(lines.reduce(0, +) - total) < 1e-9 * total)
  }

  /// A run with more work than servers has no steady state, and says so instead of a mean.
  @Test func namesAnUnstableRun() throws {
    let result = try Command.run(
      [
        "run", "tiny.yaml", "--json", "--set", "tiers.gateway={servers: 1, visit: constant(5s)}",
        "--threshold", "feed.latency.p99 < 10h",
      ], in: scratch.folder)
    #expect(result.status == 99, "\(result.errors)")
    let document = try RunDocument(result.output)
    #expect(document.notes.contains { $0.hasPrefix("UNSTABLE: gateway") }, "\(document.notes)")
    #expect(document.metrics["feed.latency"]?["unstable"] as? Bool == true)
    #expect(document.metrics["feed.latency"]?["mean"] == nil)
    #expect(document.thresholds.first?["passed"] as? Bool == false)
  }
}
