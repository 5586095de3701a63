import ArgumentParser
import Reporting

/// Whose Chart.js goes into the pages that a command writes.
struct ChartOption: ParsableArguments {
  @Option(
    name: .customLong("chart-js"),
    help: ArgumentHelp(
      "The Chart.js that goes into an .html; without it \(ChartLibrary.variable) or Debian's.",
      valueName: "file"), completion: .file(extensions: ["js"]))
  var chartJS: String?

  /// Its text, if there is one.
  ///
  /// - Throws: `MissingInput` or `InvalidInput` for a file that cannot be used.
  var text: String? { get throws { try ChartLibrary.text(chartJS) } }
}
