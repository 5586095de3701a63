import Foundation
import Planning
import Simulation
import Testing

@testable import Reporting

/// The page of a sweep made by hand.
@Suite struct SweepPageTests {
  private static let stub = "/*! Chart.js v9.9.9 */ var Chart;"

  private static func design(
    _ name: String = "", latency: Double, writes: Double, cost: Double?
  ) -> DesignResult {
    var metrics = [
      Sample.distribution(
        "feed.latency", 1000, mean: latency / 2, [latency / 3, latency / 2, latency, latency * 2],
        halfWidth: 0.5),
      Sample.scalar("fan_out.write_amplification", .entriesPerPost, writes, 0.25),
      Sample.scalar("cache.feed.hit_ratio", .ratio, 0.5, 0.01),
    ]
    if let cost {
      metrics.append(
        Metric(name: "cost.month", unit: .dollars, count: 1, mean: Estimate(value: cost)))
    }
    var design = DesignResult(name: name, metrics: metrics)
    design.verdicts = ["feed.latency.p99 < 200ms", "cache.feed.hit_ratio > 10%"].compactMap {
      (try? Threshold(parsing: $0))?.verdict(in: design)
    }
    return design
  }

  private static func report(
    _ paths: [String], _ points: [([String], [DesignResult])]
  ) -> SweepReport {
    var report = SweepReport(
      name: "sample", question: "Which <one>?", paths: paths, version: "0.1.0")
    for (place, (values, designs)) in points.enumerated() {
      report.add(
        .init(
          index: place + 1, values: values, hash: "ab\(place)",
          error: designs.isEmpty ? "cannot read none.txt" : "", designs: designs))
    }
    return report
  }

  /// Five points of one setting, given falling; the third fails, the last breaks a rule.
  private static let line = report(
    ["fanOut.pushBelow"],
    [
      (["1M"], [design(latency: 90, writes: 150, cost: 1000)]),
      (["100k"], [design(latency: 95, writes: 80, cost: 1000)]),
      (["10k"], []), (["5k"], [design(latency: 100, writes: 85, cost: 1000)]),
      (["1k"], [design(latency: 3000, writes: 2, cost: 1100)]),
    ])

  /// Two settings, two designs, no prices.
  private static let grid = report(
    ["cache.feed.size", "fanOut.policy"],
    ["10%", "20%", "50%"].enumerated().flatMap { row, size in
      ["push", "pull"].enumerated().map { column, policy in
        let latency = Double(100 + 20 * row + 7 * column)
        return (
          [size, policy],
          [
            design("a", latency: latency, writes: 10 - Double(row), cost: nil),
            design("b", latency: latency / 2, writes: 20, cost: nil),
          ]
        )
      }
    })

  private func page(_ report: SweepReport, charts: String? = stub) -> PageText {
    PageText(report.page(charts: charts))
  }

  private func cells(_ table: PageText.Table?, _ label: String) -> [String]? {
    table?.rows.first { $0.label == label }?.cells
  }

