import Settings
import Simulation
import Testing
import YAMLSettings

@testable import FeedSystem

/// Modes of a part of the run: degraded, and a feature store that fails for a while.
@Suite struct DegradedModeTests {
  /// All of the run: the simple ranking and the short feed are all there is.
  @Test func lessIsDoneForEachLoad() throws {
    var run = FunnelRun(ranking: "[{weighted: {visit: constant(90ms), perCandidate: 0s}}]")
    run.more =
      "degraded: {ranking: [{chronological: {visit: constant(1ms), perCandidate: 0s}}], "
      + "feed: {length: 20, candidates: 30}}"
    try run.look { system in
      let loads = system.measurements.loadsMeasured
      let degraded = system.measurements.funnel.degraded
      #expect(degraded == loads && loads > 200)
      let latency = system.measurements.feedLatency.exactSum
      #expect(latency == UInt128(loads) * 9_000_000)
      let shown = system.measurements.postsShown
      #expect(shown <= 20 * loads && shown > 19 * loads)
      let candidates = system.measurements.candidates
      #expect(candidates <= 30 * loads && candidates > 28 * loads)
    }
  }

  /// Only what is ranked within the window is.
  @Test func itBeginsAndEnds() throws {
    var run = FunnelRun(ranking: "[{weighted: {visit: constant(90ms), perCandidate: 0s}}]")
    run.more =
      "degraded: {at: 100s, for: 200s, ranking: [{chronological: {visit: constant(1ms), "
      + "perCandidate: 0s}}]}"
    try run.look { system in
      let ranked = system.measurements.funnel.ranked
      let degraded = system.measurements.funnel.degraded
      let share = Double(degraded) / Double(ranked)
      #expect(share > 0.25 && share < 0.42)
      let latency = system.measurements.feedLatency.exactSum
      #expect(latency == UInt128(ranked) * 98_000_000 - UInt128(degraded) * 89_000_000)
    }
  }

  @Test func feedsAreHeldForLonger() throws {
    var hits: [Int] = []
    for more in ["", "degraded: {cache: {ttl: 30s}}", "degraded: {cache: {ttl: 3600s}}"] {
      var run = FunnelRun(ranking: "[weighted]")
      run.cache = "{feed: {size: 100%, ttl: 30s, invalidate: never}}"
      run.more = more
      hits.append(try run.look { $0.measurements.feedCacheHits })
    }
    #expect(hits[0] == hits[1] && hits[2] > hits[0] + 20)
  }

  /// The faulty release asks one by one; those before and after it do not notice.
  @Test func theFeatureStoreFailsForAWhile() throws {
    let failing = "failing: {at: 100s, for: 200s, latency: 10ms}"
    var run = FunnelRun(
      ranking: "[{weighted: {visit: constant(0s), perCandidate: 0s, features: {\(failing)}}}]")
    run.call = "1ms"
    try run.look { system in
      let most = system.measurements.feedLatency.maximum
      #expect(most == 2_008_000_000, "200 calls of 10 ms")
      let p50 = system.measurements.feedLatency.quantile(0.5)
      #expect(abs(p50 - 9e6) < 9e3)
      let calls = system.tiers[TierName.featureStore.rawValue].books.departures
      #expect(calls > UInt64(system.measurements.loadsMeasured))
    }
  }

  @Test(arguments: [
    ("ranking: [{weighted: {keep: 0}}]", "ranking.0.weighted.keep"),
    ("ranking: [{weighted: {perCandidate: 10}}]", "needs a unit"),
    ("ranking: [{weighted: {keap: 5}}]", "did you mean \"keep\""),
    ("ranking: [no-such-stage]", "unknown ranking stage"),
    ("ranking: [{weighted: {features: {calls: all}}}]", "batched"),
    ("ranking: [{weighted: {features: {batch: 0}}}]", "batch"),
    ("ranking: [{weighted: {features: {failing: {at: 1s}}}}]", "is required"),
    ("ranking: [{weighted: {stopAt: {count: 5, score: 1}}}]", "saves nothing"),
    ("feed: {budget: 100ms}", "nothing to leave out"),
    ("feed: {budget: 0s}\nranking: [{weighted: {features: {}}}]", "budget"),
    ("degraded: {at: 1m}", "changes nothing"),
    ("degraded: {feed: {length: 500}}", "longer than usual"),
    ("degraded: {ranking: [nothing]}", "unknown ranking stage"),
    ("degraded: {cache: {ttl: 1h}}\ncache: {feed: {policy: ttl}}", "policy drops feeds itself"),
    ("degraded: {cache: {ttl: 1h}}\ncache: {prefetch: {}}", "made ahead"),
  ])
  func whatCannotBeIsRefused(_ yaml: String, _ words: String) throws {
    var parameters = try Parameters(SettingsFile.parse(yaml, file: "test.yaml"))
    do {
      _ = try Design(&parameters)
      try parameters.finish()
      Issue.record("accepted: \(yaml)")
    } catch let problem as InvalidInput {
      #expect(problem.description.contains(words))
    }
  }

  @Test func stagesOfOneKindAreNumbered() throws {
    var parameters = try Parameters(
      SettingsFile.parse("ranking: [weighted, chronological, weighted]", file: "test.yaml"))
    let design = try Design(&parameters)
    #expect(design.ranking.metrics == ["weighted", "chronological", "weighted_2"])
    #expect(design.ranking.passes == [0..<3])
  }
}
