import Simulation
import Testing

@testable import FeedSystem

/// Relations between policies that hold for every seed: 200 of each, on small graphs.
struct FanOutRelationTests {
  private static let seeds = 1...200 as ClosedRange<UInt64>

  // MARK: - Whole runs

  struct Trace: Equatable {
    var fingerprint: UInt64
    var written: Int
    var shown: Int
    var fetched: Int
    var latency: Double
  }

  /// Five minutes of sixty users.
  private func trace(_ fanOut: String, _ seed: UInt64) throws -> Trace {
    var small = SmallSystem()
    small.users = 60
    small.meanFollows = 6
    small.maximum = 40
    small.seed = seed
    small.yaml = "fanOut: {\(fanOut)}\ntimelines: {lifetime: 1h}"
    small.activity = "{postsPerDay: 300, loadsPerDay: 1000, activeShare: 70%}"
    small.warmUp = .seconds(20)
    small.length = .seconds(300)
    small.servers = 1
    return try small.run { system in
      let audit = system.auditDeliveries()
      #expect(audit.lost == 0 && audit.duplicate == 0 && audit.pending == 0, "seed \(seed)")
      return Trace(
        fingerprint: system.fingerprint, written: system.measurements.entriesWritten,
        shown: system.measurements.postsShown, fetched: system.measurements.entriesFetched,
        latency: system.measurements.feedLatency.mean)
    }
  }

  /// A threshold that nobody reaches, a middle tier of everybody's followers, timelines that
  /// nobody's follows are too many for: push by another name, event by event.
  @Test(arguments: [
    "pushBelow: 1M, pullFrom: 1M",
    "pushBelow: 0, pullFrom: 1M, middleTier: topFollowers, topFollowers: 1M",
    "policy: lossy, limit: 1M",
  ])
  func withoutALimitItIsPush(_ other: String) throws {
    for seed in Self.seeds {
      let push = try trace("policy: push", seed)
      #expect(push.written > 0 && push.shown > 0)
      #expect(try trace(other, seed) == push, "seed \(seed)")
    }
  }

  /// Whoever has a follower is pulled.
  @Test func aThresholdOfOneIsPull() throws {
    for seed in Self.seeds {
      let pull = try trace("policy: pull", seed)
      #expect(pull.written == 0 && pull.fetched > 0)
      #expect(try trace("pushBelow: 1, pullFrom: 1", seed) == pull, "seed \(seed)")
    }
  }

  // MARK: - Plans and what they cost

  private static let policies = [
    "policy: push", "policy: pull", "pushBelow: 4, pullFrom: 4", "pushBelow: 3, pullFrom: 8",
    "pushBelow: 3, pullFrom: 8, middleTier: nobody",
    "pushBelow: 3, pullFrom: 8, middleTier: activeAndPulled", "policy: per-edge-optimal",
    "policy: lossy, limit: 5",
  ]

  private func drawn(_ seed: UInt64) -> WrittenAudience {
    .drawn(users: 24, chance: 0.25, seed: seed)
  }

  @Test func newNamesChangeNothing() throws {
    for seed in Self.seeds {
      let drawn = drawn(seed)
      var stream = RandomStream(seed: seed, purpose: 3)
      var names = (0..<UInt32(24)).map { $0 }
      names.shuffle(using: &stream)
      var renamed = drawn
      renamed.follows = drawn.follows.map { (names[Int($0.follower)], names[Int($0.followee)]) }
        .shuffled(using: &stream)
      for user in 0..<24 {
        renamed.posts[Int(names[user])] = drawn.posts[user]
        renamed.loads[Int(names[user])] = drawn.loads[user]
      }
      let one = FanOutContext(drawn.audience)
      let other = FanOutContext(renamed.audience)
      for policy in Self.policies {
        let (a, b) = (try one.classes(policy), try other.classes(policy))
        #expect(one.pushed(a) == other.pushed(b), "seed \(seed), \(policy)")
        #expect(abs(one.cost(of: a) / other.cost(of: b) - 1) < 1e-12, "seed \(seed), \(policy)")
      }
      #expect(abs(one.leastCost / other.leastCost - 1) < 1e-12)
    }
  }

