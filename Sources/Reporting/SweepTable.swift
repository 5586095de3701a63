import Planning
import Simulation

/// A sweep for people: a line a point and design.
extension SweepReport {
  private struct Column {
    var title: String
    var cells: [String]
    var isText = false

    var width: Int { max(title.count, cells.map(\.count).max() ?? 0) }
    var isEmpty: Bool { cells.allSatisfy { $0.isEmpty || $0 == "–" } }
  }

  public var table: String {
    let rows = self.rows
    let rules = self.rules
    var columns = [Column(title: "point", cells: rows.map { "\($0.point.index)" })]
    for (index, path) in paths.enumerated() {
      columns.append(Column(title: path, cells: rows.map { $0.point.values[index] }))
    }
    columns.append(
      Column(title: "design", cells: rows.map { $0.design?.name ?? "" }, isText: true))
    for (index, rule) in rules.enumerated() {
      let verdicts = rows.map { row in row.design?.verdicts.first { $0.rule == rule } }
      columns.append(
        Column(
          title: "(\(index + 1))",
          cells: verdicts.map { $0.map { $0.passed ? "✓" : "✗" } ?? "" }))
    }
    for figure in SweepFigure.chief {
      columns.append(
        Column(title: figure.name, cells: rows.map { Self.cell($0.design, figure) }))
    }
    columns.append(Column(title: "error", cells: rows.map(\.point.error), isText: true))
    let legend = rules.enumerated().map { "(\($0 + 1)) \($1)" }
    return ([heading, ""] + Self.lines(columns) + (legend.isEmpty ? [] : [""] + legend))
      .joined(separator: "\n") + "\n"
  }

  /// The points that would be run, each with the name of its file.
  public static func table(_ plan: SweepPlan, _ points: [SweepPlan.Point]) -> String {
    var columns = [Column(title: "point", cells: points.map { "\($0.index)" })]
    for (index, path) in plan.paths.enumerated() {
      columns.append(Column(title: path, cells: points.map { $0.values[index] }))
    }
    columns.append(Column(title: "sha256", cells: points.map(\.hash), isText: true))
    columns.append(
      Column(title: "error", cells: points.map { $0.problem ?? "" }, isText: true))
    return lines(columns).joined(separator: "\n") + "\n"
  }

  private var heading: String {
    var text = "\(name)  \(points.count) \(points.count == 1 ? "point" : "points")"
    if !failed.isEmpty { text += ", \(failed.count) failed" }
    if !missing.isEmpty { text += ", \(missing.count) missing" }
    return text
  }

  static func cell(_ design: DesignResult?, _ figure: SweepFigure) -> String {
    guard let design else { return "" }
    if design.metric(figure.metric)?.isUnstable == true { return "UNSTABLE" }
    guard let estimate = figure.estimate(design) else { return "–" }
    return NumberText.text(estimate, figure.unit, isShare: figure.isShare)
      + (estimate.resolved ? "" : " ?")
  }

  /// Columns that say nothing in any row are left out.
  private static func lines(_ columns: [Column]) -> [String] {
    let columns = columns.filter { !$0.isEmpty }
    func line(_ cells: [String]) -> String {
      let padded = zip(columns, cells).map { column, cell in
        column.isText ? cell.padded(after: column.width) : cell.padded(before: column.width)
      }
      return ConsoleReport.trimmed(padded.joined(separator: "  "))
    }
    return [line(columns.map(\.title))]
      + (columns.first?.cells.indices ?? 0..<0).map { row in line(columns.map { $0.cells[row] }) }
  }
}
