import FeedSystem
import Foundation
import Settings
import Simulation
import Testing
import YAMLSettings

@testable import Planning

/// What a cell says of the whole, and what it warns of where it cannot.
@Suite struct CellFiguresTests {
  /// 100 cells of 1000 users; a tier's server in the whole is a hundredth of one in each.
  private func run(_ settings: [String] = []) throws -> DesignResult {
    let text = """
      duration: 20s
      warmUp: 10s
      replications: 1
      audience:
        users: 100k
        cells: {users: 1000}
        graph: {kind: uniform, meanFollows: 10}
        activity: {postsPerDay: 20, loadsPerDay: 400}
      fanOut: {policy: pull}
      timelines: {lifetime: 1h}
      tiers: {postStore: {servers: 40, shards: 1}}
      """
    var tree = try SettingsFile.parse(text, file: "t.yaml")
    for setting in settings { tree = try SettingsFile.applying(setting, to: tree) }
    let scenario = try Scenario(tree, fileName: "t", question: "")
    return try Experiment(scenario, threads: 1).run(version: "0").designs[0]
  }

  private func warning(_ result: DesignResult) -> String? {
    result.notes.first { $0.hasPrefix("WARNING: a cell's small pools fill slowly") }
  }

  /// Visits that keep servers for as long as the run lasts: no latency of such a run is one of the
  /// whole's, and no bound holds.
  @Test func aShortRunOfSmallCellsHasNoErrorBound() throws {
    let short = try run()
    #expect(short.metric("cells.error_bound") == nil)
    let text = try #require(warning(short))
    #expect(text.contains("post store") && text.contains("gateway"), "\(text)")
    // As many servers as a cell needs of its own: visits keep them no longer than in the whole.
    let tiers = ["gateway", "feedCache", "timelineStore", "postStore", "ranking", "fanOutWorkers"]
    let large = try run(tiers.map { "tiers.\($0).servers=20k" })
    #expect(large.metric("cells.error_bound")?.mean?.value == 0)
    #expect(warning(large) == nil)
  }

  /// Either setting that the warning names ends it.
  @Test(arguments: ["warmUp=", "audience.cells.users="])
  func whatTheWarningAsksForIsEnough(key: String) throws {
    let text = try #require(warning(try run()))
    let start = try #require(text.range(of: key), "\(text)").lowerBound
    let setting = text[start...].prefix { !" ".contains($0) }
    let trimmed = setting.hasSuffix(".") ? setting.dropLast() : setting
    let longer = try run([String(trimmed)])
    #expect(warning(longer) == nil, "\(trimmed)")
    let bound = try #require(longer.metric("cells.error_bound")?.mean).value
    #expect(bound > 0 && bound < 0.1)
  }

  /// Visits wait by chance for the servers of a pool that are nearly all taken: told of the parts
  /// of the window that are busy, and warned of.
  @Test func theBoundKnowsBusyParts() throws {
    let settings = [
      "audience.users=400k", "audience.cells={users: 40k}", "replications=6", "duration=2m",
      "warmUp=1m", "audience.activity={postsPerDay: 20, loadsPerDay: 400, activeShare: 100%}",
      "tiers.gateway={servers: 216, visit: exponential(mean 60ms)}", "tiers.ranking.servers=8",
      "tiers.postStore.servers=400", "tiers.feedCache.servers=6",
    ]
    func bound(_ result: DesignResult) throws -> Double {
      try #require(result.metric("cells.error_bound")?.mean).value
    }
    let calm = try run(settings)
    #expect(try bound(calm) < 0.01)
    #expect(calm.cellWarnings == [])
    let spike = "traffic.spikes=[{at: 60s, for: 60s, loads: 1.6}]"
    let busy = try run(settings + [spike])
    let whole = try run(settings + [spike, "audience.cells={count: 1}"])
    let (here, there) = try (value("feed.latency", nil, busy), value("feed.latency", nil, whole))
    #expect(try bound(busy) > 0.02)
    #expect(abs(here / there - 1) < 1.5 * (try bound(busy)), "\(here), \(there)")
  }

  /// Everybody asks the star's shard, and of the other one a part: with as many servers as the mean
  /// of both needs 1.4 times, the busy one is nearly full.
  @Test(arguments: [(420, true), (480, false)])
  func theBoundKnowsBusyShards(servers: Int, isBusy: Bool) throws {
    let store = "servers: \(servers), shards: 2, visit: exponential(mean 100ms), perUnit: 0us"
    let result = try run([
      "audience.users=400k", "audience.cells={users: 40k}", "duration=2m", "warmUp=1m",
      "audience.celebrities=[{name: star, followers: 100%}]", "cache.feed.size=0",
      "audience.graph={kind: powerLaw, meanFollows: 3, exponent: 2.3, maximum: 10k}",
      "audience.activity={postsPerDay: 20, loadsPerDay: 400, activeShare: 100%}",
      "tiers.postStore={\(store)}", "timelines={lifetime: 10m}", "replications=3",
    ])
    let bound = try value("cells.error_bound", nil, result)
    #expect(isBusy ? bound > 0.02 : bound < 0.001, "\(bound)")
  }