  /// With linear costs and equal rates every follow is worth the same: all are pushed or all are
  /// pulled, and no threshold between is better than both.
  @Test func equalRatesKnowNoFollowerCount() throws {
    var pushes = 0
    for seed in Self.seeds {
      var drawn = drawn(seed)
      var stream = RandomStream(seed: seed, purpose: 4)
      drawn.posts = [Double](repeating: power(100, stream.uniform()) * 1e-4, count: 24)
      drawn.loads = [Double](repeating: power(100, stream.uniform()) * 1e-4, count: 24)
      let context = FanOutContext(drawn.audience)
      let best = try context.classes("policy: per-edge-optimal")
      let edges = context.audience.graph.edgeCount
      #expect([0, edges].contains(context.pushed(best)))
      pushes += context.pushed(best) > 0 ? 1 : 0
      let costs = try (1...25).map { try context.cost("pushBelow: \($0), pullFrom: \($0)") }
      let isRising = (try context.cost("policy: pull")) < (try context.cost("policy: push"))
      for (one, next) in zip(costs, costs.dropFirst()) {
        #expect(isRising ? one <= next * (1 + 1e-12) : one >= next * (1 - 1e-12))
      }
      let least = try #require(costs.min())
      #expect(abs(context.leastCost / least - 1) < 1e-12)
    }
    #expect(pushes > 50 && pushes < 150)
  }

  @Test func twiceTheRatesCostTwiceAsMuch() throws {
    for seed in Self.seeds {
      let drawn = drawn(seed)
      var twice = drawn
      twice.posts = drawn.posts.map { $0 * 2 }
      twice.loads = drawn.loads.map { $0 * 2 }
      let one = FanOutContext(drawn.audience)
      let two = FanOutContext(twice.audience)
      // Who is active is not linear in the rates.
      for policy in Self.policies where !policy.contains("pullFrom: 8") {
        let (a, b) = (try one.classes(policy), try two.classes(policy))
        #expect(one.pushed(a) == two.pushed(b) && 2 * one.cost(of: a) == two.cost(of: b))
      }
    }
  }

  @Test func dearerPushesAreFewer() throws {
    for seed in Self.seeds {
      let audience = drawn(seed).audience
      var pushed = Int.max
      var least = 0.0
      for push in [0, 0.1, 1, 10, 100, 1e6] {
        let context = FanOutContext(audience, push: push)
        let now = context.pushed(try context.classes("policy: per-edge-optimal"))
        #expect(now <= pushed && context.leastCost >= least)
        (pushed, least) = (now, context.leastCost)
      }
    }
  }

  /// An entry that a limit keeps is kept by every higher one: the coin is the entry's own.
  @Test func aLowerLimitKeepsNothingMore() throws {
    for seed in Self.seeds {
      let context = FanOutContext(drawn(seed).audience, seed: seed)
      let rules = try [1, 3, 5, 8, 24].map { try context.classes("policy: lossy, limit: \($0)") }
      for viewer in 0..<UInt32(24) {
        for post in 0..<UInt32(20) {
          let kept = rules.map { $0.edges.keeps(post, for: viewer) ? 1 : 0 }
          #expect(kept == kept.sorted() && kept[4] == 1)
        }
      }
    }
  }

  /// The costs of the two defects: nobody's middle tier is free, and pulling what is pushed to the
  /// active costs both.
  @Test func defectsCostWhatTheyDo() throws {
    let tier = "pushBelow: 3, pullFrom: 8, middleTier: "
    for seed in Self.seeds {
      let context = FanOutContext(drawn(seed).audience)
      let binary = try context.cost("pushBelow: 3, pullFrom: 3")
      #expect(try context.cost(tier + "activeAndPulled") >= binary)
      #expect(try context.cost(tier + "nobody") <= context.cost(tier + "active"))
      #expect(try context.cost(tier + "topFollowers, topFollowers: 0") == binary)
    }
  }
}
