import CGSL
import Simulation
import Testing

@Suite("Arrivals and rates")
struct ArrivalTests {
  static let spike = RateProfile.spike(
    from: Instant.start + .seconds(3600), for: .seconds(600), factor: 20)

  static let profiles: [RateProfile] = [
    .constant, spike, .dailyCycle(peakToMean: 1.8, peakAt: .seconds(72_000)),
    .dailyCycle(peakToMean: 2, peakAt: .seconds(3600)) * spike,
    .periodic([0, 1, 5, 2], every: .seconds(900)),
    RateProfile.series(
      [0, 10, 25, 40, 300].map { Instant(nanoseconds: $0 * 60_000_000_000) }, [3, 0, 8, 1, 2])
      ?? .constant,
  ]

  @Test("Counts in 40 windows are Poisson with the profile's integral", arguments: profiles.indices)
  func counts(_ index: Int) {
    let profile = Self.profiles[index]
    var arrivals = ProfiledArrivals(profile)
    var stream = RandomStream(seed: 17, purpose: UInt64(index))
    let window = Duration.seconds(600)
    var counts = [Int](repeating: 0, count: 40)
    var now = Instant.start
    while true {
      let next = arrivals.next(after: now, rate: 2, stream: &stream)
      #expect(next >= now)
      now = next
      let slot = Int(now.nanoseconds / window.nanoseconds)
      if slot >= counts.count { break }
      counts[slot] += 1
    }
    var square = 0.0
    var freedom = 0.0
    for (slot, count) in counts.enumerated() {
      let from = Instant(nanoseconds: Int64(slot) * window.nanoseconds)
      let expected = 2 * profile.integral(from: from, to: from + window)
      if expected == 0 { #expect(count == 0) }
      guard expected > 5 else { continue }
      square += (Double(count) - expected) * (Double(count) - expected) / expected
      freedom += 1
    }
    #expect(gsl_cdf_chisq_Q(square, freedom) > 1e-4)
    #expect(gsl_cdf_chisq_P(square, freedom) > 1e-4)
  }

  @Test("Factors, integrals and maxima of known profiles")
  func factors() {
    let day = RateProfile.dailyCycle(peakToMean: 1.5, peakAt: .seconds(43_200))
    #expect(abs(day.factor(at: Instant.start + .seconds(43_200)) - 1.5) < 1e-5)
    #expect(abs(day.factor(at: .start) - 0.5) < 1e-5)
    #expect(abs(day.integral(from: .start, to: Instant.start + .seconds(86_400)) - 86_400) < 1e-6)
    #expect(Self.spike.factor(at: Instant.start + .seconds(3599)) == 1)
    #expect(Self.spike.factor(at: Instant.start + .seconds(3600)) == 20)
    #expect(Self.spike.factor(at: Instant.start + .seconds(4200)) == 1)
    #expect(Self.spike.maximum == 20)
    #expect(Self.spike.maximum(from: .start, to: Instant.start + .seconds(60)) == 1)
    let both = day * Self.spike
    let inside = Instant.start + .seconds(3700)
    #expect(both.factor(at: inside) == day.factor(at: inside) * 20)
    #expect(day.factor(at: Instant(nanoseconds: -43_200_000_000_000)) == day.factor(at: .init(nanoseconds: 43_200_000_000_000)))
  }

  @Test("A series has mean 1, begins again, and refuses what is not one")
  func series() throws {
    let minute: Int64 = 60_000_000_000
    let instants = [0, minute, 3 * minute].map(Instant.init(nanoseconds:))
    let profile = try #require(RateProfile.series(instants, [1, 2, 5]))
    let end = Instant(nanoseconds: 5 * minute)
    #expect(abs(profile.integral(from: .start, to: end) - 300) < 1e-9)
    #expect(profile.factor(at: end) == profile.factor(at: .start))
    #expect(RateProfile.series(instants, [1, -2, 5]) == nil)
    #expect(RateProfile.series(instants, [0, 0, 0]) == nil)
    #expect(RateProfile.series([.start], [1]) == nil)
    #expect(RateProfile.series(instants, [1, .nan, 5]) == nil)
  }

  @Test("No rate, no arrival; recorded instants come in order, equal ones too")
  func ends() {
    var stream = RandomStream(seed: 1, purpose: 1)
    var none = ProfiledArrivals(.constant)
    #expect(none.next(after: .start, rate: 0, stream: &stream) == .never)
    let times = [5, 1, 5, 3].map { Instant(nanoseconds: $0) }
    var recorded = ArrivalProcess.recorded(times)
    var seen: [Int64] = []
    while let next = recorded.next(after: .start, &stream) { seen.append(next.nanoseconds) }
    #expect(seen == [1, 3, 5, 5])
    var even = ArrivalProcess.constant(rate: 4)
    #expect(even.next(after: .start, &stream) == Instant(nanoseconds: 250_000_000))
  }

  @Test("Zipf draws follow their law", arguments: [0, 0.6, 1, 1.0001, 1.3, 3])
  func zipf(_ alpha: Double) {
    let count = 50
    let zipf = Zipf(alpha: alpha, count: count)
    let weights = (1...count).map { power(Double($0), -alpha) }
    var stream = RandomStream(seed: 2, purpose: 9)
    expectFrequencies(weights, draws: 200_000) { zipf.sample(&stream) }
  }

  @Test("An alias table's draws follow their weights")
  func alias() throws {
    var stream = RandomStream(seed: 2, purpose: 10)
    let weights = (0..<1000).map { Double($0 % 7) }
    let table = try #require(AliasTable(weights))
    expectFrequencies(weights, draws: 1_000_000) { table.sample(&stream) }
    #expect(AliasTable([]) == nil)
    #expect(AliasTable([0, 0]) == nil)
    #expect(AliasTable([1, -1]) == nil)
    #expect(AliasTable([.nan]) == nil)
  }

  private func expectFrequencies(_ weights: [Double], draws: Int, _ draw: () -> Int) {
    var counts = [Int](repeating: 0, count: weights.count)
    for _ in 0..<draws { counts[draw()] += 1 }
    let total = weights.reduce(0, +)
    var square = 0.0
    var kept = 0.0
    for (weight, count) in zip(weights, counts) {
      let expected = weight / total * Double(draws)
      if weight == 0 { #expect(count == 0) }
      guard expected > 5 else { continue }
      square += (Double(count) - expected) * (Double(count) - expected) / expected
      kept += 1
    }
    #expect(gsl_cdf_chisq_Q(square, kept - 1) > 1e-4)
  }
}
