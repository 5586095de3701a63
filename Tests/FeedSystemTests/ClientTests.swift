import Settings
import Simulation
import Testing
import YAMLSettings

@testable import FeedSystem

/// Parts of what clients do that know nothing of a system.
@Suite struct ClientTests {
  private func at(_ seconds: Double) -> Instant { .start + Duration(seconds: seconds) }

  @Test func retriesAreAShareOfTheRequestsOfTheLastWhile() {
    var budget = RetryBudget(share: 0.1)
    func take(_ seconds: Double) -> Bool { budget.take(at: at(seconds)) }
    #expect(!take(0))
    for _ in 0..<30 { budget.noteRequest(at: at(0.5)) }
    let first = [take(0.6), take(0.7), take(5), take(5), take(9.99)]
    #expect(first == [true, true, true, false, false])
    for _ in 0..<10 { budget.noteRequest(at: at(9.99)) }
    // At 10 s the first slot falls out, with its 30 requests and two of the retries: ten requests
    // are left, which allow one, and two retries.
    let later = [take(9.99), take(10)]
    #expect(later == [true, false])
    #expect(!take(10_000))
    for _ in 0..<10 { budget.noteRequest(at: at(10_000)) }
    let last = [take(10_000), take(10_000)]
    #expect(last == [true, false])
  }

  /// Whatever is asked: over any nine tenths of the window, retries are within the share of the
  /// requests of the window.
  @Test func noWindowHasMoreRetriesThanItsShare() {
    var budget = RetryBudget(share: 0.25, window: .seconds(4))
    var stream = RandomStream(seed: 3, purpose: 1)
    var requests: [Double] = []
    var retries: [Double] = []
    var now = 0.0
    for _ in 0..<4000 {
      now += stream.uniform() * 0.02
      if stream.uniform() < 0.4 {
        budget.noteRequest(at: at(now))
        requests.append(now)
      } else if budget.take(at: at(now)) {
        retries.append(now)
        let recent = retries.count { $0 > now - 3.6 }
        let allowed = requests.count { $0 > now - 4 }
        #expect(4 * recent <= allowed)
      }
    }
    #expect(retries.count > 200 && 4 * retries.count <= requests.count)
  }

  private let good = Incident.Interval(
    answered: 1000, inTime: 1000, failed: 0, mean: 100, p99: 200)
  private let bad = Incident.Interval(
    answered: 500, inTime: 500, failed: 500, mean: 300, p99: 900)
  private let slow = Incident.Interval(
    answered: 1000, inTime: 1000, failed: 0, mean: 200, p99: 300)
  private let objectives = Incident.Objectives(availability: 0.999)

  @Test func anIncidentIsDetectedMitigatedAndOver() {
    let incident = Incident(
      [good, good, good, bad, bad, slow, good, good, good], begins: 2.5, objectives)
    #expect(incident.detected == 1.5)
    #expect(incident.mitigated == 2.5)
    // The answers of the sixth interval are there again, and a half slower than before.
    #expect(incident.recovered == 3.5)
    // Of 7000 requests 1000 have failed, 1000 took 200 ms longer, and 1000 took 100 ms longer.
    let lost = (1000 + 1000 * 0.02 + 1000 * 0.01) / 7000
    #expect(abs(incident.engagementLost - lost) < 1e-12)
    let worse = Incident([good, good, good, bad, bad, bad], begins: 2, objectives)
    #expect(worse.detected == 2 && worse.mitigated == nil && worse.recovered == nil)
    let none = Incident([good, good, good], begins: 1, objectives)
    #expect(none == Incident([], begins: 0, objectives) && none.detected == nil)
  }

  /// At 14.4 times the rate of the budget, over one interval and over the last twelve.
  @Test func anAlarmNeedsABudgetThatBurnsFast() {
    func failing(_ count: Int) -> Incident.Interval {
      Incident.Interval(answered: 10_000 - count, inTime: 10_000 - count, failed: count)
    }
    func detected(_ failures: [Int]) -> Double? {
      Incident(failures.map(failing), begins: 0, objectives).detected
    }
    #expect(detected([143]) == nil && detected([145]) == 1)
    // What has long passed does not raise it, nor does one interval among eleven without failures.
    #expect(detected([0, 145]) == nil && detected([0, 145, 145]) == nil)
    #expect(detected([0, 290]) == 2)
    let few = [Int](repeating: 0, count: 11)
    #expect(detected(few + [1727]) == nil && detected(few + [1729]) == 12)
    // The interval at which the long window ends must burn itself.
    #expect(detected([5000, 0]) == 1 && detected(few + few + [1700, 100, 100]) == nil)
    let slowness = Incident(
      [good, slow, good, good, good], begins: 0.5,
      Incident.Objectives(availability: 0.999, latency: 250))
    #expect(slowness.detected == 1.5 && slowness.mitigated == 1.5 && slowness.recovered == 1.5)
  }

