import Planning

/// A closed-form estimate as text: its lines, what the document has otherwise, what moves it.
public struct SheetReport: Sendable {
  public var sheet: Sheet
  public var feedsimVersion: String

  public init(_ sheet: Sheet, feedsimVersion: String) {
    self.sheet = sheet
    self.feedsimVersion = feedsimVersion
  }

  // MARK: - In words

  /// The lines of each section that has any, in the order of sections.
  var sections: [(title: String, lines: [Sheet.Line])] {
    Sheet.Section.allCases.compactMap { section in
      let lines = sheet.lines.filter { $0.section == section }
      return lines.isEmpty ? nil : (section.title, lines)
    }
  }

  /// Whether any input is not the document's.
  private var isGiven: Bool { sheet.inputs.contains(where: \.isGiven) }

  func figure(_ line: Sheet.Line) -> String { SheetText.figure(line.value, line.unit) }

  /// How a line comes about: of a bill, `100 shard-month × $2,000.00`, and whose price that is.
  func derivation(_ line: Sheet.Line) -> String {
    guard let price = line.price else { return line.formula }
    let quantity = SheetText.figure(price.quantity, price.unit)
    var text = "\(quantity) × $\(SheetText.price(price.amount))"
    if line.section == .realCost, let ratio = price.ratio, let seed = price.seedAmount {
      let whose = isGiven ? "the first bill's" : "the document's"
      text += ", \(SheetText.number(ratio))× \(whose) $\(SheetText.price(seed))"
    }
    return text
  }

  /// Where a line's figure, or its price, is from.
  func provenance(_ line: Sheet.Line) -> String {
    guard line.section == .realCost, let price = line.price else { return line.source }
    return "\(line.source), \(price.date)"
  }

  /// `timeline.storage: 102,400,000 GiB in the document, 100,000 GiB is right: …`
  ///
  /// With inputs of one's own a figure stands in no document, but follows from what it does.
  func difference(_ difference: Sheet.Difference) -> String {
    let (written, right) = SheetText.pair(
      difference.written, difference.right, difference.unit)
    let place = isGiven ? "as the document has it" : "in the document"
    return "\(difference.line): \(written) \(place), \(right) is right: "
      + "\(difference.why) (\(difference.source))"
  }

  var heading: String {
    sheet.isAsWritten ? "\(sheet.title), as written" : sheet.title
  }

  /// How the elasticities are taken, and what the steps amount to.
  static let method =
    "An elasticity is d ln total ÷ d ln input: 0.5 says that 1 % more of the input makes 0.5 % "
    + "more of the total. It is taken by central differences on the closed form before servers, "
    + "shards, nodes and write units are rounded up to whole ones."

  func rounding(_ target: SheetSensitivity.Target) -> String {
    let more = target.value - target.smooth
    guard more != 0, target.smooth != 0 else { return "Rounding leaves \(target.name) as it is." }
    let share = SheetText.number(abs(more / target.smooth * 100))
    let figure = SheetText.figure(abs(more), target.unit)
    return "Rounding \(more > 0 ? "adds" : "takes away") \(figure) (\(share) %) "
      + "\(more > 0 ? "to" : "of") \(target.name)."
  }

  /// Rows that move anything, with their figures; and how many there are beside.
  func elasticities(
    of sensitivity: SheetSensitivity
  ) -> (rows: [[String]], silent: Int) {
    let rows = sensitivity.rows.filter(\.matters)
    return (
      rows.map { row in [row.input] + row.elasticities.map(Self.elasticity) },
      sensitivity.rows.count - rows.count
    )
  }

  private static func elasticity(_ value: Double?) -> String {
    guard let value else { return "–" }
    return value == 0 ? "0" : NumberText.fixed(value, decimals: 4)
  }

  var remarks: [String] {
    guard let sensitivity = sheet.sensitivity else { return [] }
    var remarks = [Self.method] + sensitivity.targets.map(rounding)
    let silent = sensitivity.rows.filter { !$0.matters }.map(\.input)
    if !silent.isEmpty {
      remarks.append("None of these totals answers to \(silent.joined(separator: ", ")).")
    }
    for row in sensitivity.rows where !row.slopes.isEmpty && row.matters {
      let grown = sensitivity.targets.indices.filter { row.moves[$0] }.map { place in
        let share = row.slopes[place].map { " by \(SheetText.number($0)) %" }
        return sensitivity.targets[place].name + (share ?? " from 0")
      }
      remarks.append(
        "\(row.input) is 0, of which there is no share; 0.01 of it raises "
          + grown.joined(separator: ", ") + ".")
    }
    if sensitivity.targets.contains(where: { $0.smooth == 0 }) {
      remarks.append("– stands under a total of 0, of which there is no share.")
    }
    return remarks
  }
}

