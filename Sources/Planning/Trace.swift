import FeedSystem
import Settings

/// A recorded sequence of at least one request to a cache: for each, which object, and its size
/// where the recording says so. The order is that of the file, whatever the times say.
public struct Trace: Sendable {
  /// Objects numbered in the order in which they are first requested.
  public internal(set) var keys: [UInt32] = []
  /// Bytes, one a request; empty when the trace has no sizes.
  public internal(set) var sizes: [UInt64] = []
  /// Distinct objects.
  public internal(set) var objects = 0
  /// The first and the last time in the trace's own unit; nil when it has no times.
  public internal(set) var times: ClosedRange<Double>?

  public var requests: Int { keys.count }

  /// The columns a key, a time and a size are looked for in, when nobody names one.
  static let keyColumns = ["key", "id", "obj_id", "lbn"]
  static let timeColumns = ["time", "timestamp"]
  static let sizeColumns = ["size", "bytes", "obj_size"]

  /// A CSV file with a header, plain or compressed.
  ///
  /// - Parameter column: the header of the key's column; without it, key, id, obj_id or lbn.
  /// - Throws: `MissingInput`; `InvalidInput` with the line and the column's name.
  public init(path: String, key column: String? = nil) throws {
    var reader = try CSVReader(path: path)
    let columns = try Columns(reader, key: column)
    var numbering = Numbering()
    while try reader.nextRow() {
      try append(reader, columns, &numbering)
    }
    guard !keys.isEmpty else {
      throw InvalidInput("has a header and no requests", at: reader.place(line: 1))
    }
    objects = numbering.count
  }

  /// Where the values stand in a row.
  private struct Columns {
    let key: Int
    let time: Int?
    let size: Int?

    init(_ reader: CSVReader, key named: String?) throws {
      let header = reader.header
      func find(_ names: [String]) -> Int? {
        for name in names {
          if let index = header.firstIndex(where: { $0.lowercased() == name }) { return index }
        }
        return nil
      }
      if let named {
        guard let index = header.firstIndex(of: named) else {
          throw InvalidInput(
            "there is no column \"\(Columns.shown(named))\""
              + Suggestion.text(for: named, among: header.map(Columns.shown)),
            at: reader.place(line: 1))
        }
        key = index
      } else {
        guard let index = find(Trace.keyColumns) else {
          throw InvalidInput(
            "no column is named \(Trace.keyColumns.joined(separator: ", ")); the header is "
              + "\"\(Columns.shown(header.joined(separator: ",")))\"; name the key's with --key",
            at: reader.place(line: 1))
        }
        key = index
      }
      time = find(Trace.timeColumns)
      size = find(Trace.sizeColumns)
    }

    /// What a header says, fit for a message: it may be any bytes at all.
    static func shown(_ text: String) -> String {
      let plain = text.unicodeScalars.prefix(60).map { scalar in
        scalar.value < 0x20 || scalar.value == 0x7F ? "?" : String(scalar)
      }
      return plain.joined() + (text.unicodeScalars.count > 60 ? "…" : "")
    }
  }

  private mutating func append(
    _ reader: CSVReader, _ columns: Columns, _ numbering: inout Numbering
  ) throws {
    let key = reader.field(columns.key)
    guard !key.isEmpty else { throw reader.error("is empty", field: columns.key) }
    guard let number = numbering.number(of: key) else {
      throw reader.error("more objects than can be numbered", field: columns.key)
    }
    if let time = columns.time {
      let value = try Self.number(reader, time) { try Quantity.number($0) }
      guard value >= 0 else {
        throw reader.error("\"\(reader.text(time))\" is negative", field: time)
      }
      let low = min(times?.lowerBound ?? value, value)
      times = low...max(times?.upperBound ?? value, value)
    }
    if let size = columns.size {
      sizes.append(try Self.number(reader, size) { UInt64(try Quantity.count($0)) })
    }
    keys.append(number)
  }

  private static func number<Value>(
    _ reader: CSVReader, _ index: Int, _ parse: (String) throws -> Value
  ) throws -> Value {
    do {
      return try parse(reader.text(index))
    } catch let problem as InvalidInput {
      throw reader.error(problem.message, field: index)
    }
  }
}

/// Numbers for keys, from 0 in the order of their first appearance.
private struct Numbering {
  private var numbers: [UInt64: UInt32] = [:]
  private var texts: [ArraySlice<UInt8>: UInt32] = [:]

  var count: Int { numbers.count + texts.count }

  /// Nil when there are no numbers left.
  mutating func number(of key: ArraySlice<UInt8>) -> UInt32? {
    let next = UInt32(exactly: count).flatMap { $0 < UInt32(Int32.max) ? $0 : nil }
    if let number = Self.decimal(key) {
      if let known = numbers[number] { return known }
      numbers[number] = next
    } else {
      if let known = texts[key] { return known }
      // A copy: a slice would hold on to the whole row.
      texts[ArraySlice(Array(key))] = next
    }
    return next
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
