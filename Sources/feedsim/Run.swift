import ArgumentParser
import Foundation
import Planning

struct Run: ParsableCommand {
  @Argument var scenario: String
  @Option var set: [String] = []
  @Option var threads: Int = 2

  func run() throws {
    let scenario = try Scenario(reading: ScenarioFolder.find(scenario), overrides: set)
    let result = try Experiment(scenario, threads: threads) { Output.note($0) }.run(version: "0")
    for design in result.designs {
      try Output.write("== \(design.name) \(String(design.fingerprint, radix: 16))\n")
      for metric in design.metrics {
        let q = metric.quantiles.map {
          "\($0.name)=\($0.estimate.value)±\($0.estimate.halfWidth ?? 0)\($0.estimate.resolved ? "" : "?")"
        }.joined(separator: " ")
        try Output.write(
          "\(metric.name) [\(metric.unit.rawValue)] n=\(metric.count) \(metric.mean?.value ?? -1) ± \(metric.mean?.halfWidth ?? 0) \(q)\n"
        )
      }
      for c in design.checks { try Output.write("\(c.passed) \(c.name): \(c.detail)\n") }
      for n in design.notes + result.notes { try Output.write("\(n)\n") }
    }
  }
}
