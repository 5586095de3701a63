import Settings
import Simulation
import Testing
import YAMLSettings

@testable import FeedSystem

private func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

/// What stands before a tier's servers, by itself: time is an argument.
@Suite struct CallGuardTests {
  // MARK: Breaker

  private var breaker: CircuitBreaker {
    var settings = CircuitBreaker.Settings()
    (settings.errorRate, settings.window) = (0.5, .seconds(1))
    (settings.minimum, settings.openFor, settings.probes) = (4, .seconds(2), 2)
    return CircuitBreaker(settings)
  }

  @Test func breakerOpensAtItsShareOfItsMinimum() {
    var breaker = breaker
    for (time, hasFailed) in [(0, true), (10, true), (20, false)] as [(Int64, Bool)] {
      #expect(breaker.ask(at: at(time)) == .passes)
      breaker.note(hasFailed: hasFailed, at: at(time))
    }
    // Two of three have failed, but three are no sample.
    #expect(breaker.ask(at: at(25)) == .passes)
    breaker.note(hasFailed: false, at: at(30))
    #expect(breaker.isClosed)
    breaker.note(hasFailed: true, at: at(40))
    #expect(!breaker.isClosed)
    #expect(breaker.ask(at: at(41)) == .refused)
    #expect(breaker.ask(at: at(2039)) == .refused)
    #expect(breaker.openTime(until: at(1040)) == .seconds(1))
  }

  /// Half open it lets as many pass as it has probes; all must be answered.
  @Test func breakerProbes() {
    var breaker = breaker
    for _ in 0..<4 { breaker.note(hasFailed: true, at: at(0)) }
    #expect(breaker.ask(at: at(2000)) == .probes(1))
    #expect(breaker.ask(at: at(2001)) == .probes(1))
    #expect(breaker.ask(at: at(2002)) == .refused)
    breaker.note(hasFailed: false, probe: 1, at: at(2010))
    breaker.note(hasFailed: true, probe: 1, at: at(2020))
    #expect(breaker.ask(at: at(4019)) == .refused)
    #expect(breaker.ask(at: at(4020)) == .probes(2))
    // A late answer of the first half-open time does not count in the second.
    breaker.note(hasFailed: false, probe: 1, at: at(4021))
    #expect(breaker.ask(at: at(4022)) == .probes(2))
    breaker.note(hasFailed: false, probe: 2, at: at(4030))
    breaker.note(hasFailed: false, probe: 2, at: at(4040))
    #expect(breaker.isClosed)
    #expect(breaker.openTime(until: at(9000)) == .milliseconds(4040))
    #expect(breaker.openings == 2)
    // What failed before it closed is forgotten.
    for _ in 0..<3 { breaker.note(hasFailed: true, at: at(4100)) }
    #expect(breaker.isClosed)
  }

  /// Failures leave the window a tenth of it at a time.
  @Test func breakerForgets() {
    var breaker = breaker
    for _ in 0..<3 { breaker.note(hasFailed: true, at: at(50)) }
    for _ in 0..<3 { breaker.note(hasFailed: false, at: at(1020)) }
    // Only the three answered ones are left.
    for time in [1030, 1040] as [Int64] { breaker.note(hasFailed: true, at: at(time)) }
    #expect(breaker.isClosed)
    breaker.note(hasFailed: true, at: at(1050))
    #expect(!breaker.isClosed)
  }

  // MARK: Bulkhead, shedding

  @Test func bulkheadsShareConcurrency() {
    var bulkhead = Bulkhead()
    bulkhead.perServer = 10
    bulkhead.shares[Int(CallerKind.engagement.rawValue)] = 0.2
    #expect(bulkhead.admits(.engagement, underWay: 5, servers: 3))
    #expect(!bulkhead.admits(.engagement, underWay: 6, servers: 3))
    #expect(bulkhead.admits(.feed, underWay: 1000, servers: 3))
    // One call at least has room.
    bulkhead.shares[0] = 0.001
    #expect(bulkhead.admits(.background, underWay: 0, servers: 1))
  }

