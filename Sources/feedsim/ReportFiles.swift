import ArgumentParser
import Planning
import Reporting
import Settings

/// The files a result is reported in, each in the format of its extension.
struct ReportFiles: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Also write the report: .html, .md, .csv, .json or .xml (JUnit).", valueName: "file"),
    completion: .report)
  var out: [String] = []
  @OptionGroup var library: ChartOption

  /// A file that can be made, and the format it is written in.
  struct File {
    fileprivate var output: OutputFile
    fileprivate var reporter: any Reporter

    func write(_ result: Planning.Result) throws { try output.write(reporter.text(result)) }
  }

  /// Everything that may be wrong with the files is said before any work is done.
  ///
  /// - Throws: a usage error for an extension that is no format, `OutputFailure` for a file that
  ///   cannot be made, `MissingInput` or `InvalidInput` for a Chart.js that cannot be used.
  func prepared() throws -> [File] {
    try out.map { path in
      let output = try OutputFile(path, formats: [.json, .md, .csv, .xml, .html])
      return File(output: output, reporter: try reporter(output.format))
    }
  }

  private func reporter(_ format: OutputFile.Format) throws -> any Reporter {
    if format == .html { return HTMLReport(charts: try library.text) }
    var none = Parameters.empty
    return try Catalog.reporters.make(format.rawValue, &none)
  }
}