  /// One or two servers a tier, of which each of ten cells has a tenth: visits wait as in the
  /// whole, and so do deliveries of a post to two fifths of all.
  @Test func fewServersKeepCellsWaitingAsTheWhole() throws {
    let settings = [
      "audience.users=60k", "audience.celebrities=[{name: star, followers: 40%}]",
      "audience.activity={postsPerDay: 100, loadsPerDay: 600}", "duration=3m", "drain=1h",
      "audience.graph={kind: powerLaw, meanFollows: 20, exponent: 2.3, maximum: 10k}",
      "fanOut.policy=push", "timelines={lifetime: 5m, capacity: 50}", "replications=3",
      "traffic.posts=[{at: 30s, by: star}]", "tiers.postStore={servers: 3, shards: 3}",
      "tiers.gateway={servers: 1, visit: exponential(mean 1.2ms)}", "tiers.ranking.servers=3",
      "tiers.fanOutWorkers.servers=1", "tiers.feedCache.servers=1", "tiers.timelineStore.servers=4",
    ]
    let cells = try run(settings + ["audience.cells={users: 6k, tail: 300}"])
    let whole = try run(settings + ["audience.cells={count: 1, tail: 3000}"])
    func ratio(_ name: String, _ quantile: Double? = nil) throws -> Double {
      try value(name, quantile, cells) / value(name, quantile, whole)
    }
    for name in ["feed.latency", "feed.latency.gateway", "feed.latency.feed_cache"] {
      let ratios = try [ratio(name), ratio(name, 0.5), ratio(name, 0.99)]
      #expect(ratios.allSatisfy { abs($0 - 1) < 0.05 }, "\(name): \(ratios)")
    }
    let lags = try [ratio("delivery.lag"), ratio("delivery.lag", 0.99)]
    #expect(lags.allSatisfy { abs($0 - 1) < 0.1 }, "\(lags)")
    #expect(try abs(ratio("fan_out.backlog") - 1) < 0.05)
    // Of the star's 24 jobs three are a cell's, and its last is hardly the very last.
    #expect(try abs(ratio("fan_out.drain_time") - 1) < 0.25)
    // The whole's queue is no estimate of its own.
    #expect(whole.metric("cells.error_bound")?.mean?.value == 0)
  }

  /// Of ten cells and the whole: four shards of two servers, of which a cell has a fifth of one.
  private func cellsAndWhole(
    spike: String, _ settings: [String]
  ) throws -> (cells: DesignResult, whole: DesignResult) {
    let store = "servers: 8, shards: 4, visit: exponential(mean 2ms), perUnit: 0us"
    let common = [
      "audience.activity={postsPerDay: 20, loadsPerDay: 600, activeShare: 100%}",
      "audience.graph={kind: powerLaw, meanFollows: 10, exponent: 2.3, maximum: 10k}",
      "cache.feed.size=0", "duration=5m", "warmUp=2m", "timelines={lifetime: 10m}",
      "tiers.postStore={\(store)}", "traffic.spikes=[\(spike.isEmpty ? "" : "{\(spike)}")]",
    ]
    return (
      try run(common + settings + ["audience.cells={users: 10k}"]),
      try run(common + settings + ["audience.cells={count: 1}"])
    )
  }

  /// Reads of posts wait at shards as in the whole, and no shard is asked for more than there. At
  /// 1.04 times what shards can do, a cell of 65 visits a second knows its load too badly.
  @Test(arguments: ["", "at: 90s, for: 60s, loads: 1.7"])
  func shardsKeepCellsWaitingAsTheWhole(spike: String) throws {
    let (cells, whole) = try cellsAndWhole(spike: spike, ["replications=3"])
    func check(_ quantiles: [Double?]) throws {
      for quantile in quantiles {
        let ratio =
          try value("feed.latency.gather", quantile, cells)
          / value("feed.latency.gather", quantile, whole)
        #expect(abs(ratio - 1) < (spike.isEmpty ? 0.05 : 0.1), "\(quantile ?? 0): \(ratio)")
      }
    }
    try check([0.5])
    if spike.isEmpty {
      try check([nil, 0.99])
    } else {
      withKnownIssue("the mean is 1.2 times and the p99 1.4 times the whole's") {
        try check([nil, 0.99])
      }
    }
    // Of what is there, what the busiest shard needs at the peak.
    let needs = try [cells, whole].map { try 1 - value("tier.post_store.headroom", nil, $0) }
    #expect(abs(needs[0] / needs[1] - 1) < 0.06, "\(needs)")
  }

