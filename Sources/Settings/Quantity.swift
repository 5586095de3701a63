/// Numbers with units, read exactly: from scenarios and from command-line arguments alike.
///
/// A number is plain decimal: digits, optionally a fraction and an exponent (`1e6`). There is no
/// sign `+`, no leading zero, no hexadecimal, no thousands separator, no `nan` or `inf`. Counts
/// may end in k (10^3), M (10^6), G or B (10^9) or T (10^12). Errors are `InvalidInput` without
/// a place; the caller knows it.
public enum Quantity {
  /// A whole number from 0: `1000`, `10k`, `1.5M`, `3G`.
  public static func count(_ text: String) throws -> Int {
    try Number(text).scaledCount(upTo: UInt128(Int.max), kind: "a count")
  }

  /// A whole number of 64 bits, such as a seed: `18446744073709551615` exactly.
  public static func unsigned(_ text: String) throws -> UInt64 {
    try Number(text).scaledCount(upTo: UInt128(UInt64.max), kind: "a whole number")
  }

  /// A number without a unit: `2.05`, `-1`, `1e-3`, `10k`.
  public static func number(_ text: String) throws -> Double {
    let number = try Number(text)
    return try number.double(tens: number.multiplier())
  }

  /// A share of a whole, `30%` or `0.3`, as 0...1.
  public static func share(_ text: String) throws -> Double {
    let number = try Number(text)
    guard number.unit.isEmpty || number.unit == "%" else {
      throw InvalidInput("\"\(text)\" is not a share; write 30% or 0.3")
    }
    let share = try number.double(tens: number.unit == "%" ? -2 : 0)
    guard (0...1).contains(share) else {
      throw InvalidInput("\"\(text)\" is not a share: it must be from 0% to 100%")
    }
    return share
  }

  /// A length of time, `200ms`, `1.5s`, `10m`, `24h`, `7d`, in nanoseconds; exact, and never
  /// negative.
  public static func nanoseconds(_ text: String) throws -> Int64 {
    let number = try Number(text)
    guard !number.unit.isEmpty else {
      throw InvalidInput(
        "\"\(text)\" needs a unit: \(timeUnitNames.joined(separator: ", ")); for example "
          + "\(text)s")
    }
    guard let unit = timeUnits.first(where: { $0.name == number.unit }) else {
      throw unknownUnit(number, known: timeUnitNames)
    }
    return try number.whole(
      times: unit.nanoseconds, upTo: UInt128(Int64.max), most: "292 years",
      finest: "finer than a nanosecond")
  }

  /// A point in time since some start: a length of time, or a number of seconds without a unit;
  /// to the nearest nanosecond, since clocks print more digits than they have.
  public static func instant(_ text: String) throws -> Int64 {
    let number = try Number(text)
    let name = number.unit.isEmpty ? "s" : number.unit
    guard let unit = timeUnits.first(where: { $0.name == name }) else {
      throw unknownUnit(number, known: timeUnitNames)
    }
    if number.isNegative { throw InvalidInput("\"\(text)\" is negative") }
    let exact: Int64? = try? number.whole(
      times: unit.nanoseconds, upTo: UInt128(Int64.max), most: "", finest: "")
    if let exact { return exact }
    let nearest = (try number.double(tens: 0) * Double(unit.nanoseconds)).rounded()
    guard nearest < 0x1p63 else {
      throw InvalidInput("\"\(text)\" is too large; the most is 292 years")
    }
    return Int64(nearest)
  }

  /// A number of bytes: `512B`, `5MB` (10^6), `2KiB` (2^10).
  public static func bytes(_ text: String) throws -> Int {
    let number = try Number(text)
    guard !number.unit.isEmpty else {
      throw InvalidInput(
        "\"\(text)\" needs a unit: \(byteUnitNames.joined(separator: ", ")); for example "
          + "\(text)MB")
    }
    guard let unit = byteUnits.first(where: { $0.name == number.unit }) else {
      throw unknownUnit(number, known: byteUnitNames)
    }
    return try number.whole(
      times: unit.bytes, upTo: UInt128(Int.max), most: "8 EiB", finest: "not whole bytes")
  }

