import ArgumentParser
import Planning
import Reporting

struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Hold a scenario against an earlier result: fail only on what has become worse.",
    discussion: """
      The exit code is 99 when a figure has regressed, its whole interval being worse than the \
      tolerance and more than chance brings forth among so many figures, or when a threshold \
      fails. Rules may compare with the baseline: its figure, more or less by a share of it or by \
      an amount.

        feedsim check quickstart --baseline main.json
        feedsim check quickstart --baseline main.json --tolerance 2% --out comment.md
        feedsim check quickstart --baseline main.json \\
          --threshold 'cost.month <= baseline + 5%'
      """)

  @OptionGroup var choice: ScenarioChoice
  @Option(
    help: ArgumentHelp(
      "What feedsim run --out wrote before the change.", valueName: "result.json"),
    completion: .result)
  var baseline: String
  @Option(
    help: ArgumentHelp("A rule to hold, beside the scenario's own.", valueName: "rule"),
    completion: .metric)
  var threshold: [String] = []
  @Flag(help: "Fail too where a figure's interval does not tell.")
  var failOnInconclusive = false
  @OptionGroup var comparing: Comparing

  func run() throws {
    let tolerance = try comparing.share
    let files = try comparing.files
    let base = try ResultDocument.read(baseline)
    let asking = Asking(
      scenario: choice.scenario, set: choice.set, threshold: threshold, seed: comparing.runs.seed,
      replications: comparing.runs.replications, hasBaseline: true
    ).alike(base.seed, base.replications)
    let question = try asking.question().alike(base.horizon)
    try Comparison.checkHorizon(base.horizon, question.horizon)
    let result = try comparing.result(of: question, against: base)
    let report = ComparisonReport(
      try Comparison(base, result, tolerance: tolerance),
      gate: .init(designs: result.designs, failsOnInconclusive: failOnInconclusive),
      feedsimVersion: Feedsim.version, notes: notes(base, result))
    try comparing.runs.give(report, to: files)
    if !report.passed { throw ExitCode.thresholdFailed }
  }

  private func notes(_ base: Planning.Result, _ result: Planning.Result) -> [String] {
    guard base.seed == result.seed, comparing.runs.seed == nil else { return [] }
    let noun = result.replications == 1 ? "replication" : "replications"
    return [
      "Run with the baseline's seed, \(base.seed), and \(result.replications) \(noun): both "
        + "sides see the same users, posts and services."
    ]
  }
}
