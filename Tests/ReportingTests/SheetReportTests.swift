import Planning
import Settings
import TestSupport
import Testing

@testable import Reporting

/// What an estimate looks like in each format.
@Suite struct SheetReportTests {
  private static func report(
    _ preset: String, _ overrides: [String] = [], sensitivity: Bool = true
  ) throws -> SheetReport {
    SheetReport(
      try SheetCatalog.sheet(preset, overrides: overrides, sensitivity: sensitivity),
      feedsimVersion: "9.9.9")
  }

  private static let presets = SheetCatalog.summaries.map(\.name)

  @Test(arguments: presets) func fitsTheSchema(_ preset: String) throws {
    let validator = try SchemaValidator(schema: SheetSchema.text)
    for sensitivity in [true, false] {
      let text = try Self.report(preset, sensitivity: sensitivity).json
      #expect(try validator.problems(in: text) == [])
      #expect(text.contains("\"sensitivity\"") == sensitivity)
    }
    let free = try Self.report(preset, preset.hasPrefix("s0") ? ["cachePrice=0 USD"] : []).json
    #expect(try validator.problems(in: free) == [])
  }

  @Test(arguments: [
    ("\"as_written\": false", "\"as_written\": 0"), ("\"section\": \"cost\"", "\"section\": \"x\""),
    ("\"written\": 102400000", "\"written\": \"much\""), ("\"quantity\": 100", "\"amounts\": 100"),
  ]) func theSchemaRefusesWhatIsWrong(_ part: String, _ wrong: String) throws {
    let text = try Self.report("s0").json
    let changed = text.replacing(part, with: wrong, maxReplacements: 1)
    #expect(changed != text)
    #expect(try !SchemaValidator(schema: SheetSchema.text).problems(in: changed).isEmpty)
  }

  @Test(arguments: presets) func theConsoleFitsAScreen(_ preset: String) throws {
    let text = try Self.report(preset).console(colour: false)
    for line in text.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
    #expect(!text.contains("\u{1B}") && text.hasPrefix("\(preset)  "))
    #expect(try Self.report(preset).console(colour: true).contains("\u{1B}[1m"))
  }

  @Test func theConsoleSaysWhatDiffers() throws {
    let text = try Self.report("s0").console(colour: false)
    let words = text.split { $0 == " " || $0 == "\n" }.joined(separator: " ")
    for part in [
      "timeline.storage: 102,400,000 GiB in the document, 100,000 GiB is right: "
        + "1 GB for each 10,000 users",
      "cost.month: $4,093,062.50 in the document, $2,047,062.50 is right",
      "226.9× the document's $0.05", "Rounding adds $444.44 (0.02172 %) to cost.month.",
      "headroom is 0, of which there is no share; 0.01 of it raises cost.month by 0.4241 %",
      "cache.price: 0.05 USD/GiB-month in the document, 11.35 USD/GiB-month is right",
    ] {
      #expect(words.contains(part), "\(part)")
    }
    #expect(try !Self.report("s0", sensitivity: false).console(colour: false).contains("lasticit"))
  }

  /// Without a bill there is no share of it: a price of 0 moves that total alone, from nothing.
  @Test func aTotalOfNothingGrowsFromNothing() throws {
    let prices = ["shardPrice", "serverPrice", "cachePrice", "storagePrice"]
    let remarks = try Self.report("s0", prices.map { "\($0)=0 USD" }).remarks
    for price in prices {
      let about = remarks.filter { $0.hasPrefix("\(price) is 0") }
      let text = "\(price) is 0, of which there is no share; 0.01 of it raises cost.month from 0."
      #expect(about == [text])
    }
    let silent = try #require(remarks.first { $0.hasPrefix("None of these totals answers to") })
    #expect(silent.contains("postsPerDay") && !silent.contains("Price"), "\(silent)")
    #expect(!remarks.contains { $0.contains(" by 0 %") })
    // One price of four is 0: its bill grows by a share, and no other total.
    let one = try Self.report("s0", ["storagePrice=0 USD"]).remarks
    let about = try #require(one.first { $0.hasPrefix("storagePrice is 0") })
    #expect(about.contains("raises cost.month by ") && !about.contains("fleet"), "\(about)")
  }

  @Test func differencesFollowTheInputs() throws {
    let size = ["precomputedPerUser=10MB"]
    let text = try Self.report("s0", size).markdown
    #expect(
      text.contains(
        "push.storage: 30,000 TB as the document has it, 12,000 TB is right: it says 10 MB"))
    let differences = text.split(separator: "\n").filter { $0.hasPrefix("- ") }
    #expect(differences.count > 4 && !differences.contains { $0.contains(" in the document, ") })
    let price = try Self.report("s0", ["cachePrice=0.10 USD"]).markdown
    #expect(price.contains("113.5× the first bill's $0.10"))
    #expect(!price.contains("the document's $"))
  }

  @Test func whatIsGivenIsMarked() throws {
    let text = try Self.report("s0", ["follows=150"]).console(colour: false)
    #expect(text.split(separator: "\n").filter { $0.contains(" * authors whom") }.count == 1)
    #expect(text.contains(" 150 * "))
  }

  /// One line a difference, in the table of every format.
  @Test(arguments: presets) func tablesHoldEveryLine(_ preset: String) throws {
    let report = try Self.report(preset)
    let sheet = report.sheet
    let markdown = report.markdown
    for line in sheet.lines { #expect(markdown.contains("| `\(line.name)` "), "\(line.name)") }
    let bullets = markdown.split(separator: "\n").filter {
      $0.hasPrefix("- ") && $0.contains(" in the document, ")
    }
    #expect(bullets.count == sheet.differences.count)
    let rows = report.csv.split(separator: "\n").map { $0.prefix { $0 != "," } }
    func count(_ kind: String) -> Int { rows.filter { $0 == kind }.count }
    #expect(report.csv.hasPrefix("kind,name,of,value,unit,document_value,formula,source\n"))
    #expect(count("input") == sheet.inputs.count && count("line") == sheet.lines.count)
    #expect(count("difference") == sheet.differences.count)
    let sensitivity = try #require(sheet.sensitivity)
    #expect(count("elasticity") == sheet.inputs.count * sensitivity.targets.count)
  }

  @Test(arguments: [
    (1_736_111.111, "1/s", "1,736,111 /s"), (33.271, "h", "33.27 h"), (60_000, "TB", "60,000 TB"),
    (2_047_062.5, "USD", "$2,047,062.50"), (0.4, "share", "40 %"), (0.003, "TB", "0.003 TB"),
    (0, "GiB", "0 GiB"), (999.96, "ms", "1,000 ms"), (226.931, "×", "226.9×"),
  ]) func figuresAreReadable(_ value: Double, _ unit: String, _ text: String) {
    #expect(SheetText.figure(value, unit) == text)
  }

  @Test func twoFiguresCanBeToldApart() {
    #expect(SheetText.pair(19531, 19531.25, "GiB") == ("19,531.0000 GiB", "19,531.2500 GiB"))
    #expect(SheetText.pair(3, 300, "shards") == ("3 shards", "300 shards"))
  }
}