  /// And a gateway of two servers or more: visits wait as in the whole, by chance and where more is
  /// asked for than there is, and no more comes through to ranking.
  @Test(arguments: [
    (2, "", ["gather", "gateway"], 0.05), (9, "for: 60s, loads: 1.4", ["gather"], 0.05),
    (2, "for: 60s, loads: 3", ["gateway", "ranking"], 0.1),
    (9, "for: 60s, loads: 3", ["gather", "ranking"], 0.1),
    (2, "for: 5s, loads: 3", ["gateway"], 0.12),
  ])
  func overloadsKeepCellsWaitingAsTheWhole(
    gateways: Int, spike: String, parts: [String], most: Double
  ) throws {
    let gateway = "servers: \(gateways), visit: exponential(mean 2ms), perUnit: 0us"
    let (cells, whole) = try cellsAndWhole(
      spike: spike.isEmpty ? "" : "at: 60s, \(spike)",
      ["replications=6", "tiers.gateway={\(gateway)}"])
    for part in parts {
      for quantile in [nil, 0.5, 0.99] {
        let name = "feed.latency.\(part)"
        let ratio = try value(name, quantile, cells) / value(name, quantile, whole)
        #expect(abs(ratio - 1) < most, "\(part) \(quantile ?? 0): \(ratio)")
      }
    }
    // Of what is there, what the busiest shard needs at the peak.
    let needs = try [cells, whole].map { try 1 - value("tier.post_store.headroom", nil, $0) }
    #expect(abs(needs[0] / needs[1] - 1) < 0.07, "\(needs)")
  }

  /// Three workers, more than there are cells: each of a cell's twenty jobs of a post is one of two
  /// at once, and all of them are one batch.
  @Test func jobsOfACellWaitForEachOther() throws {
    let settings = [
      "audience.users=100k", "audience.celebrities=[{name: star, followers: 40%}]",
      "audience.activity={postsPerDay: 300, loadsPerDay: 40}", "duration=45s", "warmUp=30s",
      "audience.graph={kind: powerLaw, meanFollows: 20, exponent: 2.3, maximum: 20k}", "drain=1h",
      "fanOut.policy=push", "timelines={lifetime: 5m, capacity: 64}", "replications=4",
      "traffic.posts=[{at: 10s, by: star}]", "tiers.postStore.shards=1",
      "tiers.fanOutWorkers.servers=3",
    ]
    let cells = try run(settings + ["audience.cells={users: 50k, tail: 1000}"])
    let whole = try run(settings + ["audience.cells={count: 1, tail: 5000}"])
    let figures: [(String, Double?)] = [
      ("delivery.lag", nil), ("delivery.lag", 0.99), ("fan_out.drain_time", nil),
    ]
    for (name, quantile) in figures {
      let ratio = try value(name, quantile, cells) / value(name, quantile, whole)
      #expect(abs(ratio - 1) < 0.1, "\(name): \(ratio)")
    }
  }

  private func value(
    _ name: String, _ quantile: Double?, _ result: DesignResult
  ) throws -> Double {
    let metric = try #require(result.metric(name))
    let told = metric.quantiles.first { $0.probability == quantile }?.estimate ?? metric.mean
    return try #require(told).value
  }

  /// A cache that a cell cannot have its share of is said to be simulated as another.
  @Test(arguments: [
    ("20", "is 0.2 feeds, simulated as 0"), ("150", "is 1.5 feeds, simulated as 2"),
    ("100", nil), ("20k", nil), ("0", nil), ("0.1%", nil),
  ])
  func aCacheOfFewFeedsIsWarnedOf(size: String, words: String?) throws {
    let result = try run(["cache.feed.size=\(size)"])
    let note = result.notes.first { $0.hasPrefix("WARNING: a cell's share of cache.feed.size") }
    #expect((note == nil) == (words == nil), "\(note ?? "none")")
    if let words { #expect(note?.contains(words) == true, "\(note ?? "")") }
  }

  /// The mean of 1 − e^(−t/T) over the window, by a sum over many instants.
  @Test(arguments: [(40.0, 20.0, 5.0), (0, 10, 10), (400, 60, 900), (60, 3600, 15)])
  func whatAnEmptyStartLeavesOut(warmUp: Double, window: Double, keeps: Double) {
    let horizon = Horizon(
      warmUp: Duration(seconds: warmUp), duration: Duration(seconds: window))
    let settling = CellSettling(horizon, keeps: keeps)
    let steps = 20_000
    let sum = (0..<steps).reduce(0.0) { sum, step in
      let instant = warmUp / 4 + window * (Double(step) + 0.5) / Double(steps)
      return sum + exp(-instant / keeps)
    }
    #expect(abs(settling.missing - sum / Double(steps)) < 1e-6)
    var shorter = settling
    shorter.keeps = keeps / settling.excess
    #expect(shorter.missing <= CellSettling.missingAtMost / 2)
    let longer = CellSettling(
      Horizon(warmUp: Duration(seconds: settling.warmUpEnough), duration: horizon.duration),
      keeps: keeps)
    let half = CellSettling.missingAtMost / 2
    #expect(longer.missing <= half * 1.000_001)
    // No longer than it takes.
    if settling.warmUpEnough > 0 { #expect(longer.missing >= half * 0.999_999) }
  }
}
