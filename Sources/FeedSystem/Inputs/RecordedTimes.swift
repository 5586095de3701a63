import Settings
import Simulation

/// Recorded times, one a line: a length of time (`1500ms`), or a number of seconds. Plain or
/// compressed; empty lines and lines that begin with `#` or `%` are passed over.
///
/// Times may be equal and must not fall. They count from the first one, so that seconds since
/// 1970 do as well.
public struct RecordedTimes {
  /// As many as are simulated in minutes; eight bytes each.
  static let limit = 100_000_000
  /// A longer line is no time.
  private static let lineLimit = 100
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  private let file: String
  private var text: [UInt8] = []
  private var line = 1
  /// The column of the byte that is read, and of the first one that is no blank.
  private var column = 0
  private var start = 0
  private var first: Int64 = 0
  private var latest = (time: Int64.min, line: 0, text: "")
  private var times: [Instant] = []

  /// - Throws: `MissingInput`; `InvalidInput` with the line.
  public static func read(_ path: String) throws -> [Instant] {
    let input = try InputBytes(path)
    var times = RecordedTimes(file: path)
    while true {
      let block = try input.next()
      if block.isEmpty { break }
      for byte in block { try times.take(byte) }
    }
    try times.endLine()
    guard !times.times.isEmpty else {
      throw InvalidInput(
        "holds no times; one a line is expected",
        at: SourceLocation(file: path, line: 1, column: 1))
    }
    return times.times
  }

  private init(file: String) { self.file = file }

  private mutating func take(_ byte: UInt8) throws {
    if byte == UInt8(ascii: "\n") { return try endLine() }
    column += 1
    let isBlank =
      byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
    if text.isEmpty {
      let isMark = line == 1 && column <= 3 && byte == Self.byteOrderMark[column - 1]
      if isBlank || isMark { return }
      start = column
    }
    if isComment { return }
    guard byte >= 0x20 || isBlank, byte != 0x7F else { throw error("byte \(byte) is not text") }
    guard text.count < Self.lineLimit else {
      throw error("is longer than \(Self.lineLimit) characters; one time a line is expected")
    }
    text.append(byte)
  }

  private mutating func endLine() throws {
    while let last = text.last, last <= UInt8(ascii: " ") { text.removeLast() }
    if !text.isEmpty, !isComment { try add() }
    text.removeAll(keepingCapacity: true)
    line += 1
    column = 0
  }

  private var isComment: Bool {
    text.first == UInt8(ascii: "#") || text.first == UInt8(ascii: "%")
  }

  private mutating func add() throws {
    let text = String(decoding: text, as: UTF8.self)
    let time: Int64
    do {
      time = try Quantity.instant(text)
    } catch let problem as InvalidInput {
      throw error(problem.message)
    }
    guard time >= latest.time else {
      throw error(
        "\"\(text)\" comes before \"\(latest.text)\" in line \(latest.line); times must not fall")
    }
    if times.isEmpty { first = time }
    guard times.count < Self.limit else { throw error("more than \(Self.limit) times") }
    latest = (time, line, text)
    times.append(Instant(nanoseconds: time - first))
  }

  private func error(_ message: String) -> InvalidInput {
    InvalidInput(message, at: SourceLocation(file: file, line: line, column: max(start, 1)))
  }
}
