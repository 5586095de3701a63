import ArgumentParser
import FeedSystem
import Planning
import Settings
import Simulation

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List what a scenario or a queue can choose from, and the scenarios there are.")

  @Argument(
    help: "One section of the list; without it, all of them.",
    completion: .custom { _, _, _ in sections.map(\.name) })
  var section: String?

  /// A titled list of names; the order here is the order shown.
  private struct Section {
    let name: String
    let entries: [(name: String, summary: String)]
  }

  private static var sections: [Section] {
    [
      Section(name: "fan-out", entries: Catalog<any FanOutPolicy>.fanOut.summaries),
      Section(name: "cache", entries: Catalog<any CachePolicy>.cache.summaries),
      Section(name: "admission", entries: Catalog<any AdmissionRule>.admission.summaries),
      Section(name: "ranking", entries: Catalog<any RankingStage>.ranking.summaries),
      Section(name: "balancing", entries: Catalog<any Balancing>.balancing.summaries),
      Section(
        name: "admission-control", entries: Catalog<any CallAdmission>.callAdmission.summaries),
      Section(name: "faults", entries: Catalog<any Fault>.faults.summaries),
      Section(name: "arrivals", entries: ArrivalProcess.forms.map { ($0.form, $0.summary) }),
      Section(name: "distributions", entries: Distribution.forms.map { ($0.form, $0.summary) }),
      Section(name: "estimates", entries: SheetCatalog.summaries),
    ]
      + ScenarioFolder.Section.allCases.map {
        Section(
          name: $0.rawValue,
          entries: $0 == .prices ? PriceShelf.entries : ScenarioFolder.files(in: $0))
      }
  }

  func run() throws {
    var sections = Self.sections
    if let section {
      guard let found = sections.first(where: { $0.name == section }) else {
        let names = sections.map(\.name).joined(separator: ", ")
        throw ValidationError("there is no list of \"\(section)\"; known: \(names)")
      }
      sections = [found]
    }
    try Output.write(sections.map(Self.text).joined(separator: "\n"))
  }

  private static func text(_ section: Section) -> String {
    var text = "\(section.name)\n"
    if section.entries.isEmpty { return text + "  none here\n" }
    let width = section.entries.map(\.name.count).max() ?? 0
    for entry in section.entries {
      let padding = String(repeating: " ", count: width - entry.name.count)
      text +=
        entry.summary.isEmpty
        ? "  \(entry.name)\n" : "  \(entry.name)\(padding)  \(entry.summary)\n"
    }
    return text
  }
}
