import Settings
import Simulation
import Testing
import YAMLSettings

@testable import FeedSystem

/// What control loops decide, as pure values: readings in, decisions out.
@Suite struct ControlLawTests {
  private static func law(_ change: (inout ScalingLaw) -> Void = { _ in }) -> ScalingLaw {
    var law = ScalingLaw()
    change(&law)
    return law
  }

  private static func read<Value>(
    _ yaml: String, _ read: (inout Parameters) throws -> Value
  ) throws -> Value {
    var parameters = try Parameters(SettingsFile.parse(yaml, file: "test.yaml"))
    let value = try read(&parameters)
    try parameters.finish()
    return value
  }

  // MARK: Scaling

  /// S0.21's limits, one by one: at the limit and just below it.
  @Test func eachLimitIsReasonEnough() {
    let alarm = AlarmSettings.seed
    #expect(alarm == AlarmSettings(cpu: 0.8, p99: .seconds(1), errors: 0.05, queue: 10_000))
    #expect(alarm.isRaised(by: Readings(utilisation: 0.8)))
    #expect(!alarm.isRaised(by: Readings(utilisation: 0.799)))
    #expect(alarm.isRaised(by: Readings(waiting: 10_000)))
    #expect(!alarm.isRaised(by: Readings(waiting: 9_999)))
    #expect(alarm.isRaised(by: Readings(p99: .seconds(1))))
    #expect(!alarm.isRaised(by: Readings(p99: .milliseconds(999))))
    #expect(alarm.isRaised(by: Readings(errors: 0.05)))
    #expect(!alarm.isRaised(by: Readings(errors: 0.049)))
    #expect(!AlarmSettings().isRaised(by: Readings(utilisation: 1, waiting: 1_000_000)))
  }

  @Test func aBusyTierGrowsByAStep() {
    let busy = Readings(utilisation: 0.9)
    let law = Self.law()
    #expect(law.decide(busy, servers: 10, starting: 0, sinceChange: nil) == .grows(by: 2))
    #expect(law.decide(busy, servers: 11, starting: 0, sinceChange: .zero) == .grows(by: 3))
    #expect(law.decide(busy, servers: 1, starting: 0, sinceChange: nil) == .grows(by: 1))
    let capped = Self.law { $0.most = 11 }
    #expect(capped.decide(busy, servers: 10, starting: 0, sinceChange: nil) == .grows(by: 1))
    #expect(capped.decide(busy, servers: 11, starting: 0, sinceChange: nil) == .stays)
  }

  /// Servers on their way share the load already: 0.9 · 10 / 12 = 75 %.
  @Test func whatIsStartingCounts() {
    let law = Self.law()
    let busy = Readings(utilisation: 0.9)
    #expect(law.decide(busy, servers: 10, starting: 2, sinceChange: .zero) == .stays)
    let full = Readings(utilisation: 1, waiting: 50_000)
    #expect(law.decide(full, servers: 10, starting: 2, sinceChange: .zero) == .grows(by: 3))
    #expect(law.decide(full, servers: 10, starting: 5, sinceChange: .zero) == .stays)
  }

  /// What all feeds suffer from is no reason for a tier that idles.
  @Test func anIdleTierDoesNotGrowForOthers() {
    let law = Self.law()
    let slow = { Readings(utilisation: $0, p99: .seconds(5)) }
    #expect(law.decide(slow(0.3), servers: 10, starting: 0, sinceChange: .zero) == .stays)
    #expect(law.decide(slow(0.5), servers: 10, starting: 0, sinceChange: .zero) == .grows(by: 2))
    #expect(law.decide(slow(0.5), servers: 10, starting: 1, sinceChange: .zero) == .stays)
  }