  @Test func theLeastUrgentIsShedFirst() {
    let shedding = Shedding(above: .visits(10), order: [.background, .engagement, .feed])
    func turnsAway(_ kind: CallerKind, _ waiting: Int) -> Bool {
      shedding.turnsAway(kind, waiting: waiting, servers: 2, service: .zero)
    }
    for (kind, most) in [(.background, 20), (.engagement, 40), (.feed, 60)] as [(CallerKind, Int)] {
      #expect(!turnsAway(kind, most))
      #expect(turnsAway(kind, most + 1))
    }
    #expect(!turnsAway(.publish, 1_000_000))
    let byTime = Shedding(above: .time(.milliseconds(100)), order: [.feed])
    #expect(!byTime.turnsAway(.feed, waiting: 20, servers: 2, service: .milliseconds(10)))
    #expect(byTime.turnsAway(.feed, waiting: 21, servers: 2, service: .milliseconds(10)))
  }

  // MARK: Admission

  /// Nothing is dropped before a whole interval above the target; then one, and the next after
  /// interval / √n.
  @Test func codelDropsAfterAnInterval() {
    var gate = CoDelGate(CoDel())
    var dropped: [Int64] = []
    for time in 0..<500 as Range<Int64> {
      if gate.drops(waited: .milliseconds(6), isLast: false, at: at(time)) { dropped.append(time) }
    }
    // 100, + 100, + 70.7, + 57.7, + 50, + 44.7, + 40.8
    #expect(dropped == [100, 200, 271, 329, 379, 424, 464])
    // One visit below the target ends it; so does an empty line behind.
    #expect(gate.drops(waited: .milliseconds(4), isLast: false, at: at(501)) == false)
    #expect(gate.drops(waited: .milliseconds(50), isLast: false, at: at(502)) == false)
    #expect(gate.drops(waited: .milliseconds(50), isLast: true, at: at(700)) == false)
    #expect(gate.drops(waited: .milliseconds(50), isLast: false, at: at(701)) == false)
  }

  @Test func concurrencyIsFoundByTrying() {
    var limit = ConcurrencyLimit()
    (limit.initial, limit.target, limit.decrease) = (10, .milliseconds(100), 0.1)
    var gate = ConcurrencyGate(limit)
    #expect(gate.admits(inside: 19, servers: 2, at: at(0)) == true)
    #expect(gate.admits(inside: 20, servers: 2, at: at(0)) == false)
    gate.note(.milliseconds(101), hasFailed: false, inside: 20, servers: 2, at: at(1))
    #expect(gate.limit == 9)
    // Once in an interval.
    gate.note(.milliseconds(101), hasFailed: false, inside: 20, servers: 2, at: at(100))
    #expect(gate.limit == 9)
    gate.note(.zero, hasFailed: true, inside: 20, servers: 2, at: at(101))
    #expect(abs(gate.limit - 8.1) < 1e-12)
    // A limit's worth of fast visits raises it by one over all servers.
    for _ in 0..<32 {
      gate.note(.milliseconds(1), hasFailed: false, inside: 16, servers: 2, at: at(200))
    }
    #expect(abs(gate.limit - 10) < 0.25)
    // Nobody uses it: nothing is learnt.
    let before = gate.limit
    gate.note(.milliseconds(1), hasFailed: false, inside: 1, servers: 2, at: at(200))
    #expect(gate.limit == before)
  }

  // MARK: Hedging, ejection

  @Test func hedgesKeepTheirBudget() {
    var hedging = Hedging(HedgeSettings(after: .time(.milliseconds(5)), budget: 0.25))
    let delay = hedging.delay
    #expect(delay == .milliseconds(5))
    let spends = hedging.spend()
    #expect(!spends)
    var spent = 0
    for _ in 0..<100 {
      hedging.noteCall()
      if hedging.spend() { spent += 1 }
    }
    #expect(spent == 25)
  }

  /// The delay is a quantile of a thousand calls.
  @Test func hedgesLearnTheirDelay() {
    var hedging = Hedging(HedgeSettings(after: .quantile(0.95)))
    for call in 1...999 as ClosedRange<Int64> { hedging.note(.milliseconds(call)) }
    let early = hedging.delay
    #expect(early == nil)
    hedging.note(.milliseconds(1000))
    let delay = hedging.delay?.milliseconds ?? 0
    #expect(abs(delay - 950) < 30)
  }

