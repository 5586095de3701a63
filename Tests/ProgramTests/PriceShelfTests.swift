import Planning
import Testing

@testable import feedsim

/// What is said of a price book's age today.
@Suite struct PriceShelfTests {
  @Test func anOldBookIsToldToWhoeverWatches() throws {
    let sheet = PriceSheet(name: "test", region: "here", date: "2024-08-09", items: [])
    let day = try #require(PriceDate(sheet.date)).dayNumber
    #expect(PriceShelf.warning(sheet, day + 366) == nil)
    let warning = try #require(PriceShelf.warning(sheet, day + 836))
    #expect(warning.hasPrefix("WARNING: the price book test is of 2024-08-09, 836 days ago"))
    let undated = PriceSheet(name: "test", region: "here", date: "undated", items: [])
    #expect(PriceShelf.warning(undated, day + 836) == nil)
  }
}