  /// As many stay as keep what is left of them at or below the middle between the limits, 60 %.
  @Test func aQuietTierShrinks() {
    let law = Self.law()
    let quiet = { Readings(utilisation: $0) }
    let long = Duration.seconds(300)
    #expect(law.decide(quiet(0.39), servers: 10, starting: 0, sinceChange: nil) == .shrinks(by: 2))
    #expect(law.decide(quiet(0.4), servers: 10, starting: 0, sinceChange: long) == .stays)
    #expect(
      law.decide(quiet(0.1), servers: 10, starting: 0, sinceChange: .seconds(299)) == .stays)
    #expect(law.decide(quiet(0.1), servers: 10, starting: 0, sinceChange: long) == .shrinks(by: 2))
    #expect(law.decide(quiet(0.1), servers: 10, starting: 1, sinceChange: long) == .stays)
    #expect(law.decide(quiet(0.39), servers: 3, starting: 0, sinceChange: long) == .shrinks(by: 1))
    #expect(law.decide(quiet(0.39), servers: 2, starting: 0, sinceChange: long) == .stays)
    let least = Self.law { $0.least = 9 }
    #expect(
      least.decide(quiet(0.1), servers: 10, starting: 0, sinceChange: long) == .shrinks(by: 1))
  }

  /// At a constant load the law comes to rest, and never turns round: from any number of servers.
  @Test func itComesToRest() {
    let law = Self.law()
    for load in [0.3, 3, 17, 42, 100.0] {
      for start in [1, 7, 40, 200] {
        var servers = start
        var directions: [Bool] = []
        var sinceChange: Duration? = nil
        for _ in 0..<400 {
          let reading = Readings(utilisation: min(1, load / Double(servers)))
          switch law.decide(reading, servers: servers, starting: 0, sinceChange: sinceChange) {
          case .stays: sinceChange = sinceChange.map { $0 + .seconds(30) }
          case .grows(let count):
            (servers, sinceChange) = (servers + count, .zero)
            directions.append(true)
          case .shrinks(let count):
            (servers, sinceChange) = (servers - count, .zero)
            directions.append(false)
          }
        }
        let turns = zip(directions, directions.dropFirst()).count { $0 != $1 }
        #expect(turns == 0, "load \(load) from \(start): \(turns) turns")
        let last = law.decide(
          Readings(utilisation: min(1, load / Double(servers))), servers: servers, starting: 0,
          sinceChange: .seconds(3600))
        #expect(last == .stays, "load \(load) from \(start)")
        #expect(servers == 1 || load / Double(servers) < 0.8)
      }
    }
  }

  @Test func emergenciesMultiplyUpToACap() {
    let api = EmergencySettings.Growth(tier: .gateway, factor: 3, most: 1000)
    #expect(api.order(servers: 10) == 20)
    #expect(api.order(servers: 400) == 600)
    #expect(api.order(servers: 1000) == 0)
    // The seed's cap is below its own fleet of 1737: nothing is taken away.
    #expect(api.order(servers: 1737) == 0)
  }

  // MARK: Books

  @Test func booksOfServersBalance() {
    var tier = ScaledTier(.ranking, law: ScalingLaw(), startUp: .seconds(60), isGradual: true)
    tier.read(at: Instant(nanoseconds: 1_000))
    tier.open(with: 10, at: Instant(nanoseconds: 1_000))
    tier.order(5, ready: Instant(nanoseconds: 3_000), at: Instant(nanoseconds: 2_000))
    #expect(tier.starting == 5 && tier.total == 15 && tier.servers == 10)
    let early = tier.start(at: Instant(nanoseconds: 2_500))
    let inTime = tier.start(at: Instant(nanoseconds: 3_000))
    #expect(early == 0 && inTime == 5)
    tier.remove(3, at: Instant(nanoseconds: 7_000))
    tier.read(at: Instant(nanoseconds: 11_000))
    #expect(tier.servers == 12 && tier.peak == 15)
    #expect(tier.changes == 2 && tier.directionChanges == 1)
    // 10 for 2 µs, 15 for 4 µs, 12 for 4 µs.
    #expect(tier.mean(seconds: 10e-6).map { abs($0 - 12.8) < 1e-12 } == true)
    let balance = tier.balance(at: Instant(nanoseconds: 12_000))
    #expect(balance.passed, "\(balance.detail)")
  }

  /// The cool-down counts from the tier's own last change.
  @Test func noServerGoesSoonAfterAChange() {
    var tier = ScaledTier(.ranking, law: ScalingLaw(), startUp: .zero, isGradual: true)
    func at(_ seconds: Int64) -> Instant { .start + .seconds(seconds) }
    tier.open(with: 10, at: at(0))
    #expect(tier.decide(Self.cold, at: at(30)) == .shrinks(by: 2))
    tier.remove(2, at: at(30))
    #expect(tier.decide(Self.cold, at: at(329)) == .stays)
    #expect(tier.decide(Self.cold, at: at(330)) == .shrinks(by: 2))
  }

  /// Ten servers at four a machine are three machines, 15 are four, and 12 are three.
  @Test func machinesArePaidWhole() {
    var tier = ScaledTier(
      .ranking, law: ScalingLaw(), startUp: .zero, isGradual: true, perMachine: 4)
    func at(_ seconds: Int64) -> Instant { .start + .seconds(seconds) }
    tier.read(at: at(1))
    tier.open(with: 10, at: at(1))
    tier.order(5, ready: at(3), at: at(3))
    let started = tier.start(at: at(3))
    tier.remove(3, at: at(7))
    tier.read(at: at(11))
    #expect(started == 5 && tier.meanMachines(seconds: 10) == 3.4)
  }

  // MARK: Brown-out

  private static let hot = Readings(utilisation: 0.9)
  private static let warm = Readings(utilisation: 0.6)
  private static let cold = Readings(utilisation: 0.1)

  /// Between the two limits nothing changes, either way.
  @Test func brownOutHasHysteresis() throws {
    let settings = try Self.read("for: 60s") { try BrownOutSettings(&$0) }
    var mode = BrownOut(settings)
    func at(_ seconds: Int64) -> Instant { .start + .seconds(seconds) }
    let changes = [
      (30, Self.warm), (60, Self.hot), (90, Self.cold), (120, Self.warm), (150, Self.cold),
      (180, Self.warm),
    ].map { mode.decide($1, at: at($0)) }
    #expect(changes == [nil, .enters, nil, nil, .leaves, nil] && !mode.isOn)
    #expect(mode.spent(until: at(1000)) == .seconds(90) && mode.entries == 1)
  }

  /// A stay that begins as soon again lasts twice as long, up to eight times; later it is as ever.
  @Test func staysThatComeBackSoonGrow() throws {
    let settings = try Self.read("for: 60s") { try BrownOutSettings(&$0) }
    var mode = BrownOut(settings)
    var now = Instant.start + .seconds(30)
    var stays: [Double] = []
    for _ in 0..<6 {
      let change = mode.decide(Self.hot, at: now)
      #expect(change == .enters)
      stays.append(mode.stay.seconds)
      now = now + mode.stay
      let back = mode.decide(Self.cold, at: now)
      #expect(back == .leaves)
      now = now + .seconds(30)
    }
    #expect(stays == [60, 120, 240, 480, 480, 480])
    now = now + .seconds(1000)
    let late = mode.decide(Self.hot, at: now)
    #expect(late == .enters && mode.stay == .seconds(60))
  }

  // MARK: Emergency limits

  /// A second's worth at once, then one each gap, and never more than rate · time + a second's.
  @Test func aTotalLimitIsKept() {
    var limit = TotalLimit(perSecond: 10)
    let burst = (0..<100).count { _ in limit.admits(at: .start + .seconds(1)) }
    #expect(burst == 10)
    let later = [1099, 1100, 1100].map { limit.admits(at: .start + .milliseconds($0)) }
    #expect(later == [false, true, false])
    var steady = TotalLimit(perSecond: 10)
    let admitted = (0..<60_000).count { steady.admits(at: .start + .milliseconds($0)) }
    #expect(admitted == 609)
    var slow = TotalLimit(perSecond: 0.5)
    let few = (0..<60).count { slow.admits(at: .start + .seconds($0)) }
    #expect(few == 30)
  }

  // MARK: Roll-outs

  private static func rollOut(_ yaml: String) throws -> RollOut {
    RollOut(try read("at: 0s\n" + yaml) { try RollOutSettings(&$0) })
  }

  @Test func aReleaseComesStageByStage() throws {
    var release = try Self.rollOut("slowness: 3")
    #expect(release.settings.stages == [0.01, 0.1, 0.5, 1] && release.servers(of: 50).isEmpty)
    release.begin(at: .start)
    #expect(release.servers(of: 50) == 0..<1 && release.servers(of: 1000) == 0..<10)
    let steps: [RollOut.Step] = (0..<5).map { _ in release.advance() }
    #expect(steps == [.widened, .widened, .widened, .finished, .nothing])
    #expect(release.servers(of: 50) == 0..<50 && release.state == .finished)
    let goes = [release.goBack(at: .start), release.goBack(at: .start)]
    #expect(goes == [true, false])
    #expect(release.isOut && release.state == .goesBack)
    release.isBack(at: .start)
    #expect(!release.isOut && release.servers(of: 50).isEmpty && release.widest == 1)
  }

  /// A stage with a check lasts until enough calls were seen; one that fails goes back, or stops.
  @Test func theCheckDecides() throws {
    var release = try Self.rollOut("check: {}")
    release.begin(at: .start)
    let tooSoon = release.advance()
    let passed = release.take(.passes, at: .start)
    let next = release.advance()
    #expect(tooSoon == .nothing && !passed && next == .widened)
    let failed = release.take(.fails, at: .start + .seconds(9))
    let afterwards = release.advance()
    #expect(failed && release.state == .goesBack && afterwards == .nothing)
    #expect(release.decided == .start + .seconds(9))
    var halting = try Self.rollOut("check: {}\nrollBack: false")
    halting.begin(at: .start)
    let goesBack = halting.take(.fails, at: .start)
    let halted = halting.advance()
    #expect(!goesBack && halting.state == .halted && halted == .nothing)
    #expect(halting.servers(of: 200) == 0..<2)
  }

  /// S0.19: 200 calls of 100 ms where one was.
  @Test func theSeedsReleaseIsTwoHundredTimesSlower() throws {
    #expect(try Self.rollOut("calls: {}").settings.slowness == 200)
    #expect(try Self.rollOut("calls: {posts: 50, before: 50ms}").settings.slowness == 100)
    #expect(try Self.rollOut("every: 1m").settings.slowness == 1)
  }

  private static func times(
    new: Int, slowness: Double, failing: Double = 0, seed: UInt64 = 5
  ) -> ReleaseTimes {
    var stream = RandomStream(seed: seed, purpose: 1)
    var times = ReleaseTimes()
    let law = Distribution.exponential(mean: 0.01)
    for _ in 0..<5000 { times.note(.before, took: law.sample(&stream), failed: false) }
    for _ in 0..<new {
      let took = Duration(seconds: law.sample(&stream).seconds * slowness)
      times.note(.new, took: took, failed: stream.uniform() < failing)
    }
    return times
  }

  @Test func aSlowReleaseFailsAndALikeOnePasses() {
    let check = ReleaseCheck()
    func judge(_ new: Int, _ slowness: Double, failing: Double = 0) -> ReleaseCheck.Verdict {
      check.judge(Self.times(new: new, slowness: slowness, failing: failing))
    }
    #expect(judge(99, 1) == .unknown)
    #expect(judge(1, 50) == .unknown)
    #expect(judge(3, 50) == .fails)
    #expect(judge(200, 3) == .fails)
    #expect(judge(2000, 1.5) == .fails)
    #expect(judge(2000, 1.1) == .passes)
    #expect(judge(400, 1, failing: 0.1) == .fails)
    #expect(judge(400, 1, failing: 0.005) == .passes)
  }

  /// Of 500 good releases as slow as the ones before, none is failed.
  @Test func goodReleasesPass() {
    let check = ReleaseCheck(p99: 0)
    let failed = (0..<500).count { seed in
      check.judge(Self.times(new: 150, slowness: 1, seed: UInt64(seed) &+ 100)) == .fails
    }
    #expect(failed <= 3, "\(failed)")
  }

  @Test func aMeterBeginsAnew() {
    var meter = FeedMeter()
    let nothing = meter.take()
    #expect(nothing == Readings())
    for _ in 0..<9 { meter.answered(after: .milliseconds(100)) }
    meter.failed()
    let few = meter.take()
    #expect(few.p99 == nil && few.errors == 0.1)
    for _ in 0..<100 { meter.answered(after: .milliseconds(100)) }
    meter.failed()
    meter.pardon()
    let many = meter.take()
    #expect(many.p99 == .milliseconds(100) && many.errors == 0)
    let again = meter.take()
    #expect(again == Readings())
  }

  @Test func aTierMeterTellsShares() {
    var meter = TierMeter()
    let shares = [(5, 10.0), (5, 20), (40, 30), (40, 30)].map {
      meter.take(.ranking, busy: .seconds($0), serverTime: $1 * 1e9)
    }
    #expect(shares == [0.5, 0, 1, nil])
    let other = meter.take(.gateway, busy: .seconds(1), serverTime: 4e9)
    #expect(other == 0.25)
  }
}
