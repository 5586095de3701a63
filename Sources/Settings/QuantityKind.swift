/// One kind of quantity: how it is read and spelt, and what a schema says of it.
struct QuantityKind<Value: Comparable> {
  /// With its article, and two ways to write it.
  let title: String
  let parse: (String) throws -> Value
  let spell: (Value) -> String
  /// Bounds that go without saying.
  let least: Value
  let most: Value
  let pattern: String
  var bare = Shape.Bare.none
  /// Usual values, one of which most ranges contain.
  let usual: [String]

  /// `at least 1`, `from 1 to 10`; empty where every value of the kind is within.
  func bounds(_ range: ClosedRange<Value>) -> String {
    if range.lowerBound == range.upperBound { return spell(range.lowerBound) }
    let isOpen = range.upperBound >= most
    if range.lowerBound <= least { return isOpen ? "" : "at most \(spell(range.upperBound))" }
    if isOpen { return "at least \(spell(range.lowerBound))" }
    return "from \(spell(range.lowerBound)) to \(spell(range.upperBound))"
  }

  func example(in range: ClosedRange<Value>) -> Value {
    usual.lazy.compactMap { try? parse($0) }.first(where: range.contains) ?? range.lowerBound
  }

  func scalar(in range: ClosedRange<Value>, _ number: (Value) -> Double?) -> Shape.Scalar {
    let bounds = bounds(range)
    var scalar = Shape.Scalar(
      bounds.isEmpty ? title : "\(title); \(bounds)", pattern: pattern, bare: bare)
    if bare != .none {
      scalar.least = number(range.lowerBound)
      if range.upperBound < most { scalar.most = number(range.upperBound) }
    }
    return scalar
  }
}

extension QuantityKind where Value == Int {
  static var count: QuantityKind {
    QuantityKind(
      title: "a count, such as 1000 or 10k", parse: Quantity.count, spell: { "\($0)" },
      least: 0, most: .max, pattern: Quantity.pattern(Quantity.multiplierNames, orNone: true),
      bare: .whole, usual: ["10", "1"])
  }
  static var bytes: QuantityKind {
    QuantityKind(
      title: "a number of bytes, such as 512B or 5MB", parse: Quantity.bytes,
      spell: { "\($0)B" }, least: 0, most: .max,
      pattern: Quantity.pattern(Quantity.byteUnitNames), usual: ["1kB"])
  }
}

extension QuantityKind where Value == Int64 {
  static var time: QuantityKind {
    QuantityKind(
      title: "a length of time, such as 200ms or 24h", parse: Quantity.nanoseconds,
      spell: Setting.spellTime, least: 0, most: .max,
      pattern: Quantity.pattern(Quantity.timeUnits.map(\.name)), usual: ["1s"])
  }
}

extension QuantityKind where Value == Double {
  static var number: QuantityKind {
    let most = Double.greatestFiniteMagnitude
    return QuantityKind(
      title: "a number, such as 2.05", parse: Quantity.number, spell: Self.plain,
      least: -most, most: most,
      pattern: Quantity.pattern(Quantity.multiplierNames, orNone: true, isSigned: true),
      bare: .any, usual: ["10", "1"])
  }
  /// Every share lies within 0 and 1, and messages say so.
  static var share: QuantityKind {
    QuantityKind(
      title: "a share, such as 30% or 0.3", parse: Quantity.share,
      spell: { Self.plain($0 * 100) + "%" }, least: -1, most: 2,
      pattern: Quantity.pattern(["%"], orNone: true), bare: .any, usual: ["50%"])
  }
  static var rate: QuantityKind {
    QuantityKind(
      title: "a rate, such as 800/s or 10k/min", parse: Quantity.rate,
      spell: { Self.plain($0) + "/s" }, least: 0, most: .greatestFiniteMagnitude,
      pattern: Quantity.ratePattern, usual: ["1/s"])
  }

  private static func plain(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

/// Regular expressions of what the readers of quantities accept, bounds apart.
extension Quantity {
  static var multiplierNames: [String] { Number.multipliers.map(\.name) }

  private static let number = "(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?"
  private static func oneOf(_ names: [String]) -> String {
    "(" + names.joined(separator: "|") + ")"
  }

  static func pattern(
    _ units: [String], orNone: Bool = false, isSigned: Bool = false
  ) -> String {
    let unit = " *" + oneOf(units)
    return "^" + (isSigned ? "-?" : "") + number + (orNone ? "(\(unit))?" : unit) + "$"
  }

  static var ratePattern: String {
    "^\(number)( *\(oneOf(multiplierNames)))? */ *\(oneOf(perUnits.map(\.name)))$"
  }

  /// `30%` and no bare number, or a count.
  static var portionPattern: String {
    "^\(number)(( *%)|( *\(oneOf(multiplierNames)))?)$"
  }
}
