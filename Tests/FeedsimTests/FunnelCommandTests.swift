import Foundation
import Testing

/// Stages with a time, features, a budget and degraded mode, as a user asks for them.
@Suite(.serialized) struct FunnelCommandTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private static let ranking = """
    ranking:
      - weighted: {perCandidate: 10us, keep: 20}
      - weighted: {perCandidate: 500us, features: {}}
    tiers: {featureStore: {visit: constant(2ms)}}
    """

  private func run(
    _ more: [String], ranking: String = ranking, json: Bool = true
  ) throws -> Command.Finished {
    let path = try scratch.write("tiny.yaml", TinyScenario.text(more: ranking))
    return try Command.run(["run", path] + (json ? ["--json"] : []) + more)
  }

  /// Each stage is told by its name, the second of a kind by its number, and only where there are.
  @Test func stagesAreToldByTheirNames() throws {
    let result = try run([
      "--set", "feed.budget=1s", "--set", "degraded={at: 50s, ranking: [weighted]}",
    ])
    #expect(result.status == 0, "\(result.errors)")
    let document = try RunDocument(result.output)
    for name in [
      "ranking.weighted.candidates", "ranking.weighted.kept", "ranking.weighted.latency",
      "ranking.weighted_2.candidates", "ranking.weighted_2.features", "ranking.partial",
      "ranking.degraded", "feed.latency.features", "tier.feature_store.utilisation",
    ] {
      #expect(document.metrics[name] != nil, "\(name)")
    }
    let kept = try document.value("ranking.weighted.kept")
    #expect(try document.value("ranking.weighted_2.candidates") == kept && kept <= 20)
    #expect(document.unit("ranking.weighted_2.features") == "features")
    let plain = try run([], ranking: "")
    let without = try RunDocument(plain.output)
    #expect(!without.metrics.keys.contains { $0.hasPrefix("ranking.") })
    #expect(without.metrics["tier.feature_store.utilisation"] == nil)
    let summary = try run([], json: false)
    #expect(summary.output.contains("Ranking by stage"))
    #expect(summary.output.contains("weighted 2: features"))
  }

  /// Twenty calls of 100 ms, and who is to blame.
  @Test func theOutageIsExplained() throws {
    let out = scratch.path("a.json")
    let calls = """
      ranking:
        - weighted: {perCandidate: 10us, keep: 20}
        - weighted: {perCandidate: 500us, features: {calls: oneByOne}}
      tiers: {featureStore: {servers: 500, visit: constant(100ms)}}
      """
    let rule = ["--out", out, "--threshold", "feed.latency.p99 < 500ms"]
    let result = try run(rule, ranking: calls)
    #expect(result.status == 99, "\(result.errors)")
    let document = try RunDocument(result.output)
    #expect(try document.value("feed.latency.features", "p99") > 1900)
    let explained = try Command.run(["explain", out, "--scenario", scratch.path("tiny.yaml")])
    #expect(explained.status == 0, "\(explained.errors)")
    #expect(explained.output.contains("service at the feature store"), "\(explained.output)")
  }

  /// The same bytes for one thread and two.
  @Test func threadsChangeNothing() throws {
    let one = try run(["--threads", "1", "--set", "feed.budget=30ms"])
    let two = try run(["--threads", "2", "--set", "feed.budget=30ms"])
    #expect(one.status == 0 && one.output == two.output)
  }

  @Test func aRuleMayAskForAStage() throws {
    let fails = try run(["--threshold", "ranking.weighted_2.latency.p99 < 1ms"])
    #expect(fails.status == 99, "\(fails.errors)")
    let unknown = try run(["--threshold", "ranking.light.latency.p99 < 1ms"])
    #expect(unknown.status == 65 && unknown.errors.contains("unknown metric"))
  }

  @Test(arguments: [
    ("ranking=[{weighted: {keep: 0}}]", "ranking.0.weighted.keep"),
    ("ranking=[heavy]", "unknown ranking stage \"heavy\""),
    ("ranking=[{weighted: {kep: 5}}]", "did you mean \"keep\"?"),
    ("feed.budget=0s", "feed.budget"),
    ("degraded={at: 2h, ranking: [weighted]}", "begins after the end of the run"),
  ])
  func refusesWithOneClearError(_ setting: String, _ words: String) throws {
    let result = try run(["--set", setting])
    #expect(result.status == 65 && result.output.isEmpty)
    #expect(result.errors.contains(words), "\(result.errors)")
  }

  @Test func aBudgetNeedsStages() throws {
    let result = try run(["--set", "feed.budget=10ms"], ranking: "ranking: [weighted]")
    #expect(result.status == 65)
    #expect(result.errors.contains("has nothing to leave out"), "\(result.errors)")
  }
}
