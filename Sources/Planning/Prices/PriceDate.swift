/// The day, or the month, that a price is of: `2026-08-21`, `2026-08`.
public struct PriceDate: Sendable, Equatable, CustomStringConvertible {
  public var year: Int
  public var month: Int
  /// Nil for a month as a whole.
  public var day: Int?

  /// Nil for what is no date of the calendar, as `undated` is none.
  public init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard [[4, 2], [4, 2, 2]].contains(parts.map(\.utf8.count)),
      parts.allSatisfy({ $0.utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains) })
    else { return nil }
    let numbers = parts.compactMap { Int($0) }
    (year, month) = (numbers[0], numbers[1])
    day = numbers.count > 2 ? numbers[2] : nil
    guard (1...12).contains(month) else { return nil }
    if let day, !(1...Self.length(of: month, in: year)).contains(day) { return nil }
  }

  public var description: String {
    let month = "\(year.padded(4))-\(month.padded(2))"
    return day.map { "\(month)-\($0.padded(2))" } ?? month
  }

  /// Days since 1970-01-01 of the proleptic Gregorian calendar; a month counts as its first day,
  /// for what is not known to be newer is taken as older.
  public var dayNumber: Int {
    let before = year - 1
    var days = before * 365 + before / 4 - before / 100 + before / 400
    for earlier in 1..<month { days += Self.length(of: earlier, in: year) }
    return days + (day ?? 1) - 1 - 719_162
  }

  private static func length(of month: Int, in year: Int) -> Int {
    switch month {
    case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}

extension Int {
  fileprivate func padded(_ width: Int) -> String {
    let digits = String(self)
    return String(repeating: "0", count: Swift.max(0, width - digits.count)) + digits
  }
}
