import FeedSystem
import Planning
import Settings

/// The committed answer to a scenario: the verdict first, then every figure.
///
/// It holds no date and nothing of the machine but the paths it was given, so that a fresh run
/// gives the same bytes.
public struct MarkdownReport: Reporter {
  public static let name = "md"
  public static let summary = "the answer to a scenario, for people, as Markdown"

  public init(_ parameters: inout Parameters) throws {}
  public init() {}

  public func text(_ result: Result) -> String {
    var parts = ["# \(result.scenario)"]
    if !result.question.isEmpty { parts.append(Self.quotation(result.question)) }
    parts.append(Self.verdict(result))
    parts.append("## Figures")
    parts.append(Self.figures(result))
    if result.designs.contains(where: { !$0.costs.isEmpty }) {
      parts += ["## Monthly cost", Self.costs(result)]
    }
    if result.designs.contains(where: { !$0.checks.isEmpty }) {
      parts += ["## Checks", Self.checks(result)]
    }
    if !result.allNotes.isEmpty {
      parts += ["## Notes", result.allNotes.map { "- \($0)" }.joined(separator: "\n")]
    }
    parts += ["## How to reproduce", Self.reproduction(result)]
    return parts.joined(separator: "\n\n") + "\n"
  }

  private static func quotation(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.isEmpty ? ">" : "> \($0)" }.joined(separator: "\n")
  }

  private static func verdict(_ result: Result) -> String {
    guard let headline = result.headline else { return "No thresholds are given." }
    let word = headline.passed ? "PASS" : "FAIL"
    var table = Table(
      ["rule"] + columns(result), rightAligned: 1...max(1, result.designs.count))
    for row in result.answer {
      table.add(
        ["`\(row.label)`"]
          + row.cells.map { cell in
            let sign = cell.passed.map { $0 ? "✓ " : "✗ **FAIL** " } ?? ""
            return sign + cell.text
          })
    }
    let remarks = result.remarks.map { "- \($0)" }.joined(separator: "\n")
    return "**\(word)**: \(headline.text).\n\n" + table.text
      + (remarks.isEmpty ? "" : "\n\n" + remarks)
  }

  private static func columns(_ result: Result) -> [String] {
    result.designs.map { $0.name.isEmpty ? "observed" : $0.name }
  }

  private static func figures(_ result: Result) -> String {
    let overview = Overview(result, .full)
    let names = result.designs.map { $0.name.isEmpty ? "value" : $0.name }
    var table = Table(["", ""] + names, rightAligned: 2...max(2, result.designs.count + 1))
    for section in overview.sections {
      table.add(["**\(section.title)**", ""] + names.map { _ in "" })
      for row in section.rows {
        table.add([row.label, row.unit] + row.cells.map(text))
      }
    }
    let replications = result.replications
    var legend =
      replications > 1
      ? "Mean over \(replications) replications ± half the width of the 95 % interval."
      : "One replication, so there are no intervals."
    if overview.hasUnresolved { legend += " " + result.unresolvedLegend }
    return table.text + "\n\n" + legend
  }

  private static func text(_ cell: Overview.Cell) -> String {
    switch cell {
    case .absent: return "–"
    case .unstable: return "**UNSTABLE**"
    case .words(let words): return words
    case .figure(let value, let halfWidth, let resolved):
      let text = halfWidth.isEmpty ? value : "\(value) ± \(halfWidth)"
      return resolved ? text : text + " ?"
    }
  }

  private static func costs(_ result: Result) -> String {
    let hasNames = result.designs.contains { !$0.name.isEmpty }
    let first = hasNames ? ["design"] : []
    let symbol = result.currency.symbol
    var table = Table(
      first + ["line", "\(symbol) a month", "quantity", "price", "how it came about", "source"],
      rightAligned: first.count + 1...first.count + 3)
    for design in result.designs {
      let name = hasNames ? [design.name] : []
      for line in design.costs {
        table.add(
          name + [
            "`\(line.name)`", text(Overview.money(line.monthly)),
            line.quantityText,
            line.unitPrice.map(NumberText.price) ?? "–", line.detail, line.source,
          ])
      }
      if !design.costs.isEmpty {
        let total = NumberText.dollars(Cost.month(design.costs))
        table.add(name + ["**total priced**", "**\(total)**", "", "", "", ""])
      }
    }
    return table.text
  }

  private static func checks(_ result: Result) -> String {
    var table = Table(["check"] + columns(result), rightAligned: nil)
    for name in result.checkNames {
      table.add(
        [name]
          + result.designs.map { design in
            guard let check = design.checks.first(where: { $0.name == name }) else { return "–" }
            return "\(check.passed ? "✓" : "✗ **FAIL**") \(check.detail)"
          })
    }
    return table.text
  }

  private static func reproduction(_ result: Result) -> String {
    var lines = [
      "    \(result.command)", "",
      "feedsim \(result.feedsimVersion); SHA-256 of the resolved scenario "
        + "`\(result.scenarioHash)`.",
    ]
    if let remark = result.commandRemark { lines.append(remark) }
    let prints = result.designs.map { design in
      (design.name.isEmpty ? "" : "\(design.name) ")
        + "`\(fingerprintText(design.fingerprint))`"
    }
    lines.append("Fingerprint of the events: \(prints.joined(separator: ", ")).")
    return lines.joined(separator: "\n")
  }

  /// A Markdown table, its source aligned so that it reads as text too.
  struct Table {
    private var rows: [[String]]
    private let right: Set<Int>

    init(_ header: [String], rightAligned: ClosedRange<Int>?) {
      rows = [header]
      right = Set(rightAligned.map { Array($0) } ?? [])
    }

    mutating func add(_ row: [String]) { rows.append(row) }

    var text: String {
      let escaped = rows.map { $0.map { $0.replacing("|", with: "\\|") } }
      let widths = rows[0].indices.map { column in
        max(3, escaped.map { $0[column].count }.max() ?? 0)
      }
      var lines = escaped.map { row in line(row, widths) }
      let rule = widths.enumerated().map { column, width in
        right.contains(column)
          ? String(repeating: "-", count: width - 1) + ":" : String(repeating: "-", count: width)
      }
      lines.insert("| " + rule.joined(separator: " | ") + " |", at: 1)
      return lines.joined(separator: "\n")
    }

    private func line(_ row: [String], _ widths: [Int]) -> String {
      let cells = row.enumerated().map { column, cell in
        right.contains(column)
          ? cell.padded(before: widths[column]) : cell.padded(after: widths[column])
      }
      return "| " + cells.joined(separator: " | ") + " |"
    }
  }
}

extension CostLine {
  /// `730 hours`, `3.04 GB-month`
  var quantityText: String {
    let isPlural = unit == "hour" && quantity != 1
    return "\(NumberText.amount(quantity)) \(unit)\(isPlural ? "s" : "")"
  }
}

extension Result {
  /// In the order in which they are first made.
  var checkNames: [String] {
    var names: [String] = []
    for check in designs.flatMap(\.checks) where !names.contains(check.name) {
      names.append(check.name)
    }
    return names
  }
}

extension String {
  func padded(after width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }

  func padded(before width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}
