import ArgumentParser
import Planning
import Reporting
import Settings

extension PlanFleet {
  /// `--preset`: closed forms, no simulation.
  func answerSheet(_ preset: String) throws {
    let simulated: [(option: String, isGiven: Bool)] = [
      ("--threshold", !threshold.isEmpty), ("--seed", runs.seed != nil),
      ("--replications", runs.replications != nil), ("--threads", runs.threads != nil),
    ]
    if let given = simulated.first(where: \.isGiven) {
      throw ValidationError("\(given.option) is for a scenario; an estimate is not simulated")
    }
    let files = try out.map { try OutputFile($0, formats: [.json, .md, .csv]) }
    let sheet = try SheetCatalog.sheet(
      preset, users: users, overrides: set, sensitivity: sensitivity)
    try runs.give(SheetReport(sheet, feedsimVersion: Feedsim.version), to: files)
  }
}

extension SheetReport: WrittenAnswer {
  func text(_ format: OutputFile.Format, charts: String?) -> String {
    switch format {
    case .md: markdown
    case .csv: csv
    default: json
    }
  }
}
