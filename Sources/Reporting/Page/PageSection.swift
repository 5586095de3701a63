/// A part of the page: a heading, and charts with the figures they are drawn from.
struct PageSection {
  /// A chart and the tables below it; either may be missing.
  struct Panel {
    var chart: Chart?
    var tables: [HTML]
    /// What the tables are, where they are long and open on demand; empty where they are not.
    var summary = ""
  }

  var title: String
  var panels: [Panel]
  /// What a reader must know to read the tables; may be empty.
  var legend = ""

  init(title: String, panels: [Panel], legend: String = "") {
    self.title = title
    self.panels = panels
    self.legend = legend
  }

  init(title: String, chart: Chart?, tables: [HTML], legend: String = "") {
    self.init(title: title, panels: [Panel(chart: chart, tables: tables)], legend: legend)
  }

  var charts: [Chart] { panels.compactMap(\.chart).filter { !$0.isEmpty } }
  var isEmpty: Bool { panels.allSatisfy(\.tables.isEmpty) }

  func markup(hasCharts: Bool) -> HTML {
    let remark: [HTML] = legend.isEmpty ? [] : ["<p class=\"legend\">\(legend)</p>"]
    return """
      <section>
      <h2>\(title)</h2>
      \(panels.flatMap { Self.markup($0, hasCharts: hasCharts) } + remark)
      </section>
      """
  }

  private static func markup(_ panel: Panel, hasCharts: Bool) -> [HTML] {
    let drawn = hasCharts ? panel.chart.flatMap { $0.isEmpty ? nil : [figure($0)] } ?? [] : []
    guard !panel.summary.isEmpty else { return drawn + panel.tables }
    // Without its chart, the table is all there is.
    return drawn + [
      """
      <details\(drawn.isEmpty ? " open" as HTML : "")>
      <summary>\(panel.summary)</summary>
      \(panel.tables)
      </details>
      """
    ]
  }

  /// Hidden until its script has drawn it: a browser without scripts shows no empty frame.
  private static func figure(_ chart: Chart) -> HTML {
    let plot: HTML = """
      <div class="plot" style="height: \(String(chart.height))rem">
      <canvas id="\(chart.id)" role="img" aria-label="\(chart.label). The table below has its \
      figures."></canvas>
      </div>
      """
    let heading: HTML =
      chart.heading.isEmpty ? "" : "<figcaption class=\"heading\">\(chart.heading)</figcaption>"
    let legend: HTML = chart.legend.isEmpty ? "" : "<figcaption>\(chart.legend)</figcaption>"
    let parts = [heading, plot, legend].filter { !$0.text.isEmpty }
    return "<figure hidden>\n\(parts)\n</figure>"
  }
}

/// A table that scrolls in a box of its own where the page is narrow.
struct PageTable {
  struct Row {
    var label: HTML
    /// Whole cells, as many as there are columns.
    var cells: [HTML]
  }

  var caption: String
  /// What the labels are.
  var first: String
  var columns: [String]
  var rows: [Row]
  /// The column from which on there are words instead of figures; nil where there are none.
  var words: Int?

  var markup: HTML {
    let heads: [HTML] = ([first] + columns).enumerated().map { index, column in
      let isWords = words.map { index > $0 } ?? false
      return "<th scope=\"col\"\(isWords ? " class=\"words\"" as HTML : "")>\(column)</th>"
    }
    let lines: [HTML] = rows.map { row in
      "<tr><th scope=\"row\">\(row.label)</th>\(row.cells)</tr>"
    }
    return """
      <div class="box" tabindex="0" role="region" aria-label="\(caption)">
      <table>
      <caption>\(caption)</caption>
      <thead><tr>\(heads)</tr></thead>
      <tbody>
      \(lines)
      </tbody>
      </table>
      </div>
      """
  }
}

extension PageTable {
  init(_ section: Overview.Section, columns: [String]) {
    caption = section.title
    first = "figure"
    self.columns = columns
    rows = section.rows.map { row in
      let unit: HTML = row.unit.isEmpty ? "" : " <span class=\"unit\">\(row.unit)</span>"
      return Row(label: "\(row.label)\(unit)", cells: row.cells.map(Self.cell))
    }
  }

  static func cell(_ cell: Overview.Cell) -> HTML {
    switch cell {
    case .absent: return "<td>–</td>"
    case .unstable: return "<td class=\"bad\"><strong>UNSTABLE</strong></td>"
    case .words(let words): return "<td>\(words)</td>"
    case .figure: return "<td>\(text(cell))</td>"
    }
  }

  /// A figure with its half-width, and a question mark where it is not resolved.
  static func text(_ cell: Overview.Cell) -> String {
    guard case .figure(let value, let halfWidth, let resolved) = cell else { return "" }
    let text = halfWidth.isEmpty ? value : "\(value) ± \(halfWidth)"
    return resolved ? text : text + " ?"
  }
}
