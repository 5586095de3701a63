import ArgumentParser
import Reporting

struct Report: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a result again, in any format, without simulating again.",
    discussion: """
      RESULT.json is what run --json or run --out RESULT.json wrote, or the folder of a sweep, \
      which is reported as .html, .csv or .json. Without --out the summary is printed. The exit \
      code tells whether the report was made, not whether the rules hold.

        feedsim report answer.json
        feedsim report answer.json --out answer.html --out answer.csv
        feedsim report sweep --out sweep.html
      """)

  @Argument(
    help: ArgumentHelp("A result document, or the folder of a sweep.", valueName: "result.json"),
    completion: .result)
  var document: String
  @OptionGroup var outputs: ReportFiles

  func run() throws {
    if let sweep = SweepFolder.document(named: document) { return try report(sweep: sweep) }
    let files = try outputs.prepared()
    let result = try ResultDocument.read(document)
    for file in files { try file.write(result) }
    if files.isEmpty { try Output.write(ConsoleReport(colour: Output.usesColour).text(result)) }
  }

  private func report(sweep path: String) throws {
    let files = try outputs.out.map { try OutputFile($0, formats: [.html, .csv, .json]) }
    let charts = try files.contains { $0.format == .html } ? outputs.library.text : nil
    let report = try SweepDocument.read(path)
    for file in files {
      switch file.format {
      case .csv: try file.write(report.csv)
      case .json: try file.write(report.json)
      case .html, .md, .xml, .yaml: try file.write(report.page(charts: charts))
      }
    }
    if files.isEmpty { try Output.write(report.table) }
  }
}
