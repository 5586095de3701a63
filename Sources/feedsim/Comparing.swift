import ArgumentParser
import Planning
import Reporting
import Settings

/// What `compare` and `check` share: how scenarios are run, how much of a change matters, and
/// where the answer goes.
struct Comparing: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What does not matter, as a share of the base's figure.", valueName: "share"))
  var tolerance = "5%"
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
  @Option(
    help: ArgumentHelp(
      "Also write the answer: .json, .md (a comment) or .xml (JUnit).", valueName: "file"))
  var out: [String] = []
  @Flag(help: "No summary and no progress; the exit code and --out tell.")
  var quiet = false

  var share: Double {
    get throws { try readingOption("--tolerance") { try Quantity.share(tolerance) } }
  }

  var files: [OutputFile] {
    get throws { try out.map { try OutputFile($0, formats: [.json, .md, .xml]) } }
  }

  /// The progress line is gone afterwards, whatever came of the run.
  func result(
    of scenario: Scenario, against baseline: Planning.Result? = nil
  ) throws -> Planning.Result {
    var experiment = Experiment(scenario, threads: try Asking.threadCount(threads)) { line in
      if !quiet { Output.progress(line) }
    }
    experiment.baseline = baseline
    defer { if !quiet { Output.progress("") } }
    return try experiment.run(version: Feedsim.version)
  }

  func give(_ report: ComparisonReport, _ files: [OutputFile]) throws {
    for file in files {
      let text =
        switch file.format {
        case .md: report.markdown
        case .xml: report.xml
        default: report.json
        }
      try file.write(text)
    }
    if json {
      try Output.write(report.json)
    } else if !quiet {
      try Output.write(report.console(colour: Output.usesColour))
    }
  }
}
