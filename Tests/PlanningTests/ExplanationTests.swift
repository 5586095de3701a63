import FeedSystem
import Foundation
import Settings
import Simulation
import Testing

@testable import Planning

/// A bottleneck planted in a small feed is found by each of the three questions.
@Suite struct ExplanationTests {
  /// 185 loads/s over tiers that have room for them, but for what is said under `tiers`.
  private static func text(_ tiers: String, _ more: String = "") -> String {
    """
    # Why?
    feedsim: 1
    seed: 5
    duration: 60s
    warmUp: 20s
    replications: 6
    audience:
      users: 400
      graph: {kind: uniform, meanFollows: 10}
      activity: {postsPerDay: 100, loadsPerDay: 40k, activeShare: 100%}
    fanOut: {policy: pull}
    cache: {feed: {size: 100}}
    timelines: {lifetime: 1h}
    network: {client: 0ms}
    tiers: {\(tiers)}
    \(more)

    """
  }

  private static let idle = """
    gateway: {servers: 8}, feedCache: {servers: 8}, postStore: {servers: 64, shards: 4}
    """

  private func experiment(_ text: String) throws -> Experiment {
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("feedsim-\(UUID().uuidString).yaml").path
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return Experiment(try Scenario(reading: path), threads: 2)
  }

  private func explain(_ text: String, step: Double? = 0.25) throws -> Explanation {
    Explanation(try experiment(text).perturb(step: step, version: "0"), step: step ?? 0)
  }

  @Test func aPlantedBottleneckIsNamedThreeTimes() throws {
    let explanation = try explain(
      Self.text(
        Self.idle + ", ranking: {servers: 1, visit: exponential(mean 5ms), perUnit: 0s}",
        "prices: aws-us-east-1-2026-08"))
    let slow = try #require(explanation.causes?.p99)
    let first = try #require(slow.parts.max { $0.time.value < $1.time.value })
    #expect(first.kind == .waiting && first.tier == .ranking, "\(slow.parts)")
    #expect(explanation.standings.first?.tier == .ranking)
    let best = try #require(explanation.helpsMost, "\(explanation.effects)")
    #expect(best.change == SingleChange(.servers(.ranking), from: 1, to: 2))
    let fall = try #require(best.difference)
    #expect(fall.value < 0 && fall.value + (fall.halfWidth ?? 0) < 0)
    #expect(abs(fall.value) > 0.2 * (explanation.p99?.value ?? 0))
    let cost = try #require(best.cost)
    #expect(cost > -1, "servers cost nothing or something, but for the cents of another traffic")
    #expect(explanation.effects.map(\.change.path).contains("cache.feed.size"))
    #expect(explanation.effects.count == 5)
    // The parts of either group are its latency.
    let mean = try #require(explanation.causes?.mean)
    for group in [slow, mean] {
      for parts in [group.parts, group.totals] {
        let sum = parts.reduce(0) { $0 + $1.time.value }
        #expect(abs(sum - group.latency.value) < 1e-9 * group.latency.value)
      }
    }
  }

  @Test func withoutWaitingTheRestIsTold() throws {
    let explanation = try explain(Self.text(Self.idle + ", ranking: {servers: 64}"))
    let slow = try #require(explanation.causes?.p99)
    let waiting = slow.totals.first { $0.kind == .waiting }.map(slow.share) ?? 0
    #expect(waiting < 0.02, "\(slow.totals)")
    let largest = slow.parts.filter { $0.kind != .network }
      .sorted { $0.time.value > $1.time.value }.prefix(2)
    #expect(Set(largest.map(\.kind)).isSubset(of: [.service, .fanIn]))
    #expect(slow.time(of: .fanIn, .postStore) > 0)
    #expect(explanation.effects.allSatisfy { $0.cost == nil })
  }

  /// The time waited at a tier that only loads visit is its waiting time times the visits of one.
  @Test func waitingIsTheTiersWaitingTime() throws {
    let perturbed = try experiment(
      Self.text(Self.idle + ", ranking: {servers: 1, visit: exponential(mean 5ms), perUnit: 0s}")
    ).perturb(step: nil, version: "0")
    let design = try #require(perturbed.base.designs.first)
    let mean = try #require(design.causes?.mean)
    let wait = try #require(design.metric("tier.ranking.waiting_time")?.mean?.value)
    // Visits that begin near the edges of the window belong to one and not to the other.
    let expected = wait * mean.missed.value
    #expect(abs(mean.time(of: .waiting, .ranking) - expected) < 0.03 * expected)
    #expect(perturbed.changes.isEmpty)
  }

