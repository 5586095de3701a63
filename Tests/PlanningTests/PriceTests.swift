import Foundation
import Planning
import Settings
import Testing

@Suite struct PriceTests {
  static let scenarios = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Scenarios").standardizedFileURL.path
  static let shipped = "\(scenarios)/prices/aws-us-east-1-2026-08.yaml"

  /// A sheet of these items, read from a file that is gone afterwards.
  private func read(_ items: String, currency: String = "USD") throws -> PriceSheet {
    let text = """
      name: test
      currency: \(currency)
      region: nowhere
      date: 2026-08-21
      items:
      \(items)
      """
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("test.yaml")
    try text.write(to: file, atomically: true, encoding: .utf8)
    return try PriceSheet.read(path: file.path)
  }

  private func problem(_ items: String) throws -> String {
    let error = #expect(throws: InvalidInput.self) { try read(items) }
    return error.map { "\($0)" } ?? ""
  }

  @Test func shippedSheetHasTheListedPrices() throws {
    let prices = try PriceSheet.read(path: Self.shipped)
    #expect(prices.name == "aws-us-east-1-2026-08")
    #expect(prices.region == "us-east-1")
    #expect(prices["c5.2xlarge"]?.price == 0.34)
    #expect(prices["cache.r6g.2xlarge"]?.price == 0.821)
    #expect(prices["cache.r6g.2xlarge"]?.memoryGiB == 52.82)
    #expect(prices["db.r5.4xlarge"]?.price == 2)
    #expect(prices["egress"]?.per == .gigabyte)
    #expect(prices["post-storage"]?.date == "2025-10-28")
    #expect(prices.items.allSatisfy { $0.date != "undated" })
    #expect(prices["media-egress"] == nil)
    #expect(prices["c5.2xlarge"]?.provenance == "AWS Price List EC2 Linux, 2026-08-21")
    // $11.35 a GiB-month, as the public list's own arithmetic has it.
    let node = try #require(prices["cache.r6g.2xlarge"])
    let perGiB = node.price * 730 / (node.memoryGiB ?? 0)
    #expect((perGiB * 100).rounded() == 1135)
  }

  @Test func sheetNameIsItsFileName() throws {
    for file in try FileManager.default.contentsOfDirectory(atPath: "\(Self.scenarios)/prices") {
      let sheet = try PriceSheet.read(path: "\(Self.scenarios)/prices/\(file)")
      #expect("\(sheet.name).yaml" == file)
    }
  }

  @Test func everyItemNeedsPriceUnitSourceAndDate() throws {
    let whole = ["price: 1", "per: hour", "source: list", "date: 2026-08"]
    _ = try read("  a: {\(whole.joined(separator: ", "))}")
    for (index, field) in whole.enumerated() {
      var partial = whole
      partial.remove(at: index)
      let key = field.prefix { $0 != ":" }
      let text = try problem("  a: {\(partial.joined(separator: ", "))}")
      #expect(text.contains("items.a.\(key): is required"), "\(text)")
    }
  }

  @Test(arguments: [
    ("price: -1, per: hour, source: s, date: 2026-08", "items.a.price"),
    ("price: 1, per: hours, source: s, date: 2026-08", "did you mean \"hour\"?"),
    ("price: 1, per: hour, source: s, date: yesterday", "is not a date"),
    ("price: 1, per: hour, source: s, date: 2026-13", "is not a date"),
    ("price: 1, per: hour, sauce: s, date: 2026-08", "is \"sauce\" meant to be \"source\"?"),
    ("price: 1, per: hour, source: s, date: 2026-08, memory: 2", "unknown key \"memory\""),
    ("price: 1 USD, per: hour, source: s, date: 2026-08", "items.a.price"),
  ])
  func wrongItemsAreRefused(_ item: String, _ message: String) throws {
    let text = try problem("  a: {\(item)}")
    #expect(text.contains(message), "\(text)")
    #expect(text.contains("test.yaml:6:"), "\(text)")
  }

  @Test func anUnknownCurrencyIsRefused() throws {
    let items = "  a: {price: 1, per: hour, source: s, date: 2026-08}"
    let error = #expect(throws: InvalidInput.self) { try read(items, currency: "XAU") }
    #expect(error?.path == "currency")
  }

  @Test func bareNameIsFoundBesideTheScenarioOrAbove() throws {
    for file in ["x.yaml", "presets/x.yaml", "prices/x.yaml"].map({ "\(Self.scenarios)/\($0)" }) {
      let place = SourceLocation(file: file, line: 3, column: 9)
      let setting = Setting(.scalar("aws-us-east-1-2026-08"), location: place, path: "prices")
      #expect(try PriceSheet.read(setting, scenario: file).region == "us-east-1")
    }
    let argument = Setting(
      .scalar("aws-us-east-1-2026-08"), location: SourceLocation(argument: "--set prices"),
      path: "prices")
    #expect(
      try PriceSheet.read(argument, scenario: "\(Self.scenarios)/x.yaml").region == "us-east-1")
    let path = Setting(
      .scalar("prices/aws-us-east-1-2026-08.yaml"),
      location: SourceLocation(file: "\(Self.scenarios)/x.yaml", line: 3, column: 9), path: "prices"
    )
    #expect(try PriceSheet.read(path, scenario: "\(Self.scenarios)/x.yaml").region == "us-east-1")
  }

  @Test func anUnknownNameSaysWhichThereAre() throws {
    let place = SourceLocation(file: "\(Self.scenarios)/x.yaml", line: 3, column: 9)
    let setting = Setting(.scalar("aws-us-east-1-2026-09"), location: place, path: "prices")
    let error = #expect(throws: MissingInput.self) {
      try PriceSheet.read(setting, scenario: "\(Self.scenarios)/x.yaml")
    }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.hasPrefix("\(Self.scenarios)/x.yaml:3:9: "), "\(text)")
    #expect(text.hasSuffix("did you mean \"aws-us-east-1-2026-08\"?"), "\(text)")
  }
}
