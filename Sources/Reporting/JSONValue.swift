/// A JSON document: keys sorted, numbers as short as reads back to the same bits.
public indirect enum JSONValue: Sendable, Hashable {
  case null
  case flag(Bool)
  case whole(Int)
  /// A seed has all its 64 bits.
  case unsigned(UInt64)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case map([String: JSONValue])

  /// The number, or null: JSON has neither NaN nor infinity.
  public static func finite(_ value: Double?) -> JSONValue {
    guard let value, value.isFinite else { return .null }
    return .number(value)
  }

  /// An indented document with a newline at its end.
  public var document: String {
    var text = ""
    write(to: &text, indent: 0)
    return text + "\n"
  }

  /// A container of single values stays on one line up to this length.
  private static let lineLength = 88

  private func write(to text: inout String, indent: Int) {
    if let line = singleLine, isRowOfNumbers || line.utf8.count + indent <= Self.lineLength {
      text += line
      return
    }
    switch self {
    case .list(let elements):
      Self.write("[", elements.map { ("", $0) }, "]", to: &text, indent: indent)
    case .map(let entries):
      let sorted = Self.sorted(entries).map { (Self.quoted($0.key) + ": ", $0.value) }
      Self.write("{", sorted, "}", to: &text, indent: indent)
    default:
      text += scalar ?? "null"
    }
  }

  private static func write(
    _ open: String, _ members: [(key: String, value: JSONValue)], _ close: String,
    to text: inout String, indent: Int
  ) {
    text += open + "\n"
    for (index, member) in members.enumerated() {
      text += String(repeating: " ", count: indent + 2) + member.key
      member.value.write(to: &text, indent: indent + 2)
      text += index + 1 < members.count ? ",\n" : "\n"
    }
    text += String(repeating: " ", count: indent) + close
  }

  /// A row of figures is read as one, however long, and so with gaps.
  private var isRowOfNumbers: Bool {
    guard case .list(let elements) = self else { return false }
    return elements.allSatisfy {
      switch $0 {
      case .number, .null: true
      default: false
      }
    }
  }

  /// The value on one line; nil where it holds other containers that are not empty.
  private var singleLine: String? {
    switch self {
    case .list(let elements):
      let parts = elements.compactMap(\.scalar)
      return parts.count == elements.count ? "[" + parts.joined(separator: ", ") + "]" : nil
    case .map(let entries):
      let parts = Self.sorted(entries).compactMap { entry in
        entry.value.scalar.map { "\(Self.quoted(entry.key)): \($0)" }
      }
      return parts.count == entries.count ? "{" + parts.joined(separator: ", ") + "}" : nil
    default:
      return scalar
    }
  }

  private static func sorted(_ entries: [String: JSONValue]) -> [(key: String, value: JSONValue)] {
    entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
  }

  /// What is no container.
  private var scalar: String? {
    switch self {
    case .null: "null"
    case .flag(let flag): flag ? "true" : "false"
    case .whole(let number): String(number)
    case .unsigned(let number): String(number)
    case .number(let number): Self.shortest(number)
    case .text(let text): Self.quoted(text)
    case .list(let elements): elements.isEmpty ? "[]" : nil
    case .map(let entries): entries.isEmpty ? "{}" : nil
    }
  }

  /// Swift's description is the shortest text that reads back as the same double.
  static func shortest(_ number: Double) -> String {
    guard number.isFinite else { return "null" }
    if number == number.rounded(), abs(number) < 1e15 { return String(Int64(number)) }
    return number.description
  }

  private static func quoted(_ value: String) -> String {
    var text = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
