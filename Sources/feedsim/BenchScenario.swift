import Benchmarks
import Glibc
import Planning

extension Benchmark {
  /// The main job whole: three designs of one population, started warm, on one thread.
  static let scenario = Benchmark(
    name: "scenario", summary: "push-pull-hybrid from graph to result, and its memory"
  ) { size, _ in
    let users = size == .large ? 1_000_000 : 20_000
    let name = "push-pull-hybrid, \(users) users, one hour"
    // Everything grows with the population, so that the three designs stay what they are.
    let overrides = [
      "audience.users=\(users)", "audience.graph.maximum=\(users / 5)", "replications=1",
      "designs.hybrid.fanOut.pushBelow=\(users / 100)",
      "designs.hybrid.fanOut.pullFrom=\(users / 5)",
    ]
    let start = BenchTimer.cpuNanoseconds()
    let path = try ScenarioFolder.find("push-pull-hybrid")
    let scenario = try Scenario(reading: path, overrides: overrides)
    _ = try Experiment(scenario, threads: 1).run(version: Feedsim.version)
    let seconds = Double(BenchTimer.cpuNanoseconds() - start) / 1e9
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let large = size == .large
    return [
      BenchLine(name: name, value: seconds, unit: "s of CPU", target: large ? "<= 60" : nil),
      BenchLine(
        name: name, value: Double(usage.ru_maxrss) * 1024 / 1_073_741_824,
        unit: "GiB at the most", target: large ? "<= 4" : nil),
    ]
  }
}
