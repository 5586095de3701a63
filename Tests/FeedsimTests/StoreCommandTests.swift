import Foundation
import Testing

/// Objects and leaves as a user calls them.
@Suite(.serialized) struct StoreCommandTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func run(_ more: [String]) throws -> Command.Finished {
    let path = try scratch.write("tiny.yaml", TinyScenario.text(fanOut: "{policy: pull}"))
    return try Command.run(["run", path, "--json"] + more)
  }

  private func document(_ more: [String]) throws -> RunDocument {
    let result = try run(more)
    #expect(result.status == 0, "\(result.errors)")
    return try RunDocument(result.output)
  }

  private static let ofStores = [
    "leaf.lag", "leaf.entries", "leaf.memory", "leaf.requests", "leaf.missing",
    "feed.latency.leaves", "feed.latency.graph", "tier.leaf_servers.utilisation",
    "tier.object_store.utilisation", "objects.memory", "objects.associations",
  ]

  /// Metrics, tiers and checks are there where the scenario asks for the stores, and only there.
  @Test func storesAreToldWhereTheyAre() throws {
    let plain = try document([])
    #expect(!plain.metrics.keys.contains { $0.contains("leaf") || $0.contains("object") })
    let both = try document([
      "--set", "leafIndex.leaves=4", "--set", "objects.pageLimit=10",
      "--set", "leafIndex.failure={at: 10s, leaf: 2}", "--set", "leafIndex.tailer.replay=20/s",
    ])
    for name in Self.ofStores + ["leaf.gaps", "leaf.read_elsewhere", "leaf.rebuild_time"] {
      #expect(both.metrics[name] != nil && plain.metrics[name] == nil, "\(name)")
    }
    #expect(both.metrics["feed.latency.posts"] != nil, "while the leaf is rebuilt")
    #expect(try both.value("tier.leaf_servers.servers") == 4)
    #expect(try both.value("delivery.lost") == 0 && both.value("leaf.gaps") == 0)
    #expect(try both.value("leaf.requests") <= 4 && both.value("leaf.requests") > 1)
    let summary = try Command.run([
      "run", scratch.path("tiny.yaml"), "--set", "leafIndex.leaves=4",
    ])
    #expect(summary.output.contains("Leaves and objects") && summary.output.contains("leaf lag"))
  }

  @Test(arguments: [
    ("leafIndex.failure={at: 1m, leaf: 16}", "names leaf 16; there are 0 to 15"),
    ("leafIndex.failure={at: 400d, leaf: 1}", "leafIndex.failure"),
    ("leafIndex.leave=4", "did you mean \"leaves\"?"),
    ("tiers.leafServers.shards=4", "leafIndex.leaves says how many"),
    ("tiers.gateway.shards=4", "only postStore and objectStore are sharded"),
    ("objects.pageLimit=0", "objects.pageLimit"),
  ])
  func refusesWithOneClearError(_ setting: String, _ words: String) throws {
    let result = try run(["--set", setting])
    #expect(result.status == 65 && result.output.isEmpty)
    #expect(result.errors.contains(words), "\(result.errors)")
  }
}
