import Foundation
import Planning
import Reporting
import Settings
import Testing

@Suite struct JSONReportTests {
  private func parsed(_ result: Result) throws -> [String: Any] {
    let text = JSONReport().text(result)
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
    return try #require(object as? [String: Any])
  }

  @Test func theContractsKeysAreThere() throws {
    let document = try parsed(Sample.one)
    #expect(document["format_version"] as? String == "1.0")
    #expect(document["feedsim_version"] as? String == "0.1.0")
    let scenario = try #require(document["scenario"] as? [String: Any])
    #expect(scenario["name"] as? String == "sample")
    #expect(scenario["sha256"] as? String == "00ff")
    #expect(document["replications"] as? Int == 5)
    #expect(document["fingerprint"] as? String == "0000000000abcdef")
    #expect(document["designs"] == nil)
    #expect(document["passed"] as? Bool == true)
    #expect(document["notes"] as? [String] == ["Population: 3 users.", "Every design says this."])
    let metrics = try #require(document["metrics"] as? [String: [String: Any]])
    let latency = try #require(metrics["feed.latency"])
    #expect(latency["unit"] as? String == "ms")
    #expect(latency["count"] as? Int == 1_234_567)
    #expect((latency["mean"] as? [String: Any])?["value"] as? Double == 34.2)
    #expect((latency["mean"] as? [String: Any])?["half_width"] as? Double == 0.312)
    #expect((latency["p99"] as? [String: Any])?["resolved"] as? Bool == true)
    #expect((latency["p99_9"] as? [String: Any])?["resolved"] as? Bool == false)
    let thresholds = try #require(document["thresholds"] as? [[String: Any]])
    #expect(thresholds[0]["rule"] as? String == "feed.latency.p99 < 200ms")
    #expect(thresholds[0]["observed"] as? Double == 163.27)
    #expect(thresholds[0]["passed"] as? Bool == true)
    let checks = try #require(document["checks"] as? [[String: Any]])
    #expect(checks[0]["name"] as? String == "fan-out balance")
    let costs = try #require(document["costs"] as? [[String: Any]])
    #expect(costs[0]["monthly"] as? Double == 744.6)
    #expect(costs[1]["priced"] as? Bool == false)
    #expect(costs[1]["monthly"] == nil)
  }

  @Test func aSeedKeepsAllItsBits() {
    #expect(JSONReport().text(Sample.one).contains("\"seed\": 18446744073709551615"))
  }

  @Test func severalDesignsStandBesideTheFirst() throws {
    let document = try parsed(Sample.three)
    let designs = try #require(document["designs"] as? [[String: Any]])
    #expect(designs.map { $0["name"] as? String } == ["push", "pull", "hybrid"])
    let first = try #require(document["metrics"] as? NSDictionary)
    #expect(first == designs[0]["metrics"] as? NSDictionary)
    #expect(first != designs[1]["metrics"] as? NSDictionary)
    #expect(document["passed"] as? Bool == false)
    let notes = try #require(document["notes"] as? [String])
    #expect(notes.first == "The top level is the first design, push; designs has all 3.")
  }

  @Test func whatIsMissingIsAbsentAndNeverNaN() throws {
    let text = JSONReport().text(Sample.hurt)
    for word in ["nan", "inf", "NaN", "Infinity"] {
      #expect(!text.contains(": \(word)") && !text.contains(": -\(word)"))
    }
    let metrics = try #require(try parsed(Sample.hurt)["metrics"] as? [String: [String: Any]])
    #expect(metrics["feed.latency"]?["unstable"] as? Bool == true)
    #expect(metrics["feed.latency"]?["mean"] == nil)
    #expect(metrics["feed.latency.gateway"]?["unstable"] as? Bool == true)
    #expect(metrics["feed.latency.gateway"]?["p50"] == nil)
    #expect(metrics["feed.latency.gateway"]?["p95"] != nil)
    // Nothing was observed: neither an estimate nor a reason to call it unstable.
    #expect(metrics["delivery.lag"]?["count"] as? Int == 0)
    #expect(metrics["delivery.lag"]?["unstable"] == nil)
    let due = try #require(metrics["delivery.due"]?["mean"] as? [String: Any])
    #expect(due.keys.sorted() == ["value"])
    let thresholds = try #require(try parsed(Sample.hurt)["thresholds"] as? [[String: Any]])
    #expect(thresholds[0]["observed"] is NSNull)
    #expect(thresholds[0]["passed"] as? Bool == false)
  }

  @Test func keysAreSorted() {
    let text = JSONReport().text(Sample.one)
    let keys = text.split(separator: "\n").compactMap { line -> String? in
      guard line.hasPrefix("  \""), let end = line.dropFirst(3).firstIndex(of: "\"") else {
        return nil
      }
      return String(line[line.index(line.startIndex, offsetBy: 3)..<end])
    }
    #expect(keys.count > 8)
    #expect(keys == keys.sorted())
  }

  @Test(arguments: [
    0, -0.5, 0.1, 1.0 / 3, 1e-9, Double.leastNonzeroMagnitude, 1e15, 123_456_789_012_345_680,
    Double.greatestFiniteMagnitude,
    200, -3,
  ])
  func numbersReadBackToTheSameBits(_ number: Double) throws {
    let text = JSONValue.list([.number(number)]).document
    let back = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [Double])
    #expect(back == [number])
  }

  @Test func textIsEscaped() throws {
    let odd = "a\"b\\c\n\t\u{1}\u{7F}é✓"
    let text = JSONValue.map([odd: .text(odd)]).document
    let back = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: String])
    #expect(back == [odd: odd])
  }
}

@Suite struct ReporterTests {
  @Test func theCatalogKeepsTheRules() {
    #expect(Catalog<any Reporter>.reporters.violations().isEmpty)
  }

  @Test func theExtensionChooses() throws {
    let reporters = Catalog<any Reporter>.reporters
    #expect(reporters.names == ["json", "md", "csv", "xml", "html"])
    #expect(try reporters.reporter(forFile: "a/b.c/x.md") is MarkdownReport)
    for path in ["x.txt", "x", "a.json/x", "x.JSON"] {
      let error = #expect(throws: UnknownFormat.self) {
        try reporters.reporter(forFile: path)
      }
      #expect(error?.description.contains(".json, .md, .csv, .xml") == true)
    }
  }

  @Test func everyFormatIsThePureFunctionOfItsResult() throws {
    for name in Catalog<any Reporter>.reporters.names {
      let reporter = try #require(Catalog<any Reporter>.reporters.reporter(name))
      for result in [Sample.one, Sample.three, Sample.hurt] {
        let text = reporter.text(result)
        #expect(text == reporter.text(result))
        #expect(text.hasSuffix("\n") && !text.hasSuffix("\n\n"))
        // Chart.js itself may well speak of NaN.
        let own = name == "html" ? HTMLReport(charts: nil).text(result) : text
        let words = own.lowercased().split { !$0.isLetter }
        #expect(!words.contains("nan") && !words.contains("inf"), "\(name)")
      }
    }
  }
}
