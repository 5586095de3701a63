import ArgumentParser
import Planning
import Reporting
import Settings

struct PlanDiff: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "What each price, and a scenario's bill, is in two price books.",
    discussion: """
      A result that feedsim run --out wrote is billed anew by both books, without a run: what was \
      used is the same, and machines are counted by what each book says that they hold.

        feedsim plan diff aws-us-east-1-2024-08 aws-us-east-1-2026-08
        feedsim plan diff aws-us-east-1-2026-08 gcp-us-central1-2024-08 \\
          --scenario quickstart
        feedsim plan diff aws-us-east-1-2026-08 my-book.yaml answer.json \\
          --out bill.md
      """)

  @Argument(help: "A price book: its name, or its path.", completion: .priceSheet)
  var before: String
  @Argument(help: "The price book to hold against it.", completion: .priceSheet)
  var after: String
  @Argument(
    help: ArgumentHelp("A result whose bill is told by both.", valueName: "result.json"),
    completion: .result)
  var result: String?
  @Option(
    help: ArgumentHelp("A scenario that is run for its bill.", valueName: "scenario"),
    completion: .scenario)
  var scenario: String?
  @Option(
    help: ArgumentHelp(
      "A value to put into the scenario, such as purchase=spot.", valueName: "path=value"),
    completion: .setting)
  var set: [String] = []
  @OptionGroup var runs: RunOptions
  @Option(
    help: ArgumentHelp("Also write the answer: .json, .md or .csv.", valueName: "file"),
    completion: .file(extensions: ["json", "md", "csv"]))
  var out: [String] = []

  func validate() throws {
    guard result == nil || scenario == nil else {
      throw ValidationError("give a result or --scenario, not both")
    }
    guard scenario == nil else { return }
    let given = [
      ("--set", !set.isEmpty), ("--seed", runs.seed != nil),
      ("--replications", runs.replications != nil), ("--threads", runs.threads != nil),
    ]
    if let option = given.first(where: \.1)?.0 {
      throw ValidationError("\(option) is for a scenario that is run; give --scenario")
    }
  }

  func run() throws {
    let files = try out.map { try OutputFile($0, formats: [.json, .md, .csv]) }
    let (one, other) = (try Self.sheet(before, "before"), try Self.sheet(after, "after"))
    // Before a run that would be in vain.
    let prices = try BookDiff(one, other)
    let diff = try answer().map { try BookDiff(one, other, of: $0) } ?? prices
    try runs.give(BookDiffReport(diff, feedsimVersion: Feedsim.version), to: files)
  }

  private static func sheet(_ name: String, _ argument: String) throws -> PriceSheet {
    let setting = Setting(
      .scalar(name), location: SourceLocation(argument: "<\(argument)>"))
    return try PriceSheet.read(setting, scenario: "\(ScenarioFolder.path)/any.yaml")
  }

  /// The result that bills are made of; nil where nobody asks for any.
  private func answer() throws -> Planning.Result? {
    if let result { return try ResultDocument.read(result) }
    guard let scenario else { return nil }
    // Nothing is judged here, and a rule may be in a currency that neither book is in.
    let asking = Asking(
      scenario: scenario, set: set + ["prices=\(before)", "thresholds=[]"], seed: runs.seed,
      replications: runs.replications)
    let experiment = Experiment(
      try asking.question(), threads: try Asking.threadCount(runs.threads)
    ) { line in
      if !runs.quiet { Output.progress(line) }
    }
    defer { if !runs.quiet { Output.progress("") } }
    return try experiment.run(version: Feedsim.version)
  }
}

extension BookDiffReport: WrittenAnswer {
  func text(_ format: OutputFile.Format, charts: String?) -> String {
    switch format {
    case .md: markdown
    case .csv: csv
    default: json
    }
  }
}
