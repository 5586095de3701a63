/// A tree of settings as a person wrote them: text not yet interpreted, each node with its place.
///
/// Two settings are equal when they say the same; where they were written does not matter.
public struct Setting: Sendable {
  public enum Content: Sendable {
    /// `~`, `null` or nothing at all where a value should stand.
    case null
    case scalar(String)
    case list([Setting])
    /// In the order written; no key occurs twice.
    case map([Entry])
  }

  public struct Entry: Sendable {
    public var key: String
    public var location: SourceLocation
    public var value: Setting
    /// Whether a later layer names the `policy` beside this key: the key was meant for another,
    /// and the later layer need not take it away.
    public var isOverruled = false

    public init(key: String, location: SourceLocation, value: Setting) {
      self.key = key
      self.location = location
      self.value = value
    }
  }

  public var content: Content
  public var location: SourceLocation
  /// The path of keys and list indices from the root, such as `traffic.spikes.0.at`.
  public var path: String

  public init(_ content: Content, location: SourceLocation, path: String = "") {
    self.content = content
    self.location = location
    self.path = path
  }

  public static func join(_ path: String, _ key: String) -> String {
    path.isEmpty ? key : "\(path).\(key)"
  }

  /// The value of a key; nil when this is not a map or has no such key.
  public subscript(key: String) -> Setting? {
    guard case .map(let entries) = content else { return nil }
    return entries.first { $0.key == key }?.value
  }

  /// Of a map, in the order of the file; empty for anything else.
  public var keys: [String] {
    guard case .map(let entries) = content else { return [] }
    return entries.map(\.key)
  }

  public func error(_ message: String) -> InvalidInput {
    InvalidInput(message, at: location, path: path)
  }

  /// What the content is, for messages.
  public var kind: String {
    switch content {
    case .null: "nothing"
    case .scalar: "text"
    case .list: "a list"
    case .map: "a map of keys"
    }
  }
}

extension Setting: Hashable {
  public static func == (a: Setting, b: Setting) -> Bool { a.content == b.content }
  public func hash(into hasher: inout Hasher) { hasher.combine(content) }
}

extension Setting.Content: Hashable {}

extension Setting.Entry: Hashable {
  public static func == (a: Setting.Entry, b: Setting.Entry) -> Bool {
    a.key == b.key && a.value == b.value
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(key)
    hasher.combine(value)
  }
}

extension Setting {
  /// One line of JSON with sorted keys: the same for any spelling of the same settings, whatever
  /// their order, comments, quotes and layout. It is what a scenario's SHA-256 is taken of.
  public var canonicalText: String {
    var text = ""
    appendCanonical(to: &text)
    return text
  }

  private func appendCanonical(to text: inout String) {
    switch content {
    case .null: text += "null"
    case .scalar(let scalar): Self.appendQuoted(scalar, to: &text)
    case .list(let elements):
      text += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { text += "," }
        element.appendCanonical(to: &text)
      }
      text += "]"
    case .map(let entries):
      text += "{"
      let sorted = entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      for (index, entry) in sorted.enumerated() {
        if index > 0 { text += "," }
        Self.appendQuoted(entry.key, to: &text)
        text += ":"
        entry.value.appendCanonical(to: &text)
      }
      text += "}"
    }
  }

  private static func appendQuoted(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
