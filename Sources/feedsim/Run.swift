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
        feedsim run Scenarios/celebrity-post.yaml --set fanOut.pushBelow=3k --out answer.md
        feedsim run quickstart --threshold 'feed.latency.p99 < 200ms' --json
      """)

  @Argument(help: "A scenario file, or the name of a scenario in Scenarios/.")
  var scenario: String

  @Option(
    help: ArgumentHelp(
      "A value to put in, such as fanOut.pushBelow=3k.", valueName: "path=value"))
  var set: [String] = []
  @Option(help: ArgumentHelp("A rule to hold, beside the scenario's own.", valueName: "rule"))
  var threshold: [String] = []
  @Option(help: "The seed of every random stream.")
  var seed: String?
  @Option(help: "Independent runs over one population, for the intervals.")
  var replications: String?
  @Option(help: "Threads; the result is the same for any number.")
  var threads: Int?
  @Flag(help: "One JSON document on stdout instead of the summary.")
  var json = false
  @Option(
    help: ArgumentHelp("Also write the report: .json, .md or .csv.", valueName: "file"))
  var out: [String] = []
  @Flag(help: "No summary and no progress; the exit code and --out tell.")
  var quiet = false

  func run() throws {
    let files = try out.map { try OutputFile($0, formats: [.json, .md, .csv]) }
    var scenario = try Scenario(
      reading: ScenarioFolder.find(scenario),
      overrides: set + given("seed", seed)
        + given("replications", replications))
    for rule in threshold {
      scenario.thresholds.append(
        try Threshold(
          parsing: rule, at: SourceLocation(argument: "--threshold"),
          costs: scenario.prices != nil))
    }
    let result = try Experiment(scenario, threads: try threadCount()) { line in
      if !quiet { Output.progress(line) }
    }.run(version: Feedsim.version)
    if !quiet { Output.progress("") }
    for file in files {
      guard let reporter = Catalog.reporters.reporter(file.format.rawValue) else { continue }
      try file.write(reporter.text(result))
    }
    if json {
      try Output.write(JSONReport().text(result))
    } else if !quiet {
      try Output.write(ConsoleReport(colour: Output.usesColour).text(result))
    }
    if !result.passed { throw ExitCode.thresholdFailed }
  }

  private func given(_ key: String, _ value: String?) -> [String] {
    value.map { ["\(key)=\($0)"] } ?? []
  }

  private func threadCount() throws -> Int {
    guard let threads else { return ProcessInfo.processInfo.activeProcessorCount }
    guard (1...1024).contains(threads) else {
      throw ValidationError("--threads \(threads): must be from 1 to 1024")
    }
    return threads
  }
}
