import ArgumentParser
import Settings

/// How a scenario is run, and how loud: alike in every command that runs one.
struct RunOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The seed of every random stream.", valueName: "n"))
  var seed: String?
  @Option(
    help: ArgumentHelp(
      "Independent runs over one population, for the intervals.", valueName: "n"))
  var replications: String?
  @Option(
    help: ArgumentHelp(
      "Threads, as many as there are cores if not given; the result is the same for any.",
      valueName: "n"))
  var threads: Int?
  @Flag(help: "One JSON document on stdout instead of the summary.")
  var json = false
  @Flag(help: "No summary and no progress; the exit code and --out tell.")
  var quiet = false
}

extension RunOptions {
  /// Seed and replications as they are put into a scenario under all points.
  ///
  /// - Throws: a usage error for what cannot be either.
  static func overrides(seed: String?, replications: String?) throws -> [String] {
    var overrides: [String] = []
    if let seed {
      overrides.append("seed=\(try readingOption("--seed") { try Quantity.unsigned(seed) })")
    }
    if let replications {
      let count = try readingOption("--replications") { try Quantity.count(replications) }
      guard (1...10_000).contains(count) else {
        throw ValidationError("--replications \(count): must be from 1 to 10000")
      }
      overrides.append("replications=\(count)")
    }
    return overrides
  }
}
