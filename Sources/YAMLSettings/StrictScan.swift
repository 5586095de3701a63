import Settings

/// Refuses the YAML that has no place in a scenario before a YAML parser sees the text: anchors,
/// aliases, tags, complex keys, directives, a second document, tabs as indentation, deep nesting,
/// and text running over lines without quotes.
///
/// An alias bomb of 400 bytes occupies a composing parser for ever, so the refusal cannot wait
/// until the text is a tree. The scan knows quotes, block scalars, comments and flow collections,
/// and where it must guess it refuses: a text it accepts has no anchor a parser could find.
struct StrictScan {
  static let depthLimit = 64

  /// An open collection that the current place is inside of.
  private struct Level {
    enum Kind { case key, dash, flowMap, flowList }
    var kind: Kind
    /// Of a block collection, its indentation; from 0.
    var column: Int
    var name: String?
    var index = 0
  }

  private let bytes: [UInt8]
  private let file: String
  private let end: Int
  private var at = 0
  private var line = 1
  private var lineStart = 0
  private var levels: [Level] = []
  private var flowDepth = 0
  /// Whether a new node may begin here, as against more of one.
  private var isFresh = true
  /// The last scalar, which is a key if a colon follows.
  private var candidate: (start: Int, column: Int, line: Int)?
  /// Set when unquoted text ended with its line: the indentation at which a further line would
  /// continue it.
  private var openText: (parent: Int, start: Int)?
  private var hasContent = false
  private var hasMarker = false

  /// - Parameter end: where to stop, to ask for the `path` there.
  init(_ bytes: [UInt8], file: String, end: Int? = nil) {
    self.bytes = bytes
    self.file = file
    self.end = min(end ?? bytes.count, bytes.count)
  }

  /// The path of the key that the scan has come to.
  var path: String {
    var path = ""
    for level in levels {
      switch level.kind {
      case .key, .flowMap: if let name = level.name { path = Setting.join(path, name) }
      case .dash, .flowList: path = Setting.join(path, String(level.index))
      }
    }
    return path
  }

  mutating func run() throws {
    try beginLine()
    while at < end { try step() }
  }

  private mutating func step() throws {
    let byte = bytes[at]
    switch byte {
    case newline:
      at += 1
      line += 1
      lineStart = at
      if flowDepth == 0 { isFresh = true }
      try beginLine()
    case space, tab: at += 1
    case hash where at == lineStart || isBlank(at - 1): skipLine()
    default:
      try refuseContinuation(byte)
      hasContent = true
      if flowDepth > 0, try stepInFlow(byte) { return }
      if byte == colon, !isFresh, flowDepth > 0 || isBlank(at + 1) {
        try endKey()
      } else if isFresh {
        try beginNode(byte)
      } else {
        at += 1
      }
    }
  }

  /// Indentation, document markers and directives.
  private mutating func beginLine() throws {
    let start = at
    while at < end, bytes[at] == space { at += 1 }
    guard at < end, bytes[at] != newline, bytes[at] != hash else { return }
    if bytes[at] == tab {
      throw refusal("a tab in the indentation; indent with spaces")
    }
    if at == start {
      if bytes[at] == UInt8(ascii: "%") {
        throw refusal("a YAML directive is not accepted here")
      }
      if isMarker(UInt8(ascii: "-")) || isMarker(UInt8(ascii: ".")) {
        guard !hasContent, !hasMarker, bytes[at] == dash else {
          throw refusal("a second document is not accepted; a file holds one")
        }
        hasMarker = true
        at += 3
        return
      }
    }
    if flowDepth == 0 {
      let column = at - start
      while let last = levels.last, last.column > column { levels.removeLast() }
    }
  }

  /// Unquoted text that goes on over the line is legal YAML, and where a reader of the file and
  /// the parser part ways most easily.
  private mutating func refuseContinuation(_ byte: UInt8) throws {
    guard let text = openText else { return }
    openText = nil
    let continues =
      if flowDepth > 0 {
        byte != comma && byte != closeList && byte != closeMap && byte != colon
      } else {
        at - lineStart > text.parent
      }
    guard continues else { return }
    let shown = shorten(text.start)
    throw refusal(
      "\"\(shown)\" goes on over its line; a key needs a colon and a space after it, and text "
        + "over several lines needs quotes or |", at: text.start)
  }

