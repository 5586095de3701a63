import Simulation
import Testing

@testable import FeedSystem

/// Pull instead of push while fan-out is overloaded.
struct FlashTests {
  private func small(_ fanOut: String, seed: UInt64) -> SmallSystem {
    var small = SmallSystem()
    small.users = 150
    small.meanFollows = 10
    small.maximum = 90
    small.seed = seed
    small.yaml = """
      fanOut: {\(fanOut)}
      timelines: {lifetime: 1h}
      cache: {feed: {size: 0}}
      tiers: {fanOutWorkers: {visit: exponential(mean 20ms), perUnit: 10ms}}
      traffic: {spikes: [{at: 1m, for: 2m, posts: 12}]}
      """
    small.activity = "{postsPerDay: 900, loadsPerDay: 900, activeShare: 80%}"
    small.warmUp = .seconds(60)
    small.length = .seconds(400)
    small.servers = 1
    return small
  }

  private struct Outcome {
    var p99: Double
    var late: Int
    var flipped: Int
    var share: Double
    var begun: Int
  }

  private func outcome(_ fanOut: String, seed: UInt64) throws -> Outcome {
    try small(fanOut, seed: seed).run { system in
      let broken = system.brokenLaws()
      #expect(broken == [], "seed \(seed)")
      let audit = system.auditDeliveries()
      #expect(audit.lost == 0 && audit.duplicate == 0 && audit.pending == 0, "seed \(seed)")
      var pulled = 0
      for post in 0..<UInt32(system.posts.count)
      where system.posts[post].measured != 0 && system.plan(ofPost: post) == .pull {
        pulled += system.classes.plan(of: system.posts[post].author) == .pull ? 0 : 1
      }
      let figures = system.flashFigures
      if let figures { #expect(figures.flipped == pulled) }
      return Outcome(
        p99: system.measurements.deliveryLag.quantile(0.99), late: system.measurements.late,
        flipped: figures?.flipped ?? 0, share: figures?.share ?? 0, begun: figures?.begun ?? 0)
    }
  }

  /// Under the same posts and services, with and without: never later, and the audit is clean.
  @Test(arguments: [
    ("policy: push", "backlog: 300, authorsFrom: 0"),
    ("policy: push", "lag: 3s, authorsFrom: 10"),
    ("policy: per-edge-optimal", "backlog: 200, lag: 5s, until: 20%, authorsFrom: 0"),
    ("policy: hybrid, pushBelow: 20, pullFrom: 60, activeWindow: 20m", "backlog: 200"),
  ])
  func isNeverLater(_ policy: String, _ flash: String) throws {
    for seed in UInt64(1)...10 {
      let without = try outcome(policy, seed: seed)
      let flipping = try outcome("\(policy), flash: {\(flash)}", seed: seed)
      #expect(flipping.p99 <= without.p99 && flipping.late <= without.late, "seed \(seed)")
      guard flash.contains("authorsFrom") else {
        // Nobody has the 1,000 followers that are the default.
        #expect(flipping.flipped == 0 && flipping.p99 == without.p99)
        continue
      }
      #expect(flipping.flipped > 0 && flipping.begun > 0, "seed \(seed)")
      #expect(flipping.share > 0 && flipping.share < 1, "seed \(seed)")
      if policy == "policy: push" { #expect(flipping.p99 < without.p99 / 2, "seed \(seed)") }
    }
  }

  /// A bound that is never reached is as if there were none.
  @Test func aBoundOutOfReachChangesNothing() throws {
    func fingerprint(_ fanOut: String) throws -> UInt64 {
      try small(fanOut, seed: 4).run { $0.fingerprint }
    }
    let plain = try fingerprint("policy: push")
    #expect(try fingerprint("policy: push, flash: {backlog: 1G, lag: 1d}") == plain)
  }

  /// Posts of 20 followers at a second each: the backlog of the first flips the next two; when half
  /// of the bound is left, the last is pushed again.
  @Test func flipsFromTheBoundToHalfOfIt() throws {
    var fanOut = FanOutSystem()
    fanOut.posts = [(0, 0), (0, 1), (0, 10.5), (0, 11.5)]
    fanOut.flash = "{backlog: 18, authorsFrom: 20}"
    try fanOut.run { system in
      // 20 wait at 0 s and 9 at 11 s; 29 at 11.5 s and 9 at 31 s.
      let plans = (UInt32(0)..<4).map { system.plan(ofPost: $0) }
      #expect(plans == [.push, .pull, .pull, .push])
      #expect(system.delivered == 40)
      let figures = system.flashFigures
      #expect(figures?.flipped == 2 && figures?.begun == 2)
      #expect(abs((figures?.share ?? 0) * 3600 - 30.5) < 1e-6)
      let audit = system.auditDeliveries()
      #expect(audit.due == 80 && audit.lost == 0 && audit.duplicate == 0)
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }
}
