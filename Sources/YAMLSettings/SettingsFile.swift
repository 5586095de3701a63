import Settings
import Yams

/// Strict YAML: what a scenario file may be, read into a tree that remembers its places.
public enum SettingsFile {
  /// A file that holds one map.
  ///
  /// - Throws: `MissingInput` when it cannot be read, `InvalidInput` for what is wrong with it.
  public static func read(path: String) throws -> Setting {
    try parse(SourceText.read(path: path), file: path)
  }

  public static func parse(_ text: String, file: String) throws -> Setting {
    try parse(Array(text.utf8), file: file)
  }

  /// The map a YAML text holds.
  ///
  /// - Parameter file: the name in messages, and what relative paths are relative to.
  public static func parse(_ bytes: [UInt8], file: String) throws -> Setting {
    let place = SourceLocation(file: file, line: 1, column: 1)
    guard let root = try tree(bytes, file: file) else {
      throw InvalidInput("is empty; a map of keys is needed", at: place)
    }
    guard case .map = root.content else {
      throw InvalidInput("must be a map of keys, not \(root.kind)", at: root.location)
    }
    return root
  }

  /// Whatever a YAML text holds; nil for none.
  static func tree(_ bytes: [UInt8], file: String) throws -> Setting? {
    let plain = try SourceText.check(bytes, file: file)
    var scan = StrictScan(plain, file: file)
    try scan.run()
    do {
      guard let node = try compose(String(decoding: plain, as: UTF8.self)) else { return nil }
      return try setting(node, file: file, path: "")
    } catch let problem as YamlError {
      throw translate(problem, text: plain, file: file)
    }
  }

  /// With the basic resolver every scalar is text, and keys are equal when their text is.
  private static func compose(_ text: String) throws -> Node? {
    try Yams.compose(yaml: text, .basic, .default, .utf8)
  }

  private static func setting(_ node: Node, file: String, path: String) throws -> Setting {
    let place = place(of: node, in: file)
    // The scan has refused anchors; a parser that sees one all the same is not followed.
    guard node.anchor == nil else {
      throw InvalidInput("an anchor is not accepted", at: place, path: path)
    }
    switch node {
    case .scalar(let scalar):
      let isPlain = scalar.style == .plain || scalar.style == .any
      let isNull = isPlain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
      return Setting(isNull ? .null : .scalar(scalar.string), location: place, path: path)
    case .sequence(let sequence):
      let elements = try sequence.enumerated().map { index, element in
        try setting(element, file: file, path: Setting.join(path, String(index)))
      }
      return Setting(.list(elements), location: place, path: path)
    case .mapping(let mapping):
      let entries = try mapping.map { key, value in
        try entry(key, value, file: file, path: path)
      }
      try refuseDuplicates(entries, path: path)
      return Setting(.map(entries), location: place, path: path)
    case .alias:
      throw InvalidInput("an alias (*) is not accepted", at: place, path: path)
    }
  }

  private static func entry(_ key: Node, _ value: Node, file: String, path: String) throws
    -> Setting.Entry
  {
    let place = place(of: key, in: file)
    guard case .scalar(let name) = key else {
      throw InvalidInput("a key must be a word, not a list or a map", at: place, path: path)
    }
    guard !name.string.isEmpty else {
      throw InvalidInput("a key is missing before the colon", at: place, path: path)
    }
    let keyPath = Setting.join(path, name.string)
    if name.string == "<<" {
      throw InvalidInput("a merge key (<<) is not accepted; use extends", at: place, path: path)
    }
    return Setting.Entry(
      key: name.string, location: place, value: try setting(value, file: file, path: keyPath))
  }

