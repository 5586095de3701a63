import Foundation
import Testing

/// Regions, their edges and feeds made ahead as a user sets them.
@Suite(.serialized) struct EdgeCommandTests {
  private let scratch: Scratch

  private static let edge = """
    regions:
      - {name: near, users: 30, roundTrip: 20ms, content: {global: 40%, regional: 30%}}
      - {name: far, users: 70, roundTrip: 80ms}
    cache:
      feed: {ttl: 20s, staleFor: 10s, refreshAhead: 5s}
      edge: {size: 50MB, ttl: 30s, purge: key, purgeLag: 1s}
      prefetch: {chance: 10%, within: 60s, every: 5s, forecast: known}
    sessions: {prefetch: 5}
    prices: sheet.yaml
    """

  init() throws {
    scratch = try Scratch()
    let sheet = "\(Repository.root)/Scenarios/prices/aws-us-east-1-2026-08.yaml"
    try scratch.write("sheet.yaml", String(contentsOfFile: sheet, encoding: .utf8))
    let plain = TinyScenario.text(postsPerDay: "500", loadsPerDay: "2000")
    try scratch.write("plain.yaml", plain)
    try scratch.write("edge.yaml", plain + Self.edge + "\n")
  }

  private func document(_ scenario: String, _ settings: [String] = []) throws -> RunDocument {
    let sets = settings.flatMap { ["--set", $0] }
    let result = try Command.run(["run", scenario, "--json"] + sets, in: scratch.folder)
    #expect(result.status == 0, "\(result.errors)")
    return try RunDocument(result.output)
  }

  @Test func everyPartHasItsFigures() throws {
    let found = try document("edge.yaml")
    let units = [
      "region.near.latency": "ms", "region.far.users": "ratio",
      "region.far.edge_hit_ratio": "ratio", "cache.edge.hit_ratio": "ratio",
      "cache.edge.feed_hit_ratio": "ratio", "cache.edge.media_hit_ratio": "ratio",
      "cache.edge.byte_hit_ratio": "ratio", "cache.edge.bytes": "B/s",
      "cache.edge.origin_bytes": "B/s", "cache.edge.memory": "B", "cache.edge.purges": "1/s",
      "feed.trending": "ratio", "feed.scroll_wait": "ms", "feed.pages_in_vain": "ratio",
      "prefetch.throughput": "1/s", "prefetch.used": "ratio", "prefetch.wasted": "ratio",
      "refresh.throughput": "1/s", "cost.month.edge_servers": "USD",
      "cost.month.edge_fill": "USD",
    ]
    for (name, unit) in units {
      #expect(found.unit(name) == unit, "\(name)")
      // A feed of this one seldom lives long enough to be refreshed.
      if ["feed.scroll_wait", "refresh.throughput"].contains(name) { continue }
      #expect(try found.value(name) > 0, "\(name)")
    }
    let distance = try found.value("region.far.latency") - found.value("region.near.latency")
    #expect(distance > 20 && distance < 90)
    let names = found.checks.compactMap { $0["name"] as? String }
    for law in ["region balance", "edge balance", "feeds made ahead: prefetch"] {
      #expect(names.contains(law), "\(law)")
    }
    let summary = try Command.run(["run", "edge.yaml"], in: scratch.folder)
    for words in ["Regions and edges", "near: latency, p99", "prefetched in vain"] {
      #expect(summary.output.contains(words), "\(words)")
    }
  }

  @Test func whoHasNoneHasNoFigures() throws {
    let found = try document("plain.yaml")
    let starts = ["region.", "cache.edge.", "prefetch.", "refresh.", "feed.scroll", "feed.trend"]
    for name in found.metrics.keys {
      #expect(!starts.contains { name.hasPrefix($0) }, "\(name)")
    }
    let lone = try document("plain.yaml", ["cache.edge.size=1GB", "cache.edge.holds=media"])
    #expect(try lone.value("cache.edge.media_hit_ratio") > 0)
    #expect(lone.metrics["cache.edge.feed_hit_ratio"] == nil)
    #expect(try lone.value("feed.latency") == found.value("feed.latency"))
  }

  @Test func rulesNameRegions() throws {
    let fast = ["--threshold", "region.near.latency.p99 < 1ms"]
    let failed = try Command.run(["run", "edge.yaml", "--quiet"] + fast, in: scratch.folder)
    #expect(failed.status == 99)
    let slip = ["--threshold", "region.near.latncy < 1s"]
    let refused = try Command.run(["run", "edge.yaml"] + slip, in: scratch.folder)
    #expect(refused.status == 65 && refused.errors.contains("unknown metric"))
    #expect(refused.errors.contains("region.<name>.latency"))
  }

  @Test(arguments: [
    ("cache.edge.roundTrip=30ms", "roundTrip of a region"),
    ("cache.edge.ttl=0s", "ttl"), ("cache.edge.policy=belady", "belady"),
    ("cache.edge.holds=posts", "feeds, media, both"),
    ("cache.feed.size=0", "cache.feed"),
    ("cache.feed.refreshAhead=30s", "longer than the ttl"),
    ("cache.prefetch.chance=120%", "chance"), ("cache.prefetch.forcast=known", "forecast"),
    ("sessions.prefetch=-1", "prefetch"), ("regions=[{name: a}]", "users"),
  ])
  func refuses(_ setting: String, _ words: String) throws {
    let result = try Command.run(
      ["run", "edge.yaml", "--json", "--set", setting], in: scratch.folder)
    #expect(result.status == 65, "\(setting)")
    #expect(result.errors.contains(words), "\(result.errors)")
    #expect(result.output.isEmpty)
  }
}
