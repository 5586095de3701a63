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
  @OptionGroup var runs: RunOptions
  @Option(
    help: ArgumentHelp(
      "Also write the answer: .json, .md (a comment) or .xml (JUnit).", valueName: "file"),
    completion: .file(extensions: ["json", "md", "xml"]))
  var out: [String] = []

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
    var experiment = Experiment(scenario, threads: try Asking.threadCount(runs.threads)) { line in
      if !runs.quiet { Output.progress(line) }
    }
    experiment.baseline = baseline
    defer { if !runs.quiet { Output.progress("") } }
    return try experiment.run(version: Feedsim.version)
  }
}
