import ArgumentParser
import Planning
import Reporting
import Settings

struct LintCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract: "Hold a scenario against the production checklist, without running it.",
    discussion: """
      Says what a design lacks of the seven items of a production checklist, which fan-out suits \
      its size, its reads and its writes, and what would protect it on a bad day; with each \
      finding a setting that mends it. It is advice: the exit code is 0 whatever is found, or 99 \
      with --strict.

        feedsim lint traffic-spike
        feedsim lint presets/s0 --users 3B      # what the small population stands for
      """)

  @OptionGroup var choice: ScenarioChoice
  @Option(
    help: ArgumentHelp(
      "The size to advise for, such as 3B; the scenario's own if not given.", valueName: "count"))
  var users: String?
  @Flag(help: "Print one JSON document.")
  var json = false
  @Flag(help: "Exit with 99 where anything is found.")
  var strict = false

  func run() throws {
    let users = try self.users.map { text in
      try readingOption("--users") { try Quantity.count(text) }
    }
    if let users, users < 1 { throw ValidationError("--users must be at least 1") }
    let scenario = try Scenario(
      reading: ScenarioFolder.find(choice.scenario), overrides: choice.set)
    let lint = try Lint(scenario, users: users)
    let report = LintReport(lint, of: scenario, feedsimVersion: Feedsim.version)
    try Output.write(json ? report.document : report.text)
    if strict, !lint.findings.isEmpty { throw ExitCode.thresholdFailed }
  }
}
