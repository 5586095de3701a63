import Benchmarks
import Planning

extension Benchmark {
  /// What it costs to look: control loops that look every 30 s, and never find a reason to act.
  static let control = Benchmark(
    name: "control",
    summary: "scaling, emergency, brown-out and admission, looking without acting: ≤ 5 % asked"
  ) { size, _ in
    let study = ControlStudy(size)
    let plain = try study.scenario()
    let loops = try study.scenario(ControlStudy.loops)
    let all = try study.scenario(ControlStudy.loops + ControlStudy.admission)
    var least = [Double](repeating: .infinity, count: 3)
    for _ in 0..<study.repeats {
      // By turns, so that a busy minute of the machine's meets all of them.
      for (index, scenario) in [plain, loops, all].enumerated() {
        let start = BenchTimer.cpuNanoseconds()
        _ = try Experiment(scenario, threads: 1).run(version: Feedsim.version)
        least[index] = min(least[index], Double(BenchTimer.cpuNanoseconds() - start) / 1e6)
      }
    }
    func line(_ name: String, _ index: Int) -> BenchLine {
      BenchLine(
        name: name, value: least[index], unit: "ms of CPU", ratio: least[index] / least[0],
        baseline: "none", target: "<= 1.05")
    }
    return [
      BenchLine(name: "\(study.name), no control loops", value: least[0], unit: "ms of CPU"),
      line("scaling, emergency and brown-out, every 30 s", 1),
      line("and admission control", 2),
    ]
  }
}

/// One run with control loops whose limits nothing reaches, and the same run without: the same
/// posts, loads and services, so that what differs is the looking.
struct ControlStudy {
  /// No limit of these is ever reached.
  private static let limits = "cpu: none, p99: 24h, errors: 100%, queue: 1G"

  static let loops =
    ["gateway", "ranking", "fanOutWorkers"].map {
      "tiers.\($0).scaling={up: {\(limits)}, down: {cpu: 0%}}"
    } + [
      "emergency={when: {\(limits)}}",
      "degraded={when: {\(limits)}, feed: {length: 20}}",
    ]
  static let admission = ["gateway", "ranking"].map { "tiers.\($0).admission={target: 1h}" }

  let users: Int
  let hours: Int
  let repeats: Int

  init(_ size: BenchSize) {
    (users, hours, repeats) = size == .large ? (20_000, 24, 9) : (2000, 6, 3)
  }

  var name: String { "\(users) users, \(hours) hours" }

  /// The tiers with admission are guarded in all of them: what a guarded call costs is not the
  /// loops'.
  func scenario(_ overrides: [String] = []) throws -> Scenario {
    let common = [
      "audience.users=\(users)", "audience.graph.maximum=\(users / 5)", "duration=\(hours)h",
      "replications=1", "tiers.gateway.balancing=shared", "tiers.ranking.balancing=shared",
    ]
    return try Scenario(
      reading: try ScenarioFolder.find("quickstart"), overrides: common + overrides)
  }
}
