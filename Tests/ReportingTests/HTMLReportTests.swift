import Foundation
import Planning
import Settings
import Simulation
import Testing

@testable import Reporting

/// The page of results made by hand; how a browser takes one is tested with the command line.
@Suite struct HTMLReportTests {
  private static let stub = "/*! Chart.js v9.9.9 */ var Chart;"
  private static let samples = [Sample.one, Sample.three, Sample.hurt, Sample.timed]

  private func page(_ result: Result, charts: String? = stub) -> PageText {
    PageText(HTMLReport(charts: charts).text(result))
  }

  private func occurrences(of part: String, in text: String) -> Int {
    text.components(separatedBy: part).count - 1
  }

  @Test func theVerdictComesFirst() {
    let page = page(Sample.three)
    #expect(page.texts("h1") == ["sample"])
    #expect(
      page.texts("h2") == [
        "Verdict", "Feed latency", "Where the time goes", "Monthly cost", "Tiers", "Delivery",
        "Reading, publishing and fan-out", "Checks", "Notes", "How to reproduce",
      ])
    #expect(page.html.contains("<strong>FAIL</strong> push and hybrid hold all 3 thresholds"))
    let table = page.tables[0]
    #expect(table.columns == ["push", "pull", "hybrid"])
    #expect(table.rows[0].label == "feed.latency.p99 < 200ms")
    #expect(table.rows[0].cells[0] == "✓holds: 163.3 ± 1.3 ms")
    #expect(table.rows[0].cells[1] == "✗fails: 375.5 ± 2.9 ms")
    #expect(page.html.contains("feedsim run Scenarios/sample.yaml --set fanOut.policy=push"))
    #expect(page.html.contains("&#39;name=it&#39;\\&#39;&#39;s [1]&#39;"))
  }

  @Test func saysWhenThereIsNoRule() {
    var design = Sample.design("")
    design.verdicts = []
    #expect(page(Sample.result([design])).html.contains("<p>No thresholds are given.</p>"))
  }

  /// Every rule and every figure of the overview, as the result has it.
  @Test(arguments: samples)
  func everyFigureIsInATable(_ result: Result) throws {
    let tables = page(result).tables
    for (index, design) in result.designs.enumerated() {
      for verdict in design.verdicts {
        let row = try #require(tables[0].rows.first { $0.label == verdict.rule })
        let observed = verdict.observed.map { NumberText.text($0, verdict.unit) }
        #expect(row.cells[index].hasSuffix(observed ?? "no estimate"), "\(verdict.rule)")
        #expect(row.cells[index].contains("✓") == verdict.passed)
      }
      for line in design.costs {
        let label = Overview.costLabel(line.name)
        let bill = try #require(tables.last { $0.caption.hasPrefix("The bill line by line") })
        let row = try #require(bill.rows.first { $0.label == label })
        #expect(row.cells[0] == (line.monthly.map(NumberText.dollars) ?? "not priced"))
        #expect(row.cells[3] == line.detail && row.cells[4] == line.source)
      }
    }
    for section in Overview(result, .full).sections {
      let all = tables.flatMap(\.rows)
      for row in section.rows {
        let label = row.unit.isEmpty ? row.label : "\(row.label) \(row.unit)"
        let cells = row.cells.map { PageText.text(PageTable.cell($0).text) }
        #expect(all.contains { $0.label == label && $0.cells == cells }, "\(label)")
      }
    }
  }

  @Test func figuresAreThoseOfTheResult() throws {
    let tables = page(Sample.one).tables
    func cells(_ caption: String, _ label: String) -> [String]? {
      tables.first { $0.caption == caption }?.rows.first { $0.label == label }?.cells
    }
    #expect(cells("Feed latency", "mean ms") == ["34.20 ± 0.32"])
    #expect(cells("Feed latency", "p99.9 ms") == ["402.9 ± 1.3 ?"])
    #expect(cells("Delivery lag", "p95 ms") == ["1,500 ± 2"])
    #expect(cells("Utilisation", "gateway %") == ["61.20 ± 0.40"])
    #expect(cells("Delivery audit", "lost deliveries") == ["0"])
    #expect(cells("The bill line by line", "total priced")?.first == "745")
  }

  /// A stage's own mean is of the loads that take it; its part in the mean is weighted.
  @Test func stagesSumToTheMean() throws {
    var design = Sample.design("")
    var ranking = Sample.distribution(
      "feed.latency.ranking", 1_234_567 / 2, mean: 8, [7, 9, 10, 11], halfWidth: 0.1)
    ranking.count = design.metrics[0].count / 4
    design.metrics.append(ranking)
    let stages = try #require(page(Sample.result([design])).charts["stages"])
    let series = try #require(stages["series"] as? [[String: Any]])
    let values = series.map { ($0["values"] as? [Double])?.first ?? .nan }
    #expect(abs(values.reduce(0, +) - 34.2) < 1e-9)
    let parts = zip(series.compactMap { $0["name"] as? String }, values)
    #expect(abs((parts.first { $0.0 == "ranking" }?.1 ?? 0) - 2) < 1e-4)
    #expect(stages["unit"] as? String == "ms")
    // Where the designs lie far apart, each is shown as a whole.
    let far = Sample.result([design, Sample.design("far", factor: 500)])
    #expect(page(far).charts["stages"]?["unit"] as? String == "%")
  }

  @Test func chartsHaveTheFigures() throws {
    let charts = page(Sample.three).charts
    #expect(
      charts.keys.sorted() == ["cost", "delivery-lag", "feed-latency", "stages", "utilisation"])
    let latency = try #require(charts["feed-latency"]?["series"] as? [[String: Any]])
    #expect(latency.map { $0["name"] as? String } == ["push", "pull", "hybrid"])
    #expect(latency[0]["values"] as? [Double] == [31.04, 80.5, 163.27, 402.9])
    #expect(latency[0]["unresolved"] as? [Bool] == [false, false, false, true])
    let lag = try #require(charts["delivery-lag"])
    #expect(lag["logarithmic"] as? Bool == true)
    let busy = try #require(charts["utilisation"]?["series"] as? [[String: Any]])
    #expect(busy[0]["values"] as? [Double] == [61.2])
    // What was not measured has no chart, and no place for one.
    let hurt = page(Sample.hurt)
    #expect(hurt.charts.keys.sorted() == ["cost", "utilisation"])
    #expect(occurrences(of: "<canvas", in: hurt.html) == 2)
  }

  @Test func noTextIsMarkup() throws {
    let evil = "</title></script><script>alert(1)</script><img src=x onerror='a'>&amp;\"\u{1}"
    var design = Sample.design(evil)
    design.notes = [evil]
    design.verdicts[0].rule = evil
    design.checks[0].detail = evil
    design.checks[0].name = evil
    design.costs[0].detail = evil
    design.costs[0].source = evil
    design.costs[0].name = evil
    var result = Sample.result([design, Sample.design("b")], arguments: [evil])
    result.scenario = evil
    result.question = evil
    result.scenarioHash = evil
    result.notes = [evil]
    let page = page(result)
    #expect(occurrences(of: "<script", in: page.html) == 3)
    #expect(occurrences(of: "</script", in: page.html) == 3)
    #expect(!page.html.contains("<img") && !page.html.contains("alert(1)</script>\n<"))
    #expect(occurrences(of: "</title", in: page.html) == 1)
    #expect(!page.html.unicodeScalars.contains("\u{1}"))
    let shown = evil.replacing("\u{1}", with: "\u{FFFD}")
    #expect(page.texts("h1") == [shown] && page.tables[0].rows[0].label == shown)
    let series = try #require(page.charts["cost"]?["series"] as? [[String: Any]])
    #expect(series[0]["name"] as? String == evil)
  }

  @Test func theLibraryCannotEndItsElement() {
    let library = "/*! Chart.js v9 */ a = '</SCRIPT><!--<script>';\n//# sourceMappingURL=x.map\n"
    let html = page(Sample.one, charts: library).html
    #expect(occurrences(of: "</script", in: html.lowercased()) == 3)
    #expect(!html.contains("<!--") && !html.contains("sourceMappingURL"))
    #expect(html.contains("a = '<\\/script><\\!--<script>';"))
  }

  @Test func asksTheNetworkForNothing() throws {
    let html = page(Sample.three).html
    #expect(html.contains("content=\"default-src &#39;none&#39;; "))
    #expect(html.matches(of: /(?:src|href)=["']?/).count == 1, "the empty icon")
    #expect(html.contains("href=\"data:,\""))
    for word in ["http:", "https:", "@import", "url(", "fetch(", "XMLHttpRequest", "import("] {
      #expect(!html.contains(word), "\(word)")
    }
  }

  @Test func isSmallWithTheRealLibrary() throws {
    let library = try #require(try ChartLibrary.text(), "apt-get install libjs-chart.js")
    let designs = (1...8).map { number in
      var design = Sample.design("design \(number)")
      design.timeLines = Sample.timeLines()
      return design
    }
    let html = HTMLReport(charts: library).text(Sample.result(designs))
    #expect(html.utf8.count < 1_000_000 && html.utf8.count > library.utf8.count)
    #expect(html == HTMLReport(charts: library).text(Sample.result(designs)))
  }

  @Test(arguments: samples)
  func withoutTheLibraryTheTablesRemain(_ result: Result) {
    let bare = page(result, charts: nil)
    #expect(bare.html.contains("<p>No charts: they need Chart.js (apt-get install libjs-chart.js)"))
    #expect(!bare.html.contains("<script") && !bare.html.contains("<canvas"))
    let full = page(result)
    #expect(!full.html.contains("No charts"))
    #expect(bare.tables.count == full.tables.count && bare.texts("td") == full.texts("td"))
  }

  @Test(arguments: samples)
  func nothingIsNaN(_ result: Result) {
    let html = page(result).html
    #expect(html.matches(of: /\b(?:nan|NaN|inf|Infinity|nil|Optional)\b/).isEmpty)
  }

  @Test(arguments: samples)
  func canBeHeard(_ result: Result) throws {
    let html = page(result).html
    #expect(html.contains("<html lang=\"en\">"))
    let tables = occurrences(of: "<table>", in: html)
    #expect(tables > 3 && occurrences(of: "<caption>", in: html) == tables)
    #expect(html.matches(of: /<th(?! scope=|ead)/).isEmpty)
    let canvases = html.matches(of: /<canvas id="[a-z0-9-]+" role="img" aria-label="[^"]{20,}">/)
    #expect(canvases.count == occurrences(of: "<canvas", in: html) && canvases.count > 1)
    #expect(occurrences(of: "<h1", in: html) == 1 && !html.contains("<h3"))
    for name in [
      "main", "section", "div", "figure", "figcaption", "details", "summary", "table", "p", "ul",
      "li", "td", "th", "tr",
    ] {
      let opened = html.matches(of: try Regex("<\(name)[ >]")).count
      #expect(opened == occurrences(of: "</\(name)>", in: html), "\(name)")
    }
  }
}

@Suite struct ChartLibraryTests {
  private func problem(_ text: String) throws -> String {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("chart-\(UUID().uuidString).js")
    try Data(text.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    do {
      return try ChartLibrary.text(file.path) == text ? "" : "another text"
    } catch let problem as InvalidInput {
      return problem.message
    }
  }

  @Test func readsAPlainScript() throws {
    let text = "/*!\n * Chart.js v4.4.0\n */\nvar Chart;\n"
    #expect(try problem(text) == "")
    #expect(ChartLibrary.version(of: text) == "4.4.0")
    #expect(try problem(text + String(repeating: " ", count: 700_000)) == "")
  }

  @Test func refusesWhatIsNone() throws {
    #expect(try problem("var x;").hasPrefix("is not Chart.js as a plain script"))
    #expect(try problem("").hasPrefix("is not Chart.js"))
    #expect(try problem("/* Chart.js v4.4.0 */\nexport { A };").hasPrefix("is not Chart.js"))
    let long = "/* Chart.js v4.4.0 */" + String(repeating: " ", count: 720_000)
    #expect(try problem(long).hasPrefix("is larger than 700 KiB"))
    #expect(throws: MissingInput.self) { try ChartLibrary.text("/no/such/chart.js") }
  }
}