  /// One bad interval, later on, is chance; two that are close are the incident still going on.
  @Test func oneNoisyIntervalDelaysNoRecovery() {
    func recovered(_ after: Incident.Interval...) -> Double? {
      Incident([good, good, bad, bad] + after, begins: 2, objectives).recovered
    }
    #expect(recovered(good, good, good) == 2)
    #expect(recovered(good, good, good, slow, good, good) == 2)
    #expect(recovered(good, good, good, bad) == 2)
    #expect(recovered(good, good, good, slow, good, good, bad, good, good, good) == 2)
    // Within two of another, it is no chance: the alarm's counts as well.
    #expect(recovered(good, slow, good, good, good) == 4)
    #expect(recovered(good, good, good, slow, good, slow, good, good, good) == 8)
    #expect(recovered(good, good, good, slow, slow, good, good, good) == 7)
    // Every other interval bad is no recovery, nor are two good ones at the end.
    #expect(recovered(good, slow, good, slow, good, slow, good, good) == nil)
    #expect(recovered(slow, good, good) == nil && recovered(slow, good, good, good) == 3)
    // Intervals without an end say nothing.
    let none = Incident.Interval(answered: 0, inTime: 0, failed: 0)
    #expect(recovered(none, good, none, good, good) == 3)
    #expect(recovered(none, none, none) == nil)
    #expect(recovered(good, none, none, slow, good, good, good) == 6)
  }

  /// What is no worse than it was before is as good as it was, though no objective is met.
  @Test func asGoodAsBeforeIsRecovered() {
    let few = Incident.Interval(answered: 990, inTime: 990, failed: 10, mean: 100, p99: 200)
    let more = Incident.Interval(answered: 989, inTime: 989, failed: 11, mean: 100, p99: 200)
    let before = Incident([good, few, bad, few, few, few], begins: 2, objectives)
    #expect(before.recovered == 1 && before.mitigated == nil)
    #expect(Incident([good, few, bad, more, few, more], begins: 2, objectives).recovered == nil)
    #expect(Incident([good, good, bad, few, few, few], begins: 2, objectives).recovered == nil)
    // A fifth above the worst p99 before is as before, and no more than that.
    for (p99, isAsBefore) in [(240.0, true), (241, false)] {
      let later = Incident.Interval(answered: 1000, inTime: 1000, failed: 0, mean: 100, p99: p99)
      let incident = Incident([good, bad, later, later, later], begins: 1, objectives)
      #expect((incident.recovered == 1) == isAsBefore)
    }
  }

  /// The first thing that may become an incident is one, whoever begins it.
  @Test func troubleBeginsWithTheAudienceToo() throws {
    var parameters = try Parameters(
      SettingsFile.parse(
        """
        traffic:
          spikes: [{at: 50s, for: 10s, loads: 2}, {at: 7s, for: 0s, loads: 2}]
          events: [{topic: 1, at: 40s, for: 10s, loads: 2}]
          cascades: [{at: 30s, by: star, branching: 0.5}]
        """, file: "test.yaml"))
    let traffic = try TrafficSettings(&parameters)
    #expect(traffic.beginsOfTrouble.map(\.seconds) == [50, 40, 30])
  }

  @Test func clientsKeepTheLastFeedAsFarAsItWasShown() {
    var cache = OfflineCache(entries: 50, users: 3)
    #expect(cache.look(1, offset: 0) == nil)
    cache.keep(1, gathered: 5, isFirst: true, end: 20)
    #expect(cache.look(1, offset: 0) == 5 && cache.look(1, offset: 20) == nil)
    cache.keep(1, gathered: 5, isFirst: false, end: 60)
    #expect(cache.look(1, offset: 49) == 5 && cache.look(1, offset: 50) == nil)
    cache.keep(1, gathered: 9, isFirst: true, end: 20)
    #expect(cache.look(1, offset: 20) == nil && cache.look(1, offset: 3) == 9)
    #expect(cache.look(0, offset: 0) == nil)
  }
}
