import Planning
import Settings
import Simulation

/// One page that opens from disk and asks the network for nothing: the verdict first, then charts
/// with the figures of each in a table below.
public struct HTMLReport: Reporter {
  public static let name = "html"
  public static let summary = "one offline page with charts, for people"

  private let library: String?

  /// With the Chart.js of this machine, if it has one.
  public init(_ parameters: inout Parameters) throws {
    self.init(charts: try ChartLibrary.text())
  }

  /// - Parameter charts: Chart.js as text; without it the page has its tables alone.
  public init(charts: String?) { library = charts }

  public func text(_ result: Result) -> String {
    let sections = Self.sections(result)
    return Page(
      title: result.scenario, opening: [Self.head(result), Self.verdict(result)],
      sections: sections,
      closing: [Self.checks(result), Self.notes(result), Self.reproduction(result)]
    ).text(charts: library)
  }
}

extension HTMLReport {
  private static func head(_ result: Result) -> HTML {
    let runs = result.replications == 1 ? "1 replication" : "\(result.replications) replications"
    func minutes(_ seconds: Double) -> String {
      NumberText.text(Estimate(value: seconds), .seconds)
    }
    return """
      <header>
      <h1>\(result.scenario)</h1>
      <p class="question">\(result.question)</p>
      <p class="facts">\(NumberText.amount(Double(result.population.users))) users, \
      \(NumberText.amount(Double(result.population.follows))) follows; \
      \(minutes(result.horizon.duration.seconds)) measured after \
      \(minutes(result.horizon.warmUp.seconds)) of warm-up; \(runs), seed \(String(result.seed))</p>
      </header>
      """
  }

  private static func verdict(_ result: Result) -> HTML {
    let headline: HTML =
      if let (passed, text) = result.headline {
        """
        <p class="verdict \(passed ? "good" : "bad")"><strong>\(passed ? "PASS" : "FAIL")</strong> \
        \(text)</p>
        """
      } else {
        "<p>No thresholds are given.</p>"
      }
    let rows = result.answer.map { row in
      PageTable.Row(
        label: "<code>\(row.label)</code>",
        cells: row.cells.map { cell in
          guard let passed = cell.passed else { return "<td>\(cell.text)</td>" }
          return """
            <td class="\(passed ? "good" : "bad")"><span aria-hidden="true">\
            \(passed ? "✓" : "✗")</span>\
            <span class="unseen">\(passed ? "holds:" : "fails:")</span> \
            \(cell.text)</td>
            """
        })
    }
    let table = PageTable(
      caption: "Each threshold with what was observed", first: "rule",
      columns: names(result, or: "observed"), rows: rows)
    let remarks: [HTML] = result.remarks.map { "<p>\($0)</p>" }
    return """
      <section>
      <h2>Verdict</h2>
      \([headline, rows.isEmpty ? "" : table.markup] + remarks)
      </section>
      """
  }

  private static func names(_ result: Result, or single: String) -> [String] {
    result.designs.map { $0.name.isEmpty ? single : $0.name }
  }

  /// What has charts and figures, in the order of the page; each figure of the overview once.
  private static func sections(_ result: Result) -> [PageSection] {
    let overview = Overview(result, .full)
    let columns = names(result, or: "value")
    func tables(_ topics: Overview.Topic...) -> [HTML] {
      overview.sections.filter { topics.contains($0.topic) }
        .map { PageTable($0, columns: columns).markup }
    }
    func table(_ title: String, _ topic: Overview.Topic, _ rows: [Overview.Row?]) -> [HTML] {
      let rows = rows.compactMap { $0 }
      guard !rows.isEmpty else { return [] }
      let section = Overview.Section(topic: topic, title: title, rows: rows)
      return [PageTable(section, columns: columns).markup]
    }
    let shares = StageShares(result)
    let hasStages = overview.sections.contains { $0.topic == .stages }
    let lag = "delivery.lag"
    return [
      PageSection(
        title: "Feed latency", chart: .percentiles("feed.latency", "feed latency", of: result),
        tables: tables(.latency), legend: legend(result, overview)),
      TimeLineCharts(result).section,
      PageSection(
        title: "Where the time goes", chart: hasStages ? shares.chart : nil,
        tables: hasStages
          ? [PageTable(shares.section, columns: columns).markup] + tables(.stages) : []),
      PageSection(
        title: "Monthly cost", chart: .costs(result), tables: tables(.costs) + bill(result)),
      PageSection(title: "Tiers", chart: .utilisation(result), tables: tables(.tiers)),
      PageSection(
        title: "Delivery", chart: .percentiles(lag, "delivery lag", of: result),
        tables: table("Delivery lag", .publishing, overview.percentiles(lag)) + tables(.audit)),
      PageSection(
        title: "Reading, publishing and fan-out", chart: nil,
        tables: tables(.reading, .publishing, .other)),
    ].filter { !$0.isEmpty }
  }

