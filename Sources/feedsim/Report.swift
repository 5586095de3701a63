import ArgumentParser
import Reporting

struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a result again, in any format, without simulating again.",
    discussion: """
      RESULT.json is what run --json or run --out RESULT.json wrote. Without --out the summary \
      is printed. The exit code tells whether the report was made, not whether the rules \
      hold.

        feedsim report answer.json
        feedsim report answer.json --out answer.html --out answer.csv
      """)

  @Argument(
    help: ArgumentHelp("A result document.", valueName: "result.json"), completion: .result)
  var document: String
  @OptionGroup var outputs: ReportFiles

  func run() throws {
    let files = try outputs.prepared()
    let result = try ResultDocument.read(document)
    for file in files { try file.write(result) }
    if files.isEmpty { try Output.write(ConsoleReport(colour: Output.usesColour).text(result)) }
  }
}