  private static func place(of node: Node, in file: String) -> SourceLocation {
    SourceLocation(file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
  }

  private static func refuseDuplicates(_ entries: [Setting.Entry], path: String) throws {
    var first: [String: SourceLocation] = [:]
    for entry in entries {
      if let earlier = first.updateValue(entry.location, forKey: entry.key) {
        throw duplicate(entry.key, earlier, entry.location, path: path)
      }
    }
  }

  private static func duplicate(
    _ key: String, _ first: SourceLocation, _ second: SourceLocation, path: String
  ) -> InvalidInput {
    InvalidInput(
      "occurs twice; the first is in line \(first.line)", at: second,
      path: Setting.join(path, key))
  }

  /// The parser's message at its place, with the key that the place belongs to.
  private static func translate(_ problem: YamlError, text: [UInt8], file: String)
    -> InvalidInput
  {
    switch problem {
    case .scanner(let context, let message, let mark, _),
      .parser(let context, let message, let mark, _),
      .composer(let context, let message, let mark, _):
      let offset = offset(of: mark, in: text)
      var scan = StrictScan(text, file: file, end: offset)
      try? scan.run()
      let start = context.map { "\($0.text) " } ?? ""
      return InvalidInput(
        "not valid YAML: \(start)\(message)",
        at: SourceLocation(file: file, line: mark.line, column: mark.column), path: scan.path)
    case .duplicatedKeysInMapping(let keys, let context):
      return locateDuplicate(keys.first ?? "", context.mark, text: text, file: file)
    case .reader(let message, _, _, _):
      return InvalidInput(
        "not valid YAML: \(message)", at: SourceLocation(file: file, line: 1, column: 1))
    default:
      return InvalidInput("not valid YAML", at: SourceLocation(file: file, line: 1, column: 1))
    }
  }

  /// The parser names a duplicate's first place only. With that key spelt differently, in as many
  /// characters, the text is read again and the second place and the path are in the tree.
  private static func locateDuplicate(
    _ key: String, _ mark: Mark, text: [UInt8], file: String
  ) -> InvalidInput {
    let first = SourceLocation(file: file, line: mark.line, column: mark.column)
    let start = offset(of: mark, in: text)
    let quotes = start < text.count && isQuote(text[start]) ? 2 : 0
    var scan = StrictScan(text, file: file, end: start + key.utf8.count + quotes + 1)
    try? scan.run()
    let fallback = InvalidInput("occurs twice", at: first, path: scan.path)
    var changed = text
    var next = (key: key, mark: mark)
    // Other duplicates stand in the way of the tree; a few of them are worth the time.
    for _ in 0..<4 {
      guard hide(next.key, at: offset(of: next.mark, in: changed), in: &changed) else { break }
      do {
        guard let node = try compose(String(decoding: changed, as: UTF8.self)) else { break }
        try findSecond(key, first, in: setting(node, file: file, path: ""))
        break
      } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
        next = (keys.first ?? "", context.mark)
      } catch let found as InvalidInput {
        return found
      } catch {
        break
      }
    }
    return fallback
  }

  private static func isQuote(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
  }

  /// Spells a key in as many characters that no file has.
  private static func hide(_ key: String, at offset: Int, in text: inout [UInt8]) -> Bool {
    var start = offset
    if start < text.count, isQuote(text[start]) { start += 1 }
    let end = start + key.utf8.count
    guard !key.isEmpty, end <= text.count, text[start..<end].elementsEqual(key.utf8) else {
      return false
    }
    let stand = String(repeating: "\u{E000}", count: key.unicodeScalars.count)
    text.replaceSubrange(start..<end, with: stand.utf8)
    return true
  }

  private static func findSecond(_ key: String, _ first: SourceLocation, in setting: Setting)
    throws
  {
    switch setting.content {
    case .null, .scalar: break
    case .list(let elements): for element in elements { try findSecond(key, first, in: element) }
    case .map(let entries):
      if entries.contains(where: { $0.location == first }),
        let second = entries.first(where: { $0.key == key })
      {
        throw duplicate(key, first, second.location, path: setting.path)
      }
      for entry in entries { try findSecond(key, first, in: entry.value) }
    }
  }

  private static func offset(of mark: Mark, in text: [UInt8]) -> Int {
    var line = 1
    var index = 0
    while index < text.count, line < mark.line {
      if text[index] == UInt8(ascii: "\n") { line += 1 }
      index += 1
    }
    var column = 1
    while index < text.count, text[index] != UInt8(ascii: "\n"), column < mark.column {
      index += 1
      while index < text.count, text[index] & 0xC0 == 0x80 { index += 1 }
      column += 1
    }
    return index
  }
}
