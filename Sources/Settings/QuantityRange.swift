import Foundation

/// Two quantities of one kind and what lies between them, written as the two are: `10ms..1s`,
/// `1k..1M`, `10%..50%`, `100/s..1k/s`.
///
/// Values are in the smallest unit of the kind: nanoseconds, bytes, per cent, ones.
public struct QuantityRange: Sendable, Equatable {
  public let low: Double
  public let high: Double
  private let lowText: String
  private let highText: String
  /// The endpoints' units, the larger first.
  private let units: [Unit]
  /// What follows the unit: `/s`, ` USD`.
  private let tail: String

  /// The unit in which values between the ends are drawn: the smaller of the ends', of counts one.
  public var drawnUnit: (symbol: String, factor: Double) {
    let unit = units[units.count - 1]
    let isCount = Self.kinds[3].contains(unit)
    return ((isCount ? "" : unit.name) + tail.filter { $0 != " " }, isCount ? 1 : unit.factor)
  }

  private struct Unit: Sendable, Equatable {
    var name: String
    var factor: Double
  }

  /// Bytes come before counts, both of which know a B: what is no whole byte is still a count.
  private static let kinds: [[Unit]] = [
    Quantity.timeUnits.map { Unit(name: $0.name, factor: Double($0.nanoseconds)) },
    Quantity.byteUnits.map { Unit(name: $0.name, factor: Double($0.bytes)) },
    [Unit(name: "%", factor: 1)],
    [Unit(name: "", factor: 1)]
      + Number.multipliers.map { Unit(name: $0.name, factor: Double("1e\($0.tens)") ?? 1) },
  ]

  /// - Throws: `InvalidInput` for what is no number, for units that do not go together and for a
  ///   range whose end is not above its start.
  public init(_ lowText: String, _ highText: String) throws {
    let (lowHead, tail) = Self.split(lowText)
    let (highHead, highTail) = Self.split(highText)
    let ends = try [Number(lowHead, within: lowText), Number(highHead, within: highText)]
    let names = ends.map(\.unit)
    // A rate counts; "m" before "/s" is no minute.
    let kinds = tail.isEmpty ? Self.kinds : [Self.kinds[3]]
    guard tail == highTail,
      let kind = kinds.first(where: { kind in
        names.allSatisfy { name in kind.contains { $0.name == name } }
      })
    else {
      throw InvalidInput(
        "\"\(lowText)\" and \"\(highText)\" are not in units that go together; "
          + "write both alike, for example 10ms..1s, 1k..1M or 10%..50%")
    }
    let units = names.compactMap { name in kind.first { $0.name == name } }
    low = try ends[0].double(tens: 0) * units[0].factor
    high = try ends[1].double(tens: 0) * units[1].factor
    guard low < high else {
      throw InvalidInput(
        "\"\(lowText)..\(highText)\" goes nowhere: its end must be above its start")
    }
    self.lowText = lowText
    self.highText = highText
    self.units = units[0].factor < units[1].factor ? units.reversed() : units
    self.tail = tail
  }

  /// Another quantity of the kind, in its smallest unit; nil for any other text.
  public func value(of text: String) -> Double? {
    let (head, tail) = Self.split(text)
    guard tail == self.tail, let number = try? Number(head, within: text),
      let kind = Self.kinds.first(where: { kind in units.allSatisfy(kind.contains) }),
      let unit = kind.first(where: { $0.name == number.unit }),
      let amount = try? number.double(tens: 0)
    else { return nil }
    return amount * unit.factor
  }

  private static func split(_ text: String) -> (head: String, tail: String) {
    let end =
      text.firstIndex(of: "/")
      ?? (text.hasSuffix("USD") ? text.index(text.endIndex, offsetBy: -3) : text.endIndex)
    let head = Quantity.trimmed(text[..<end])
    return (head, String(text[text.index(text.startIndex, offsetBy: head.count)...]))
  }

  /// A value between the ends as it is written, always the same: an end as it was given, and any
  /// other with six digits in the larger of the ends' units that it reaches.
  ///
  /// - Parameter whole: rounded to a whole number of the kind's smallest unit.
  public func text(_ value: Double, whole: Bool = false) -> String {
    if value == low { return lowText }
    if value == high { return highText }
    let unit = units.first { abs(value) >= $0.factor } ?? units[units.count - 1]
    var shown = Double(String(format: "%.5e", value / unit.factor)) ?? value / unit.factor
    if whole { shown = value.rounded() / unit.factor }
    if shown * unit.factor == low { return lowText }
    if shown * unit.factor == high { return highText }
    let isInteger = shown == shown.rounded() && abs(shown) < 1e15
    return (isInteger ? String(Int64(shown)) : shown.description) + unit.name + tail
  }
}
