import FeedSystem
import Foundation
import Settings
import Simulation
import Testing

@testable import Planning

/// The capacity of a feed whose only bottleneck is a queue that has a formula.
@Suite struct CapacityTests {
  /// 46 loads/s of one page each, of which each is ranked once: M/M/4 of 20 ms, at 23 %.
  private static func text(limit: String) -> String {
    """
    # How much more?
    feedsim: 1
    name: more
    seed: 3
    duration: 60s
    warmUp: 4s
    replications: 1
    audience:
      users: 200
      graph: {kind: uniform, meanFollows: 4}
      activity: {postsPerDay: 1, loadsPerDay: 20k, activeShare: 100%}
    sessions: {loads: 1, pages: 1}
    engagement: {likes: 0%, comments: 0%, shares: 0%}
    fanOut: {policy: pull}
    cache: {feed: {size: 0}}
    timelines: {lifetime: 1h}
    network: {client: 0ms}
    tiers:
      gateway: {servers: 64}
      postStore: {servers: 512, shards: 4, perUnit: 0s}
      ranking: {servers: 4, visit: exponential(mean 20ms), perUnit: 0s}
    thresholds: [tier.ranking.waiting_time < \(limit)]

    """
  }

  private func scenario(_ text: String) throws -> Scenario {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("feedsim-\(UUID().uuidString).yaml").path
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try Scenario(reading: path)
  }

  private func capacity(limit: String, seeds: Int = 2, threads: Int = 2) throws -> Capacity {
    var search = CapacitySearch(try scenario(Self.text(limit: limit)), threads: threads)
    search.seeds = seeds
    search.resolution = 0.04
    return try search.run(version: "0")
  }

