import ArgumentParser
import Planning
import Reporting
import Settings

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "How many servers, how much money: the cheapest fleet that keeps every objective.",
    usage: """
      feedsim plan <scenario> [<option> ...]
      feedsim plan --preset <name> [<option> ...]
      feedsim plan diff <before> <after> [<option> ...]
      """,
    discussion: """
      Of a scenario fleets are searched: theory says where to look, simulation decides. Of a \
      preset an estimate is worked out in closed form, and nothing is simulated.

        feedsim plan quickstart --out fleet.yaml --out plan.md
        feedsim plan quickstart --users 5k --threshold 'feed.latency.p99 < 100ms'
        feedsim plan region-redundancy --sensitivity
        feedsim plan --preset s0 --users 3B --set headroom=30%
        feedsim plan diff aws-us-east-1-2024-08 aws-us-east-1-2026-08

      \(options)
      """,
    subcommands: [PlanFleet.self, PlanDiff.self], defaultSubcommand: PlanFleet.self)

  /// What the default subcommand takes. The parser tells of it only where `fleet` is spelt out,
  /// which nobody has to.
  private static var options: String {
    // A line that fills the screen would be broken once more.
    let lines = PlanFleet.helpMessage(columns: 79).split(
      separator: "\n", omittingEmptySubsequences: false)
    return lines.drop { $0 != "ARGUMENTS:" }.prefix { !$0.hasPrefix("  -h, --help") }
      .joined(separator: "\n")
  }
}

struct PlanFleet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fleet",
    abstract: "The cheapest fleet of a scenario, or a closed-form estimate of a preset.")

  @Argument(
    help: "A scenario file, or the name of a scenario.", completion: .scenario)
  var scenario: String?
  @Option(
    help: ArgumentHelp(
      "A closed-form estimate in place of a scenario: s0, s0-as-written, s1, s2 …",
      valueName: "name"), completion: .list(SheetCatalog.summaries.map(\.name)))
  var preset: String?
  @Option(help: ArgumentHelp("The population.", valueName: "n"))
  var users: String?
  @Option(
    help: ArgumentHelp(
      "A value that is put into the scenario, or into the estimate.", valueName: "path=value"),
    completion: .setting)
  var set: [String] = []
  @Option(
    help: ArgumentHelp("An objective beside the scenario's thresholds.", valueName: "rule"),
    completion: .metric)
  var threshold: [String] = []
  @Flag(help: "Also by how much the cost answers to each input, as elasticities.")
  var sensitivity = false
  @OptionGroup var runs: RunOptions
  @Option(
    help: ArgumentHelp("Also write the answer: .json, .md, .csv or .yaml.", valueName: "file"),
    completion: .file(extensions: ["json", "md", "csv", "yaml"]))
  var out: [String] = []

  func validate() throws {
    guard (scenario == nil) != (preset == nil) else {
      throw ValidationError("give either a scenario or --preset NAME")
    }
  }

  func run() throws {
    if let preset { try answerSheet(preset) } else { try answerFleet(scenario ?? "") }
  }
}