  /// - Returns: whether the byte was one that only flow collections know.
  private mutating func stepInFlow(_ byte: UInt8) throws -> Bool {
    switch byte {
    case comma:
      levels[levels.count - 1].index += 1
      if levels[levels.count - 1].kind == .flowMap { levels[levels.count - 1].name = nil }
      isFresh = true
    case closeList, closeMap:
      levels.removeLast()
      flowDepth -= 1
      isFresh = false
    default: return false
    }
    candidate = nil
    at += 1
    return true
  }

  private mutating func endKey() throws {
    at += 1
    isFresh = true
    guard let key = candidate else { return }
    candidate = nil
    let name = keyName(from: key.start, to: at - 1)
    if flowDepth > 0 {
      if levels[levels.count - 1].kind == .flowMap { levels[levels.count - 1].name = name }
    } else if key.line == line {
      try push(Level(kind: .key, column: key.column, name: name))
    }
  }

  private mutating func beginNode(_ byte: UInt8) throws {
    let column = at - lineStart
    switch byte {
    case dash where flowDepth == 0 && isBlank(at + 1):
      if at + 1 < end, bytes[at + 1] == tab { throw refusal("a tab in the indentation") }
      try push(Level(kind: .dash, column: column))
      at += 1
    case colon where isBlank(at + 1): throw refusal("a key is missing before the colon")
    case question where isBlank(at + 1): throw refusal("a complex key (?) is not accepted")
    case UInt8(ascii: "&"): throw refusal("an anchor (&) is not accepted; quote the text")
    case UInt8(ascii: "*"): throw refusal("an alias (*) is not accepted; quote the text")
    case UInt8(ascii: "!"): throw refusal("a tag (!) is not accepted; quote the text")
    case openList, openMap:
      candidate = nil
      try push(Level(kind: byte == openMap ? .flowMap : .flowList, column: column))
      flowDepth += 1
      at += 1
    case UInt8(ascii: "\""), UInt8(ascii: "'"): try skipQuoted(byte)
    case UInt8(ascii: "|"), UInt8(ascii: ">"):
      if flowDepth > 0 { throw refusal("block text (| or >) inside [] or {}") }
      skipBlockScalar()
    default: skipPlain()
    }
  }

  private mutating func push(_ level: Level) throws {
    var level = level
    if flowDepth == 0, level.kind == .key || level.kind == .dash {
      while let last = levels.last, last.column >= level.column {
        if last.column == level.column {
          // A list may stand at its key's own indentation.
          if last.kind == .key, level.kind == .dash { break }
          if last.kind == level.kind { level.index = last.index + 1 }
        }
        levels.removeLast()
      }
    }
    levels.append(level)
    if levels.count > Self.depthLimit {
      throw refusal("nested deeper than \(Self.depthLimit) levels")
    }
  }

