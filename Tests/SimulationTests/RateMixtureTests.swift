import CGSL
import Simulation
import Testing

/// Means of rate profiles, and tables of steps.
@Suite struct RateMixtureTests {
  private static let day = RateProfile.dailyCycle(peakToMean: 2, peakAt: .seconds(20 * 3600))
  private static let zones: [(weight: Double, profile: RateProfile)] = [
    (1, day), (3, day.shifted(by: .seconds(-8 * 3600))), (0, .constant),
  ]

  @Test func isTheMeanOfItsProfilesAtAnyTime() {
    let mixture = RateProfile.mixture(of: Self.zones)
    for hour: Int64 in [-30, 0, 5, 12, 20, 100] {
      let instant = Instant.start + .seconds(hour * 3600 + 17)
      let ahead = instant + .seconds(8 * 3600)
      let mean = (Self.day.factor(at: instant) + 3 * Self.day.factor(at: ahead)) / 4
      #expect(abs(mixture.factor(at: instant) - mean) < 1e-12)
      let later = mixture.shifted(by: .seconds(3600)).factor(at: instant + .seconds(3600))
      #expect(later == mixture.factor(at: instant))
    }
    let end = Instant.start + .seconds(86_400)
    #expect(abs(mixture.integral(from: .start, to: end) - 86_400) < 1e-6)
    #expect(mixture.maximum >= mixture.maximum(from: .start, to: end))
    #expect(RateProfile.mixture(of: []).isConstant && !mixture.isConstant)
    let both = mixture * .spike(from: .start, for: .seconds(60), factor: 7)
    #expect(both.factor(at: .start) == mixture.factor(at: .start) * 7)
  }

  @Test func stepsHoldUntilTheNext() {
    func at(_ seconds: Int64) -> Instant { .start + .seconds(seconds) }
    let steps = RateProfile.steps([3, 0, 5], at: [at(10), at(20), at(25)], until: at(40))
    let expected: [(Int64, Double)] = [
      (-5, 1), (9, 1), (10, 3), (19, 3), (20, 0), (30, 5), (40, 1),
    ]
    for (second, factor) in expected { #expect(steps.factor(at: at(second)) == factor) }
    #expect(steps.integral(from: at(0), to: at(50)) == 10 + 30 + 0 + 75 + 10)
    #expect(RateProfile.steps([1, 2], at: [at(5), at(5)], until: at(9)).isConstant)
    #expect(RateProfile.steps([1, -2], at: [at(5), at(6)], until: at(9)).isConstant)
    #expect(RateProfile.steps([1], at: [at(9)], until: at(9)).isConstant)
  }

  /// Counts in half hours are Poisson with the mixture's integral, a spike on top of it too.
  @Test func arrivalsFollowTheIntegral() {
    let spike = RateProfile.steps(
      [5, 40, 10], at: [3600, 4000, 5000].map { .start + .seconds($0) },
      until: .start + .seconds(9000))
    let profile = RateProfile.mixture(of: Self.zones) * spike
    var arrivals = ProfiledArrivals(profile)
    var stream = RandomStream(seed: 23, purpose: 5)
    var counts = [Int](repeating: 0, count: 40)
    var now = Instant.start
    while true {
      now = arrivals.next(after: now, rate: 0.5, stream: &stream)
      let slot = Int(now.nanoseconds / 1_800_000_000_000)
      if slot >= counts.count { break }
      counts[slot] += 1
    }
    var square = 0.0
    for (slot, count) in counts.enumerated() {
      let from = Instant.start + .seconds(Int64(slot) * 1800)
      let expected = 0.5 * profile.integral(from: from, to: from + .seconds(1800))
      square += (Double(count) - expected) * (Double(count) - expected) / expected
    }
    #expect(gsl_cdf_chisq_Q(square, 40) > 1e-4 && gsl_cdf_chisq_P(square, 40) > 1e-4)
  }
}
