import Settings
import Simulation
import Testing
import YAMLSettings

@testable import FeedSystem

/// Control loops in a running system, each held against what arithmetic says.
@Suite struct ControlTests {
  /// Ranking takes 3 s of one server, and about one load comes every two seconds.
  private func overloaded(_ more: String, servers: Int = 1, length: Int64 = 600) -> FunnelRun {
    var run = FunnelRun(ranking: "[{weighted: {visit: constant(3s), perCandidate: 0s}}]")
    run.servers = servers
    run.length = .seconds(length)
    run.more = more
    return run
  }

  private func passes(_ system: FeedSystem) -> [String] {
    system.checkConservation().filter { !$0.passed }.map { "\($0.name): \($0.detail)" }
  }

  /// `tiers.ranking` beside the tiers that the run has.
  private static func scaling(_ keys: String) -> String {
    "  ranking: {scaling: \(keys)}"
  }

  /// Loops that look and never act change nothing for anybody.
  @Test func lookingChangesNothing() throws {
    var sums: [UInt128] = []
    let nothing = "{cpu: none, p99: none, errors: none, queue: none}"
    for more in [
      "", "emergency: {when: \(nothing)}",
      "degraded: {when: {cpu: none, p99: none, errors: none, queue: none}, shed: {feed: 100%}}",
    ] {
      let run = overloaded(more, servers: 3)
      sums.append(try run.look { $0.measurements.feedLatency.exactSum })
    }
    #expect(sums[0] == sums[1] && sums[0] == sums[2] && sums[0] > 0)
  }

  /// Busy enough at the second look, after 60 s; serving 60 s after that: one server for 120 s, two
  /// for 480.
  @Test func serversComeWhenTheyHaveStarted() throws {
    let law = "{up: {cpu: 50%, p99: none, queue: none}, down: {cpu: 1%}, startUp: 60s, most: 2}"
    try overloaded(Self.scaling(law)).look { system in
      let broken = passes(system)
      #expect(broken == [])
      let scaled = system.controls.scaled
      let tier = try #require(scaled.first)
      #expect(tier.tier == .ranking && tier.base == 1 && tier.servers == 2 && tier.peak == 2)
      #expect(tier.changes == 1 && tier.directionChanges == 0)
      let mean = try #require(tier.mean(seconds: 600))
      #expect(abs(mean - 1.8) < 1e-12, "\(mean) of \(tier)")
    }
  }

  /// More servers help, and go again when the work has gone: not below what is needed.
  @Test func aTierFollowsItsLoad() throws {
    var means: [Double] = []
    let law = "{startUp: 30s, coolDown: 60s, up: {p99: none}, down: {cpu: 20%}}"
    for more in ["", Self.scaling(law)] {
      let run = overloaded(more, length: 1200)
      means.append(
        try run.look { system in
          let broken = passes(system)
          #expect(broken == [])
          if let tier = system.controls.scaled.first {
            #expect(tier.peak > 2 && tier.directionChanges <= 2)
          }
          return system.measurements.feedLatency.mean
        })
    }
    #expect(means[1] < means[0] / 3, "\(means)")
  }

  /// S0.21: five times the servers, up to a cap, then back to what there was, step by step.
  @Test func anEmergencyComesAndGoes() throws {
    let rules =
      "emergency: {when: {cpu: 95%, p99: none, queue: 5}, startUp: 30s, "
      + "scale: {ranking: {factor: 5, most: 8}}, "
      + "scaleIn: {down: {cpu: 60%}, coolDown: 60s, step: 50%}}"
    try overloaded(rules, servers: 2, length: 1200).look { system in
      let broken = passes(system)
      #expect(broken == [])
      let (scaled, emergencies) = (system.controls.scaled, system.controls.emergencies)
      let tier = try #require(scaled.first)
      #expect(scaled.count == 1 && emergencies >= 1)
      #expect(tier.peak == 8 && tier.base == 2)
      #expect(tier.directionChanges >= 1 && tier.servers >= 2)
    }
  }

  /// Readings bring it about after the first period, and it ranks in no time.
  @Test func readingsBringDegradedMode() throws {
    let mode =
      "degraded: {when: {cpu: 50%, p99: none, queue: none, tiers: [ranking], for: 120s}, "
      + "ranking: [{chronological: {visit: constant(1ms), perCandidate: 0s}}]}"
    try overloaded(mode).look { system in
      let broken = passes(system)
      #expect(broken == [])
      let mode = system.controls.brownOut
      let brownOut = try #require(mode)
      #expect(brownOut.entries >= 1)
      let spent = brownOut.spent(until: .start + .seconds(600))
      #expect(spent >= .seconds(120) && spent <= .seconds(570))
      let (ranked, degraded) = (
        system.measurements.funnel.ranked, system.measurements.funnel.degraded
      )
      #expect(degraded > 0 && degraded < ranked)
    }
  }