  private static func legend(_ result: Result, _ overview: Overview) -> String {
    let intervals =
      result.replications > 1
      ? "± is half the width of the 95 % interval over the replications."
      : "One replication, so there are no intervals."
    return intervals + (overview.hasUnresolved ? " " + result.unresolvedLegend : "")
  }

  /// How each line of the bill came about.
  private static func bill(_ result: Result) -> [HTML] {
    let symbol = result.currency.symbol
    return result.designs.filter { !$0.costs.isEmpty }.map { design in
      var rows = design.costs.map { line in
        PageTable.Row(
          label: "\(Overview.costLabel(line.name))",
          cells: [
            PageTable.cell(Overview.money(line.monthly)), "<td>\(line.quantityText)</td>",
            "<td>\(line.unitPrice.map(NumberText.price) ?? "–")</td>",
            "<td class=\"words\">\(line.detail)</td>", "<td class=\"words\">\(line.source)</td>",
          ])
      }
      rows.append(
        PageTable.Row(
          label: "total priced",
          cells: ["<td><strong>\(NumberText.dollars(Cost.month(design.costs)))</strong></td>"]
            + Array(repeating: "<td></td>", count: 4)))
      return PageTable(
        caption: "The bill line by line" + (design.name.isEmpty ? "" : ": \(design.name)"),
        first: "line",
        columns: [
          "\(symbol) a month", "quantity", "price, \(symbol)", "how it came about", "source",
        ], rows: rows, words: 3
      ).markup
    }
  }

  private static func checks(_ result: Result) -> HTML {
    let names = result.checkNames
    guard !names.isEmpty else { return "" }
    let rows = names.map { name in
      PageTable.Row(
        label: "\(name)",
        cells: result.designs.map { design in
          guard let check = design.checks.first(where: { $0.name == name }) else {
            return "<td>–</td>"
          }
          return """
            <td class="words \(check.passed ? "good" : "bad")">\
            \(check.passed ? "holds" : "FAILS"): \(check.detail)</td>
            """
        })
    }
    let table = PageTable(
      caption: "Conservation laws, checked in the run", first: "check",
      columns: Self.names(result, or: "outcome"), rows: rows, words: 0)
    return "<section>\n<h2>Checks</h2>\n\(table.markup)\n</section>"
  }

  private static func notes(_ result: Result) -> HTML {
    let notes: [HTML] = result.allNotes.map { "<li>\($0)</li>" }
    guard !notes.isEmpty else { return "" }
    return "<section>\n<h2>Notes</h2>\n<ul>\n\(notes)\n</ul>\n</section>"
  }

  private static func reproduction(_ result: Result) -> HTML {
    let prints = result.designs.map { design in
      (design.name.isEmpty ? "" : "\(design.name) ") + fingerprintText(design.fingerprint)
    }
    return """
      <section>
      <h2>How to reproduce</h2>
      <pre tabindex="0" role="region" aria-label="The command"><code>\(result.command)</code></pre>
      <p>feedsim \(result.feedsimVersion); SHA-256 of the resolved scenario \
      <code>\(result.scenarioHash)</code>. \(result.commandRemark ?? "")</p>
      <p>Fingerprint of the events: <code>\(prints.joined(separator: ", "))</code>.</p>
      </section>
      """
  }
}
