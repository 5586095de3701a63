import Settings

/// Strict CSV (RFC 4180 with a header), read as a stream: quotes, LF or CRLF, plain or
/// compressed. Every row has as many columns as the header.
public struct CSVReader {
  /// A row longer than this is no row of a trace, and would fill the memory.
  static let rowLimit = 1 << 16

  private let input: InputBytes
  private var chunk: UnsafeRawBufferPointer
  private var at = 0
  /// The bytes of the current row's fields, one after the other, and where each ends.
  public private(set) var bytes: [UInt8] = []
  public private(set) var ends: [Int] = []
  /// The line the current row begins in, from 1.
  public private(set) var line = 0
  private var nextLine = 1

  public let path: String
  public private(set) var header: [String] = []

  public init(path: String) throws { try self.init(InputBytes(path)) }

  public init(_ input: InputBytes) throws {
    path = input.path
    self.input = input
    chunk = try input.next()
    guard try nextRow() else {
      throw InvalidInput("is empty; a CSV header is needed", at: place(line: 1))
    }
    header = (0..<ends.count).map { text($0) }
    if header[0].hasPrefix("\u{FEFF}") { header[0].removeFirst() }
  }

  public func place(line: Int? = nil, column: Int = 1) -> SourceLocation {
    SourceLocation(file: path, line: line ?? self.line, column: column)
  }

  /// A field of the current row.
  public func field(_ index: Int) -> ArraySlice<UInt8> {
    bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
  }

  public func text(_ index: Int) -> String { String(decoding: field(index), as: UTF8.self) }

  /// A problem with a field of the current row, named by its column's header.
  public func error(_ message: String, field index: Int) -> InvalidInput {
    let column = index == 0 ? 1 : ends[index - 1] + index + 1
    return InvalidInput(message, at: place(column: column), path: header[index])
  }

  /// Goes to the next row; false at the end. Empty lines are passed over.
  public mutating func nextRow() throws -> Bool {
    repeat {
      bytes.removeAll(keepingCapacity: true)
      ends.removeAll(keepingCapacity: true)
      line = nextLine
      guard try readRow() else { return false }
    } while ends.count == 1 && bytes.isEmpty
    if !header.isEmpty, ends.count != header.count {
      let expected = header.count == 1 ? "1 column" : "\(header.count) columns"
      throw InvalidInput(
        "has \(ends.count) column\(ends.count == 1 ? "" : "s"), the header has \(expected)",
        at: place())
    }
    return true
  }

  private mutating func peek() throws -> UInt8? {
    if at == chunk.count {
      chunk = try input.next()
      at = 0
    }
    return chunk.isEmpty ? nil : chunk[at]
  }

  private mutating func readRow() throws -> Bool {
    guard try peek() != nil else { return false }
    while true {
      let isQuoted = try peek() == UInt8(ascii: "\"")
      if isQuoted { try readQuoted() }
      guard let byte = try readPlain(afterQuotes: isQuoted) else {
        ends.append(bytes.count)
        return true
      }
      ends.append(bytes.count)
      if byte == UInt8(ascii: "\n") {
        nextLine += 1
        return true
      }
    }
  }

  /// Reads up to the separator, which it returns: a comma or a line feed, or nil at the end.
  private mutating func readPlain(afterQuotes: Bool) throws -> UInt8? {
    while let byte = try peek() {
      at += 1
      switch byte {
      case UInt8(ascii: ","), UInt8(ascii: "\n"): return byte
      case UInt8(ascii: "\r"):
        guard try peek() == UInt8(ascii: "\n") else {
          throw InvalidInput("a carriage return inside a row", at: place())
        }
      case UInt8(ascii: "\""):
        throw InvalidInput("a quote inside a field; quote the whole field", at: place())
      default:
        if afterQuotes {
          throw InvalidInput("text after a closing quote", at: place())
        }
        try append(byte)
      }
    }
    return nil
  }

  private mutating func readQuoted() throws {
    let opened = place(line: nextLine, column: bytes.count + ends.count + 1)
    at += 1
    while let byte = try peek() {
      at += 1
      if byte == UInt8(ascii: "\"") {
        guard try peek() == UInt8(ascii: "\"") else { return }
        at += 1
      } else if byte == UInt8(ascii: "\n") {
        nextLine += 1
      }
      try append(byte)
    }
    throw InvalidInput(
      "a quote is opened here and never closed", at: opened,
      path: ends.count < header.count ? header[ends.count] : "")
  }

  private mutating func append(_ byte: UInt8) throws {
    guard bytes.count < Self.rowLimit else {
      throw InvalidInput("a row is longer than \(Self.rowLimit >> 10) KiB", at: place())
    }
    bytes.append(byte)
  }
}
