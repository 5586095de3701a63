import Foundation
import Testing

/// Shards, replicas, buffered counters and a timeline's key as a user sets them.
@Suite(.serialized) struct StorageCommandTests {
  private let scratch: Scratch

  init() throws {
    scratch = try Scratch()
    try scratch.write(
      "tiny.yaml",
      TinyScenario.text(
        postsPerDay: "2000", loadsPerDay: "800", fanOut: "{policy: hybrid, pushBelow: 20}",
        more: "drain: 10min"))
  }

  private func run(_ settings: [String], _ more: [String] = []) throws -> Command.Finished {
    let sets = settings.flatMap { ["--set", $0] }
    return try Command.run(["run", "tiny.yaml"] + sets + more, in: scratch.folder)
  }

  private func document(_ settings: [String]) throws -> RunDocument {
    let result = try run(settings, ["--json"])
    #expect(result.status == 0, "\(result.errors)")
    return try RunDocument(result.output)
  }

  private static let everything = [
    "fanOut.pullFrom=20", "tiers.postStore.shards=4", "tiers.postStore.shardBy=post",
    "tiers.postStore.replicas={count: 2, lag: constant(2s)}",
    "counters={order: clearFirst, buffer: process, read: stored, crashAt: 33s}",
    "timelines.key=time", "timelines.tick=1s",
  ]

  @Test func everyPartHasItsFigures() throws {
    let found = try document(Self.everything)
    let units = [
      "feed.shards_asked": "visits", "tier.post_store.imbalance": "ratio",
      "tier.post_store.hottest_utilisation": "ratio", "replica.stale_reads": "ratio",
      "replica.stale_age": "ms", "counters.lost": "entries", "counters.writes": "1/s",
      "counters.write_age": "ms", "counters.read_age": "ms",
      "delivery.overwritten": "deliveries",
    ]
    for (name, unit) in units {
      #expect(found.unit(name) == unit, "\(name)")
      #expect(try found.value(name) > 0, "\(name)")
    }
    #expect(try found.value("feed.shards_asked") == 4)
    #expect(try found.value("tier.post_store.servers") >= 12)
    #expect(try found.value("delivery.lost") == found.value("delivery.overwritten"))
    for start in ["Lost: ", "Counts lost: "] {
      #expect(found.notes.contains { $0.hasPrefix(start) }, "\(found.notes)")
    }
    let names = found.checks.compactMap { $0["name"] as? String }
    #expect(names.contains("shard balance: post_store") && names.contains("counter balance"))
    let summary = try run(Self.everything)
    for words in ["shards asked by a load", "counts lost in crashes", "overwritten by a tie"] {
      #expect(summary.output.contains(words), "\(words)")
    }
  }

  /// Whoever says nothing of them hears nothing, and saying what is so anyway changes no event.
  @Test func withoutThemNothingIsSaid() throws {
    let plain = try document([])
    let names = plain.metrics.keys.filter { name in
      ["replica.", "counters.", "feed.shards", "delivery.over", "tier.post_store.im"].contains {
        name.hasPrefix($0)
      }
    }
    #expect(names.isEmpty)
    for same in ["tiers.postStore.shardBy=author", "timelines.key=post"] {
      #expect(try document([same]).fingerprint == plain.fingerprint, "\(same)")
    }
    #expect(try document(["tiers.postStore.shardBy=viewer"]).fingerprint != plain.fingerprint)
  }

  /// The servers of replicas and the copies of posts are on the bill.
  @Test func copiesCostMoney() throws {
    try scratch.write(
      "sheet.yaml",
      """
      name: sheet
      currency: USD
      region: test
      date: 2026-01-01
      items:
        db.r5.4xlarge: {price: 1, per: hour, source: test, date: 2026-01-01}
        post-storage: {price: 1000, per: GB-month, source: test, date: 2026-01-01}
      """)
    let shared = ["prices=sheet.yaml", "tiers.postStore.serversPerInstance=1"]
    let one = try document(shared)
    let three = try document(shared + ["tiers.postStore.replicas.count=2"])
    let storage = try (one.value("cost.month.post_storage"), three.value("cost.month.post_storage"))
    #expect(abs(storage.1 / storage.0 - 3) < 1e-9)
    let servers = try (one.value("tier.post_store.servers"), three.value("tier.post_store.servers"))
    #expect(servers.1 >= 3 * servers.0)
    let bills = try (
      one.value("cost.month.compute.post_store"), three.value("cost.month.compute.post_store")
    )
    #expect(abs(bills.1 / bills.0 - servers.1 / servers.0) < 1e-9)
  }

  @Test(arguments: [
    ("tiers.postStore.shardBy=authr", "did you mean \"author\"?"),
    ("tiers.gateway.shardBy=author", "only postStore keeps posts"),
    ("tiers.ranking.replicas={count: 2}", "only postStore keeps posts"),
    ("tiers.postStore.replicas=2", "must be a map of keys"),
    ("tiers.postStore.replicas.lag=2", "tiers.postStore.replicas.lag"),
    ("counters.writeBehind=5", "needs a unit"), ("counters.order=both", "counters.order"),
    ("counters.crashAt=9h", "crashAt is after the end of the run"),
    ("timelines.tick=1s", "is only for key: time"),
    ("timelines={lifetime: 1h, key: time, tick: 1500us}", "must be whole milliseconds"),
    ("timelines={lifetime: 1h, key: time, keep: counts}", "key: time needs entries"),
  ])
  func refuses(_ setting: String, _ words: String) throws {
    let result = try run([setting])
    #expect(result.status == 65 && result.output.isEmpty)
    #expect(result.errors.contains(words), "\(result.errors)")
  }
}