  @Test func slowAndFaultyServersAreEjected() {
    var settings = EjectionSettings()
    (settings.latencyFactor, settings.errors) = (3, 0.5)
    (settings.atMost, settings.length) = (0.4, .seconds(30))
    var ejection = Ejection(settings)
    func minute(_ ejection: inout Ejection) {
      for server in 0..<5 {
        for visit in 0..<10 {
          let time: Int64 = server == 3 ? 40 : 10
          ejection.note(
            server, .milliseconds(time), hasFailed: server == 1 && visit < 5)
        }
      }
    }
    minute(&ejection)
    #expect(!ejection.isDue(at: at(9_999)))
    #expect(ejection.isDue(at: at(10_000)))
    let first = ejection.inspect(servers: 5, at: at(10_000))
    #expect(first.go == [1, 3] && first.come == [])
    #expect(ejection.out == 2)
    // Back after its time; the second time is twice as long.
    let second = ejection.inspect(servers: 5, at: at(40_000))
    #expect(second.go == [] && second.come == [1, 3])
    minute(&ejection)
    #expect(ejection.inspect(servers: 5, at: at(50_000)).go == [1, 3])
    #expect(ejection.inspect(servers: 5, at: at(109_999)).come == [])
    #expect(ejection.inspect(servers: 5, at: at(110_000)).come == [1, 3])
    #expect(ejection.ejections == 4)
  }

  /// No more than a share of the servers goes, and none of a single one.
  @Test func ejectionLeavesMostServers() {
    var settings = EjectionSettings()
    settings.errors = 0.5
    var ejection = Ejection(settings)
    for server in 0..<20 {
      for _ in 0..<10 { ejection.note(server, .milliseconds(1), hasFailed: true) }
    }
    #expect(ejection.inspect(servers: 20, at: at(10_000)).go == [0, 1])
    var alone = Ejection(settings)
    for _ in 0..<10 { alone.note(0, .milliseconds(1), hasFailed: true) }
    #expect(alone.inspect(servers: 1, at: at(10_000)).go == [])
  }

  // MARK: Settings

  private func guards(_ text: String) throws -> GuardSettings? {
    var parameters = try Parameters(
      SettingsFile.parse("tiers: {ranking: {\(text)}}", file: "test.yaml"))
    return try Design(&parameters).settings(of: .ranking).guards
  }

  @Test func settingsAreRead() throws {
    #expect(try guards("servers: 4") == nil)
    let all = try guards(
      "balancing: power-of-two, timeout: 200ms, hedge: {after: p95, budget: 2%}, "
        + "breaker: {errorRate: 20%}, bulkhead: {engagement: 20%}, "
        + "admission: {algorithm: concurrency, target: 50ms}, "
        + "shedding: {above: 50ms, order: [background, feed]}, "
        + "ejection: {latencyFactor: 3, for: 1m}")
    #expect(all?.balancing is PowerOfTwo)
    #expect(all?.timeout == .milliseconds(200))
    #expect(all?.hedge?.after == .quantile(0.95) && all?.hedge?.budget == 0.02)
    #expect(all?.breaker?.errorRate == 0.2)
    #expect(all?.admission is ConcurrencyLimit)
    #expect(all?.shedding?.above == .time(.milliseconds(50)))
    #expect(all?.shedding?.order == [.background, .feed])
    #expect(all?.ejection?.length == .seconds(60))
    #expect(try guards("hedge: {after: 50ms}")?.hedge?.after == .time(.milliseconds(50)))
    #expect(try guards("shedding: {above: 20}")?.shedding?.above == .visits(20))
    #expect(try guards("admission: {target: 10ms}")?.admission is CoDel)
  }

  @Test(arguments: [
    ("bulkhead: {perServer: 4}", "shares nothing out"),
    ("ejection: {every: 1s}", "ejects nobody"),
    ("shedding: {above: 5, order: [feed, feed]}", "each kind once"),
    ("balancing: fastest", "unknown balancing"),
    ("hedge: {after: p42}", "p42"), ("timeout: 0s", "timeout"),
  ])
  func mistakesAreTold(_ text: String, _ message: String) {
    #expect {
      try guards(text)
    } throws: { error in
      "\(error)".contains(message)
    }
  }

  @Test func shardedTiersRefuseThem() {
    #expect {
      var parameters = try Parameters(
        SettingsFile.parse("tiers: {postStore: {timeout: 1s}}", file: "test.yaml"))
      _ = try Design(&parameters)
    } throws: { error in
      "\(error)".contains("tiers.postStore.timeout") || "\(error)".contains("shard by shard")
    }
  }
}