  private mutating func skipQuoted(_ quote: UInt8) throws {
    let start = at
    let startLine = line
    candidate = (start, start - lineStart, line)
    isFresh = false
    at += 1
    while at < end {
      let byte = bytes[at]
      if byte == newline {
        line += 1
        lineStart = at + 1
      }
      at += 1
      if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\""), at < end, bytes[at] != newline {
        at += 1
      } else if byte == quote {
        if quote == UInt8(ascii: "'"), at < end, bytes[at] == quote {
          at += 1
        } else {
          return
        }
      }
    }
    guard end == bytes.count else { return }
    throw refusal("a quote is opened here and never closed", at: start, line: startLine)
  }

  private mutating func skipPlain() {
    let start = at
    candidate = (start, start - lineStart, line)
    isFresh = false
    while at < end {
      switch bytes[at] {
      case newline:
        openText = (flowDepth > 0 ? -1 : levels.last?.column ?? -1, start)
        return
      case hash where isBlank(at - 1):
        openText = (flowDepth > 0 ? -1 : levels.last?.column ?? -1, start)
        return
      case colon where isBlank(at + 1): return
      case colon where flowDepth > 0 && isFlowIndicator(at + 1): return
      case _ where flowDepth > 0 && isFlowIndicator(at): return
      default: at += 1
      }
    }
  }

  /// Everything indented deeper than the collection the block text stands in.
  private mutating func skipBlockScalar() {
    isFresh = false
    candidate = nil
    let parent = levels.last?.column ?? -1
    var indentation = 0
    at += 1
    while at < end, !isBlank(at), bytes[at] != hash {
      if (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(bytes[at]) {
        indentation = max(parent, 0) + Int(bytes[at] - UInt8(ascii: "0"))
      }
      at += 1
    }
    skipLine()
    if indentation == 0 { indentation = blockIndentation(parent: parent) }
    while at < end {
      var next = at + 1
      while next < end, bytes[next] == space { next += 1 }
      let isEmpty = next >= end || bytes[next] == newline
      if !isEmpty, next - at - 1 < indentation { return }
      line += 1
      lineStart = at + 1
      at += 1
      skipLine()
    }
  }

  /// The indentation block text has where its header does not say: that of its first line, or of
  /// a longer empty line before it.
  private func blockIndentation(parent: Int) -> Int {
    var longest = max(parent + 1, 1)
    var next = at
    while next < end {
      let start = next + 1
      next = start
      while next < end, bytes[next] == space { next += 1 }
      longest = max(longest, next - start)
      if next < end, bytes[next] != newline { break }
    }
    return longest
  }

  private mutating func skipLine() {
    while at < end, bytes[at] != newline { at += 1 }
  }

  private func keyName(from start: Int, to colon: Int) -> String {
    var text = Quantity.trimmed(Substring(String(decoding: bytes[start..<colon], as: UTF8.self)))
    if let quote = text.first, quote == "\"" || quote == "'", text.last == quote, text.count > 1 {
      text = String(text.dropFirst().dropLast())
    }
    return text
  }

  private func shorten(_ start: Int) -> String {
    var stop = start
    while stop < bytes.count, bytes[stop] != newline, stop - start < 40 { stop += 1 }
    return Quantity.trimmed(Substring(String(decoding: bytes[start..<stop], as: UTF8.self)))
  }

  private func isBlank(_ index: Int) -> Bool {
    index >= bytes.count || bytes[index] == space || bytes[index] == tab
      || bytes[index] == newline
  }

  private func isFlowIndicator(_ index: Int) -> Bool {
    guard index < bytes.count else { return false }
    let byte = bytes[index]
    return byte == comma || byte == openList || byte == closeList || byte == openMap
      || byte == closeMap
  }

  private func isMarker(_ byte: UInt8) -> Bool {
    at + 3 <= bytes.count && bytes[at] == byte && bytes[at + 1] == byte && bytes[at + 2] == byte
      && isBlank(at + 3)
  }

  private func refusal(_ message: String, at place: Int? = nil, line: Int? = nil) -> InvalidInput {
    let place = place ?? at
    var start = place
    while start > 0, bytes[start - 1] != newline { start -= 1 }
    let column = bytes[start..<place].count { $0 & 0xC0 != 0x80 } + 1
    let breaks = place < lineStart ? bytes[place..<lineStart].count { $0 == newline } : 0
    return InvalidInput(
      message,
      at: SourceLocation(file: file, line: line ?? self.line - breaks, column: column), path: path)
  }

  private let newline = UInt8(ascii: "\n")
  private let space = UInt8(ascii: " ")
  private let tab = UInt8(ascii: "\t")
  private let hash = UInt8(ascii: "#")
  private let colon = UInt8(ascii: ":")
  private let dash = UInt8(ascii: "-")
  private let question = UInt8(ascii: "?")
  private let comma = UInt8(ascii: ",")
  private let openList = UInt8(ascii: "[")
  private let closeList = UInt8(ascii: "]")
  private let openMap = UInt8(ascii: "{")
  private let closeMap = UInt8(ascii: "}")
}
