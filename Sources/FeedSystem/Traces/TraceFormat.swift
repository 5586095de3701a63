import Settings

/// How the requests of a trace are written down.
public enum TraceFormat: String, CaseIterable, Sendable {
  /// Named columns, of which those of the key, the time and the size are used.
  case csv
  /// An id a line, any text.
  case ids
  /// `time id size` a line, apart by spaces, the size in bytes.
  case timeIdSize = "time-id-size"
  /// `first count ignored number` a line: so many blocks from the first on (the traces of Megiddo
  /// and Modha's ARC).
  case arc
  /// Big-endian whole numbers, a key each.
  case int32, int64
  /// 24 bytes a request, little-endian: time 4, id 8, size 4, next request 8 (libCacheSim).
  case oracleGeneral = "oracle-general"

  /// Tells a format from a file's name and its first bytes.
  ///
  /// - Throws: `InvalidInput` for bytes that are no text and could be any of several formats.
  init(of input: InputBytes) throws {
    let name = input.path.split(separator: "/").last.map { $0.lowercased() } ?? ""
    if name.contains("oraclegeneral") {
      self = .oracleGeneral
    } else if name.contains(".lis") {
      self = .arc
    } else {
      self = try TraceFormat(startingWith: input.peek(), path: input.path)
    }
  }

  private init(startingWith bytes: UnsafeRawBufferPointer, path: String) throws {
    guard !bytes.contains(0) else {
      throw InvalidInput(
        "is no text; say what its bytes are with --format int32, int64 or oracle-general",
        at: SourceLocation(file: path, line: 1, column: 1))
    }
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    let words = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
    let areNumbers = words.allSatisfy { word in
      word.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || $0 == UInt8(ascii: ".") }
    }
    switch words.count {
    case 1 where areNumbers: self = .ids
    case 3 where areNumbers: self = .timeIdSize
    default: self = .csv
    }
  }
}

extension Trace {
  /// A line of a text, with what it takes to say where an error is.
  struct Line {
    var words: [ArraySlice<UInt8>]
    var place: SourceLocation

    func error(_ message: String) -> InvalidInput { InvalidInput(message, at: place) }

    /// The words, if there are as many as there must be.
    func expect(_ count: Int, _ what: String) throws {
      guard words.count == count else {
        throw error("has \(words.count) words; \(what) are expected")
      }
    }

    func text(_ word: Int) -> String { String(decoding: words[word], as: UTF8.self) }

    func count(_ word: Int) throws -> Int {
      do { return try Quantity.count(text(word)) } catch let problem as InvalidInput {
        throw error(problem.message)
      }
    }
  }

  /// Calls `append` for every line that is not empty.
  mutating func readLines(
    _ input: InputBytes, _ numbering: inout Numbering,
    _ append: (inout Trace, Line, inout Numbering) throws -> Void
  ) throws {
    var reader = try LineReader(input)
    while let line = try reader.next() {
      let words = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
      if words.isEmpty { continue }
      try append(&self, Line(words: words, place: reader.place), &numbering)
    }
  }

  mutating func append(_ line: Line, _ numbering: inout Numbering) throws {
    try line.expect(1, "ids without spaces, one a line,")
    guard let number = numbering.number(of: line.words[0]) else { throw Numbering.full(line.place) }
    keys.append(number)
  }

  mutating func appendTimed(_ line: Line, _ numbering: inout Numbering) throws {
    try line.expect(3, "time, id and size")
    let time: Double
    do { time = try Quantity.number(line.text(0)) } catch let problem as InvalidInput {
      throw line.error(problem.message)
    }
    guard time >= 0 else { throw line.error("\"\(line.text(0))\" is negative") }
    guard let number = numbering.number(of: line.words[1]) else { throw Numbering.full(line.place) }
    sizes.append(UInt64(try line.count(2)))
    instants.append(time)
    keys.append(number)
  }

  mutating func appendBlocks(_ line: Line, _ numbering: inout Numbering) throws {
    try line.expect(4, "first block, blocks, a word that is ignored and a number")
    let first = try line.count(0)
    let blocks = try line.count(1)
    guard blocks <= 1_000_000, first <= Int.max - blocks else {
      throw line.error("asks for \(blocks) blocks; at most 1M at a time can be")
    }
    for block in 0..<blocks {
      guard let number = numbering.number(of: UInt64(first + block)) else {
        throw Numbering.full(line.place)
      }
      keys.append(number)
    }
  }

  /// Fixed records: of 4 and 8 bytes a big-endian key, of 24 an `oracleGeneral` request.
  mutating func readRecords(
    _ input: InputBytes, of length: Int, _ numbering: inout Numbering
  ) throws {
    var record: [UInt8] = []
    record.reserveCapacity(length)
    let place = SourceLocation(file: input.path, line: 1, column: 1)
    while true {
      let chunk = try input.next()
      if chunk.isEmpty { break }
      for byte in chunk {
        record.append(byte)
        guard record.count == length else { continue }
        let id = Self.identity(of: record)
        guard let number = numbering.number(of: id) else { throw Numbering.full(place) }
        keys.append(number)
        if length == 24 {
          instants.append(Double(Self.little(record[0..<4])))
          sizes.append(Self.little(record[12..<16]))
        }
        record.removeAll(keepingCapacity: true)
      }
    }
    guard record.isEmpty else {
      throw InvalidInput(
        "ends within a record: its length is no multiple of \(length) bytes", at: place)
    }
  }

  private static func identity(of record: [UInt8]) -> UInt64 {
    record.count == 24
      ? little(record[4..<12]) : record.reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func little(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// Numbers for keys, from 0 in the order of their first appearance.
struct Numbering: ~Copyable {
  private var numbers = KeyNumbers()
  private var texts: [ArraySlice<UInt8>: UInt32] = [:]

  var count: Int { numbers.count }

  static func full(_ place: SourceLocation) -> InvalidInput {
    InvalidInput("more objects than can be numbered", at: place)
  }

  /// Nil when there are no numbers left.
  mutating func number(of key: UInt64) -> UInt32? { numbers.number(of: key) }

  /// Nil when there are no numbers left.
  mutating func number(of key: ArraySlice<UInt8>) -> UInt32? {
    if let number = Self.decimal(key) { return self.number(of: number) }
    if let known = texts[key] { return known }
    let number = numbers.next()
    // A copy: a slice would hold on to the whole row.
    texts[ArraySlice(Array(key))] = number
    return number
  }

  /// The number a key is the usual spelling of, since most keys are numbers and a number is a
  /// fraction of the memory; `007` stays text.
  private static func decimal(_ key: ArraySlice<UInt8>) -> UInt64? {
    guard let first = key.first, key.count <= 18 else { return nil }
    if first == UInt8(ascii: "0"), key.count > 1 { return nil }
    var value: UInt64 = 0
    for byte in key {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      value = value * 10 + UInt64(byte - UInt8(ascii: "0"))
    }
    return value
  }
}
