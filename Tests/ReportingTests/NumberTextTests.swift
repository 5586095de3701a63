import Planning
import Simulation
import Testing

@Suite struct NumberTextTests {
  @Test(arguments: [
    (163.27, 4.31, "163.3 ± 4.4 ms"), (163.27, 43.1, "163 ± 44 ms"),
    (81.04, 0.0031, "81.04 ± 0.01 ms"), (34.2, 0, "34.2 ms"),
    (0.0123, 0.0004, "0.01230 ± 0.00040 ms"), (0.00123, 0, "1.23 µs"),
    (9999, 1, "9,999 ± 1 ms"), (12_345, 100, "12.35 ± 0.10 s"), (0, 0, "0 ms"),
    (3, 0, "3 ms"), (720_000, 0, "12 min"), (90e6, 0, "25 h"),
  ])
  func timesAreInTheUnitThatFits(_ value: Double, _ halfWidth: Double, _ expected: String) {
    let estimate = Estimate(value: value, halfWidth: halfWidth)
    #expect(NumberText.text(estimate, .milliseconds) == expected)
  }

  @Test(arguments: [
    (1.6e9, Planning.Unit.bytes, "1.60 GB"), (999, .bytes, "999 B"),
    (0.8123, .ratio, "81.2 %"), (1.5, .dollars, "$1.50"), (12, .deliveries, "12 deliveries"),
    (12_345, .deliveries, "12,345 deliveries"), (12_345_678, .entries, "12.3 M entries"),
    (2.5e9, .visits, "2.50 G visits"), (3_200_000, .perSecond, "3.20 M/s"), (24, .servers, "24"),
    (49.31, .entriesPerPost, "49.3 entries/post"), (90, .seconds, "90 s"),
  ])
  func unitsAreThoseThatPeopleRead(_ value: Double, _ unit: Planning.Unit, _ expected: String) {
    #expect(NumberText.text(Estimate(value: value), unit) == expected)
  }

  @Test(arguments: [
    (1_234_567.891, 1, "1,234,567.9"), (999.95, 1, "1,000.0"), (-0.04, 1, "0.0"),
    (-1234.5, 0, "-1,235"), (0.05, 3, "0.050"), (100, 0, "100"), (1000, 0, "1,000"),
    (Double.nan, 2, "–"), (Double.infinity, 0, "–"),
  ])
  func fixedFiguresAreGrouped(_ value: Double, _ decimals: Int, _ expected: String) {
    #expect(NumberText.fixed(value, decimals: decimals) == expected)
  }

  @Test(arguments: [
    ([80, 85_000], "ms"), ([12_000, 85_000], "s"), ([0.001, 30], "ms"), ([0.001, 0.002], "µs"),
    ([1, 5e6], "min"), ([], "ms"),
  ])
  func aRowsSmallestFigureDecidesItsUnit(_ sizes: [Double], _ unit: String) {
    #expect(NumberText.scale(.milliseconds, of: sizes).symbol == unit)
  }

  @Test func anIntervalIsNeverShownAsNarrower() {
    for (width, decimals) in [(0.3, 1), (0.31, 1), (4.31, 1), (0.0031, 2), (17, 0), (16.01, 0)] {
      let shown = Double(NumberText.halfWidth(width, decimals: decimals)) ?? 0
      var step = 1.0
      for _ in 0..<decimals { step /= 10 }
      #expect(shown >= width * (1 - 1e-9) && shown < width + step)
    }
    #expect(NumberText.halfWidth(0.3, decimals: 1) == "0.3")
  }

  @Test(arguments: [
    (0.34, "0.34"), (2, "2.00"), (0.014, "0.014"), (0.000000125, "0.000000125"),
    (0.6568, "0.6568"), (1234.5, "1,234.50"),
  ])
  func pricesKeepTheirDigits(_ price: Double, _ expected: String) {
    #expect(NumberText.price(price) == expected)
  }
}
