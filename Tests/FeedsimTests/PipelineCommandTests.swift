import Foundation
import Testing

/// A scenario's `pipeline` as a user writes it, and what a run says of it.
@Suite(.serialized) struct PipelineCommandTests {
  private static let pipeline =
    "{bus: {partitions: 2, consume: constant(600ms), retention: 8s, lagLimit: 16, "
    + "whenBehind: refuse}, priority: {authorsBelow: 20}, "
    + "failures: {share: 30%, poison: 5%, attempts: 2, replayAt: 70s}, "
    + "rateLimit: {at: 10s, for: 20s, deliveries: 10/s}}"

  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write(
      "tiny.yaml",
      TinyScenario.text(
        postsPerDay: "1000", fanOut: "{policy: push, batch: 5}",
        more: "pipeline: \(Self.pipeline)\ndrain: 10min"))
    try scratch.write("plain.yaml", TinyScenario.text())
  }

  private func run(_ arguments: [String]) throws -> Command.Finished {
    try Command.run(["run"] + arguments, in: scratch.folder)
  }

  @Test func everyPartHasItsFigures() throws {
    let result = try run(["tiny.yaml", "--json"])
    #expect(result.status == 0, "\(result.errors)")
    let document = try RunDocument(result.output)
    let units = [
      "delivery.lag_to_p50": "ms", "delivery.lag_to_p95": "ms", "delivery.lag_to_p99": "ms",
      "delivery.lag_to_last": "ms", "delivery.lag_high_priority": "ms",
      "delivery.lag_low_priority": "ms", "bus.delay": "ms", "fan_out.held_time": "ms",
      "delivery.incomplete": "posts", "delivery.expired": "deliveries",
      "delivery.dead_lettered": "deliveries", "bus.consumer_lag": "posts",
      "bus.partition_lag": "posts", "publish.rejected": "ratio", "fan_out.retries": "visits",
      "fan_out.dead_letters": "entries", "fan_out.replayed": "entries",
    ]
    for (name, unit) in units {
      #expect(document.unit(name) == unit, "\(name)")
      #expect(try document.value(name) > 0, "\(name)")
    }
    #expect(try document.value("bus.partition_lag") <= 16)
    #expect(try document.value("delivery.lost") == document.value("delivery.expired"))
    #expect(document.notes.contains { $0.hasPrefix("Lost: ") && $0.contains("retention (8 s)") })
    #expect(document.notes.contains { $0.hasPrefix("Dead-lettered: ") })
    #expect(result.output.contains("dead-lettered + "))
    let series = document.root["series"] as? [String: Any]
    #expect((series?["lines"] as? [String: Any])?["bus.consumer_lag"] != nil)
    let summary = try run(["tiny.yaml"])
    for words in ["lag to the last follower, p50", "consumer lag, peak", "dead-lettered"] {
      #expect(summary.output.contains(words), "\(words)")
    }
  }

  /// Whoever says nothing of a pipeline hears nothing of one.
  @Test func withoutOneNothingIsSaid() throws {
    let plain = try RunDocument(run(["plain.yaml", "--json"]).output)
    let names = plain.metrics.keys.filter { name in
      ["delivery.lag_", "bus.", "fan_out.retries"].contains { name.hasPrefix($0) }
    }
    #expect(names.isEmpty)
    // And an empty one changes no event.
    let empty = try RunDocument(run(["plain.yaml", "--json", "--set", "pipeline={}"]).output)
    #expect(empty.fingerprint == plain.fingerprint)
    #expect(try empty.value("delivery.incomplete") == 0)
  }

  @Test func rulesKnowTheFigures() throws {
    let kept = try run([
      "plain.yaml", "--set", "pipeline={}", "--threshold", "delivery.lag_to_last.p95 < 60s",
    ])
    #expect(kept.status == 0, "\(kept.errors)")
    let broken = try run(["tiny.yaml", "--threshold", "delivery.dead_lettered == 0"])
    #expect(broken.status == 99)
  }

  @Test(arguments: [
    ("pipeline.bus.partitons=3", "did you mean \"partitions\"?"),
    ("pipeline.failures.replayAt=9h", "pipeline.failures.replayAt is after the end of the run"),
    ("pipeline.failures.share=120%", "pipeline.failures.share"),
    ("pipeline.rateLimit={at: 1s, for: 1s}", "pipeline.rateLimit.deliveries: is required"),
    ("pipeline.rateLimit.deliveries=100", "needs a unit"),
    ("pipeline.bus.whenBehind=drop", "pipeline.bus.whenBehind"),
    ("pipeline.bus=8", "must be a map of keys"),
  ])
  func refuses(_ setting: String, _ words: String) throws {
    let result = try run(["tiny.yaml", "--set", setting])
    #expect(result.status == 65 && result.output.isEmpty)
    #expect(result.errors.contains(words), "\(result.errors)")
  }
}
