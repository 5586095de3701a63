import Planning
import Simulation

/// A sweep's chief figures over what it varies: a line chart over one setting, a heat map over
/// two.
extension SweepReport {
  /// More rows or columns than this cannot be taken in; the table of all points has them.
  private static let heatLimit = 40

  /// Nil where nothing, or more than two settings, vary, or not every pair of values is there.
  var overAxes: PageSection? {
    let axes = axes
    guard !chiefFigures.isEmpty else { return nil }
    switch axes.count {
    case 1 where axes[0].values.count <= Self.pageLimit: return over(axes[0])
    case 2 where isGrid(axes[0], axes[1]): return over(axes[0], axes[1])
    default: return nil
    }
  }

  private func isGrid(_ first: Axis, _ second: Axis) -> Bool {
    max(first.values.count, second.values.count) <= Self.heatLimit
      && first.values.count * second.values.count == points.count
  }

  /// What a line or a cell shows: the design of the point that has the values.
  private func row(_ design: String, _ values: [(axis: Axis, value: String)]) -> Row? {
    rows.first { row in
      (row.design?.name ?? design) == design
        && values.allSatisfy { row.point.values[$0.axis.place] == $0.value }
    }
  }

  // MARK: One setting

  private func over(_ axis: Axis) -> PageSection {
    let panels = telling.enumerated().map { number, figure in
      let table = PageTable(
        caption: "\(figure.name) over \(axis.path)", first: axis.path,
        columns: designNames.map { $0.isEmpty ? figure.name : $0 },
        rows: axis.values.map { value in
          PageTable.Row(
            label: "\(value)",
            cells: designNames.map { name in
              let row = row(name, [(axis, value)])
              return Self.marked(Self.text(row, figure), row)
            })
        })
      return PageSection.Panel(
        chart: curve("curve-\(number + 1)", figure, axis), tables: [table.markup])
    }
    return PageSection(title: "Over \(axis.path)", panels: panels, legend: legend)
  }

  private func curve(_ id: String, _ figure: SweepFigure, _ axis: Axis) -> Chart {
    let estimates = designNames.map { name in
      axis.values.map { figure.estimate(row(name, [(axis, $0)])?.design) }
    }
    let sizes = estimates.joined().compactMap { $0?.value }.filter { $0 > 0 }
    let scale = figure.scale(sizes)
    let isWide = (sizes.max() ?? 0) > 20 * (sizes.min() ?? 0)
    return Chart(
      id: id, kind: .lines, label: "Line chart: \(figure.name) over \(axis.path)",
      unit: scale.symbol, isLogarithmic: isWide, heading: figure.title(scale),
      legend: isWide ? "The scale is logarithmic." : "",
      categories: axis.values, axis: Chart.Axis(title: axis.path, unit: ""),
      series: zip(designNames, estimates).map { name, estimates in
        Chart.Series(
          name: name,
          values: estimates.map { estimate in
            estimate.flatMap { isWide && $0.value <= 0 ? nil : $0.value / scale.divisor }
          },
          unresolved: estimates.map { $0?.resolved == false })
      })
  }

  // MARK: Two settings

  private func over(_ down: Axis, _ across: Axis) -> PageSection {
    let tables = telling.flatMap { figure in
      designNames.map { heatMap(figure, $0, down, across).markup }
    }
    return PageSection(
      title: "Over \(down.path) and \(across.path)",
      panels: [PageSection.Panel(chart: nil, tables: tables)],
      legend: "The stronger a cell's colour, the higher its figure; the best that holds every "
        + "threshold is framed. " + legend)
  }

  private func heatMap(
    _ figure: SweepFigure, _ design: String, _ down: Axis, _ across: Axis
  ) -> PageTable {
    let cells = down.values.map { value in
      across.values.map { row(design, [(down, value), (across, $0)]) }
    }
    let values = cells.joined().compactMap { figure.estimate($0?.design)?.value }
    let scale = figure.scale(values)
    let best = best(figure, among: candidates).map(\.label)
    return PageTable(
      caption: figure.title(scale) + (design.isEmpty ? "" : ": \(design)"),
      first: "\(down.path)\u{A0}↓ \(across.path)\u{A0}→", columns: across.values,
      rows: zip(down.values, cells).map { value, cells in
        PageTable.Row(
          label: "\(value)",
          cells: cells.map { row in
            guard let row, let estimate = figure.estimate(row.design) else {
              return Self.marked(Self.text(row, figure), row)
            }
            return Self.heat(
              PageTable.text(Overview.figure(estimate, scale)), row,
              share: Self.share(estimate.value, of: values),
              isBest: best.contains(row.label))
          })
      })
  }

  /// How far a value lies between the least and the most, 0...1; by their logarithms where the
  /// most is many times the least.
  private static func share(_ value: Double, of values: [Double]) -> Double {
    guard let least = values.min(), let most = values.max(), most > least else { return 0 }
    guard least > 0, most > 20 * least else { return (value - least) / (most - least) }
    return ln(value / least) / ln(most / least)
  }

  /// At most half of the colour, so that text can be read on it in light and dark.
  private static func heat(_ text: String, _ row: Row, share: Double, isBest: Bool) -> HTML {
    let strength = Int((5 + 45 * share).rounded())
    let words: HTML = isBest ? " <span class=\"unseen\">the best</span>" : ""
    return """
      <td class="heat\(isBest ? " best" : "")" style="--heat: \(String(strength))%">\(text)\
      \(words)\(broken(row))</td>
      """
  }

  private static func marked(_ text: String, _ row: Row?) -> HTML {
    "<td>\(text)\(row.map(broken) ?? "")</td>"
  }

  private static func broken(_ row: Row) -> HTML {
    guard row.design != nil, !row.holds else { return "" }
    return """
       <span class="bad" aria-hidden="true">✗</span><span class="unseen">breaks a threshold</span>
      """
  }

  private static func text(_ row: Row?, _ figure: SweepFigure) -> String {
    guard let row else { return "–" }
    guard row.design != nil else { return row.point.error == missingText ? "missing" : "failed" }
    return cell(row.design, figure)
  }

  /// A figure that is the same everywhere needs no picture.
  private var telling: [SweepFigure] { chiefFigures.filter { !isAlike($0) } }

  private var legend: String {
    let alike = chiefFigures.filter(isAlike).map { figure in
      "\(figure.name) (\(Self.cell(rows.first { $0.design != nil }?.design, figure)))"
    }
    return (alike.isEmpty ? "" : "The same everywhere: \(Result.list(alike)). ")
      + (rules.isEmpty ? "" : "✗ breaks a threshold. ")
      + "± is half the width of the 95 % interval over the replications."
  }
}
