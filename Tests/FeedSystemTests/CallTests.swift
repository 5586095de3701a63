import Simulation
import Testing

@testable import FeedSystem

/// Calls of guarded tiers in a whole system.
@Suite struct CallTests {
  private func system(_ yaml: String, users: Int = 300) -> SmallSystem {
    var system = SmallSystem()
    system.users = users
    system.maximum = 100
    system.meanFollows = 10
    system.length = .seconds(400)
    system.warmUp = .seconds(60)
    system.activity = "{postsPerDay: 100, loadsPerDay: 1200}"
    system.servers = 2
    system.yaml = yaml
    return system
  }

  private func tiers(_ guards: String, _ names: [String]) -> String {
    "tiers: {" + names.map { "\($0): {\(guards)}" }.joined(separator: ", ") + "}"
  }

  private static let all = ["gateway", "feedCache", "timelineStore", "ranking", "fanOutWorkers"]

  /// One line before all servers is what an unguarded tier is: the same waits, to the nanosecond.
  @Test func aSharedLineIsNoChange() throws {
    func sums(_ yaml: String) throws -> [UInt128] {
      try system(yaml).run { system in
        #expect(system.checkConservation().filter { !$0.passed } == [])
        let isDrained = system.measurements.drained
        #expect(isDrained)
        return [
          UInt128(system.measurements.feedLatency.exactSum),
          UInt128(system.measurements.publishLatency.exactSum),
          UInt128(system.measurements.loadsCompleted),
          UInt128(system.measurements.engagementsCounted),
          UInt128(system.measurements.entriesWritten),
        ]
      }
    }
    let plain = try sums("fanOut: {policy: push}")
    let guarded = try sums(
      "{fanOut: {policy: push}, \(tiers("balancing: shared", Self.all))}")
    #expect(plain == guarded && plain[2] > 500)
  }

  /// While there are as many servers as it takes, and as a fleet is given, a guarded tier is an
  /// unguarded one: what sizing measures is the same, and so are the waits after it.
  @Test func sizingSeesTheSame() throws {
    func sums(_ yaml: String) throws -> [Int64] {
      var small = system(yaml)
      small.servers = nil
      small.length = .seconds(120)
      return try small.settled(resizes: false) { system, until in
        var sums: [Int64] = []
        for tier in [TierName.gateway, .ranking, .timelineStore, .fanOutWorkers] {
          sums += [system.busyTime(tier).nanoseconds, system.offeredTime(tier).nanoseconds]
        }
        system.resize(to: Fleet { $0 == .postStore ? 16 : 1 })
        system.run(until: until)
        sums.append(Int64(system.measurements.feedLatency.exactSum))
        #expect(system.checkConservation().filter { !$0.passed } == [])
        return sums
      }
    }
    let plain = try sums("fanOut: {policy: push}")
    let guarded = try sums(
      "{fanOut: {policy: push}, \(tiers("balancing: shared", Self.all))}")
    #expect(plain == guarded && plain.allSatisfy { $0 > 0 })
  }

  /// Every protection on every tier, servers that go, slow down and err meanwhile: all laws hold,
  /// everything ends, and the same seed gives the same run.
  @Test(arguments: ["shared", "random", "round-robin", "least-outstanding", "power-of-two"])
  func lawsHoldInTheStorm(_ balancing: String) throws {
    let guards =
      "balancing: \(balancing), timeout: 60ms, hedge: {after: 10ms, budget: 20%}, "
      + "breaker: {errorRate: 30%, window: 2s, minimum: 10, openFor: 1s}, "
      + "bulkhead: {perServer: 4, engagement: 50%, background: 50%}, "
      + "admission: {target: 10ms}, shedding: {above: 3}, ejection: {latencyFactor: 3, every: 5s}"
    let yaml =
      "{fanOut: {policy: push}, feed: {fallback: chronological}, \(tiers(guards, Self.all))}"
    func storm() throws -> (UInt64, CallCounts?, CallCounts?) {
      try system(yaml).settled { system, until in
        var effects: [Int] = []
        for step in 1...20 as ClosedRange<Int64> {
          system.run(until: Instant(nanoseconds: step * 20_000_000_000))
          for handle in effects { system.end(effect: handle) }
          effects = []
          for tier in [TierName.ranking, .timelineStore, .gateway, .fanOutWorkers] {
            var effect = ServerEffect(tier: tier, servers: 0..<(step % 5 == 0 ? 2 : 1))
            effect.isDown = step % 5 == 0 || step % 3 == 0
            effect.slowness = step % 2 == 0 ? 20 : 1
            effect.errors = 0.3
            if step < 20 { effects.append(system.begin(effect)) }
            if step % 4 == 0 { system.resize(tier, servers: 1 + Int(step % 3)) }
          }
        }
        system.run(until: until)
        system.drain(until: until + .seconds(7200))
        let broken = system.checkConservation().filter { !$0.passed }
        #expect(broken == [])
        let isDrained = system.measurements.drained
        #expect(isDrained)
        #expect(system.callsUnderWay == 0)
        #expect(system.measurements.loadsRejected > 0)
        return (
          system.fingerprint, system.calls.figures(.ranking, at: until)?.counts,
          system.calls.figures(.gateway, at: until)?.counts
        )
      }
    }
    let (first, second) = (try storm(), try storm())
    #expect(first.0 == second.0)
    let ranking = try #require(first.1)
    #expect(ranking.hedged > 0 && ranking.answered > 0)
    let counts = try #require(first.2)
    for cause in [FailureCause.serverLost, .serverError] {
      #expect(counts.failed[Int(cause.rawValue)] > 0)
    }
  }

