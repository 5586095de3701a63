import ArgumentParser
import Foundation
import Planning
import Settings

/// A scenario as a command line asks it: its file, what is put in, and how it is run.
struct Asking {
  /// A file, or the name of a scenario or preset.
  var scenario: String
  /// `path=value`, in order.
  var set: [String] = []
  var threshold: [String] = []
  var seed: String?
  var replications: String?
  /// Whether rules may compare with a baseline.
  var hasBaseline = false

  func question() throws -> Scenario {
    var scenario = try read()
    for rule in threshold {
      scenario.thresholds.append(
        try Threshold(
          parsing: rule, at: SourceLocation(argument: "--threshold"),
          costs: scenario.prices != nil, currency: scenario.currency, hasBaseline: hasBaseline))
      scenario.arguments += ["--threshold", rule]
    }
    return scenario
  }

  private func read() throws -> Scenario {
    let given = [("seed", seed), ("replications", replications)]
    let overrides = given.compactMap { key, value in value.map { "\(key)=\($0)" } }
    do {
      let path = try ScenarioFolder.find(scenario)
      var asked = try Scenario(
        reading: path, overrides: set + overrides, hasBaseline: hasBaseline)
      asked.arguments += set.flatMap { ["--set", $0] }
      return asked
    } catch var problem as InvalidInput {
      // They are set like any other key, but that is not how they were written.
      for (key, value) in given
      where value != nil && problem.location == SourceLocation(argument: "--set \(key)") {
        problem.location = SourceLocation(argument: "--\(key)")
        problem.path = ""
      }
      throw problem
    }
  }

  /// The same with the seed and the replications of a result, where neither the options nor
  /// `--set` give them: only then are the replications of the two alike, pair by pair.
  func alike(_ seed: UInt64, _ replications: Int) -> Asking {
    var asking = self
    func isSet(_ key: String) -> Bool { set.contains { $0.hasPrefix("\(key)=") } }
    if self.seed == nil, !isSet("seed") { asking.seed = String(seed) }
    if self.replications == nil, !isSet("replications") {
      asking.replications = String(replications)
    }
    return asking
  }

  /// - Throws: a usage error for a number that cannot be.
  static func threadCount(_ threads: Int?) throws -> Int {
    guard let threads else { return ProcessInfo.processInfo.activeProcessorCount }
    guard (1...1024).contains(threads) else {
      throw ValidationError("--threads \(threads): must be from 1 to 1024")
    }
    return threads
  }
}
