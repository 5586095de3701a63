import Settings

/// The lines of a text file, plain or compressed, one after the other; LF or CRLF.
public struct LineReader {
  private let input: InputBytes
  private var chunk: UnsafeRawBufferPointer
  private var at = 0
  private var line: [UInt8] = []
  /// Of the line that was read last, from 1.
  public private(set) var number = 0

  public init(_ input: InputBytes) throws {
    self.input = input
    chunk = try input.next()
  }

  public var place: SourceLocation { SourceLocation(file: input.path, line: number, column: 1) }

  /// The next line without its end; nil at the end of the file.
  ///
  /// - Throws: `InvalidInput` for a line that is longer than any of a trace.
  public mutating func next() throws -> [UInt8]? {
    line.removeAll(keepingCapacity: true)
    number += 1
    var isEnd = true
    while !chunk.isEmpty {
      isEnd = false
      let rest = chunk[at...]
      let end = rest.firstIndex(of: UInt8(ascii: "\n"))
      line.append(contentsOf: rest[..<(end ?? rest.endIndex)])
      guard line.count <= CSVReader.rowLimit else {
        throw InvalidInput("a line is longer than \(CSVReader.rowLimit >> 10) KiB", at: place)
      }
      at = end.map { $0 + 1 } ?? chunk.count
      if at == chunk.count {
        chunk = try input.next()
        at = 0
      }
      if end != nil { break }
    }
    if line.last == UInt8(ascii: "\r") { line.removeLast() }
    return isEnd ? nil : line
  }
}