// MARK: - Console

extension SheetReport {
  public func console(colour: Bool) -> String {
    let ink = ConsoleReport.Ink(isOn: colour)
    var blocks = [[ink.bold(sheet.preset) + "  " + heading]]
    blocks.append(inputs(ink))
    blocks += sections.map { section in
      [ink.bold(section.title)] + rows(section.lines, ink)
    }
    if !sheet.differences.isEmpty {
      let lines = sheet.differences.flatMap {
        ConsoleReport.wrapped(difference($0), first: "  · ", next: "    ")
      }
      blocks.append([ink.bold("what the document has otherwise")] + lines)
    }
    if let sensitivity = sheet.sensitivity { blocks += table(sensitivity, ink) }
    return blocks.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }

  private func inputs(_ ink: ConsoleReport.Ink) -> [String] {
    let names = sheet.inputs.map(\.name.count).max() ?? 0
    let texts = sheet.inputs.map(\.text.count).max() ?? 0
    return [ink.bold("inputs") + ink.dim(", each --set NAME=VALUE; * marks what was given")]
      + sheet.inputs.map { input in
        "  \(input.name.padded(after: names))  \(input.text.padded(before: texts))"
          + (input.isGiven ? " * " : "   ") + ink.dim(input.about)
      }
  }

  /// Name, figure, and how it comes about: beside them, or below where there is no room.
  private func rows(_ lines: [Sheet.Line], _ ink: ConsoleReport.Ink) -> [String] {
    let names = lines.map(\.name.count).max() ?? 0
    let figures = lines.map { figure($0).count }.max() ?? 0
    return lines.flatMap { line in
      let start =
        "  \(line.name.padded(after: names))  \(figure(line).padded(before: figures))"
      let text = "\(line.title): \(derivation(line))"
      if start.count + 3 + text.count <= ConsoleReport.lineLength {
        return [start + "   " + ink.dim(text)]
      }
      return [start]
        + ConsoleReport.wrapped(text, first: "      ", next: "      ").map(ink.dim)
    }
  }

  private func table(
    _ sensitivity: SheetSensitivity, _ ink: ConsoleReport.Ink
  ) -> [[String]] {
    let titles = ["input"] + sensitivity.targets.map(\.name)
    let rows = elasticities(of: sensitivity).rows
    let widths = titles.indices.map { column in
      ([titles] + rows).map { $0[column].count }.max() ?? 0
    }
    func line(_ cells: [String]) -> String {
      let first = "  " + cells[0].padded(after: widths[0])
      return zip(cells, widths).dropFirst().reduce(first) {
        $0 + "   " + $1.0.padded(before: $1.1)
      }
    }
    let remarks = remarks.flatMap { ConsoleReport.wrapped($0, first: "  · ", next: "    ") }
    return [
      [ink.bold("elasticities"), ink.bold(line(titles))] + rows.map(line), remarks,
    ]
  }
}

// MARK: - Markdown

extension SheetReport {
  public var markdown: String {
    var parts = ["# \(sheet.preset): \(heading)"]
    var inputs = MarkdownReport.Table(["input", "value", "about", "source"], rightAligned: 1...1)
    for input in sheet.inputs {
      inputs.add(["`\(input.name)`", input.text, "\(input.unit), \(input.about)", input.source])
    }
    parts.append("## Inputs\n\n" + inputs.text)
    for section in sections {
      var table = MarkdownReport.Table(
        ["line", "figure", "", "formula", "source"], rightAligned: 1...1)
      for line in section.lines {
        table.add([
          "`\(line.name)`", figure(line), line.title,
          line.price == nil ? line.formula : "\(line.formula): \(derivation(line))",
          provenance(line),
        ])
      }
      parts.append("## \(section.title)\n\n" + table.text)
    }
    if !sheet.differences.isEmpty {
      let lines = sheet.differences.map { "- \(difference($0))" }.joined(separator: "\n")
      parts.append("## What the document has otherwise\n\n" + lines)
    }
    if let sensitivity = sheet.sensitivity {
      var table = MarkdownReport.Table(
        ["input"] + sensitivity.targets.map { "`\($0.name)`" },
        rightAligned: 1...max(1, sensitivity.targets.count))
      for row in elasticities(of: sensitivity).rows {
        table.add(["`\(row[0])`"] + row.dropFirst())
      }
      parts.append("## Elasticities\n\n" + table.text)
      parts.append(remarks.map { "- \($0)" }.joined(separator: "\n"))
    }
    parts.append("feedsim \(feedsimVersion)")
    return parts.joined(separator: "\n\n") + "\n"
  }
}
