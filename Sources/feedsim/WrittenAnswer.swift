import Reporting

/// An answer of its own kind, in words and as data.
protocol WrittenAnswer {
  var json: String { get }
  func console(colour: Bool) -> String
  /// In a format that its command can write.
  ///
  /// - Parameter charts: Chart.js for a page.
  func text(_ format: OutputFile.Format, charts: String?) -> String
}

extension RunOptions {
  /// Writes an answer to its files first, and then says it.
  func give(
    _ answer: some WrittenAnswer, to files: [OutputFile], charts: String? = nil
  ) throws {
    for file in files { try file.write(answer.text(file.format, charts: charts)) }
    if json {
      try Output.write(answer.json)
    } else if !quiet {
      try Output.write(answer.console(colour: Output.usesColour))
    }
  }
}

extension ComparisonReport: WrittenAnswer {
  func text(_ format: OutputFile.Format, charts: String?) -> String {
    switch format {
    case .md: markdown
    case .xml: xml
    default: json
    }
  }
}

extension ExplanationReport: WrittenAnswer {
  func text(_ format: OutputFile.Format, charts: String?) -> String {
    format == .md ? markdown : json
  }
}

extension PlanReport: WrittenAnswer {
  func text(_ format: OutputFile.Format, charts: String?) -> String {
    switch format {
    case .md: markdown
    case .csv: csv
    default: json
    }
  }
}

extension TuneReport: WrittenAnswer {
  func text(_ format: OutputFile.Format, charts: String?) -> String {
    switch format {
    case .md: markdown
    case .csv: csv
    case .html: page(charts: charts)
    default: json
    }
  }
}
