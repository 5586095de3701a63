import FeedSystem
import Planning

/// What `feedsim run` prints for a person: the verdict first, then what decided it.
///
/// It fits 100 columns; where more designs are compared than fit side by side, their columns
/// follow below each other.
public struct ConsoleReport: Sendable {
  static let lineLength = 100

  private let ink: Ink

  /// - Parameter colour: whether stdout is a terminal and NO_COLOR is not set.
  public init(colour: Bool) { ink = Ink(isOn: colour) }

  public func text(_ result: Result) -> String {
    let overview = Overview(result, .brief)
    var blocks = [title(result)]
    if let verdict = verdict(result) { blocks.append(verdict) }
    blocks += table(overview, result)
    let footer = footer(overview, result)
    if !footer.isEmpty { blocks.append(footer) }
    if !result.allNotes.isEmpty { blocks.append(notes(result)) }
    return blocks.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
  }

  private func title(_ result: Result) -> [String] {
    let count = result.replications
    let runs = count == 1 ? "1 replication" : "\(count) replications"
    let head = ink.bold(result.scenario) + ink.dim("  \(runs), seed \(result.seed)")
    let question = Self.wrapped(result.question, first: "  ", next: "  ")
    return [head] + (question.isEmpty ? [] : [""] + question)
  }

  private func verdict(_ result: Result) -> [String]? {
    guard let headline = result.headline else { return nil }
    let word = headline.passed ? ink.green("PASS") : ink.red("FAIL")
    let margin = "      "
    var lines = Self.wrapped(headline.text, first: margin, next: margin)
    lines[0] = "\(word)  " + lines[0].dropFirst(margin.count)
    let answer = result.answer
    let columns = result.designs.enumerated().map { index, design in
      let cells = answer.map { $0.cells[index] }
      let width = cells.map(\.text.count).max() ?? 0
      return Column(
        title: design.name,
        cells: cells.map { cell in
          // A sign, so that colour is not needed to see it.
          let sign = cell.passed.map { $0 ? "✓ " : "✗ " } ?? ""
          let tone = cell.passed.map { $0 ? Tone.good : .bad } ?? .plain
          return (sign + cell.text.padded(before: width), tone)
        })
    }
    let rows = answer.map { Label(text: $0.label, unit: "", isTitle: false) }
    let remarks = result.remarks.flatMap { Self.wrapped($0, first: "  ", next: "  ") }
    return lines + grid(rows, columns).joined(separator: [""])
      + (remarks.isEmpty ? [] : [""] + remarks)
  }

  private func table(_ overview: Overview, _ result: Result) -> [[String]] {
    var labels: [Label] = []
    var cells = result.designs.map { _ in [Overview.Cell]() }
    for section in overview.sections {
      labels.append(Label(text: section.title, unit: "", isTitle: true))
      for index in cells.indices { cells[index].append(.words("")) }
      for row in section.rows {
        labels.append(Label(text: row.label, unit: row.unit, isTitle: false))
        for (index, cell) in row.cells.enumerated() { cells[index].append(cell) }
      }
    }
    let columns = zip(result.designs, cells).map { design, cells in
      Column(title: design.name, cells: Self.aligned(cells))
    }
    return grid(labels, columns)
  }

  /// The cells of a column with their ± below each other.
  private static func aligned(_ cells: [Overview.Cell]) -> [(String, Tone)] {
    var valueWidth = 0
    var tailWidth = 0
    for case .figure(let value, let half, let resolved) in cells {
      valueWidth = max(valueWidth, value.count)
      tailWidth = max(tailWidth, tail(half, resolved).count)
    }
    return cells.map { cell in
      switch cell {
      case .absent: return ("–" + String(repeating: " ", count: tailWidth), .plain)
      case .unstable: return ("UNSTABLE", .bad)
      case .words(let words): return (words, words.contains("UNSTABLE") ? .bad : .plain)
      case .figure(let value, let half, let resolved):
        let tail = tail(half, resolved).padded(after: tailWidth)
        return (value.padded(before: valueWidth) + tail, .plain)
      }
    }
  }

  private static func tail(_ halfWidth: String, _ resolved: Bool) -> String {
    (halfWidth.isEmpty ? "" : " ± " + halfWidth) + (resolved ? "" : " ?")
  }

