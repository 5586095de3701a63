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

  @OptionGroup var choice: ScenarioChoice
  @Option(
    help: ArgumentHelp("A rule to hold, beside the scenario's own.", valueName: "rule"),
    completion: .metric)
  var threshold: [String] = []
  @OptionGroup var runs: RunOptions
  @OptionGroup var outputs: ReportFiles

  func run() throws {
    let files = try outputs.prepared()
    let asking = Asking(
      scenario: choice.scenario, set: choice.set, threshold: threshold, seed: runs.seed,
      replications: runs.replications)
    let experiment = Experiment(
      try asking.question(), threads: try Asking.threadCount(runs.threads)
    ) { line in
      if !runs.quiet { Output.progress(line) }
    }
    if !runs.quiet { PriceShelf.note(experiment.scenario.prices) }
    try answer(experiment, files)
  }

  /// Runs what was asked and writes what came of it; nothing is written of a run that fails.
  func answer(_ experiment: Experiment, _ files: [ReportFiles.File]) throws {
    let result = try finished(experiment)
    for file in files { try file.write(result) }
    if runs.json {
      try Output.write(JSONReport().text(result))
    } else if !runs.quiet {
      try Output.write(ConsoleReport(colour: Output.usesColour).text(result))
    }
    if !result.passed { throw ExitCode.thresholdFailed }
  }

  /// The progress line is gone afterwards, whatever came of the run.
  private func finished(_ experiment: Experiment) throws -> Planning.Result {
    defer { if !runs.quiet { Output.progress("") } }
    return try experiment.run(version: Feedsim.version)
  }
}
