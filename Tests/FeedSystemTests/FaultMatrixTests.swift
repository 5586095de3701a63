import Settings
import Simulation
import Testing
import YAMLSettings

@testable import FeedSystem

/// Every kind of fault on small systems that have what it breaks: whatever breaks, every law holds
/// and the delivery audit explains what is lost and doubled.
struct FaultMatrixTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var kind: String
    var base: String
    var faults: String
    var testDescription: String { "\(kind) on \(base): \(faults)" }
  }

  private static func one(_ kind: String, _ base: String, _ settings: String...) -> Case {
    Case(
      kind: kind, base: base,
      faults: settings.map { "{\(kind): {\($0)}}" }.joined(separator: ", "))
  }

  static let cases: [Case] = [
    one("server-lost", "cached", "tier: ranking, servers: 50%, at: 30s, for: 1m"),
    one("slow-server", "cached", "tier: gateway, servers: 2, factor: 5, at: 30s, for: 1m"),
    one(
      "erring-server", "cached",
      "tier: feedCache, errors: 30%, every: exponential(mean 40s), for: 10s"),
    one("bad-deployment", "cached", "tier: ranking, stageFor: 10s, factor: 4, errors: 5%, at: 20s"),
    one(
      "shard-lost", "cached",
      "shard: 1, at: 30s, for: 50s, detectAfter: 5s",
      "at: 40s, for: 90s"),
    one("shard-lost", "cached", "shard: 0, at: 1m, for: 1s, detectAfter: 10s"),
    one("shard-lost", "levels", "every: exponential(mean 30s), for: exponential(mean 20s)"),
    one("shard-lost", "objects", "tier: objectStore, shard: 1, at: 30s, for: 1m"),
    one("shard-lost", "objects", "tier: leafServers, every: exponential(mean 30s), for: 20s"),
    one("shard-lost", "objects", "shard: 2, at: 30s, for: 1m", "shard: 2, at: 50s, for: 1m"),
    one("slow-shard", "levels", "factor: 20, at: 30s, for: 1m", "tier: postStore, at: 1m"),
    one("slow-shard", "objects", "tier: objectStore, at: 30s", "tier: leafServers, at: 30s"),
    one(
      "clock-skew", "cached",
      "shard: 1, by: 30s, at: 20s, for: 1m",
      "by: 5s, direction: behind, at: 40s"),
    one("cache-node-lost", "cached", "share: 30%, at: 30s, for: 30s", "share: 50%, at: 40s"),
    one("cache-node-lost", "cached", "cache: edge, region: east, at: 30s, for: 30s"),
    one(
      "cache-node-lost", "levels",
      "cache: l2, share: 40%, every: exponential(mean 20s), for: 5s"),
    one("cache-cluster-lost", "objects", "cache: follower, cluster: 1, at: 30s, for: 1m"),
    one("cache-cluster-lost", "objects", "cache: leader, at: 30s, for: 30s", "cache: feed, at: 1m"),
    one("cache-cluster-lost", "levels", "cache: l1, at: 30s, for: 30s"),
    one("network-delay", "cached", "between: clients, region: east, delay: 80ms, at: 30s, for: 1m"),
    one("network-delay", "objects", "delay: 20ms, at: 30s, for: 1m"),
    one("network-loss", "cached", "share: 5%, at: 30s, for: 30s"),
    one("region-lost", "regions", "region: west, at: 30s, for: 1m", "region: west, at: 1m"),
    one("region-lost", "regions", "region: east, at: 30s, for: 1m"),
    one(
      "region-link", "regions",
      "from: west, to: east, delay: 100ms, loss: 40%, at: 30s, for: 1m",
      "from: east, loss: 100%, timeout: 3s, at: 1m, for: 50s"),
    one(
      "region-link", "divided",
      "from: west, delay: 30ms, loss: 30%, every: exponential(mean 20s), for: 15s"),
    one("partition-stalled", "cached", "every: exponential(mean 20s), for: exponential(mean 20s)"),
    one("consumer-crash", "cached", "every: exponential(mean 15s), for: 5s, commitEvery: 7"),
    one(
      "poison-message", "levels",
      "every: exponential(mean 20s), attempts: 3",
      "at: 1m, then: deadLetter"),
  ]

  private static let tail = """
    sessions: {loads: 2, pages: 2, thinkTime: exponential(mean 3s)}
    engagement: {likes: 10%, comments: 4%, shares: 2%, readingTime: exponential(mean 3s)}

    """

  private static let bases: [String: String] = [
    "cached": """
    fanOut: {policy: hybrid, pushBelow: 10, pullFrom: 30, activeWindow: 2h}
    timelines: {capacity: 64, lifetime: 1h, encoding: packed}
    cache: {feed: {size: 60%, ttl: 60s}, edge: {size: 50MB, ttl: 20s}}
    regions:
      - {name: east, users: 300M, roundTrip: 20ms}
      - {name: west, users: 200M, roundTrip: 40ms}
    ranking: [chronological]
    tiers: {postStore: {shards: 3, replicas: {count: 2, lag: exponential(mean 200ms)}}}
    pipeline: {bus: {partitions: 3, consumers: 2, consume: exponential(mean 50ms)}}
    counters: {writeBehind: 2s}
    traffic: {follows: {followsPerDay: 20, unfollowsPerDay: 10, mutesPerDay: 5, blocksPerDay: 5}}

    """,
    "regions": """
    fanOut: {policy: hybrid, pushBelow: 10, pullFrom: 30, activeWindow: 2h}
    timelines: {capacity: 64, lifetime: 1h}
    cache: {feed: {size: 60%, ttl: 60s}}
    regions:
      - {name: east, users: 300M, roundTrip: 20ms}
      - {name: west, users: 200M, roundTrip: 40ms}
    geography: {primary: west, failover: {detectAfter: 5s, dns: 5s, promoteAfter: 5s}}
    tiers: {postStore: {shards: 3}}

    """,
    "divided": """
    fanOut: {policy: hybrid, pushBelow: 10, pullFrom: 30, activeWindow: 5m}
    timelines: {capacity: 64, lifetime: 1h}
    cache: {feed: {size: 30%, ttl: 30s}}
    regions:
      - {name: east, users: 300M, roundTrip: 20ms}
      - {name: west, users: 200M, roundTrip: 40ms}
    geography: {primary: west}
    objects: {}
    tiers: {objectStore: {shards: 2}, postStore: {shards: 3}}
    pipeline: {bus: {partitions: 2}}
    clients: {timeout: 2s, retries: {attempts: 3}, cancels: true}
    traffic: {follows: {followsPerDay: 50, unfollowsPerDay: 30, mutesPerDay: 9, blocksPerDay: 9}}

    """,
    "levels": """
    fanOut: {policy: push}
    timelines: {capacity: 64, lifetime: 1h, encoding: packed}
    cache: {levels: {l1: {feed: {size: 20%}, post: {size: 20%}}, l2: {feed: {size: 50%}, \
    post: {size: 50%}, features: {size: 50%}}}}
    tiers: {postStore: {shards: 3}}
    pipeline: {bus: {partitions: 2, retention: 1m}}

    """,
    "objects": """
    fanOut: {policy: hybrid, pushBelow: 10, pullFrom: 30, activeWindow: 2h}
    timelines: {capacity: 64, lifetime: 1h}
    cache: {feed: {size: 50%, ttl: 30s}}
    leafIndex: {leaves: 3, whenDown: gaps}
    objects: {cache: {follower: {clusters: 2, size: 50%}, leader: {size: 50%}, \
    lease: {length: 2s, whenHeld: join}}}
    tiers: {objectStore: {shards: 2}, postStore: {shards: 3}}
    live: {}

    """,
  ]

  @Test(arguments: cases)
  func everyLawHolds(_ test: Case) throws {
    var small = SmallSystem()
    small.users = 150
    small.meanFollows = 10
    small.maximum = 70
    small.activity = "{postsPerDay: 200, loadsPerDay: 600, activeShare: 80%}"
    small.warmUp = .seconds(60)
    small.length = .seconds(180)
    small.servers = 8
    small.yaml = (Self.bases[test.base] ?? "") + Self.tail + "faults: [\(test.faults)]\n"
    try small.run { system in
      let broken = system.brokenLaws()
      #expect(broken == [])
      let audit = system.auditDeliveries()
      #expect(audit.due > 0 && audit.lost == 0, "what is lost has a reason")
      #expect(audit.duplicate == audit.repeated)
      #expect(audit.lostInAll < audit.due / 2)
      let figures = system.faultFigures
      #expect(figures.count == 1 && figures[0].count > 0)
      #expect(figures[0].time >= 0 && figures[0].time <= 1)
      #expect(system.measurements.drained && system.measurements.loadsCompleted > 50)
    }
  }

  @Test func everyKindIsThere() {
    let kinds = Set(Self.cases.map(\.kind))
    #expect(kinds == Set(Catalog<any Fault>.faults.names))
  }

  /// Same seed, same events, faults and all.
  @Test func randomFaultsAreReproducible() throws {
    var fingerprints: Set<UInt64> = []
    for seed in [UInt64(3), 3, 4] {
      var small = SmallSystem()
      small.users = 100
      small.maximum = 50
      small.seed = seed
      small.length = .seconds(120)
      small.yaml = """
        fanOut: {policy: pull}
        timelines: {lifetime: 1h}
        tiers: {postStore: {shards: 3}}
        faults: [{shard-lost: {every: exponential(mean 20s), for: exponential(mean 5s)}}]
        """
      try small.run { system in
        fingerprints.insert(system.fingerprint)
        #expect(system.faultFigures[0].count > 0)
      }
    }
    #expect(fingerprints.count == 2)
  }

  /// A design is told what it has not, and a wrong setting by its path.
  @Test(arguments: [
    ("{shard-lost: {at: -5s}}", "faults.0.shard-lost.at"),
    ("{shard-lost: {}}", "needs either at or every"),
    ("{shard-lost: {at: 1s, every: exponential(mean 1h)}}", "needs either at or every"),
    ("{shard-lost: {every: constant(1ms)}}", "1s or more on average"),
    ("{shard-lost: {at: 1s, shard: 99}}", "postStore has 0 to"),
    ("{shard-lost: {at: 1s, tier: leafServers}}", "give leafIndex"),
    ("{shard-lost: {at: 1s, tier: ranking}}", "faults.0.shard-lost.tier"),
    ("{server-lost: {at: 1s, tier: postStore}}", "use shard-lost"),
    ("{server-lost: {at: 1s, tier: ranking, servers: 0%}}", "above 0%"),
    ("{server-lost: {at: 1s, tier: ranking, servers: 130%}}", "faults.0.server-lost.servers"),
    ("{server-lost: {at: 1s}}", "faults.0.server-lost.tier"),
    ("{slow-server: {at: 1s, tier: notifier}}", "give notifications"),
    ("{bad-deployment: {at: 1s, tier: ranking, factor: 1}}", "harms nothing"),
    ("{bad-deployment: {at: 1s, tier: ranking, stages: [50%, 10%]}}", "rising"),
    ("{partition-stalled: {at: 1s}}", "give pipeline.bus"),
    ("{consumer-crash: {at: 1s}}", "give pipeline.bus"),
    ("{poison-message: {at: 1s, for: 5s}}", "unknown key \"for\""),
    ("{cache-node-lost: {at: 1s, cache: l2}}", "give cache.levels.l2"),
    ("{cache-node-lost: {at: 1s, cache: feed, region: east}}", "is for cache: edge"),
    ("{cache-cluster-lost: {at: 1s, cache: leader}}", "give objects.cache.leader"),
    ("{network-delay: {at: 1s}}", "faults.0.network-delay.delay"),
    ("{network-delay: {at: 1s, delay: 5ms, between: clients, region: x}}", "give regions"),
    ("{network-loss: {at: 1s, share: 0%}}", "leave the fault out"),
    ("{region-lost: {at: 1s, region: x}}", "give regions"),
    (
      "{region-lost: {at: 1s, region: x}}]\nregions: [{name: x, users: 1, roundTrip: 1ms}",
      "give geography"
    ),
    ("{region-link: {at: 1s, from: x, delay: 1s}}", "give regions"),
    (
      "{region-link: {at: 1s, from: x, loss: 1%}}]\nregions: [{name: x, users: 1, roundTrip: 1ms}",
      "give geography"
    ),
    (
      "{region-link: {at: 1s, from: x, to: z, loss: 1%}}]\n"
        + "regions: [{name: x, users: 1, roundTrip: 1ms}", "faults.0.region-link.to"
    ),
    ("{region-link: {at: 1s, from: x, to: x, loss: 1%}}", "as from is"),
    ("{region-link: {at: 1s, from: x}}", "harms nothing"),
    ("{region-link: {at: 1s, to: x, loss: 1%}}", "faults.0.region-link.from"),
    ("{clock-skew: {at: 1s, by: 0s}}", "faults.0.clock-skew.by"),
    ("{server-list: {at: 1s}}", "did you mean \"server-lost\""),
  ])
  func refuses(_ fault: String, _ hint: String) throws {
    let text = "fanOut: {policy: push}\nfaults: [\(fault)]"
    var parameters = try Parameters(SettingsFile.parse(text, file: "test.yaml"))
    let problem = #expect(throws: InvalidInput.self) { _ = try Design(&parameters) }
    #expect("\(problem.map { "\($0)" } ?? "")".contains(hint), "\(String(describing: problem))")
  }
}
