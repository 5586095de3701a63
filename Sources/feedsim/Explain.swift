import ArgumentParser
import Planning
import Reporting
import Settings

struct Explain: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say why p99 is what it is, which tier gives way first and what helps most.",
    discussion: """
      Of a result, its scenario is run again with one thing changed at a time: more servers in \
      each tier, a larger feed cache. It is found by its name in Scenarios/, or given with \
      --scenario, and what was put in then with --set; it must be the one that the result is of. \
      A scenario alone is run first. Of several designs the first is explained.

        feedsim explain answer.json
        feedsim explain answer.json --scenario my-feed.yaml --set fanOut.pushBelow=3k
        feedsim explain push-pull-hybrid --design pull --out why.md
      """)

  @Argument(
    help: "A result document (.json), a scenario file or the name of a scenario.",
    completion: .scenarioOrResult)
  var subject: String
  @Option(
    help: ArgumentHelp("The scenario that a result is of.", valueName: "file"),
    completion: .scenario)
  var scenario: String?
  @Option(help: ArgumentHelp("Which of several designs to explain.", valueName: "name"))
  var design: String?
  @Option(
    help: ArgumentHelp(
      "A value that is put into the scenario, such as fanOut.pushBelow=3k.",
      valueName: "path=value"), completion: .setting)
  var set: [String] = []
  @Option(
    help: ArgumentHelp(
      "How much more of each tier and of the feed cache; at least one server.",
      valueName: "share"))
  var step = "25%"
  @Flag(help: "Only what the result, or one run, tells: nothing is changed and run again.")
  var withoutChanges = false
  @OptionGroup var runs: RunOptions
  @Option(
    help: ArgumentHelp("Also write the answer: .json or .md.", valueName: "file"),
    completion: .file(extensions: ["json", "md"]))
  var out: [String] = []

  func run() throws {
    let step = try readingOption("--step") { try Quantity.share(self.step) }
    guard step > 0, step <= 100 else {
      throw ValidationError("--step \(self.step): must be above 0%")
    }
    let threads = try Asking.threadCount(runs.threads)
    let files = try out.map { try OutputFile($0, formats: [.json, .md]) }
    let isDocument = subject.hasSuffix(".json")
    try refuseOptions(ofDocument: isDocument)
    let explanation =
      isDocument ? try ofDocument(step, threads) : try ofScenario(step, threads)
    try runs.give(
      ExplanationReport(explanation, feedsimVersion: Feedsim.version), to: files)
  }

  private func refuseOptions(ofDocument isDocument: Bool) throws {
    if isDocument, runs.seed != nil || runs.replications != nil {
      let option = runs.seed != nil ? "--seed" : "--replications"
      throw ValidationError("\(option) is for a scenario that is run, and a result has its own")
    }
    if !isDocument, scenario != nil {
      throw ValidationError("--scenario is for a result; \(subject) is taken for a scenario itself")
    }
    if isDocument, withoutChanges, scenario != nil || !set.isEmpty {
      let option = scenario != nil ? "--scenario" : "--set"
      throw ValidationError("\(option) is for changes, and --without-changes asks for none")
    }
  }

  // MARK: A scenario

  private func ofScenario(_ step: Double, _ threads: Int) throws -> Explanation {
    var asked = try Asking(
      scenario: subject, set: set, seed: runs.seed, replications: runs.replications,
      hasBaseline: true
    ).question()
    asked.designs = [try chosen(among: asked.designs, named: \.name)]
    return Explanation(
      try perturb(asked, step, threads, changes: !withoutChanges), step: step)
  }

  /// The progress line is gone afterwards, whatever came of the runs.
  private func perturb(
    _ scenario: Scenario, _ step: Double, _ threads: Int, changes: Bool = true,
    expecting fingerprint: UInt64? = nil
  ) throws -> Experiment.Perturbed {
    let experiment = Experiment(scenario, threads: threads) { line in
      if !runs.quiet { Output.progress(line) }
    }
    defer { if !runs.quiet { Output.progress("") } }
    return try experiment.perturb(
      step: changes ? step : nil, expecting: fingerprint, version: Feedsim.version)
  }

  /// The first design, or the one that was asked for.
  private func chosen<Design>(
    among designs: [Design], named name: (Design) -> String
  ) throws -> Design {
    if let design {
      if let found = designs.first(where: { name($0) == design }) { return found }
      let known = designs.map(name).filter { !$0.isEmpty }
      throw ValidationError(
        "--design \(design): \(subject) "
          + (known.isEmpty
            ? "has one design, without a name"
            : "has no such design" + Suggestion.text(for: design, among: known)))
    }
    guard let first = designs.first else { throw ValidationError("\(subject) has no design") }
    return first
  }

  // MARK: A result document

  private func ofDocument(_ step: Double, _ threads: Int) throws -> Explanation {
    let result = try ResultDocument.read(subject)
    let design = try chosen(among: result.designs, named: \.name)
    var held = Explanation(result, design)
    if withoutChanges { return held }
    switch try scenario(of: result, design) {
    case .failure(let why): held.notes.append("Nothing was changed and run again: \(why.reason)")
    case .success(let scenario):
      let perturbed = try perturb(scenario, step, threads, expecting: design.fingerprint)
      if perturbed.base.designs.first?.fingerprint == design.fingerprint {
        return Explanation(perturbed, step: step)
      }
      held.notes.append(
        "Nothing was changed and run again: this feedsim runs the scenario otherwise than the "
          + "one that wrote the result (version \(result.feedsimVersion)); run it anew.")
    }
    return held
  }

  private struct NotRun: Error {
    var reason: String
  }

  /// The scenario of a result with the one design, if it can be found: it is the one whose
  /// settings have the result's hash, as they are or with the result's seed and replications.
  ///
  /// - Throws: what is wrong with a scenario that `--scenario` gives.
  private func scenario(
    of result: Planning.Result, _ design: DesignResult
  ) throws -> Swift.Result<Scenario, NotRun> {
    let named = scenario ?? result.scenario
    do {
      for (seed, replications) in [(false, false), (true, false), (false, true), (true, true)] {
        var found = try Asking(
          scenario: named, set: set, seed: seed ? String(result.seed) : nil,
          replications: replications ? String(result.replications) : nil, hasBaseline: true
        ).question()
        guard found.hash == result.scenarioHash else { continue }
        found.designs = found.designs.filter { $0.name == design.name }
        found.replications = ReplicationPlan(exactly: result.replications)
        return .success(found)
      }
    } catch let problem as MissingInput where scenario == nil {
      return .failure(
        NotRun(reason: "no scenario \(problem.path) is found here; give it with --scenario."))
    } catch is InvalidInput where scenario == nil && set.isEmpty {
      return .failure(NotRun(reason: Self.isAnother(named)))
    }
    guard scenario != nil || !set.isEmpty else {
      return .failure(NotRun(reason: Self.isAnother(named)))
    }
    throw InvalidInput(
      "\(named) is not the scenario of \(subject), whose settings have the SHA-256 "
        + "\(result.scenarioHash); put in with --set what was put in when it was run")
  }

  private static func isAnother(_ scenario: String) -> String {
    "the \(scenario) found here is another than the result is of; give its file with --scenario, "
      + "and with --set what was put in."
  }
}
