import ArgumentParser
import Foundation
import Planning
import Reporting
import Settings

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Answer a scenario: simulate its designs and report what they do and cost.",
    discussion: """
      The exit code is 99 when a threshold fails, and the report is given all the same.

        feedsim run celebrity-post
        feedsim run celebrity-post --set fanOut.pushBelow=3k --out answer.html
        feedsim run quickstart --threshold 'feed.latency.p99 < 200ms' --json
      """)

  @Argument(help: "A scenario file, or the name of a scenario or preset in Scenarios/.")
  var scenario: String

  @Option(
    help: ArgumentHelp(
      "A value to put in, such as fanOut.pushBelow=3k.", valueName: "path=value"))
  var set: [String] = []
  @Option(help: ArgumentHelp("A rule to hold, beside the scenario's own.", valueName: "rule"))
  var threshold: [String] = []
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
  @OptionGroup var outputs: ReportFiles
  @Flag(help: "No summary and no progress; the exit code and --out tell.")
  var quiet = false

  func run() throws {
    let files = try outputs.prepared()
    let asking = Asking(
      scenario: scenario, set: set, threshold: threshold, seed: seed,
      replications: replications)
    let experiment = Experiment(
      try asking.question(), threads: try Asking.threadCount(threads)
    ) { line in
      if !quiet { Output.progress(line) }
    }
    try answer(experiment, files)
  }

  /// Runs what was asked and writes what came of it; nothing is written of a run that fails.
  func answer(_ experiment: Experiment, _ files: [ReportFiles.File]) throws {
    let result = try finished(experiment)
    for file in files { try file.write(result) }
    if json {
      try Output.write(JSONReport().text(result))
    } else if !quiet {
      try Output.write(ConsoleReport(colour: Output.usesColour).text(result))
    }
    if !result.passed { throw ExitCode.thresholdFailed }
  }

  /// The progress line is gone afterwards, whatever came of the run.
  private func finished(_ experiment: Experiment) throws -> Planning.Result {
    defer { if !quiet { Output.progress("") } }
    return try experiment.run(version: Feedsim.version)
  }
}
