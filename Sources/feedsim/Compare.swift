import ArgumentParser
import Planning
import Reporting
import Settings

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say which figures a change has moved: two results, or two scenarios side by side.",
    discussion: """
      Scenarios run with one seed and one number of replications, so that both sides see the same \
      users, posts and services, and their differences are compared pair by pair. --set is for \
      CHANGED. A scenario with several designs, or its result, may stand alone: its later designs \
      are compared with the first.

        feedsim compare quickstart quickstart --set fanOut.policy=pull
        feedsim compare push-pull-hybrid
        feedsim compare before.json after.json --tolerance 2% --out change.md
      """)

  @Argument(
    help: "A result document (.json), a scenario file or the name of a scenario.",
    completion: .scenarioOrResult)
  var base: String
  @Argument(help: "The same, after the change.", completion: .scenarioOrResult)
  var changed: String?

  @Option(
    help: ArgumentHelp(
      "A value to put into CHANGED, such as fanOut.pushBelow=3k.", valueName: "path=value"),
    completion: .setting)
  var set: [String] = []
  @OptionGroup var comparing: Comparing

  func run() throws {
    let tolerance = try comparing.share
    let files = try comparing.files
    let comparison = try changed.map { try compare(base, $0, tolerance) } ?? designs(tolerance)
    try comparing.runs.give(
      ComparisonReport(comparison, feedsimVersion: Feedsim.version), to: files)
  }

  private func designs(_ tolerance: Double) throws -> Comparison {
    if let result = try document(base) {
      try refuseOptionsOfARun()
      return try Comparison(designsOf: result, tolerance: tolerance)
    }
    let scenario = try asking(base, set).question()
    guard scenario.designs.count > 1 else {
      throw ValidationError(
        "\(base) has one design; give what it is to be compared with, CHANGED")
    }
    return try Comparison(designsOf: comparing.result(of: scenario), tolerance: tolerance)
  }

  private func compare(
    _ base: String, _ changed: String, _ tolerance: Double
  ) throws -> Comparison {
    let (before, after) = (try document(base), try document(changed))
    if let before, let after {
      try refuseOptionsOfARun()
      return try Comparison(before, after, tolerance: tolerance)
    }
    if after != nil, !set.isEmpty {
      throw ValidationError("--set is for a scenario that is run, and CHANGED is a result")
    }
    var asked = asking(base, [])
    if let after { asked = asked.alike(after.seed, after.replications) }
    var left = try before.map(Side.result) ?? .scenario(asked.question())
    let seed = left.seed
    func right(_ replications: Int, _ horizon: Horizon) throws -> Side {
      let second = asking(changed, set).alike(seed, replications)
      return try after.map(Side.result) ?? .scenario(second.question().alike(horizon))
    }
    // Before a run that would be in vain.
    let other = try right(left.leastReplications, left.horizon)
    if case .scenario(let scenario) = left { left = .scenario(scenario.alike(other.horizon)) }
    try Comparison.checkHorizon(left.horizon, other.horizon)
    let first = try result(of: left)
    return try Comparison(
      first, result(of: right(first.replications, first.horizon)), tolerance: tolerance)
  }

  /// What an argument names.
  private enum Side {
    case result(Planning.Result)
    case scenario(Scenario)

    var seed: UInt64 {
      switch self {
      case .result(let result): result.seed
      case .scenario(let scenario): scenario.seed
      }
    }
    /// A precision may ask for more.
    var leastReplications: Int {
      switch self {
      case .result(let result): result.replications
      case .scenario(let scenario): scenario.replications.least
      }
    }
    var horizon: Horizon {
      switch self {
      case .result(let result): result.horizon
      case .scenario(let scenario): scenario.horizon
      }
    }
  }

  private func result(of side: Side) throws -> Planning.Result {
    switch side {
    case .result(let result): result
    case .scenario(let scenario): try comparing.result(of: scenario)
    }
  }

  private func asking(_ scenario: String, _ set: [String]) -> Asking {
    Asking(
      scenario: scenario, set: set, seed: comparing.runs.seed,
      replications: comparing.runs.replications)
  }

  /// The result that an argument names; nil where it names a scenario.
  private func document(_ path: String) throws -> Planning.Result? {
    path.hasSuffix(".json") ? try ResultDocument.read(path) : nil
  }

  private func refuseOptionsOfARun() throws {
    let given = [
      ("--set", !set.isEmpty), ("--seed", comparing.runs.seed != nil),
      ("--replications", comparing.runs.replications != nil),
      ("--threads", comparing.runs.threads != nil),
    ]
    guard let option = given.first(where: \.1)?.0 else { return }
    throw ValidationError("\(option) is for a scenario that is run, and only results are given")
  }
}
