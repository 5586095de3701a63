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
  /// When each was made, in the trace's own unit; empty when it has no times.
  public internal(set) var instants: [Double] = []

  public var requests: Int { keys.count }

  /// The first and the last time; nil when it has no times.
  public var times: ClosedRange<Double>? {
    guard let first = instants.min(), let last = instants.max() else { return nil }
    return first...last
  }

  /// Requests that were not recorded.
  ///
  /// - Parameter keys: not empty, each below `objects`.
  init(keys: [UInt32], sizes: [UInt64] = [], objects: Int) {
    self.keys = keys
    self.sizes = sizes
    self.objects = objects
  }

  /// The columns a key, a time and a size are looked for in, when nobody names one.
  static let keyColumns = ["key", "id", "obj_id", "lbn"]
  static let timeColumns = ["time", "timestamp"]
  static let sizeColumns = ["size", "bytes", "obj_size"]

  /// A recording, plain or compressed.
  ///
  /// - Parameters:
  ///   - format: nil to tell it from the file's name and its first bytes.
  ///   - column: the header of a CSV file's key column; without it, key, id, obj_id or lbn.
  /// - Throws: `MissingInput`; `InvalidInput` with the line and the column's name.
  public init(path: String, format: TraceFormat? = nil, key column: String? = nil) throws {
    let input = try InputBytes(path)
    var numbering = Numbering()
    switch try format ?? (column == nil ? TraceFormat(of: input) : .csv) {
    case .csv: try readTable(CSVReader(input), key: column, &numbering)
    case .ids: try readLines(input, &numbering) { try $0.append($1, &$2) }
    case .timeIdSize: try readLines(input, &numbering) { try $0.appendTimed($1, &$2) }
    case .arc: try readLines(input, &numbering) { try $0.appendBlocks($1, &$2) }
    case .int32: try readRecords(input, of: 4, &numbering)
    case .int64: try readRecords(input, of: 8, &numbering)
    case .oracleGeneral: try readRecords(input, of: 24, &numbering)
    }
    guard !keys.isEmpty else {
      throw InvalidInput(
        "holds no requests", at: SourceLocation(file: path, line: 1, column: 1))
    }
    objects = numbering.count
  }

  private mutating func readTable(
    _ table: CSVReader, key column: String?, _ numbering: inout Numbering
  ) throws {
    var reader = table
    let columns = try Columns(reader, key: column)
    while try reader.nextRow() { try append(reader, columns, &numbering) }
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
      instants.append(value)
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
