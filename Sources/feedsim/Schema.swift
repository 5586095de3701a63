import ArgumentParser
import Reporting
import Settings

struct Schema: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the JSON Schema of a document that feedsim reads or writes.",
    discussion: """
      Editors check and complete a scenario by its schema, where they find this comment in it:

        feedsim schema scenario > feedsim.schema.json
        # yaml-language-server: $schema=feedsim.schema.json

      feedsim init writes both.
      """)

  @Argument(
    help: "Whose schema; without a name, those that there are are listed.",
    completion: .list(documents.map(\.name)))
  var document: String?

  private static let documents:
    [(name: String, summary: String, text: @Sendable () throws -> String)] = [
      ("result", "what feedsim run --json and --out FILE.json write", { ResultSchema.text }),
      ("explanation", "what feedsim explain --json writes", { ExplanationSchema.text }),
      (
        "sweep", "what feedsim sweep --json and sweep.json in its folder hold", { SweepSchema.text }
      ),
      ("plan", "what feedsim plan SCENARIO --json writes", { PlanSchema.text }),
      ("tune", "what feedsim tune --json writes", { TuneSchema.text }),
      ("sheet", "what feedsim plan --preset NAME --json writes", { SheetSchema.text }),
      ("scenario", "what a scenario file may say", ScenarioSchema.text),
    ]

  func run() throws {
    guard let document else {
      let width = Self.documents.map(\.name.count).max() ?? 0
      let lines = Self.documents.map { document in
        let padding = String(repeating: " ", count: width - document.name.count)
        return "  \(document.name)\(padding)  \(document.summary)\n"
      }
      return try Output.write("schemas\n" + lines.joined())
    }
    guard let found = Self.documents.first(where: { $0.name == document }) else {
      throw ValidationError(
        "there is no schema of \"\(document)\""
          + Suggestion.text(for: document, among: Self.documents.map(\.name)))
    }
    try Output.write(found.text())
  }
}