  /// Half of the feeds by chance, and at most so many posts a second of all that come.
  @Test func degradedModeTurnsAway() throws {
    var run = FunnelRun(ranking: "[weighted]")
    run.length = .seconds(1200)
    run.more = "degraded: {shed: {feed: 50%, engagement: 100%}, limits: {post: 0.05/s}}"
    try run.look { system in
      let broken = passes(system)
      #expect(broken == [])
      let (shown, refused) = (
        system.measurements.loadsMeasured, system.measurements.loadsRejectedMeasured
      )
      let all = Double(shown + refused)
      #expect(abs(Double(refused) - all / 2) < 2 * all.squareRoot() && all > 200)
      // 0.05/s for 1200 s, and none at once beyond the first.
      let stored = system.measurements.postsMeasured
      #expect(stored > 25 && stored <= 61)
      let (counted, opened) = (
        system.measurements.engagementsMeasured, system.measurements.engagementsOpened
      )
      #expect(counted == 0 && opened > 20)
      let shares = system.controls.refusedShares
      #expect(shares.map(\.0) == [.feed, .post, .engagement] && shares[2].1 == 1)
    }
  }

  /// From then on nobody asks an author: what trends is shown instead.
  @Test func trendsTakeThePlaceOfAuthors() throws {
    var asked: [Int] = []
    for more in ["", "degraded: {at: 300s, trending: {posts: 20, every: 10s}}"] {
      var small = SmallSystem()
      small.users = 400
      small.maximum = 200
      small.activity = "{postsPerDay: 40, loadsPerDay: 200, activeShare: 70%}"
      small.warmUp = .zero
      small.length = .seconds(900)
      small.yaml = "fanOut: {policy: pull}\ncache: {feed: {size: 0}}\n\(more)"
      try small.run { system in
        let broken = passes(system)
        #expect(broken == [])
        asked.append(system.measurements.authorsAsked)
        let (injected, loads) = (system.controls.injected, system.controls.injectedLoads)
        #expect(more.isEmpty ? loads == 0 : loads > 100 && injected > loads)
        #expect(injected <= 20 * loads)
        let shown = system.measurements.postsShown
        #expect(shown > 0)
      }
    }
    // In the first of three parts of the window, as ever.
    #expect(asked[0] > 1000 && asked[1] > asked[0] / 8 && asked[1] < asked[0] / 2, "\(asked)")
  }

  /// The first period ends 30 s into the window, so before nothing is known.
  @Test func theSameSeedDecidesAlike() throws {
    let rules = "emergency: {scale: {ranking: {}}, startUp: 30s}"
    let prints = try (0..<2).map { _ in
      try overloaded(rules).look { $0.fingerprint }
    }
    #expect(prints[0] == prints[1])
  }

  @Test(arguments: [
    ("tiers: {ranking: {scaling: {least: 5, most: 2}}}", "tiers.ranking.scaling.least"),
    ("tiers: {ranking: {scaling: {up: {cpu: 30%}}}}", "tiers.ranking.scaling.down"),
    ("tiers: {ranking: {scaling: {every: 0s}}}", "tiers.ranking.scaling.every"),
    ("tiers: {ranking: {scaling: {step: 0%}}}", "tiers.ranking.scaling.step"),
    ("tiers: {postStore: {scaling: {}}}", "shards hold data"),
    ("tiers: {ranking: {scaling: {cpu: 80%}}}", "unknown key \"cpu\""),
    ("emergency: {scale: {}}", "names no tier"),
    ("emergency: {scale: {notifier: {}}}", "not there"),
    ("emergency: {scale: {gateway: {factor: 0}}}", "emergency.scale.gateway.factor"),
    ("emergency: {when: {queue: many}}", "emergency.when.queue"),
    ("degraded: {when: {}}", "changes nothing"),
    ("degraded: {when: {leave: {cpu: 90%}}, shed: {feed: 10%}}", "above that for entering"),
    ("degraded: {when: {}, for: 5m, shed: {feed: 10%}}", "when has a for of its own"),
    ("degraded: {when: {tiers: [notifier]}, shed: {feed: 10%}}", "not there"),
    ("degraded: {limits: {feed: 0/s}}", "degraded.limits.feed"),
    ("degraded: {shed: {media: 10%}}", "unknown key \"media\""),
    ("degraded: {trending: {posts: 0}}", "degraded.trending.posts"),
    ("rollOuts: [{tier: ranking}]", "at: is required"),
    ("rollOuts: [{at: 0s, stages: [50%, 10%]}]", "must rise"),
    ("rollOuts: [{at: 0s, stages: []}]", "no stage"),
    ("rollOuts: [{at: 0s, slowness: 3, calls: {}}]", "leave one out"),
    ("rollOuts: [{at: 0s}, {at: 1m}]", "one release at a time"),
    ("rollOuts: [{at: 0s, tier: postStore}]", "rollOuts.0.tier"),
    ("rollOuts: [{at: 0s, tier: notifier}]", "not there"),
    ("rollOuts: [{at: 0s, check: {p99: -1%}}]", "rollOuts.0.check.p99"),
  ])
  func whatCannotBeIsRefused(_ yaml: String, _ words: String) throws {
    var parameters = try Parameters(SettingsFile.parse(yaml, file: "test.yaml"))
    do {
      _ = try Design(&parameters)
      try parameters.finish()
      Issue.record("accepted: \(yaml)")
    } catch let problem as InvalidInput {
      #expect(problem.description.contains(words), "\(problem)")
    }
  }
}