  @Test func isWhereTheFormulaSays() throws {
    let capacity = try capacity(limit: "5ms", seeds: 3)
    let load = 200 * 20_000 / 86_400 * 0.02
    let exact = try #require(
      root(from: 1, to: 4 / load * 0.999) {
        WaitingLaw(load: load * $0, servers: 4, serviceTime: 0.02).mean - 0.005
      })
    #expect(abs(capacity.factor.value / exact - 1) < 0.15, "\(capacity.factor) \(exact)")
    #expect(capacity.isInside, "\(capacity.bracket)")
    #expect(capacity.bracket.saturates == .ranking)
    #expect(capacity.binding?.rule == "tier.ranking.waiting_time < 5ms")
    #expect(capacity.binding?.tier == .ranking)
    #expect(capacity.assured < capacity.factor.value && capacity.setAside.isEmpty)
    #expect(abs(capacity.loadsPerSecond / 46.3 - 1) < 0.1)
  }

  /// The same two runs, with and without what their work may be off by.
  @Test func theEndsAreDrawnApartByTheRunsNoise() throws {
    let search = CapacitySearch(try scenario(Self.text(limit: "1h")), threads: 2)
    let ground = try search.prepared(version: "0")
    let audience = try ground.scenario.audience.build(seed: ground.scenario.seed)
    let light = CapacityBracket.lightFactor(ground.demands)
    func pilot(_ factor: Double) throws -> CapacityBracket.Pilot {
      let scaled = audience.scaled(ground.scenario.audience, by: factor, ground.scenario.seed)
      return CapacityBracket.Pilot(
        factor: factor, result: try search.result(of: ground.scenario, over: scaled, 2, "0"),
        design: ground.scenario.designs[0].design)
    }
    let pilots = (try pilot(light), try pilot(1))
    func range(_ noise: WorkNoise) -> ClosedRange<Double> {
      CapacityBracket(
        pilots: pilots, rules: [], design: ground.scenario.designs[0].design,
        window: ground.scenario.duration, noise: noise
      ).range
    }
    let apart = WorkNoise(loads: 0.1).factor(of: .ranking)
    let (plain, drawn) = (range(WorkNoise()), range(WorkNoise(loads: 0.1)))
    #expect(abs(drawn.upperBound / plain.upperBound / apart - 1) < 1e-9)
    #expect(abs(drawn.lowerBound / plain.lowerBound * apart - 1) < 1e-9)
    let own = WorkNoise(audience, over: ground.scenario.duration, loadsPerSession: 1)
    #expect(own.loads > 0.01 && ground.bracket.range == range(own))
  }

  /// Two runs a seed say that it lies between the ends; ends that are wrong are found out.
  @Test func theEndsAloneSayWhetherItIsInside() throws {
    var search = CapacitySearch(try scenario(Self.text(limit: "5ms")), threads: 2)
    search.seeds = 2
    let ends = try search.ends(version: "0")
    #expect(ends.isInside && ends.inside == 2 && ends.searched == 0 && ends.runs == 6)
    #expect(ends.binding?.tier == .ranking)
    search.ceiling = ends.bracket.range.upperBound
    let open = try search.ends(version: "0")
    #expect(open.runs == 4 && open.isInside && open.binding == nil)
    // A resolution below 0 puts the upper end where everything is kept.
    search.ceiling = CapacityBracket.most
    search.resolution = ends.bracket.range.lowerBound / ends.bracket.range.upperBound - 1
    let turned = try search.ends(version: "0")
    #expect(turned.inside == 0 && turned.searched == 0 && !turned.isInside)
  }

  /// Servers are idle for longer where less is asked of them: a step below the lower end that rule
  /// is broken, though the capacity lies above.
  @Test func whatLessTrafficBreaksIsLookedFor() throws {
    let text = Self.text(limit: "5ms").replacingOccurrences(
      of: "thresholds: [", with: "thresholds: [tier.ranking.headroom < 72%, ")
    let fault = "faults: [{network-delay: {delay: 1us, at: 30s, for: 1s}}]\n"
    var search = CapacitySearch(try scenario(text + fault), threads: 2)
    search.seeds = 1
    search.resolution = 1
    let ends = try search.ends(version: "0")
    #expect(ends.bracket.range.lowerBound < 1.6, "\(ends.bracket.range)")
    #expect(ends.searched == 1 && ends.isInside, "\(ends)")
  }

  @Test func dependsOnNoThreadAndOnTheLimit() throws {
    let capacity = try capacity(limit: "5ms", threads: 1)
    #expect(capacity == (try self.capacity(limit: "5ms", threads: 2)))
    #expect(try self.capacity(limit: "1ms").factor.value <= capacity.factor.value)
  }

  @Test func withoutARuleItIsSaturation() throws {
    let capacity = try capacity(limit: "1h", seeds: 1)
    // 60 s may end with 10 s of backlog.
    let saturation = 4 / (200 * 20_000 / 86_400 * 0.02)
    #expect(capacity.factor.value > 0.9 * saturation && capacity.factor.value < 1.3 * saturation)
    #expect(capacity.binding?.rule == nil && capacity.binding?.tier == .ranking)
    #expect(capacity.isInside, "\(capacity.bracket)")
  }

  @Test func aRuleThatNoLoadKeepsIsSetAside() throws {
    var search = CapacitySearch(
      try scenario(
        Self.text(limit: "5ms").replacingOccurrences(
          of: "tier.ranking.waiting_time", with: "feed.latency.p50")), threads: 2)
    search.seeds = 1
    search.resolution = 0.1
    let capacity = try search.run(version: "0")
    #expect(capacity.setAside == ["feed.latency.p50 < 5ms"])
    #expect(capacity.binding?.rule == nil)
    search.design = "none"
    #expect(throws: InvalidInput.self) { try search.run(version: "0") }
  }

  /// What a fault leaves of a tier is not estimated: the bracket begins at half of it.
  @Test func whereThereAreFaultsHalfOfTheServersCount() throws {
    let text = Self.text(limit: "1h")
    func bracket(_ more: String) throws -> CapacityBracket {
      try CapacitySearch(scenario(text + more), threads: 2).prepared(version: "0").bracket
    }
    let slow = try bracket("faults: [{network-delay: {delay: 1us, at: 30s, for: 1s}}]\n")
    let plain = try bracket("")
    #expect(abs(slow.range.upperBound / plain.range.upperBound - 1) < 0.05)
    #expect(abs(slow.range.lowerBound / plain.range.lowerBound - 0.5) < 0.03)
  }

  /// A scripted post asks for 12.5 erlangs at any traffic: a power law through two runs puts 27.5
  /// erlangs at 10 times the traffic, and it is 11.5 times. Where caches take their share of what
  /// is more, the power law holds, and the line is below it.
  @Test func whatIsScriptedDoesNotGrow() {
    func tier(_ load: (Double) -> Double) -> LoadGrowth.Tier {
      let demand = TierDemand(
        tier: .fanOutWorkers, servers: 25, arrivalRate: load(1), serviceTime: 1,
        serviceVariation: 1)
      return LoadGrowth.Tier(
        demand, exponent: ln(load(1) / load(0.5)) / ln(2), slope: (load(1) - load(0.5)) / 0.5)
    }
    let scripted = tier { 12.5 + 1.3 * $0 }
    #expect(abs(scripted.factor(atMean: 27.45) - 11.5) < 0.1)
    let cached = tier { 10 * power($0, 0.8) }
    #expect(abs(cached.factor(atMean: 10 * power(3, 0.8)) - 3) < 1e-9)
    #expect(cached.factor(atMean: 5) < 1 && scripted.factor(atMean: 13) < 1)
  }

  @Test func demandIsWhatWasAsked() throws {
    let scenario = try scenario(Self.text(limit: "5ms"))
    let result = try Experiment(scenario, threads: 1).run(version: "0")
    let demands = TierDemand.measured(in: result.designs[0], design: scenario.designs[0].design)
    let ranking = try #require(demands.first { $0.tier == .ranking })
    #expect(ranking.servers == 4 && ranking.stations == 1)
    #expect(abs(ranking.serviceVariation - 1) < 0.2)
    #expect(abs(ranking.serviceTime / 0.02 - 1) < 0.1)
    #expect(abs(ranking.meanRate / 46.3 - 1) < 0.1)
    #expect(ranking.arrivalRate >= ranking.meanRate && ranking.arrivalVariation < 2)
    #expect(demands.first { $0.tier == .postStore }?.stations == 4)
    #expect(!demands.contains { $0.tier == .fanOutWorkers }, "nobody asked for them")
  }
}
