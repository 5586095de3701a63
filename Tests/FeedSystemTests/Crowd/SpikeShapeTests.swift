import Settings
import Simulation
import Testing
import YAMLSettings

@testable import FeedSystem

/// How spikes come and go.
struct SpikeShapeTests {
  private func traffic(_ yaml: String) throws -> TrafficSettings {
    var parameters = try Parameters(
      SettingsFile.parse("traffic: {\(yaml)}", file: "test.yaml"))
    let traffic = try TrafficSettings(&parameters)
    try parameters.finish()
    return traffic
  }

  private func profile(_ spike: String) throws -> RateProfile {
    try traffic("spikes: [{\(spike)}]").spikes[0].profile(11, opens: .start)
  }

  private func at(_ seconds: Double) -> Instant { .start + Duration(seconds: seconds) }

  private static let meanLife = 60 / 0.693_147_180_559_945_3

  /// Shapes of half an hour, and their areas in seconds.
  private static let areas: [(String, Double)] = {
    // Six doublings: the rise has 1 / (6 ln 2) − 1/63 of its length.
    let risen: Double = meanLife * 10 / 6 - 600.0 / 63
    let decayed: Double = meanLife * 1.5 * (1 - 9.536_743e-7)
    return [
      ("shape: step", 1800),
      ("shape: ramp, rise: 1m, fall: 2m", 1710),
      // Does not fit: both are shortened alike.
      ("shape: ramp, rise: 50m, fall: 10m", 900),
      ("shape: decay, halfLife: 90s", decayed),
      ("shape: decay, rise: 30s, halfLife: 60s", 15 + meanLife),
      ("shape: burst, rise: 10m, halfLife: 1m", risen + meanLife),
    ]
  }()

  /// Every shape brings what its area says, is 1 outside, and never exceeds its factor.
  @Test(arguments: areas)
  func bringsItsArea(_ shape: String, _ area: Double) throws {
    let profile = try profile("at: 100s, for: 30m, \(shape)")
    let got = profile.integral(from: .start, to: at(3000))
    #expect(abs(got - (3000 + 10 * area)) < 0.02 * (1 + area / 1000), "\(got)")
    #expect(profile.factor(at: at(99)) == 1 && profile.factor(at: at(1900)) == 1)
    #expect(profile.maximum <= 11 && profile.maximum > 10)
  }

  @Test func halvesWithTheHalfLife() throws {
    let profile = try profile("at: 0s, for: 1h, shape: decay, halfLife: 10m")
    for (half, factor) in [(0.0, 11.0), (1, 6), (2, 3.5), (3, 2.25)] {
      // A step is at most a sixteenth of a half-life long.
      let there = profile.factor(at: at(half * 600))
      #expect(abs(there - factor) < 0.03 * factor, "\(there)")
    }
  }

  /// A step says what it always said, draw by draw.
  @Test func aStepIsTheSpikeOfOld() throws {
    let step = try profile("at: 100s, for: 30m, shape: step")
    let plain = try profile("at: 100s, for: 30m")
    let old = RateProfile.spike(from: at(100), for: .seconds(1800), factor: 11)
    for second in [0.0, 100, 101, 1899, 1900] {
      #expect(step.factor(at: at(second)) == old.factor(at: at(second)))
      #expect(plain.factor(at: at(second)) == old.factor(at: at(second)))
    }
  }

  /// Over its median a series is what it is; with a factor of its own it rises to that.
  @Test func aSeriesIsScaledByItsMedian() throws {
    let counts = "series: {values: [10, 20, 540, 20, 5], every: 5m}"
    let spike = try traffic("spikes: [{at: 1m, \(counts)}]").spikes[0]
    #expect(spike.posts == 27 && spike.loads == 27 && spike.engagement == 1)
    #expect(spike.length == .seconds(1500))
    let asMeasured = spike.profile(spike.loads, opens: .start)
    for (index, factor) in [0.5, 1, 27, 1, 0.25].enumerated() {
      let there = asMeasured.factor(at: at(60 + 300 * Double(index) + 1))
      #expect(abs(there - factor) < 1e-12)
    }
    let lower = try traffic("spikes: [{at: 0s, \(counts), loads: 14, posts: 1}]").spikes[0]
    #expect(abs(lower.profile(lower.loads, opens: .start).factor(at: at(700)) - 14) < 1e-12)
    #expect(lower.profile(lower.posts, opens: .start).factor(at: at(700)) == 1)
    let usual = try traffic("spikes: [{at: 0s, series: {values: [10, 20], usual: 5}}]").spikes[0]
    #expect(usual.loads == 4 && usual.length == .seconds(600))
    // Cut at both ends.
    let cut = "series: {values: [10, 20, 540, 20, 5], every: 5m, startsAt: 450s}"
    let part = try traffic("spikes: [{at: 0s, for: 5m, \(cut)}]").spikes[0]
    let profile = part.profile(part.loads, opens: .start)
    #expect(abs(profile.factor(at: at(100)) - 1) < 1e-12)
    #expect(abs(profile.factor(at: at(200)) - 27) < 1e-12)
    #expect(profile.factor(at: at(301)) == 1)
  }

  @Test(arguments: [
    "at: 0s", "at: 0s, for: 1m, shape: wave", "at: 0s, for: 1m, shape: ramp",
    "at: 0s, for: 1m, shape: decay", "at: 0s, for: 1m, halfLife: 3s",
    "at: 0s, series: {values: [0, 0]}", "at: 0s, series: {values: [1, -2]}",
    "at: 0s, series: {values: [1, 2], every: 1m, startsAt: 2m}",
    "at: 0s, series: {values: [1, 1, 1, 1e9]}",
    "at: 0s, shape: step, series: {values: [1, 2]}", "at: 0s, for: 1m, shape: burst, rise: 0s",
  ])
  func refuses(_ spike: String) throws {
    #expect(throws: InvalidInput.self) { _ = try traffic("spikes: [{\(spike)}]") }
  }

  /// Saturday is what it says of the mean day, at the week's mean over the week.
  @Test func weeksHaveTheirDays() throws {
    let settings = try traffic(
      "weekly: {sat: 0.5, sun: 0.5, startsOn: fri}, daily: {peakToMean: 1, startsAt: 6h}")
    let weekly = try #require(settings.weekly).profile(startsAt: settings.startsAt)
    let mean = 6.0 / 7
    // Friday 6:00, Saturday 1:00, Sunday 23:00, Monday 1:00.
    for (hours, factor) in [(0.0, 1.0), (19, 0.5), (65, 0.5), (67, 1)] {
      #expect(abs(weekly.factor(at: at(hours * 3600)) - factor / mean) < 1e-12)
    }
    #expect(abs(weekly.integral(from: .start, to: at(7 * 86_400)) - 7 * 86_400) < 1e-6)
    #expect(throws: InvalidInput.self) {
      _ = try traffic("weekly: {mon: 0, tue: 0, wed: 0, thu: 0, fri: 0, sat: 0, sun: 0}")
    }
  }
}
