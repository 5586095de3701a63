/// A part of the page: a heading, a chart, and the figures it is drawn from.
struct PageSection {
  var title: String
  var chart: Chart?
  var tables: [HTML]
  /// What a reader must know to read the tables; may be empty.
  var legend = ""

  var charts: [Chart] { chart.map { [$0] } ?? [] }

  func markup(hasCharts: Bool) -> HTML {
    let figure = hasCharts ? charts.filter { !$0.isEmpty }.map(Self.figure) : []
    let remark: [HTML] = legend.isEmpty ? [] : ["<p class=\"legend\">\(legend)</p>"]
    return """
      <section>
      <h2>\(title)</h2>
      \(figure + tables + remark)
      </section>
      """
  }

  /// Hidden until its script has drawn it: a browser without scripts shows no empty frame.
  private static func figure(_ chart: Chart) -> HTML {
    """
    <figure hidden>
    <div class="plot" style="height: \(String(chart.height))rem">
    <canvas id="\(chart.id)" role="img" aria-label="\(chart.label). The table below has its \
    figures."></canvas>
    </div>
    <figcaption>\(chart.legend)</figcaption>
    </figure>
    """
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
    case .figure(let value, let halfWidth, let resolved):
      let text = halfWidth.isEmpty ? value : "\(value) ± \(halfWidth)"
      return "<td>\(resolved ? text : text + " ?")</td>"
    }
  }
}