  /// A rate, `800/s`, `10k/min`, `20/h`, `0.5/day`, per second; never negative.
  public static func rate(_ text: String) throws -> Double {
    let known = perUnits.map { "/\($0.name)" }
    guard let slash = text.firstIndex(of: "/") else {
      throw InvalidInput(
        "\"\(text)\" needs a unit: \(known.joined(separator: ", ")); for example 800/s")
    }
    let number = try Number(String(text[..<slash]), within: text)
    let unit = trimmed(text[text.index(after: slash)...])
    guard let seconds = perUnits.first(where: { $0.name == unit })?.seconds else {
      throw InvalidInput(
        "\"\(text)\": unknown unit \"/\(unit)\"" + Suggestion.text(for: "/\(unit)", among: known))
    }
    let rate = try number.double(tens: number.multiplier()) / seconds
    guard rate >= 0 else { throw InvalidInput("\"\(text)\" is negative") }
    return rate
  }

  /// An amount of money, `12000 USD` or `12k USD`, in US dollars; never negative.
  public static func money(_ text: String) throws -> Double {
    guard text.hasSuffix("USD") else {
      throw InvalidInput("\"\(text)\" needs its currency, USD; for example 12000 USD")
    }
    let number = try Number(trimmed(text.dropLast(3)), within: text)
    let amount = try number.double(tens: number.multiplier())
    guard amount >= 0 else { throw InvalidInput("\"\(text)\" is negative") }
    return amount
  }

  /// `true` or `false`, and no other word.
  public static func flag(_ text: String) throws -> Bool {
    switch text {
    case "true": return true
    case "false": return false
    default: throw InvalidInput("\"\(text)\" is neither true nor false")
    }
  }

  static let timeUnits: [(name: String, nanoseconds: UInt64)] = [
    ("ns", 1), ("us", 1000), ("µs", 1000), ("ms", 1_000_000), ("s", 1_000_000_000),
    ("m", 60_000_000_000), ("min", 60_000_000_000), ("h", 3_600_000_000_000),
    ("d", 86_400_000_000_000),
  ]
  static let timeUnitNames = ["ns", "us", "ms", "s", "m", "min", "h", "d"]
  static let byteUnits: [(name: String, bytes: UInt64)] = [
    ("B", 1), ("kB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40),
  ]
  static let byteUnitNames = byteUnits.map(\.name)
  static let perUnits: [(name: String, seconds: Double)] = [
    ("s", 1), ("min", 60), ("h", 3600), ("d", 86400), ("day", 86400),
  ]

  /// Without the blanks around it.
  public static func trimmed(_ text: Substring) -> String {
    var text = text
    while text.last == " " { text.removeLast() }
    return String(text.drop { $0 == " " })
  }

  static func unknownUnit(_ number: Number, known: [String]) -> InvalidInput {
    let usual = [
      "sec": "s", "secs": "s", "second": "s", "seconds": "s", "minute": "min",
      "minutes": "min", "mins": "min", "hr": "h", "hour": "h", "hours": "h", "day": "d",
      "days": "d", "msec": "ms", "usec": "us", "nsec": "ns", "K": "kB", "k": "kB", "KB": "kB",
      "M": "MB", "G": "GB", "b": "B",
    ]
    let start = "\"\(number.spelling)\": unknown unit \"\(number.unit)\""
    if let unit = usual[number.unit], known.contains(unit) {
      return InvalidInput(
        "\(start); known: \(known.joined(separator: ", ")); did you mean \"\(unit)\"?")
    }
    return InvalidInput(start + Suggestion.text(for: number.unit, among: known))
  }
}
