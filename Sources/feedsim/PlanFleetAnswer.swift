import ArgumentParser
import Planning
import Reporting
import Settings

extension PlanFleet {
  /// The search over fleets of a scenario.
  func answerFleet(_ scenario: String) throws {
    let files = try out.map { try OutputFile($0, formats: [.json, .md, .csv, .yaml]) }
    let threads = try Asking.threadCount(runs.threads)
    var plan = try PlanRun(
      reading: ScenarioFolder.find(scenario), overrides: set + overrides(), rules: threshold,
      version: Feedsim.version)
    plan.withSensitivity = sensitivity
    if !runs.quiet { PriceShelf.note(plan.prices) }
    let answer = try planned(plan, threads)
    let report = PlanReport(answer)
    let fleets = files.filter { $0.format == .yaml }
    for file in fleets where answer.designs.contains(where: { $0.plan != nil }) {
      try file.write(plan.fleetFile(answer, at: file.path))
    }
    try runs.give(report, to: files.filter { $0.format != .yaml })
    if !answer.isFeasible { throw ExitCode.thresholdFailed }
  }

  /// The options that stand for keys.
  private func overrides() throws -> [String] {
    var overrides = try RunOptions.overrides(seed: runs.seed, replications: runs.replications)
    if let users {
      let count = try readingOption("--users") { try Quantity.count(users) }
      guard count >= 2 else { throw ValidationError("--users \(users): must be at least 2") }
      overrides.append("audience.users=\(count)")
    }
    return overrides
  }

  /// The progress line is gone afterwards, whatever came of the search.
  private func planned(_ plan: PlanRun, _ threads: Int) throws -> PlanAnswer {
    defer { if !runs.quiet { Output.progress("") } }
    return try plan.run(threads: threads) { line in
      if !runs.quiet { Output.progress(line) }
    }
  }
}
