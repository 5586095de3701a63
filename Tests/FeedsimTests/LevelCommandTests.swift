import Foundation
import Testing

/// Levels of caches as a user asks for them.
@Suite(.serialized) struct LevelCommandTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func run(_ more: [String], summary: Bool = false) throws -> Command.Finished {
    let text = TinyScenario.text(
      more: """
        cache: {levels: {l1: {feed: {size: 10%}}, l2: {feed: {size: 50%}, features: {size: 50%}}}}
        """)
    let path = try scratch.write("tiny.yaml", text)
    return try Command.run(["run", path] + (summary ? [] : ["--json"]) + more)
  }

  /// Metrics, stages, tiers and the check are there where there are levels, and only there.
  @Test func levelsAreToldWhereTheyAre() throws {
    let result = try run([])
    #expect(result.status == 0, "\(result.errors)")
    let document = try RunDocument(result.output)
    for name in [
      "cache.hit_ratio", "cache.feed.hit_ratio", "cache.features.hit_ratio", "cache.memory",
      "cache.l1.hit_ratio", "cache.l1.feed.hit_ratio", "cache.l1.evictions", "cache.l1.memory",
      "cache.l2.hit_ratio", "cache.l2.features.hit_ratio", "cache.l2.promotions",
      "cache.l2.stale_hits", "cache.l2.invalidations", "cache.l2.bytes_moved",
      "feed.latency.l1_cache", "feed.latency.l2_cache", "feed.latency.origin",
      "tier.l2_cache.utilisation", "tier.origin.utilisation",
    ] {
      #expect(document.metrics[name] != nil, "\(name)")
    }
    for name in ["cache.l3.hit_ratio", "cache.post.hit_ratio", "tier.l1_cache.utilisation"] {
      #expect(document.metrics[name] == nil, "\(name)")
    }
    #expect(document.checks.contains { $0["name"] as? String == "cache levels" })
    let all = try document.value("cache.hit_ratio")
    #expect(all > 0 && all < 1)
    #expect(try document.value("cache.l1.stale_hits") == 0)
    let summary = try run([], summary: true)
    #expect(summary.output.contains("Cache levels") && summary.output.contains("l2: hits"))
    let plain = try Command.run([
      "run", scratch.write("plain.yaml", TinyScenario.text()), "--json",
    ])
    let without = try RunDocument(plain.output)
    #expect(!without.metrics.keys.contains { $0.contains("l1") || $0 == "cache.hit_ratio" })
  }

  @Test func aRuleMayAskForALevel() throws {
    let result = try run(["--threshold", "cache.l1.hit_ratio >= 99%"])
    #expect(result.status == 99, "\(result.errors)")
  }

  @Test(arguments: [
    ("cache.feed.size=10%", "feeds are held in cache.levels: leave cache.feed out"),
    ("cache.levels.l1.post={size: 10%}", "give timelines.encoding"),
    ("cache.levels.l4={feed: {size: 1}}", "unknown key \"l4\""),
    ("cache.levels.l3.feed={ttl: 5min}", "cache.levels.l3.feed.size: is required"),
    ("cache.levels.l1.feed.size=5XB", "cache.levels.l1.feed.size"),
    ("cache.levels.l1.feed.policy=belady", "cache.levels.l1.feed.policy"),
    ("cache.levels.degraded.ttl=0s", "cache.levels.degraded.ttl"),
    ("cache.levels.onWrite=trough", "did you mean \"through\"?"),
    ("cache.levels.invalidate=all", "cache.levels.invalidate"),
    ("cache.levels.l1.compress.to=0%", "cache.levels.l1.compress.to"),
  ])
  func refusesWithOneClearError(_ setting: String, _ words: String) throws {
    let result = try run(["--set", setting])
    #expect(result.status == 65 && result.output.isEmpty)
    #expect(result.errors.contains(words), "\(result.errors)")
  }

  @Test func exclusiveLevelsHoldEqualObjects() throws {
    let result = try run([
      "--set", "cache.levels.inclusion=exclusive", "--set", "cache.levels.l2.graph={size: 5MB}",
    ])
    #expect(result.status == 65)
    #expect(result.errors.contains("give l2.graph.size as a share"), "\(result.errors)")
  }
}
