import Planning
import Simulation
import Testing

@testable import Benchmarks
@testable import feedsim

/// 95 % intervals hold the truth in 95 % of cases, and a wrong interval is seen not to.
@Suite struct CoverageTests {
  /// M/M/1 at half load: sojourn times are exponential with a mean of 2 s, so p99 is 2 ln 100.
  /// Few replications, where a wrong t shows, and few jobs, so that many seeds are quick.
  private func study(seeds: Int) throws -> CoverageStudy {
    var study = try CoverageStudy(servers: 1, load: 0.5, mean: 2, p99: 9.210340372)
    study.plan.jobs = 10_000
    study.plan.warmUp = 500
    study.plan.replications = 4
    study.seeds = seeds
    return study
  }

  /// Of 400 seeds: 0.95 less and more three standard errors of 0.011.
  private let honest = 367...393

  @Test func intervalsCover() throws {
    var study = try study(seeds: 400)
    study.stopping = ReplicationPlan(exactly: 1)
    let covered = try study.run(threads: 2)
    #expect(honest.contains(covered.mean), "mean in \(covered.mean) of 400")
    #expect(honest.contains(covered.p99), "p99 in \(covered.p99) of 400")
  }

  /// Short replications, of which it takes more than the fewest there may be.
  @Test func stoppedIntervalsCover() throws {
    var study = try study(seeds: 400)
    study.plan.jobs = 2000
    study.stopping.precision?.relative = 0.025
    let covered = try study.run(threads: 2)
    // At least 0.93 less three standard errors of 0.013.
    #expect(covered.stopped >= 357, "stopped in \(covered.stopped) of 400")
    #expect(covered.replications > 400 * ReplicationPlan.leastForPrecision)
  }

  /// The same of a queue with two servers and more replications.
  @Test func intervalsOfTwoServersCover() throws {
    var study = try CoverageStudy(servers: 2, load: 0.6, mean: 1 / 0.64)
    study.plan.jobs = 2500
    study.plan.warmUp = 300
    study.plan.replications = 20
    study.stopping = ReplicationPlan(exactly: 1)
    study.seeds = 400
    let covered = try study.run(threads: 2)
    #expect(honest.contains(covered.mean), "mean in \(covered.mean) of 400")
  }

  /// Corrected for what was drawn, narrower, and as often right: services of two kinds, few and
  /// short replications, and seeds of their own.
  @Test func controlledIntervalsCover() throws {
    var study = try CoverageStudy(
      servers: 1, load: 0.5, service: "hyperexponential(mean 1s, cv 1.5)", mean: 2.625)
    study.plan.jobs = 4000
    study.plan.warmUp = 300
    study.plan.replications = 20
    study.stopping = ReplicationPlan(exactly: 1)
    (study.firstSeed, study.seeds) = (50_000, 400)
    let covered = try study.run(threads: 2)
    #expect(honest.contains(covered.mean), "mean in \(covered.mean) of 400")
    #expect(covered.narrower > 400 * 1.15, "\(covered.narrower / 400) times narrower")
  }

  /// The normal quantile in the place of Student's: 1.96 for 3.18, and 86 % for 95.
  @Test func aNormalQuantileIsCaught() throws {
    var study = try study(seeds: 400)
    study.stopping = ReplicationPlan(exactly: 1)
    study.intervals = { _, runs in
      func interval(_ values: [Double]) -> Estimate {
        let spread = Spread(of: values)
        return Estimate(
          value: spread.mean,
          halfWidth: 1.959964 * (spread.variance / Double(spread.count)).squareRoot())
      }
      let sojourns = runs.compactMap { $0.samples["sojourn_time"] }
      return (interval(sojourns.map(\.mean)), interval(sojourns.map { $0.quantiles[2] }))
    }
    let covered = try study.run(threads: 2)
    #expect(covered.mean < honest.lowerBound, "mean in \(covered.mean) of 400")
    #expect(covered.p99 < honest.lowerBound, "p99 in \(covered.p99) of 400")
  }

  /// All jobs in one sample, as if they did not wait for one another.
  @Test func aSampleOfJobsIsCaught() throws {
    var study = try study(seeds: 200)
    study.stopping = ReplicationPlan(exactly: 1)
    study.intervals = { _, runs in
      let sojourns = runs.compactMap { $0.samples["sojourn_time"] }
      let count = sojourns.reduce(0) { $0 + Double($1.count) }
      let variance = sojourns.reduce(0) { $0 + ($1.variance ?? 0) } / Double(sojourns.count)
      let mean = Estimate(
        value: Spread(of: sojourns.map(\.mean)).mean,
        halfWidth: 1.959964 * (variance / count).squareRoot())
      return (mean, nil)
    }
    let covered = try study.run(threads: 2)
    #expect(covered.mean < 150 && covered.p99 == 0, "mean in \(covered.mean) of 200")
  }

  @Test func threadsDoNotMatter() throws {
    let study = try study(seeds: 6)
    #expect(try study.run(threads: 1) == study.run(threads: 3))
  }

  /// `feedsim bench` alone stays quick.
  @Test func runsOnlyWhenAsked() {
    #expect(Benchmark.all.filter(\.isLong).map(\.name) == ["coverage", "plan", "scale"])
  }
}
