import Foundation
import Planning
import Settings
import Testing

@testable import Reporting

/// A document says all that a comparison needs: what is read back is written the same again.
@Suite struct ResultDocumentTests {
  private func read(_ text: String) throws -> Result {
    try ResultDocument.result(from: Data(text.utf8), file: "base.json")
  }

  private func problem(_ text: String) -> String {
    do {
      _ = try read(text)
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: [Sample.one, Sample.three, Sample.timed])
  func readsBackWhatWasWritten(_ result: Result) throws {
    var result = result
    let each = [1.0 / 3, 0.1, .leastNonzeroMagnitude, .greatestFiniteMagnitude, -0.0]
    result.designs[0].metrics[0].mean?.each = each
    result.horizon.warmUpRule = .mser5
    let back = try read(JSONReport().text(result))
    #expect(back.designs.count == result.designs.count)
    for (read, written) in zip(back.designs, result.designs) {
      #expect(read.metrics.count == written.metrics.count)
      for metric in written.metrics { #expect(read.metric(metric.name) == metric) }
      #expect(read.verdicts == written.verdicts && read.checks == written.checks)
      #expect(read.costs == written.costs && read.fingerprint == written.fingerprint)
      #expect(read.timeLines == written.timeLines)
    }
    #expect(back.marks == result.marks)
    #expect(back.seed == .max && back.population == result.population)
    #expect(back.horizon == result.horizon && back.replications == result.replications)
    #expect(back.designs[0].metrics[0].mean?.each == each)
  }

  @Test(arguments: [Sample.one, Sample.three, Sample.hurt, Sample.timed])
  func writesTheSameBytes(_ result: Result) throws {
    let text = JSONReport().text(result)
    #expect(try JSONReport().text(read(text)) == text)
  }

  /// One that was written before there were time lines is read all the same.
  @Test func readsADocumentWithoutTimeLines() throws {
    let text = JSONReport().text(Sample.one)
    let older = text.replacing("  \"marks\": [],\n", with: "")
    #expect(older != text && !older.contains("series"))
    #expect(try read(older).designs[0].timeLines == nil)
  }

  /// A document of several designs has the notes of the whole between two others.
  @Test func tellsWhoseNoteItIs() throws {
    var result = Sample.three
    result.designs[0].notes = ["Population: 3 users.", "Of the first."]
    let back = try read(JSONReport().text(result))
    #expect(back.notes == result.notes)
    #expect(back.designs.map(\.notes) == result.designs.map(\.notes))
    #expect(CSVReport().text(back).count == CSVReport().text(result).count)
  }

  /// Where it came from is not in a document, so no command can name the file.
  @Test func reproducesByHash() throws {
    let text = MarkdownReport().text(try read(JSONReport().text(Sample.one)))
    #expect(
      text.contains("    feedsim run SCENARIO --seed 18446744073709551615 --replications 5\n"))
    #expect(text.contains("that has this hash.\n"))
    #expect(!MarkdownReport().text(Sample.one).contains("SCENARIO"))
  }

  @Test func saysWhatIsWrong() {
    let text = JSONReport().text(Sample.one)
    #expect(problem("").contains("base.json:1:1: is no JSON document"))
    #expect(problem("[1, 2]").contains("base.json:1:1"))
    #expect(problem("{}").contains("\"format_version\" is missing"))
    #expect(
      problem(text.replacing("\"format_version\": \"1.0\"", with: "\"format_version\": \"9\""))
        .contains("format_version: is \"9\"; this feedsim reads \"1.0\""))
    #expect(
      problem(text.replacing("\"unit\": \"ms\"", with: "\"unit\": \"msec\""))
        .contains("unknown unit \"msec\""))
    #expect(
      problem(text.replacing("\"count\": 98765", with: "\"count\": \"98765\""))
        .contains("metrics.delivery.lag.count: is no result document: a number must stand here"))
    let timed = JSONReport().text(Sample.timed)
    #expect(
      problem(timed.replacing("\"unit\": \"1/s\",", with: "\"unit\": \"hz\","))
        .contains("unknown unit \"hz\""))
    #expect(
      problem(timed.replacing("\"interval_s\": 120", with: "\"interval_s\": []"))
        .contains("series.interval_s: is no result document: a number must stand here"))
    #expect(problem(String(text.dropLast(9))).contains("is no JSON document"))
    #expect(problem(String(repeating: "[", count: 100_000)).contains("base.json:1:1"))
  }
}