  @Test func theVerdictComesFirst() {
    let page = page(Self.line)
    #expect(page.texts("h1") == ["sample"] && page.html.contains("Which &lt;one&gt;?"))
    #expect(
      page.texts("h2") == [
        "Verdict", "Over fanOut.pushBelow", "What is bought with what", "Points",
        "How to reproduce",
      ])
    #expect(page.html.contains("5 points of fanOut.pushBelow (5 values); 1 failed"))
    #expect(page.html.contains("<strong>3 of 4</strong> points hold all 2 thresholds"))
    let best = page.tables[0]
    #expect(best.caption == "The best point that holds every threshold for each figure")
    #expect(cells(best, "feed.latency.p99") == ["90.0 ± 2.0 ms", "1", "1M"])
    #expect(
      cells(best, "fan_out.write_amplification") == ["80.00 ± 0.25 entries/post", "2", "100k"])
    #expect(cells(best, "cost.month") == ["$1,000", "1 and 2 others", "1M, 100k, 5k"])
    let grid = self.page(Self.grid).tables[0]
    #expect(cells(grid, "feed.latency.p99") == ["50.0 ± 2.0 ms", "1, b", "10%", "push"])
    #expect(
      cells(grid, "fan_out.write_amplification")
        == ["8.00 ± 0.25 entries/post", "5, a and 1 other", "50%", "any"])
  }

  @Test func oneSettingIsALine() throws {
    let page = page(Self.line)
    let curve = try #require(page.charts["curve-1"])
    #expect(curve["categories"] as? [String] == ["1k", "5k", "10k", "100k", "1M"])
    let series = try #require(curve["series"] as? [[String: Any]])
    let values = (series[0]["values"] as? [Any])?.map { $0 as? Double }
    #expect(values == [3000, 100, nil, 95, 90] && curve["logarithmic"] as? Bool == true)
    let table = page.tables.first { $0.caption == "feed.latency.p99 over fanOut.pushBelow" }
    #expect(cells(table, "1k") == ["3,000 ± 2 ms ✗breaks a threshold"])
    #expect(cells(table, "10k") == ["failed"] && cells(table, "1M") == ["90.0 ± 2.0 ms"])
  }

  @Test func theFrontIsMarked() throws {
    let page = page(Self.line)
    let front = try #require(page.tables.first { $0.caption == "The Pareto front" })
    #expect(front.rows.map(\.label) == ["1", "2", "5"], "5k is beaten by 100k")
    let scatter = try #require(page.charts["pareto-1"]?["series"] as? [[String: Any]])
    #expect(scatter.map { $0["name"] as? String } == ["on the front", "beaten"])
    #expect(scatter[0]["positions"] as? [Double] == [90, 95, 3000])
    #expect(scatter[0]["values"] as? [Double] == [150, 80, 2])
    #expect(scatter[0]["joined"] as? Bool == true && scatter[1]["joined"] as? Bool == false)
    #expect(
      (scatter[1]["labels"] as? [String]) == ["point 4: fanOut.pushBelow 5k"])
    // Dearer to the right: no falling line.
    let costs = try #require(page.charts["pareto-2"]?["series"] as? [[String: Any]])
    #expect(costs[0]["joined"] as? Bool == false)
    let points = try #require(page.tables.last)
    #expect(points.rows.count == 5 && points.rows[2].cells.last == "cannot read none.txt")
    #expect(points.rows[4].cells[5] == "✗ feed.latency.p99 < 200ms")
  }

  /// Every cell of a heat map is the figure of the CSV in its row and column.
  @Test func heatMapsHaveTheFiguresOfTheCSV() throws {
    let page = page(Self.grid)
    let lines = Self.grid.csv.split(separator: "\n").map { $0.components(separatedBy: ",") }
    #expect(page.texts("h2")[1] == "Over cache.feed.size and fanOut.policy")
    for (name, unit) in [
      ("feed.latency.p99", "ms"), ("fan_out.write_amplification", "entries/post"),
    ] {
      let title = name == "feed.latency.p99" ? name : "\(name).mean"
      let column = try #require(lines[0].firstIndex(of: title))
      for design in ["a", "b"] {
        let table = try #require(
          page.tables.first { $0.caption == "\(name), \(unit): \(design)" }, "\(name)")
        #expect(table.columns == ["push", "pull"])
        var seen = 0
        for line in lines.dropFirst() where line[3] == design {
          let place = try #require(table.columns.firstIndex(of: line[2]))
          let cell = try #require(cells(table, line[1])?[place])
          let value = try #require(Double(line[column]))
          let shown = try #require(Double(cell.prefix { $0 != " " }))
          #expect(abs(shown - value) <= 0.05, "\(cell) for \(value)")
          seen += 1
        }
        #expect(seen == 6)
      }
    }
    #expect(page.html.contains("The same everywhere: cache.feed.hit_ratio (50.0 ± 1.0 %)."))
    #expect(page.html.components(separatedBy: "class=\"heat").count == 1 + 4 * 6)
    // The least latency of all, and two points that write least; nothing is best where all are
    // alike.
    #expect(page.html.components(separatedBy: "the best</span>").count == 4)
    let b = try #require(page.tables.first { $0.caption == "feed.latency.p99, ms: b" })
    #expect(cells(b, "10%")?[0].hasSuffix("the best") == true)
    #expect(page.html.contains("class=\"heat best\" style=\"--heat: 5%\""))
    #expect(page.html.contains("class=\"heat\" style=\"--heat: 50%\""))
    #expect(page.charts.keys.sorted() == ["pareto-1"], "no prices, and no lines")
  }

  @Test func moreSettingsHaveNoMap() {
    let points = (0..<6).map { index in
      (
        ["\(index)", "\(index % 2)", "\(index % 3)"],
        [Self.design(latency: Double(50 + index), writes: 1, cost: 5)]
      )
    }
    let page = page(Self.report(["a", "b", "c"], points))
    #expect(page.texts("h2")[1] == "What is bought with what")
    #expect(page.tables.last?.rows.count == 6)
    let single = self.page(
      Self.report(["a"], [(["1"], [Self.design(latency: 5, writes: 1, cost: 1)])]))
    #expect(single.texts("h2") == ["Verdict", "Points", "How to reproduce"])
    #expect(single.charts.isEmpty)
    let none = self.page(Self.report(["a"], [(["1"], []), (["2"], [])]))
    #expect(none.texts("h2").contains("Points") && none.html.contains("2 failed"))
  }

  /// However many points there are, and each on the front.
  @Test func staysSmall() throws {
    let points = (0..<3000).map { index in
      let (latency, writes) = (Double(50 + index), Double(4000 - index))
      return (["\(index)"], [Self.design(latency: latency, writes: writes, cost: 5)])
    }
    let page = page(Self.report(["seed"], points))
    #expect(page.html.utf8.count < 700_000, "\(page.html.utf8.count)")
    #expect(page.tables.last?.caption == "The first 500 points")
    let scatter = try #require(page.charts["pareto-1"]?["series"] as? [[String: Any]])
    #expect(scatter.map { $0["name"] as? String } == ["on the front"], "none is beaten")
    #expect(page.html.contains("All 3000 are in sweep.csv."))
  }

  /// What was written is read back to the same bytes in every format.
  @Test func readsBack() throws {
    for report in [Self.line, Self.grid] {
      let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("sweep-\(UUID().uuidString).json")
      try Data(report.json.utf8).write(to: folder)
      defer { try? FileManager.default.removeItem(at: folder) }
      let back = try SweepDocument.read(folder.path)
      #expect(back.json == report.json && back.csv == report.csv && back.table == report.table)
      #expect(back.page(charts: Self.stub) == report.page(charts: Self.stub))
      #expect(back.failed == report.failed && back.missing == report.missing)
    }
  }

  @Test func isAPageLikeTheOthers() throws {
    for report in [Self.line, Self.grid] {
      for charts in [Self.stub, nil] {
        let html = report.page(charts: charts)
        #expect(html.hasPrefix("<!DOCTYPE html>") && html.contains("default-src &#39;none&#39;"))
        #expect(html.contains("No charts: they need Chart.js") == (charts == nil))
        #expect(html.matches(of: /\b(?:nan|NaN|inf|Infinity|nil|Optional)\b/).isEmpty)
        #expect(html.matches(of: /<th(?! scope=|ead)/).isEmpty)
        for word in ["http:", "https:", "@import", "url(", "<script src"] {
          #expect(!html.contains(word), "\(word)")
        }
        for name in ["section", "div", "figure", "table", "td", "th", "tr", "span", "p"] {
          let opened = html.matches(of: try Regex("<\(name)[ >]")).count
          #expect(opened == html.components(separatedBy: "</\(name)>").count - 1, "\(name)")
        }
      }
    }
  }
}