  private func footer(_ overview: Overview, _ result: Result) -> [String] {
    var lines: [String] = []
    if result.replications > 1 {
      lines.append("± is half the width of the 95 % interval over the replications.")
    }
    if overview.hasUnresolved {
      lines += Self.wrapped(result.unresolvedLegend, first: "", next: "  ")
    }
    let checks = result.designs.flatMap(\.checks)
    let broken = checks.filter { !$0.passed }
    lines = lines.map(ink.dim)
    if !checks.isEmpty, broken.isEmpty {
      let noun =
        checks.count == 1
        ? "The conservation check holds." : "All \(checks.count) conservation checks hold."
      lines.append(ink.dim(noun))
    }
    for check in broken {
      lines.append(ink.red("CHECK FAILED") + "  \(check.name): \(check.detail)")
    }
    return lines
  }

  private func notes(_ result: Result) -> [String] {
    [ink.bold("Notes")] + Self.lines(notes: result.allNotes, ink)
  }

  static func lines(notes: [String], _ ink: Ink) -> [String] {
    notes.flatMap { note in
      let isLoud = note.contains("UNSTABLE") || note.contains("WARNING")
      let wrapped = wrapped(note, first: isLoud ? "! " : "· ", next: "  ")
      return isLoud ? wrapped.map(ink.red) : wrapped
    }
  }

  /// Words filled into lines; a newline in the text stays one.
  static func wrapped(_ text: String, first: String, next: String) -> [String] {
    var lines: [String] = []
    for paragraph in text.split(separator: "\n") {
      var line = lines.isEmpty ? first : next
      var isEmpty = true
      for word in paragraph.split(separator: " ") {
        if !isEmpty, line.count + 1 + word.count > lineLength {
          lines.append(line)
          line = next
          isEmpty = true
        }
        line += isEmpty ? String(word) : " " + word
        isEmpty = false
      }
      lines.append(line)
    }
    return lines
  }
}

extension ConsoleReport {
  private struct Label {
    var text: String
    var unit: String
    var isTitle: Bool
  }

  private struct Column {
    var title: String
    var cells: [(text: String, tone: Tone)]

    var width: Int { max(title.count, cells.map(\.text.count).max() ?? 0) }
  }

  fileprivate enum Tone { case plain, good, bad }

  /// The labels with as many columns beside them as fit, and below each other what does not.
  private func grid(_ labels: [Label], _ columns: [Column]) -> [[String]] {
    let rows = labels.filter { !$0.isTitle }
    let labelWidth = rows.map(\.text.count).max() ?? 0
    let unitWidth = rows.map(\.unit.count).max() ?? 0
    let margin = 2 + labelWidth + (unitWidth > 0 ? 2 + unitWidth : 0)
    var grids: [[String]] = []
    var start = 0
    while start < columns.count {
      var end = start + 1
      var width = margin + 3 + columns[start].width
      while end < columns.count, width + 3 + columns[end].width <= Self.lineLength {
        width += 3 + columns[end].width
        end += 1
      }
      let shown = Array(columns[start..<end])
      grids.append(lines(labels, shown, labelWidth: labelWidth, unitWidth: unitWidth))
      start = end
    }
    return grids
  }

  private func lines(
    _ labels: [Label], _ columns: [Column], labelWidth: Int, unitWidth: Int
  ) -> [String] {
    let margin = 2 + labelWidth + (unitWidth > 0 ? 2 + unitWidth : 0)
    var lines: [String] = []
    if columns.contains(where: { !$0.title.isEmpty }) {
      let titles = columns.map { "   " + $0.title.padded(before: $0.width) }.joined()
      lines.append(String(repeating: " ", count: margin) + ink.bold(titles))
    }
    for (index, label) in labels.enumerated() {
      if label.isTitle {
        if index > 0 { lines.append("") }
        lines.append(ink.bold(label.text))
        continue
      }
      var line = "  " + label.text.padded(after: labelWidth)
      if unitWidth > 0 { line += "  " + ink.dim(label.unit.padded(after: unitWidth)) }
      for column in columns {
        let cell = column.cells[index]
        line += "   " + ink.toned(cell.text.padded(before: column.width), cell.tone)
      }
      lines.append(Self.trimmed(line))
    }
    return lines
  }

  static func trimmed(_ line: String) -> String {
    var line = line[...]
    while line.last == " " { line.removeLast() }
    return String(line)
  }

  /// The terminal's colours, or none.
  struct Ink: Sendable {
    var isOn: Bool

    func bold(_ text: String) -> String { painted(text, "1") }
    func dim(_ text: String) -> String { painted(text, "2") }
    func red(_ text: String) -> String { painted(text, "1;31") }
    func green(_ text: String) -> String { painted(text, "32") }

    fileprivate func toned(_ text: String, _ tone: Tone) -> String {
      switch tone {
      case .plain: text
      case .good: green(text)
      case .bad: red(text)
      }
    }

    private func painted(_ text: String, _ code: String) -> String {
      isOn && text.contains { $0 != " " } ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
  }
}
