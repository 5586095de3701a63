import FeedSystem
import Planning
import Simulation
import Testing

@testable import Reporting

/// What a check says of two results, and whether it holds.
@Suite struct ComparisonReportTests {
  private static let rule = "feed.read_amplification < 12"

  private func result(_ each: [Double], _ throughput: [Double]) throws -> Result {
    var design = DesignResult(
      name: "",
      metrics: [
        Metric(
          name: "feed.read_amplification", unit: .entriesPerShown, count: 3,
          mean: .mean(of: each)),
        Metric(
          name: "feed.throughput", unit: .perSecond, count: 3, mean: .mean(of: throughput)),
      ])
    design.verdicts = [try Threshold(parsing: Self.rule).verdict(in: design)]
    return Sample.result([design], replications: 3)
  }

  private func report(
    _ changed: [Double], _ throughput: [Double] = [5, 6, 7], failsOnInconclusive: Bool = false
  ) throws -> ComparisonReport {
    let after = try result(changed, throughput)
    return ComparisonReport(
      try Comparison(result([9, 10, 11], [5, 6, 7]), after, tolerance: 0.05),
      gate: .init(designs: after.designs, failsOnInconclusive: failsOnInconclusive),
      feedsimVersion: "0.1.0")
  }

  @Test func onlyWhatIsProvenFails() throws {
    #expect(try report([9, 10, 11]).passed)
    #expect(try report([8, 9, 10]).passed)
    #expect(try !report([10, 11, 12]).passed)
    // The interval tells nothing, so the flag decides.
    #expect(try report([9, 10, 14]).passed)
    #expect(try !report([9, 10, 14], failsOnInconclusive: true).passed)
    // The rule fails, though nothing is proven to have regressed.
    #expect(try !report([9, 10, 20]).passed)
  }

  @Test func aCommentShowsWhatHasChanged() throws {
    let text = try report([10, 11, 12]).markdown
    let opening = "### feedsim check: sample\n\n**FAIL**: 1 figure regressed, 0 improved;"
    #expect(text.hasPrefix(opening))
    #expect(text.contains("| `feed.read_amplification` | 10 entries/shown |"))
    #expect(text.contains("+10 % | **regressed** |"))
    #expect(!text.contains("feed.throughput"))
    #expect(text.contains("- ✓ `feed.read_amplification < 12`: "))
    #expect(!(try report([9, 10, 11]).markdown.contains("| figure")))
  }

  @Test func theConsoleShowsRegressionsFirst() throws {
    let text = try report([10, 11, 12], [8, 9, 10]).console(colour: false)
    let lines = text.split(separator: "\n").map(String.init)
    let regressed = try #require(lines.firstIndex(of: "regressed"))
    let improved = try #require(lines.firstIndex(of: "improved"))
    #expect(regressed < improved && lines[improved + 1].hasPrefix("  feed.throughput"))
    #expect(lines.allSatisfy { $0.count <= 100 })
  }

  @Test func aCaseStandsForEachRuleAndFigure() throws {
    let text = try report([10, 11, 12]).xml
    #expect(text.contains("<testsuites name=\"feedsim\" tests=\"3\" failures=\"1\" errors=\"0\""))
    #expect(text.contains("name=\"feed.read_amplification &lt; 12\"/>"))
    #expect(text.contains("<failure message=\"regressed: 10 entries/shown → 11 entries/shown"))
    let unsure = try report([9, 10, 14])
    #expect(unsure.xml.contains("failures=\"0\" errors=\"0\" skipped=\"1\""))
    #expect(try report([9, 10, 14], failsOnInconclusive: true).xml.contains("failures=\"1\""))
  }

  @Test func xmlHoldsAnyText() {
    #expect(TestSuite.escaped("a<b & \"c\"\n\u{1}é") == "a&lt;b &amp; &quot;c&quot;&#10;\u{FFFD}é")
    let broken = Check(name: "<law>", passed: false, detail: "1 & 2")
    var design = Sample.design("push")
    design.checks = [broken]
    let text = JUnitReport().text(Sample.result([design]))
    #expect(text.contains("<testcase classname=\"sample.push\" name=\"&lt;law&gt;\">"))
    #expect(text.contains("<failure message=\"does not hold\">1 &amp; 2</failure>"))
  }
}
