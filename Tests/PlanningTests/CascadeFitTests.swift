import CGSL
import FeedSystem
import Foundation
import Planning
import Settings
import Simulation
import Testing

/// How infectious a cascade is, estimated.
@Suite struct CascadeFitTests {
  /// A cascade of SEISMIC's model: whoever posts it has so many followers that each pass it on with
  /// the same chance. Bernoulli by Bernoulli, and by bisection of the kernel's distribution, so
  /// that nothing is drawn as the simulator draws it.
  private func cascade(
    _ chance: Double, first: Int, until end: Double, _ stream: inout RandomStream
  ) -> ObservedCascade {
    let kernel = MemoryKernel()
    var found = [(0.0, first)]
    var next = 0
    while next < found.count {
      let (time, followers) = found[next]
      next += 1
      for _ in 0..<followers where stream.uniform() < chance {
        let draw = stream.uniform()
        guard draw < kernel.share(after: end) else { continue }
        var (low, high) = (0.0, end)
        for _ in 0..<30 {
          let middle = (low + high) / 2
          if kernel.share(after: middle) < draw { low = middle } else { high = middle }
        }
        if time + high <= end { found.append((time + high, 10 + Int(stream.below(140)))) }
      }
    }
    found.sort { $0.0 < $1.0 }
    return ObservedCascade(seconds: found.map(\.0), followers: found.map { Double($0.1) })
  }

  /// The intervals of 60 cascades hold the chance that they were made with in 95 %, give or take
  /// four standard deviations.
  @Test func recoversTheChance() throws {
    let chance = 0.01
    var held = 0
    var sum = 0.0
    for run in 0..<60 {
      var stream = RandomStream(seed: 11, purpose: 4, entity: UInt64(run))
      let observed = cascade(chance, first: 4000, until: 40_000, &stream)
      let fit = try #require(CascadeFit(observed, until: 40_000))
      let interval = fit.infectiousness
      held += interval.low <= chance && chance <= interval.high ? 1 : 0
      sum += interval.value
      #expect(interval.low < interval.value && interval.value < interval.high)
      #expect(abs(fit.branching.value - interval.value * fit.meanFollowers) < 1e-12)
      #expect(fit.ages.reduce(0) { $0 + $1.reposts } == fit.reposts)
    }
    #expect(held >= 50, "\(held)")
    #expect(abs(sum / 60 - chance) < 0.0006)
  }

  /// By hand: 100 followers for 300 s and 50 for 200 s, on the kernel's plateau.
  @Test func countsByHand() throws {
    let observed = ObservedCascade(seconds: [0, 100], followers: [100, 50])
    let fit = try #require(CascadeFit(observed, until: 300))
    let density = 1 / (300 * (1 + 1 / 0.242))
    let exposure = 100 * 300 * density + 50 * 200 * density
    #expect(abs(fit.infectiousness.value - 1 / exposure) < 1e-12)
    // Garwood's interval of one event: 0.0253 and 5.572.
    #expect(abs(fit.infectiousness.low * exposure - 0.025_318) < 1e-5)
    #expect(abs(fit.infectiousness.high * exposure - 5.571_643) < 1e-5)
    #expect(fit.reposts == 1 && fit.meanFollowers == 50 && fit.originalFollowers == 100)
    #expect(fit.finalSize == nil)
    let mild = try #require(
      CascadeFit(ObservedCascade(seconds: [0, 100], followers: [1e4, 50]), until: 300))
    let reached = 1e4 * 300 * density + 50 * 200 * density
    let coming = (1e4 + 50 - reached) / reached
    let size = try #require(mild.finalSize)
    #expect(abs(size - (2 + coming / (1 - 50 / reached))) < 1e-9)
    #expect(CascadeFit(observed, until: 50) == nil)
    #expect(CascadeFit(ObservedCascade(seconds: [0, 9], followers: [0, 0])) == nil)
  }

  /// Intervals of many events, where GSL's search need not end: by its distribution itself.
  @Test(arguments: [1, 20, 99, 100, 101, 1000, 15_562])
  func intervalsAreThoseOfThePoissonLaw(_ count: Int) throws {
    // So many reposts at once, of followers who are all exposed in the end.
    let seconds = [0.0] + [Double](repeating: 1, count: count)
    let followers = [1e6] + [Double](repeating: 0, count: count)
    let fit = try #require(
      CascadeFit(ObservedCascade(seconds: seconds, followers: followers), until: 300))
    let exposure = 1e6 * MemoryKernel().share(after: 300)
    let (low, high) = (fit.infectiousness.low * exposure, fit.infectiousness.high * exposure)
    #expect(abs(gsl_cdf_poisson_Q(UInt32(count) - 1, low) - 0.025) < 1e-4)
    #expect(abs(gsl_cdf_poisson_P(UInt32(count), high) - 0.025) < 1e-4)
  }

  private static let tweet = "../shared/data/cascade_seismic_tweet/tweet.csv"
  private static let isThere = FileManager.default.fileExists(atPath: tweet)

  /// SEISMIC's own example, 15,562 retweets in a week: the chance is 0.0046 on the whole, and falls
  /// with age, as the paper says.
  @Test(.enabled(if: isThere, "the recorded cascade is not in ../shared/data"))
  func aRealCascade() throws {
    let fit = try #require(CascadeFit(try ObservedCascade(path: Self.tweet)))
    #expect(fit.reposts == 15_562 && fit.observed == 604_257)
    #expect(abs(fit.infectiousness.value - 0.004_555) < 1e-6)
    #expect(abs(fit.infectiousness.low - 0.004_484) < 5e-6)
    #expect(abs(fit.branching.value - 1.1488) < 1e-3)
    let hour = try #require(CascadeFit(try ObservedCascade(path: Self.tweet), until: 3600))
    #expect(hour.reposts == 906 && abs(hour.infectiousness.value - 0.009_379) < 1e-6)
    #expect(try #require(fit.ages.last).infectiousness.high < hour.infectiousness.low)
  }
}
