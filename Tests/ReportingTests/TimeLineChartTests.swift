import Foundation
import Planning
import Simulation
import Testing

@testable import Reporting

/// The page's time lines: what is drawn, the table below it and the document tell the same.
@Suite struct TimeLineChartTests {
  private static let page = PageText(
    HTMLReport(charts: "/*! Chart.js v9.9.9 */ var Chart;").text(Sample.timed))

  private func series(_ chart: String) throws -> [[String: Any]] {
    try #require(Self.page.charts[chart]?["series"] as? [[String: Any]], "\(chart)")
  }

  private func table(_ caption: String) throws -> PageText.Table {
    try #require(Self.page.tables.first { $0.caption == caption }, "\(caption)")
  }

  @Test func thereIsAChartForEachQuantity() {
    #expect(
      Self.page.charts.keys.filter { $0.hasPrefix("time-") }.sorted() == [
        "time-backlog", "time-hit-ratio", "time-latency", "time-loads", "time-utilisation-1",
        "time-utilisation-2",
      ])
    #expect(Self.page.texts("h2")[2] == "Over time")
    #expect(
      Self.page.html.contains(
        "Shaded: spike: loads × 20, posts × 3, 20–30 min; &lt;star&gt; posts, 30 min."))
  }

  /// Point by point: the document's values in the chart's unit, at the middle of the interval.
  @Test func chartsHaveTheDocumentsValues() throws {
    let cases: [(chart: String, place: Int, design: Int, line: String, factor: Double)] = [
      ("time-loads", 0, 0, "feed.arrival_rate", 1), ("time-loads", 1, 1, "feed.arrival_rate", 1),
      ("time-latency", 0, 0, "feed.latency.p99", 1),
      ("time-latency", 1, 1, "feed.latency.p99", 1),
      ("time-latency", 2, 0, "feed.latency.p50", 1),
      ("time-hit-ratio", 1, 1, "cache.feed.hit_ratio", 100),
      ("time-backlog", 0, 0, "fan_out.backlog", 1),
      ("time-utilisation-1", 1, 0, "tier.post_store.utilisation", 100),
    ]
    for (chart, place, design, name, factor) in cases {
      let one = try series(chart)[place]
      let line = try #require(Sample.timed.designs[design].timeLines?.line(name))
      let values = (one["values"] as? [Any])?.map { $0 as? Double } ?? []
      #expect(values.count == 65)
      for (value, expected) in zip(values, line.values) {
        #expect(value.map { Float($0) } == expected.map { Float($0 * factor) }, "\(chart)")
      }
      let middles = (0..<65).map { Double(2 * $0 + 1) }
      #expect(one["positions"] as? [Double] == middles)
    }
    #expect(
      try series("time-latency").map { $0["name"] as? String } == [
        "push p99", "pull p99", "push p50", "pull p50",
      ])
    #expect(
      try series("time-utilisation-1").map { $0["name"] as? String }
        == ["gateway", "post store"])
  }

  @Test func marksStandAtTheirTimes() throws {
    for chart in ["time-loads", "time-latency", "time-utilisation-2"] {
      let bands = try #require(Self.page.charts[chart]?["bands"] as? [[String: Any]])
      #expect(
        bands.map { $0["label"] as? String } == ["spike 20–30 min", "<star> posts 30 min"])
      #expect(bands.map { $0["from"] as? Double } == [20, 30])
      #expect(bands.map { $0["to"] as? Double } == [30, 30])
    }
    let axis = try #require(Self.page.charts["time-loads"]?["axis"] as? [String: Any])
    #expect(axis["to"] as? Double == 130 && axis["step"] as? Double == 20)
  }

  @Test func tablesHaveTheSameFigures() throws {
    let loads = try table("Loads and posts opened over time, /s")
    #expect(loads.columns == ["push loads", "pull loads", "push posts", "pull posts"])
    #expect(loads.rows.count == 65)
    #expect(loads.rows[0].label == "0–2" && loads.rows[64].label == "128–130")
    #expect(loads.rows[1].cells == ["21", "21", "0.516", "0.516"])
    let latency = try table("Feed latency over time, ms")
    #expect(latency.rows[7].cells[..<2] == ["–", "–"])
    #expect(latency.rows[1].cells == ["91", "3,640", "51", "2,040", "61", "2,440"])
    let busy = try table("Utilisation of each tier: push over time, %")
    #expect(busy.rows[8].cells[1] == "–" && busy.rows[9].cells == ["37.5", "18.8"])
  }

  /// Long tables are folded below their charts, and open where they are all there is.
  @Test func tablesAreFoldedBelowCharts() {
    #expect(Self.page.html.components(separatedBy: "<details>").count == 7)
    let bare = HTMLReport(charts: nil).text(Sample.timed)
    #expect(bare.components(separatedBy: "<details open>").count == 7)
    #expect(!bare.contains("<details>"))
  }

  @Test func oneDesignNeedsNoName() throws {
    var one = Sample.one
    one.designs[0].timeLines = Sample.timeLines()
    one.horizon.duration = .seconds(7800)
    let page = PageText(HTMLReport(charts: "/*! Chart.js v9 */").text(one))
    let latency = try #require(page.charts["time-latency"]?["series"] as? [[String: Any]])
    #expect(latency.map { $0["name"] as? String } == ["p99", "p50"])
    #expect(latency.map { $0["colour"] as? Int } == [0, 1])
    #expect(page.charts["time-utilisation-1"] != nil)
    // Where nothing is rejected there is nothing to draw.
    #expect(page.charts["time-rejected"] == nil)
    one.designs[0].timeLines?.lines[6].values[3] = 0.25
    #expect(one.designs[0].timeLines?.lines[6].name == "feed.rejected")
    let refused = PageText(HTMLReport(charts: "/*! Chart.js v9 */").text(one))
    #expect(refused.charts["time-rejected"] != nil)
  }

  @Test(arguments: [
    (60.0, "seconds", 10.0), (600, "seconds", 120), (3600, "minutes", 10),
    (86_400, "hours", 4), (24 * 86_400.0, "days", 5),
  ])
  func timeIsInUnitsThatFit(_ seconds: Double, _ name: String, _ step: Double) {
    let unit = TimeUnit(Simulation.Duration(seconds: seconds))
    #expect(unit.name == name && unit.step == step)
  }
}
