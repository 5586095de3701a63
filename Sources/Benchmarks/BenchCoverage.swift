import Foundation
import Planning
import Simulation

extension Benchmark {
  /// Whether intervals hold what they promise, on a queue whose answers are known.
  public static let coverage = Benchmark(
    name: "coverage",
    summary: "how often 95 % intervals hold the truth: queues of 1,000 seeds; takes minutes",
    isLong: true
  ) { _, _ in
    let study = try CoverageStudy(servers: 1, load: 0.8, mean: 5, p99: 23.02585093)
    let threads = ProcessInfo.processInfo.activeProcessorCount
    let covered = try study.run(threads: threads)
    func line(_ name: String, _ count: Int, _ target: String) -> BenchLine {
      BenchLine(
        name: name, value: 100 * Double(count) / Double(study.seeds), unit: "% covered",
        target: target)
    }
    func gain(_ name: String, _ covered: CoverageStudy.Covered, _ study: CoverageStudy) -> BenchLine
    {
      BenchLine(
        name: "control variates, \(name)", value: covered.narrower / Double(study.seeds),
        unit: "x narrower")
    }
    var lines = [
      line("mean, 30 x 20000 jobs, M/M/1 at 0.8", covered.mean, "93.5 to 96.5"),
      line("p99, 30 x 20000 jobs, M/M/1 at 0.8", covered.p99, "92.7 to 97.3"),
      line("mean, stopped at ±2%, M/M/1 at 0.8", covered.stopped, ">= 93"),
      BenchLine(
        name: "replications until ±2%",
        value: Double(covered.replications) / Double(study.seeds), unit: "on average"),
      gain("M/M/1 at 0.8", covered, study),
    ]
    for (name, other) in try CoverageStudy.others() {
      let covered = try other.run(threads: threads)
      lines.append(line("mean, 20 x 20000 jobs, \(name)", covered.mean, "93.5 to 96.5"))
      lines.append(gain(name, covered, other))
    }
    return lines
  }
}

/// How often the intervals of a queue's sojourn time hold its true mean and p99, over many seeds.
///
/// The runs are those of `feedsim queue`, and the number of replications is decided by the plan
/// that decides it for scenarios.
struct CoverageStudy: Sendable {
  /// What is made of the replications of one seed.
  typealias Intervals = @Sendable (CoverageStudy, [QueueReplication]) -> (Estimate?, Estimate?)

  var design: QueueDesign
  var plan: QueuePlan
  var stopping = ReplicationPlan(
    least: ReplicationPlan.leastForPrecision, most: 1000,
    precision: .init(text: "±2% at 95%", relative: 0.02, confidence: 0.95, targets: []))
  /// True values, seconds.
  var mean: Double
  var p99: Double
  var seeds = 1000
  var firstSeed: UInt64 = 0
  /// The shipped ones, unless a test tries others.
  var intervals: Intervals = { study, runs in
    let sojourn = QueueModel.metrics(of: runs, study.design, study.plan)["sojourn_time"]
    let index = QueueModel.quantiles.firstIndex { $0.name == "p99" }
    return (sojourn?.mean, index.flatMap { sojourn?.quantiles[$0] })
  }

  /// Seeds whose interval holds the truth.
  struct Covered: Equatable {
    var mean = 0
    var p99 = 0
    /// Of the mean, after as many replications as ±2 % takes.
    var stopped = 0
    /// That it took, over all seeds.
    var replications = 0
    /// How many times narrower control variates make the mean's interval, over all seeds.
    var narrower = 0.0
  }

  /// Queues beside M/M/1, with the replications that `feedsim queue` takes by itself.
  static func others() throws -> [(name: String, study: CoverageStudy)] {
    let queues = [
      (
        "M/G/1 of cv 2 at 0.7",
        try CoverageStudy(
          servers: 1, load: 0.7, service: "hyperexponential(mean 1s, cv 2)", mean: 41.0 / 6)
      ),
      ("M/M/4 at 0.9", try CoverageStudy(servers: 4, load: 0.9, mean: 2.969383161)),
      (
        "M/D/1 at 0.8",
        try CoverageStudy(servers: 1, load: 0.8, service: "constant(1s)", mean: 3)
      ),
    ]
    return queues.map { name, study in
      var study = study
      study.plan.replications = 20
      study.stopping = ReplicationPlan(exactly: 1)
      return (name, study)
    }
  }

  /// Poisson arrivals at servers with a mean service time of 1 s: 30 replications of 20,000 jobs
  /// after 2,000.
  init(
    servers: Int, load: Double, service: String = "exponential(mean 1s)", mean: Double,
    p99: Double = .nan
  ) throws {
    design = try QueueText(
      arrivals: "\(load * Double(servers))/s", service: service, servers: "\(servers)"
    ).design()
    plan = QueuePlan(for: design)
    plan.jobs = 20_000
    plan.warmUp = 2000
    plan.replications = 30
    self.mean = mean
    self.p99 = p99
  }

  /// The same for any number of threads.
  func run(threads: Int) throws -> Covered {
    let nothing: @Sendable () -> Void = {}
    let each = try parallelMap(count: seeds, threads: threads, local: nothing) { seed, _ in
      covered(seed: firstSeed + UInt64(seed))
    }
    return each.reduce(into: Covered()) { sum, one in
      sum.mean += one.mean
      sum.p99 += one.p99
      sum.stopped += one.stopped
      sum.replications += one.replications
      sum.narrower += one.narrower
    }
  }

  private func covered(seed: UInt64) -> Covered {
    var runs: [QueueReplication] = []
    func extend(to total: Int) {
      while runs.count < total {
        runs.append(QueueModel.replication(design, plan, seed: seed, index: runs.count))
      }
    }
    var covered = Covered()
    extend(to: plan.replications)
    let (mean, p99) = intervals(self, runs)
    if mean?.holds(self.mean) ?? false { covered.mean = 1 }
    if p99?.holds(self.p99) ?? false { covered.p99 = 1 }
    let plain = Estimate.mean(of: runs.map { $0.samples["sojourn_time"]?.mean ?? .nan })
    covered.narrower = (plain.halfWidth ?? .nan) / (mean?.halfWidth ?? .nan)
    // The first replications are the same ones.
    covered.replications =
      stopping.carryOut { total in
        extend(to: total)
        return [[runs.prefix(total).map { $0.samples["sojourn_time"]?.mean ?? .nan }]]
      }.count
    let (stopped, _) = intervals(self, Array(runs.prefix(covered.replications)))
    if stopped?.holds(self.mean) ?? false { covered.stopped = 1 }
    return covered
  }
}
