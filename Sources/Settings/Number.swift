/// A decimal number and what follows it, read without rounding.
struct Number {
  let spelling: String
  private(set) var isNegative = false
  /// The digits without point and exponent; nil when they do not fit 128 bits.
  private(set) var mantissa: UInt128? = 0
  /// The power of ten the mantissa is multiplied with.
  private(set) var exponent = 0
  private var digits: [UInt8] = []
  private(set) var unit = ""

  /// - Parameter whole: the text the number stands in, for messages.
  init(_ text: String, within whole: String? = nil) throws {
    spelling = whole ?? text
    let bytes = Array(text.utf8)
    var at = 0
    func isDigit(_ index: Int) -> Bool {
      index < bytes.count && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index])
    }

    guard !bytes.isEmpty else { throw InvalidInput("is empty; a number is needed") }
    if bytes[0] == UInt8(ascii: "+") {
      throw InvalidInput("\"\(spelling)\": write it without the +")
    }
    if bytes[0] == UInt8(ascii: "-") {
      isNegative = true
      at = 1
    }
    guard isDigit(at) else { throw InvalidInput("\"\(spelling)\" is not a number") }
    if bytes[at] == UInt8(ascii: "0"), isDigit(at + 1) {
      throw InvalidInput("\"\(spelling)\" has a leading zero; write it without")
    }
    while isDigit(at) {
      append(bytes[at])
      at += 1
    }
    if at < bytes.count, bytes[at] == UInt8(ascii: "."), isDigit(at + 1) {
      at += 1
      while isDigit(at) {
        append(bytes[at])
        exponent -= 1
        at += 1
      }
    }
    at = try readExponent(bytes, from: at)
    try readUnit(bytes, from: at)
  }

  private mutating func append(_ digit: UInt8) {
    digits.append(digit)
    guard let known = mantissa else { return }
    let (tens, overflow) = known.multipliedReportingOverflow(by: 10)
    let (sum, carry) = tens.addingReportingOverflow(UInt128(digit - UInt8(ascii: "0")))
    mantissa = overflow || carry ? nil : sum
  }

  private mutating func readExponent(_ bytes: [UInt8], from start: Int) throws -> Int {
    guard start < bytes.count, bytes[start] | 0x20 == UInt8(ascii: "e") else { return start }
    var at = start + 1
    var negative = false
    if at < bytes.count, bytes[at] == UInt8(ascii: "-") || bytes[at] == UInt8(ascii: "+") {
      negative = bytes[at] == UInt8(ascii: "-")
      at += 1
    }
    let first = at
    var power = 0
    while at < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[at]) {
      power = min(power * 10 + Int(bytes[at] - UInt8(ascii: "0")), 100_000)
      at += 1
    }
    guard at > first else { return start }
    exponent += negative ? -power : power
    return at
  }

  private mutating func readUnit(_ bytes: [UInt8], from start: Int) throws {
    let rest = String(decoding: bytes[start...], as: UTF8.self)
    if rest.hasPrefix(",") || rest.hasPrefix("_") || rest.hasPrefix("'") {
      throw InvalidInput(
        "\"\(spelling)\": write it without \"\(rest.prefix(1))\", as 1000000 or 1M")
    }
    if digits == [UInt8(ascii: "0")], rest.lowercased().hasPrefix("x") {
      throw InvalidInput("\"\(spelling)\" is hexadecimal; write it in decimal")
    }
    if rest.hasPrefix(".") { throw InvalidInput("\"\(spelling)\" is not a number") }
    unit = Quantity.trimmed(rest[...])
  }

  static let multipliers: [(name: String, tens: Int)] = [
    ("k", 3), ("M", 6), ("G", 9), ("B", 9), ("T", 12),
  ]

  /// The power of ten of a count's suffix.
  func multiplier() throws -> Int {
    if unit.isEmpty { return 0 }
    if let known = Self.multipliers.first(where: { $0.name == unit }) { return known.tens }
    throw InvalidInput(
      "\"\(spelling)\": a number without a unit is needed, \"\(unit)\" is not understood"
        + Suggestion.text(for: unit, among: Self.multipliers.map(\.name)))
  }

  func scaledCount<Whole: FixedWidthInteger>(
    upTo most: UInt128, kind: String
  ) throws -> Whole {
    var scaled = self
    scaled.exponent += try multiplier()
    return try scaled.whole(
      times: 1, upTo: most, most: String(most), finest: "not \(kind): it has a fraction")
  }

  /// The exact whole number of units.
  func whole<Whole: FixedWidthInteger>(
    times unit: UInt64, upTo most: UInt128, most mostText: String, finest: String
  ) throws -> Whole {
    let tooLarge = InvalidInput("\"\(spelling)\" is too large; the most is \(mostText)")
    if isNegative { throw InvalidInput("\"\(spelling)\" is negative") }
    guard let mantissa else { throw tooLarge }
    if mantissa == 0 { return 0 }
    var (value, overflow) = mantissa.multipliedReportingOverflow(by: UInt128(unit))
    if overflow { throw tooLarge }
    var tens = exponent
    while tens < 0 {
      guard value.isMultiple(of: 10) else { throw InvalidInput("\"\(spelling)\" is \(finest)") }
      value /= 10
      tens += 1
    }
    while tens > 0 {
      (value, overflow) = value.multipliedReportingOverflow(by: 10)
      if overflow || value > most { throw tooLarge }
      tens -= 1
    }
    guard value <= most else { throw tooLarge }
    return Whole(value)
  }

  /// The nearest double of the number times a power of ten.
  func double(tens: Int) throws -> Double {
    let text = String(decoding: digits, as: UTF8.self) + "e\(exponent + tens)"
    guard let value = Double(text), value.isFinite else {
      throw InvalidInput("\"\(spelling)\" is too large for a number")
    }
    return isNegative ? -value : value
  }
}