  /// A tier that sizes itself keeps what it was given when another is raised or the cache spares
  /// it work, and what it was given is what is raised when it is its own turn.
  @Test func aTierThatSizesItselfIsRaisedFromItsSize() throws {
    let text = Self.text(
      "gateway: {visit: constant(40ms)}, postStore: {shards: 4}, ranking: {visit: constant(60ms)}")
    let perturbed = try experiment(text).perturb(step: 0.5, version: "0")
    let base = try #require(perturbed.base.designs.first)
    func servers(_ design: DesignResult, _ tier: TierName) -> Double? {
      design.metric("tier.\(tier.metric).servers")?.mean?.value
    }
    let sized = try #require(servers(base, .gateway))
    #expect(sized > 8)
    #expect(perturbed.changes.map(\.change.part).contains(.feedCache))
    #expect(perturbed.changes.count == 5)
    for (change, design) in perturbed.changes {
      for tier in [TierName.gateway, .feedCache, .postStore, .ranking] {
        let isRaised = change.part == .servers(tier)
        if isRaised { #expect(change.from == servers(base, tier).map { Int($0) }) }
        let expected = isRaised ? Double(change.to) : servers(base, tier)
        #expect(servers(design, tier) == expected, "\(change.setting): \(tier)")
      }
    }
    let gateway = try #require(perturbed.changes.first { $0.change.part == .servers(.gateway) })
    #expect(Double(gateway.change.to) == sized + (sized / 2).rounded(.up))
  }

  /// Traffic that never varies leaves 1 − utilisation, and a little less at its busiest.
  @Test func headroomIsWhatUtilisationLeaves() throws {
    let text = Self.text(
      Self.idle + ", ranking: {servers: 4, visit: constant(10ms), perUnit: 0s}")
    let perturbed = try experiment(text).perturb(step: nil, version: "0")
    let explanation = Explanation(perturbed, step: 0)
    let ranking = try #require(explanation.standings.first { $0.tier == .ranking })
    let left = 1 - ranking.utilisation.value
    #expect(ranking.headroom.value < left && ranking.headroom.value > left - 0.15)
    let factor = try #require(ranking.saturatesAt)
    #expect(abs(factor * (1 - ranking.headroom.value) - 1) < 1e-12)
    // And twice the spike is found although the window's mean hides it.
    let spike = "traffic: {spikes: [{at: 20s, for: 9s, loads: 12}]}"
    let spiked = Explanation(
      try experiment(text + spike + "\n").perturb(step: nil, version: "0"), step: 0)
    let crowded = try #require(spiked.standings.first)
    #expect(crowded.tier == .ranking && crowded.utilisation.value < 1)
    #expect(crowded.headroom.value < -0.5 && (crowded.saturatesAt ?? 1) < 0.7)
  }

  @Test func stepsAreWholeServers() throws {
    func raised(_ servers: Int, shards: Int = 1, _ step: Double) throws -> Int? {
      var parameters = Parameters.empty
      var design = try Design(&parameters)
      design.tiers[.postStore]?.shards = shards
      design.tiers[.postStore]?.servers = .fixed(servers)
      var measured = DesignResult(name: "", metrics: [])
      for (name, value) in [("servers", Double(servers)), ("headroom", 0.5)] {
        measured.metrics.append(
          Metric(
            name: "tier.post_store.\(name)", unit: .ratio, count: 1,
            mean: Estimate(value: value)))
      }
      return SingleChange.all(in: design, measured: measured, users: 0, step: step).first?.to
    }
    #expect(try raised(1, 0.25) == 2)
    #expect(try raised(4, 0.25) == 5)
    #expect(try raised(10, 0.25) == 13)
    #expect(try raised(16, shards: 16, 0.25) == 32)
    #expect(try raised(128, shards: 16, 0.25) == 160)
    #expect(try raised(8, 1) == 16)
  }
}