  /// What callers give up waiting for is never longer than the timeout, and server time goes on.
  @Test func timeouts() throws {
    let yaml =
      "{fanOut: {policy: push}, cache: {feed: {size: 0%}}, "
      + "tiers: {ranking: {visit: exponential(mean 400ms), timeout: 500ms}}}"
    try system(yaml).run { system in
      #expect(system.checkConservation().filter { !$0.passed } == [])
      let figures = system.calls.figures(.ranking, at: system.now)
      let counts = try #require(figures).counts
      let timedOut = counts.failed[Int(FailureCause.timedOut.rawValue)]
      #expect(timedOut == counts.failedInAll && timedOut == system.measurements.loadsRejected)
      #expect(timedOut > 50 && counts.answered > 50)
      #expect(counts.wasted > .zero)
      // Gateway, cache and stores take some milliseconds more.
      #expect(system.measurements.feedLatency.maximum < 750_000_000)
    }
  }

  /// A page without ranking in place of none.
  @Test func fallback() throws {
    let broken =
      "cache: {feed: {size: 0%}}, tiers: {ranking: {visit: constant(1s), timeout: 100ms}}}"
    try system("{fanOut: {policy: push}, feed: {fallback: chronological}, \(broken)").run {
      system in
      #expect(system.checkConservation().filter { !$0.passed } == [])
      #expect(system.measurements.loadsRejected == 0)
      #expect(system.calls.fallbacks == system.measurements.loadsMeasured)
      #expect(system.calls.fallbacks > 300 && system.measurements.postsShown > 0)
    }
    try system("{fanOut: {policy: push}, \(broken)").run { system in
      #expect(system.measurements.loadsCompleted == 0)
    }
  }

  /// A cache that does not answer is a cache that has nothing.
  @Test(arguments: ["miss", "fail"])
  func aSilentCache(_ rule: String) throws {
    let yaml =
      "{fanOut: {policy: push}, cache: {feed: {onFailure: \(rule)}}, "
      + "tiers: {feedCache: {visit: constant(1s), timeout: 10ms}}}"
    try system(yaml).run { system in
      #expect(system.checkConservation().filter { !$0.passed } == [])
      #expect(system.measurements.feedCacheHits == 0)
      #expect((system.measurements.loadsCompleted == 0) == (rule == "fail"))
    }
  }

  /// What nobody waits for is made again until it is done: no delivery is lost.
  @Test func backgroundWorkIsMadeAgain() throws {
    let yaml =
      "{fanOut: {policy: push}, tiers: {fanOutWorkers: {timeout: 20ms}, timelineStore: {}}}"
    try system(yaml).settled { system, until in
      var effect = ServerEffect(tier: .fanOutWorkers, servers: 0..<2)
      effect.errors = 0.5
      let handle = system.begin(effect)
      system.run(until: until)
      system.end(effect: handle)
      system.drain(until: until + .seconds(7200))
      #expect(system.checkConservation().filter { !$0.passed } == [])
      let figures = system.calls.figures(.fanOutWorkers, at: until)
      let counts = try #require(figures).counts
      #expect(counts.retried == counts.failedInAll && counts.retried > 20)
      #expect(system.measurements.backlog == 0)
      let lost = system.auditDeliveries().lost
      #expect(lost == 0)
    }
  }

  /// One of eight servers is ten times slower and answers everything: who looks at the servers, or
  /// asks a second one, or takes the bad one out, has the shorter tail.
  @Test func greyFailure() throws {
    func p99(_ guards: String) throws -> Double {
      var small = system(
        "{fanOut: {policy: push}, cache: {feed: {size: 0%}}, "
          + "tiers: {ranking: {visit: exponential(mean 40ms), \(guards)}}}", users: 500)
      small.servers = 8
      return try small.settled { system, until in
        var effect = ServerEffect(tier: .ranking, servers: 0..<1)
        effect.slowness = 10
        _ = system.begin(effect)
        system.run(until: until)
        return system.measurements.feedLatency.quantile(0.99)
      }
    }
    let random = try p99("balancing: random")
    #expect(try p99("balancing: power-of-two") < random)
    #expect(
      try p99("balancing: random, ejection: {latencyFactor: 3, every: 5s, for: 10m}") < random / 2)
    #expect(
      try p99("balancing: random, hedge: {after: 200ms, budget: 20%}") < random)
  }

  /// Meters are of the time since they were read last.
  @Test func meters() throws {
    let yaml = "{fanOut: {policy: push}, tiers: {gateway: {balancing: random}}}"
    try system(yaml).settled { system, until in
      system.run(until: until)
      let first = system.calls.takeMeters(.gateway, at: system.now)
      let again = system.calls.takeMeters(.gateway, at: system.now)
      #expect(first.calls > 1000 && first.answered <= first.calls && first.p99 > .zero)
      #expect(first.busy > 0 && first.busy < 1)
      #expect(again.calls == 0 && again.p99 == .zero && again.busy == 0)
    }
  }
}

extension SmallSystem {
  /// Hands over a system whose fleet is settled, and the end of its window.
  fileprivate func settled<Value>(
    resizes: Bool = true, _ body: (FeedSystem, Instant) throws -> Value
  ) throws -> Value {
    let audience = try audience()
    let (design, traffic) = try settings()
    let opens = Instant.start + warmUp
    let system = try FeedSystem(
      design: design, audience: audience,
      traffic: traffic.traffic(for: audience.graph, window: opens), seed: seed,
      memory: TimelineMemory())
    system.warmStart()
    system.start(measuring: opens..<(opens + length))
    if resizes { system.resize(to: Fleet { $0 == .postStore ? 16 : servers ?? 2 }) }
    system.run(until: opens)
    return try body(system, opens + length)
  }
}
