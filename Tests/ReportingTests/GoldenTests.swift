import Foundation
import Planning
import Reporting
import Testing

/// What the reports of the samples look like, byte by byte. `FEEDSIM_RECORD=1` writes them anew,
/// to be read before they are committed.
@Suite struct GoldenTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Golden")

  private static let results = [
    ("one", Sample.one), ("three", Sample.three), ("hurt", Sample.hurt),
  ]

  static func compare(_ text: String, _ name: String) throws {
    let file = Self.folder.appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["FEEDSIM_RECORD"] == "1" {
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    let recorded = try String(contentsOf: file, encoding: .utf8)
    #expect(text == recorded, "\(name)")
  }

  @Test func reportsAreAsRecorded() throws {
    for (name, result) in Self.results {
      try Self.compare(JSONReport().text(result), "\(name).json")
      try Self.compare(MarkdownReport().text(result), "\(name).md")
      try Self.compare(CSVReport().text(result), "\(name).csv")
      try Self.compare(ConsoleReport(colour: false).text(result), "\(name).txt")
    }
    try Self.compare(ResultSchema.text, "schema.json")
  }
}

@Suite struct ConsoleReportTests {
  private func lines(_ result: Result, colour: Bool = false) -> [String] {
    ConsoleReport(colour: colour).text(result).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
  }

  @Test func threeDesignsFitAHundredColumns() {
    for result in [Sample.one, Sample.three, Sample.hurt] {
      for line in lines(result) { #expect(line.count <= 100, "\(line)") }
    }
    let titles = lines(Sample.three).filter {
      $0.contains("push") && $0.contains("hybrid") && !$0.hasPrefix("FAIL")
    }
    #expect(titles.count == 2, "the rules and the figures stand in one table each")
  }

  @Test func moreDesignsFollowBelow() {
    let designs = (1...7).map { Sample.design("design-\($0)") }
    let lines = lines(Sample.result(designs))
    for line in lines { #expect(line.count <= 100, "\(line)") }
    let tables = lines.filter { !$0.hasPrefix("PASS") }
    for design in designs {
      #expect(tables.filter { $0.contains(design.name) }.count == 2)
    }
  }

  @Test func colourChangesNothingElse() {
    for result in [Sample.one, Sample.three, Sample.hurt] {
      let painted = ConsoleReport(colour: true).text(result)
      let plain = ConsoleReport(colour: false).text(result)
      #expect(painted.contains("\u{1B}["))
      #expect(!plain.contains("\u{1B}"))
      #expect(painted.replacing(/\u{1B}\[[0-9;]*m/, with: "") == plain)
    }
  }

  @Test func theVerdictComesFirst() throws {
    let lines = lines(Sample.three)
    let verdict = try #require(lines.firstIndex { $0.hasPrefix("FAIL  ") })
    let figures = try #require(lines.firstIndex { $0 == "Feed latency" })
    #expect(verdict < figures)
    #expect(lines[verdict + 2].contains("✓ 163.3 ± 1.3 ms"))
    #expect(lines[verdict + 2].contains("✗ 375.5 ± 2.9 ms"))
  }

  @Test func whatIsUnstableIsLoud() {
    let text = ConsoleReport(colour: false).text(Sample.hurt)
    #expect(text.contains("✗ "))
    #expect(text.contains("! UNSTABLE: gateway"))
    #expect(text.contains("UNSTABLE\n"))
    #expect(!ConsoleReport(colour: false).text(Sample.one).contains("UNSTABLE"))
  }

  @Test func unresolvedQuantilesAreMarkedAndExplained() {
    let text = ConsoleReport(colour: false).text(Sample.one)
    #expect(text.contains("402.9 ± 1.3 ?"))
    #expect(text.contains("? marks a quantile whose replications are too short"))
    var design = Sample.design("")
    for metric in design.metrics.indices {
      for quantile in design.metrics[metric].quantiles.indices {
        design.metrics[metric].quantiles[quantile].estimate.resolved = true
      }
    }
    let resolved = ConsoleReport(colour: false).text(Sample.result([design]))
    #expect(!resolved.contains("? marks") && !resolved.contains(" ?\n"))
  }

  @Test func aNoteOfSomeDesignsNamesThem() {
    var result = Sample.three
    result.designs[0].notes.append("Only here.")
    result.designs[2].notes.append("Only here.")
    let text = ConsoleReport(colour: false).text(result)
    #expect(text.contains("· push, hybrid: Only here."))
    #expect(text.components(separatedBy: "Every design says this.").count == 2)
  }
}
