import Settings
import Simulation
import Testing

@testable import FeedSystem

/// Regions whose clocks differ.
struct RegionHoursTests {
  private func small(_ zone: String, daily: String = "{peakToMean: 2, peakAt: 20h}") -> SmallSystem
  {
    var small = SmallSystem()
    small.users = 300
    small.maximum = 100
    small.meanFollows = 8
    small.activity = "{postsPerDay: 1, loadsPerDay: 24}"
    small.warmUp = .seconds(60)
    small.length = .seconds(86_400)
    small.yaml = """
      fanOut: {policy: push}
      timelines: {lifetime: 1h}
      sessions: {loads: 1, pages: 1}
      traffic: {daily: \(daily)}
      regions:
        - {name: here, users: 1, roundTrip: 20ms}
        - {name: there, users: 2, roundTrip: 20ms\(zone)}
      """
    return small
  }

  /// Clocks that do not differ change no draw, and neither do clocks without a daily cycle.
  @Test func clocksThatAgreeChangeNothing() throws {
    func fingerprint(_ zone: String, daily: String) throws -> UInt64 {
      var small = small(zone, daily: daily)
      small.length = .seconds(1800)
      return try small.run { $0.fingerprint }
    }
    let cycle = "{peakToMean: 1.5}"
    #expect(
      try fingerprint(", timeZone: 0h", daily: cycle) == fingerprint("", daily: cycle))
    let flat = "{peakToMean: 1}"
    #expect(try fingerprint(", timeZone: +8h", daily: flat) == fingerprint("", daily: flat))
    #expect(try fingerprint(", timeZone: +8h", daily: cycle) != fingerprint("", daily: cycle))
  }

  /// Each region's loads come at its own hours: over the day all of them are Poisson with the
  /// integral of the profiles, each times its own users' rates.
  @Test func loadsComeAtTheHoursOfTheirRegion() throws {
    try small(", timeZone: +8h").run { system in
      let known = system.crowd.hours
      let hours = try #require(known)
      let total = hours.loads.reduce(0, +)
      #expect(abs(hours.loads[0] / total - 1.0 / 3) < 0.1)
      // The whole follows both.
      let ordinary = system.ordinaryTraffic
      for hour: Int64 in [0, 7, 13, 20] {
        let instant = Instant.start + .seconds(60 + hour * 3600)
        let mean = zip(hours.profiles, hours.loads).reduce(0) {
          $0 + $1.0.factor(at: instant) * $1.1 / total
        }
        #expect(abs(ordinary.factor(at: instant) - mean) < 1e-9)
      }
      // There it is eight hours later, so the peak comes eight hours before.
      let early = Instant.start + .seconds(60 + 12 * 3600)
      #expect(hours.profiles[1].factor(at: early) > 1.99)
      #expect(hours.profiles[0].factor(at: early + .seconds(8 * 3600)) > 1.99)
      let rate = system.audience.activity.loadRateTotal
      let rows = system.measurements.intervals.rows.map(\.loadsOpened)
      let length = system.measurements.intervals.interval
      var square = 0.0
      for (index, count) in rows.enumerated() {
        let from = Instant.start + .seconds(60) + length * index
        let expected = rate * ordinary.integral(from: from, to: from + length)
        square += (Double(count) - expected) * (Double(count) - expected) / expected
      }
      let freedom = Double(rows.count)
      #expect(rows.reduce(0, +) > 2000)
      #expect(abs(square - freedom) < 4 * (2 * freedom).squareRoot(), "\(square) of \(freedom)")
      let broken = system.brokenLaws()
      #expect(broken == [])
    }
  }

  /// Users are drawn by their rate and their region's hour.
  @Test func usersAreDrawnByTheHour() throws {
    var small = small(", timeZone: +8h")
    small.length = .seconds(60)
    try small.run { system in
      let known = system.crowd.hours
      let hours = try #require(known)
      var stream = RandomStream(seed: 4, purpose: 77)
      for hour: Int64 in [4, 12, 20] {
        let instant = Instant.start + .seconds(60 + hour * 3600 + 30)
        let weights = zip(hours.profiles, hours.loads).map { $0.factor(at: instant) * $1 }
        let share = weights[1] / (weights[0] + weights[1])
        let draws = 20_000
        var there = 0
        for _ in 0..<draws {
          let user = hours.draw(at: instant, hours.loads, of: system.edge.regions, &stream) {
            system.audience.activity.reader(&$0)
          }
          there += system.edge.regions.of(user)
        }
        let error = (share * (1 - share) / Double(draws)).squareRoot()
        #expect(abs(Double(there) / Double(draws) - share) <= 4 * error + 1e-9, "\(hour) h")
      }
    }
  }
}
