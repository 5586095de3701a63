import FeedSystem
import Settings

/// Admission rules as an option has them: `size<=64kB`, `second-request`,
/// `second-request(falsePositives 1%, remembers 100k)`.
enum AdmissionText {
  /// - Throws: `InvalidInput` for what is none.
  static func rule(_ text: String) throws -> any AdmissionRule {
    let compact = text.filter { $0 != " " }
    if let limit = compact.firstRange(of: "<=") {
      guard compact[..<limit.lowerBound] == SizeLimit.name else {
        throw InvalidInput("\"\(text)\" is no admission rule; write size<=64kB")
      }
      var bytes = String(compact[limit.upperBound...])
      // As such limits are often written.
      if bytes.hasSuffix("KB") { bytes = bytes.dropLast(2) + "kB" }
      return try rule(SizeLimit.name, [("atMost", bytes)])
    }
    guard let open = text.firstIndex(of: "(") else { return try rule(text, []) }
    guard text.last == ")" else { throw InvalidInput("\"\(text)\" lacks a closing bracket") }
    let settings = text[text.index(after: open)...].dropLast().split(separator: ",")
    return try rule(
      String(text[..<open]),
      settings.map { setting in
        let words = setting.split(separator: " ").map(String.init)
        guard words.count == 2 else {
          throw InvalidInput("\"\(setting)\" is not a setting and its value")
        }
        return (words[0], words[1])
      })
  }

  private static func rule(
    _ name: String, _ settings: [(key: String, value: String)]
  ) throws -> any AdmissionRule {
    let catalog = Catalog<any AdmissionRule>.admission
    guard catalog.names.contains(name) else {
      throw InvalidInput("unknown \"\(name)\"" + Suggestion.text(for: name, among: catalog.names))
    }
    let place = SourceLocation(argument: "--admit")
    let entries = settings.map { setting in
      Setting.Entry(
        key: setting.key, location: place,
        value: Setting(.scalar(setting.value), location: place, path: setting.key))
    }
    var parameters = try Parameters(Setting(.map(entries), location: place))
    let rule = try catalog.make(name, &parameters)
    try parameters.finish()
    return rule
  }
}
