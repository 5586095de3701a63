import Planning
import Simulation

/// A sweep as a page: the best points first, then each chief figure over what was varied, the
/// Pareto front, and every point.
extension SweepReport {
  /// - Parameter charts: Chart.js as text; without it the page has its tables alone.
  public func page(charts: String?) -> String {
    Page(
      title: "\(name), a sweep", opening: [head, verdict],
      sections: [overAxes, front, everyPoint(rows)].compactMap { $0 },
      closing: [
        """
        <section>
        <h2>How to reproduce</h2>
        <p>feedsim \(version). Each point's own result is in the folder's points, under the hash \
        of what decides it; all figures are in sweep.csv and sweep.json.</p>
        </section>
        """
      ]
    ).text(charts: charts)
  }

  // MARK: Verdict

  private var head: HTML {
    let varied = axes.map { "\($0.path) (\($0.values.count) values)" }
    let counted = points.count == 1 ? "1 point" : "\(points.count) points"
    let lacking = [(failed.count, "failed"), (missing.count, "missing")].filter { $0.0 > 0 }
      .map { "; \($0.0) \($0.1)" }.joined()
    return """
      <header>
      <h1>\(name)</h1>
      <p class="question">\(question)</p>
      <p class="facts">A sweep: \(counted) of \(Result.list(varied.isEmpty ? paths : varied))\
      \(lacking)</p>
      </header>
      """
  }

  private var verdict: HTML {
    let able = rows.filter { $0.design != nil }
    let holding = able.filter(\.holds)
    let noun = designNames.count > 1 ? "designs of points" : "points"
    let headline: HTML =
      if rules.isEmpty {
        "<p>No thresholds are given.</p>"
      } else {
        """
        <p class="verdict \(holding.isEmpty ? "bad" : "good")"><strong>\
        \("\(holding.count) of \(able.count)")</strong> \(noun) \
        hold \(rules.count == 1 ? "the threshold" : "all \(rules.count) thresholds")</p>
        """
      }
    let rows = chiefFigures.compactMap(bestRow)
    let choice = rules.isEmpty || holding.isEmpty ? "" : " that holds every threshold"
    let table = PageTable(
      caption: "The best point\(choice) for each figure", first: "figure",
      columns: ["best", "point"] + paths, rows: rows)
    return """
      <section>
      <h2>Verdict</h2>
      \([headline, rows.isEmpty ? "" : table.markup])
      </section>
      """
  }

  private func bestRow(_ figure: SweepFigure) -> PageTable.Row? {
    let best = best(figure, among: candidates)
    guard let first = best.first else { return nil }
    let others = best.count - 1
    let more = others == 0 ? "" : others == 1 ? " and 1 other" : " and \(others) others"
    let values = paths.indices.map { place in
      words(best.map { $0.point.values[place] }, of: place)
    }
    let cells = [Self.cell(first.design, figure), first.label + more] + values
    return PageTable.Row(
      label: "<code>\(figure.name)</code>", cells: cells.map { "<td>\($0)</td>" })
  }

  /// The values that some points have of a setting: `any` where those are all that there are.
  private func words(_ values: [String], of place: Int) -> String {
    var different: [String] = []
    for value in values where !different.contains(value) { different.append(value) }
    let all = axes.first { $0.place == place }?.values.count ?? 1
    if different.count > 1, different.count == all { return "any" }
    return different.count <= 4
      ? different.joined(separator: ", ") : "\(different.count) of \(all) values"
  }

  // MARK: Every point

  private func everyPoint(_ rows: [Row]) -> PageSection {
    let shown = rows.prefix(Self.pageLimit)
    let isAll = shown.count == rows.count
    return PageSection(
      title: "Points", chart: nil,
      tables: [
        pointTable(isAll ? "Every point" : "The first \(shown.count) points", Array(shown)).markup
      ],
      legend: isAll ? "" : "All \(rows.count) are in sweep.csv.")
  }

  /// Settings, chief figures, thresholds and, where there are any, errors.
  private func pointTable(_ caption: String, _ rows: [Row]) -> PageTable {
    let figures = chiefFigures
    let hasRules = !rules.isEmpty
    let hasErrors = rows.contains { !$0.point.error.isEmpty }
    return PageTable(
      caption: caption, first: "point",
      columns: paths + figures.map(\.name) + (hasRules ? ["thresholds"] : [])
        + (hasErrors ? ["error"] : []),
      rows: rows.map { row in
        let texts = row.point.values + figures.map { Self.cell(row.design, $0) }
        var cells: [HTML] = texts.map { "<td>\($0)</td>" }
        if hasRules { cells.append(Self.thresholds(row)) }
        if hasErrors { cells.append("<td class=\"words\">\(row.point.error)</td>") }
        return PageTable.Row(label: "\(row.label)", cells: cells)
      }, words: paths.count + figures.count)
  }

  private static func thresholds(_ row: Row) -> HTML {
    guard let design = row.design else { return "<td class=\"words\">–</td>" }
    let broken = design.verdicts.filter { !$0.passed }.map(\.rule)
    guard !broken.isEmpty else { return "<td class=\"good words\">all hold</td>" }
    return "<td class=\"bad words\">✗ \(broken.joined(separator: "; "))</td>"
  }

  // MARK: Pareto front

  private var front: PageSection? {
    let places = paretoPlaces
    let rows = rows
    let chosen = chiefFigures
    let figures = SweepFigure.chief.filter { chosen.contains($0) }
    guard rows.count > 1, figures.count > 1, !places.isEmpty else { return nil }
    let shown = places.prefix(Self.pageLimit).map { rows[$0] }
    let table = pointTable("The Pareto front", shown)
    let charts = figures.dropFirst().enumerated().map { number, figure in
      Chart.front(
        "pareto-\(number + 1)", figures[0], figure,
        rows.enumerated().compactMap { place, row in
          guard let x = figures[0].estimate(row.design), let y = figure.estimate(row.design)
          else { return nil }
          return Chart.FrontPoint(
            x: x.value, y: y.value, label: words(row), isOnFront: places.contains(place))
        }, limit: Self.pageLimit)
    }
    let panels = charts.dropLast().map { PageSection.Panel(chart: $0, tables: []) }
    return PageSection(
      title: "What is bought with what",
      panels: panels + [PageSection.Panel(chart: charts.last, tables: [table.markup])],
      legend: "On the front is every point that no other beats in one of "
        + "\(Result.list(figures.map(\.name))) without losing in another; figures are compared as "
        + "they are, whatever their intervals and the thresholds.")
  }

  /// `point 3, hybrid: fanOut.pushBelow 1k`
  private func words(_ row: Row) -> String {
    let settings = zip(paths, row.point.values).map { "\($0) \($1)" }
    return "point \(row.label): " + settings.joined(separator: ", ")
  }
}
