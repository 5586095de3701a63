import Foundation
import Testing

/// Caches of objects as a user calls them.
@Suite(.serialized) struct ObjectCacheCommandTests {
  private let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func run(_ more: [String]) throws -> Command.Finished {
    let text = TinyScenario.text(
      fanOut: "{policy: pull}",
      more: """
        objects:
          cache:
            follower: {clusters: 2, size: 30%}
            leader: {size: 60%}
        """)
    let path = try scratch.write("tiny.yaml", text)
    return try Command.run(["run", path, "--json"] + more)
  }

  private func document(_ more: [String]) throws -> RunDocument {
    let result = try run(more)
    #expect(result.status == 0, "\(result.errors)")
    return try RunDocument(result.output)
  }

  /// Metrics, tiers and checks are there where there are caches, and only there.
  @Test func cachesAreToldWhereTheyAre() throws {
    let none = try document([
      "--set", "objects.cache.follower.size=0", "--set", "objects.cache.leader.size=0",
    ])
    let names = [
      "cache.follower.hit_ratio", "cache.leader.hit_ratio", "cache.follower.stale_reads",
      "database.reads", "database.peak", "lease.waits", "lease.concurrent_fetches",
      "invalidation.messages", "invalidation.packets", "invalidation.lag",
      "tier.follower_cache.utilisation", "tier.leader_cache.servers", "feed.latency.objects",
    ]
    let with = try document([])
    for name in names {
      #expect(with.metrics[name] != nil && none.metrics[name] == nil, "\(name)")
    }
    let checks = with.checks.compactMap { $0["name"] as? String }
    #expect(checks.contains("lease balance") && checks.contains("object reads balance"))
    let ratio = try with.value("cache.follower.hit_ratio")
    #expect(ratio > 0.2 && ratio < 1)
    #expect(try with.value("database.peak") >= with.value("database.reads") / 16)
    let packets = try with.value("invalidation.packets")
    #expect(try with.value("invalidation.messages") == packets && packets > 0)
    let summary = try Command.run(["run", scratch.path("tiny.yaml")])
    #expect(summary.output.contains("Caches of objects"))
    #expect(summary.output.contains("follower cache"))
    #expect(!summary.output.contains("cache.follower."))
  }

  /// A cache without a leader, and a leader without followers.
  @Test func eachLevelMayBeMissing() throws {
    let followers = try document(["--set", "objects.cache.leader.size=0"])
    #expect(followers.metrics["cache.leader.hit_ratio"] == nil)
    #expect(followers.metrics["tier.leader_cache.servers"] == nil)
    #expect(try followers.value("cache.follower.hit_ratio") > 0.2)
    let leader = try document(["--set", "objects.cache.follower.size=0"])
    #expect(leader.metrics["cache.follower.hit_ratio"] == nil)
    #expect(leader.metrics["invalidation.messages"] == nil)
    #expect(try leader.value("cache.leader.hit_ratio") > 0.2)
  }

  @Test(arguments: [
    ("follower.cluster=2", "did you mean \"clusters\"?"),
    ("follower.policy=belady", "objects.cache.follower.policy"),
    ("follower.size=-1", "objects.cache.follower.size"),
    ("lease.length=-1s", "objects.cache.lease.length"),
    ("lease.whenHeld=wait", "objects.cache.lease.whenHeld"),
    ("lease.retry=0s", "objects.cache.lease.retry"),
    ("invalidation.batch=0", "objects.cache.invalidation.batch"),
    ("failure={at: 1s, cluster: 2}", "names cluster 2; there are 0 to 1"),
    ("failure={at: 1s, cluster: 1, warmUp: {from: 1}}", "warms a cluster up from itself"),
    ("failure={at: 1s, share: 0%}", "objects.cache.failure"),
  ])
  func refusesWithOneClearError(_ setting: String, _ words: String) throws {
    let result = try run(["--set", "objects.cache.\(setting)"])
    #expect(result.status == 65 && result.output.isEmpty)
    #expect(result.errors.contains(words), "\(result.errors)")
  }

  @Test func aGutterNeedsFollowers() throws {
    let result = try run([
      "--set", "objects.cache.follower.size=0", "--set", "objects.cache.gutter.size=1%",
    ])
    #expect(result.status == 65 && result.errors.contains("needs follower caches"))
  }

  /// The same bytes for any number of threads.
  @Test func threadsChangeNothing() throws {
    let setting = "objects.cache.lease={length: 1s, whenHeld: join}"
    let one = try run(["--set", setting, "--threads", "1"])
    let two = try run(["--set", setting, "--threads", "2"])
    #expect(one.output == two.output && one.status == 0)
  }
}
