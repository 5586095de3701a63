import Foundation

/// Documents of the smaller commands: sorted keys, words joined by `_`.
enum JSONText {
  static func of(_ document: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
  }

  /// A flat document for people: a line a value.
  static func lines(of document: some Encodable) throws -> String {
    let text = try of(document)
    return text.split(separator: "\n").dropFirst().dropLast().map { line in
      let parts = line.split(separator: ":", maxSplits: 1)
      let name = parts[0].filter { $0 != "\"" && $0 != " " }
      let text = parts.count > 1 ? parts[1].drop { $0 == " " }.filter { $0 != "," } : ""
      let padding = String(repeating: " ", count: max(1, 24 - name.count))
      return name.replacing("_", with: " ") + padding + rounded(text)
    }.joined(separator: "\n") + "\n"
  }

  /// A person reads four decimals of a fraction; whole numbers stay whole.
  private static func rounded(_ text: String) -> String {
    guard text.contains("."), let value = Double(text) else { return text }
    return String(format: "%.4f", value)
  }
}
