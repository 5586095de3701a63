import Settings
import Simulation
import Testing

@testable import FeedSystem

/// Releases that come to some servers of a tier and not to others.
@Suite struct RollOutTests {
  /// Ten servers that take 3 s for each of about one load in two seconds.
  private func run<Value>(
    _ rollOut: String, length: Int64 = 1200, _ look: (FeedSystem) throws -> Value
  ) throws -> Value {
    var run = FunnelRun(ranking: "[{weighted: {visit: constant(3s), perCandidate: 0s}}]")
    run.servers = 10
    run.length = .seconds(length)
    run.more =
      "  ranking: {balancing: random}" + (rollOut.isEmpty ? "" : "\nrollOuts: [\(rollOut)]")
    return try run.look { system in
      let broken = system.checkConservation().filter { !$0.passed }
      #expect(broken.isEmpty, "\(broken)")
      return try look(system)
    }
  }

  /// The first server that has it answers five times slower: two calls are enough.
  @Test func aSlowReleaseGoesBack() throws {
    let rollOut =
      "{at: 100s, slowness: 5, every: 120s, rollBackTakes: 30s, check: {every: 10s, minimum: 20}}"
    try run(rollOut) { system in
      let release = system.controls.rollOuts[0]
      #expect(release.state == .isBack && release.widest == 0.01)
      #expect(release.endedBack - release.decided == .seconds(30))
      let calls = system.controls.releaseCalls[0]
      #expect(calls.new >= 2 && calls.new * 4 < calls.all)
    }
  }

  /// Nobody looks, so it comes to everybody: every call is 15 s from the last stage on.
  @Test func withoutACheckItComesToAll() throws {
    try run("{at: 100s, slowness: 5, every: 60s}") { system in
      let release = system.controls.rollOuts[0]
      #expect(release.state == .finished && release.widest == 1)
      let calls = system.controls.releaseCalls[0]
      #expect(calls.new * 2 > calls.all && calls.new < calls.all)
      let most = system.measurements.feedLatency.maximum
      #expect(most >= 15_000_000_000)
    }
  }

  /// By hand, so long after its beginning; from then on servers are as fast as before.
  @Test func somebodyTakesItBack() throws {
    let rollOut = "{at: 100s, slowness: 5, stages: [100%], rollBackAfter: 200s, rollBackTakes: 50s}"
    try run(rollOut) { system in
      let release = system.controls.rollOuts[0]
      #expect(release.state == .isBack && release.endedBack - release.began == .seconds(250))
      #expect(release.decided - release.began == .seconds(200))
    }
  }

  /// A release like the one before it passes each stage, and nobody notices.
  @Test func aGoodReleaseChangesNothing() throws {
    let (plain, loads) = try run("", length: 2400) {
      ($0.measurements.feedLatency.exactSum, $0.measurements.loadsMeasured)
    }
    let rollOut = "{at: 100s, every: 120s, stages: [10%, 50%, 100%], check: {minimum: 10}}"
    try run(rollOut, length: 2400) { system in
      let release = system.controls.rollOuts[0]
      #expect(release.state == .finished)
      let (sum, count) = (
        system.measurements.feedLatency.exactSum, system.measurements.loadsMeasured
      )
      #expect(count == loads && sum == plain)
    }
  }

  /// A share of calls fails; a check that only stops it leaves it on its first server.
  @Test func aFaultyReleaseIsStopped() throws {
    let rollOut =
      "{at: 100s, errors: 100%, every: 300s, stages: [10%, 100%], rollBack: false, "
      + "check: {every: 10s, minimum: 20}}"
    try run(rollOut) { system in
      let release = system.controls.rollOuts[0]
      #expect(release.state == .halted && release.widest == 0.1)
      let rejected = system.measurements.loadsRejected
      #expect(rejected > 0)
    }
  }
}
