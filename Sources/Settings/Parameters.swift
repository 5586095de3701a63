/// A cursor over one map of settings. Reading a key consumes it; `finish()` refuses what nobody
/// read, so that no misspelt setting is ignored.
///
/// Every reader returns nil when the key is absent and throws `InvalidInput`, with the place and
/// the key's path, when the value is wrong. An explicit null is an error.
public struct Parameters: Sendable {
  private let entries: [Setting.Entry]
  /// Where the map itself stands.
  public let location: SourceLocation
  public let path: String
  private var read: Set<String> = []
  /// The keys that somebody has asked for, whether they are there or not.
  private(set) var known: [String] = []

  /// - Throws: `InvalidInput` when the setting is not a map.
  public init(_ setting: Setting) throws {
    guard case .map(let entries) = setting.content else {
      throw setting.error("must be a map of keys, not \(setting.kind)")
    }
    self.entries = entries
    location = setting.location
    path = setting.path
  }

  private init(location: SourceLocation) {
    entries = []
    self.location = location
    path = ""
  }

  /// No settings at all: everything takes its default.
  public static let empty = Parameters(location: SourceLocation(argument: ""))

  /// The value as it was written.
  public mutating func setting(_ key: String) throws -> Setting? {
    guard let value = take(key) else { return nil }
    if case .null = value.content { throw value.error("is null; give it a value or leave it out") }
    return value
  }

  /// A whole number, such as `10k`.
  public mutating func count(_ key: String, in range: ClosedRange<Int> = 0...Int.max) throws
    -> Int?
  {
    try setting(key)?.count(in: range)
  }

  /// A whole number of 64 bits, such as a seed.
  public mutating func unsigned(_ key: String) throws -> UInt64? {
    try setting(key)?.unsigned()
  }

  /// A number without a unit.
  public mutating func number(_ key: String, in range: ClosedRange<Double> = Setting.anyNumber)
    throws -> Double?
  {
    try setting(key)?.number(in: range)
  }

  /// A share, `30%` or `0.3`, as 0...1.
  public mutating func share(_ key: String, in range: ClosedRange<Double> = 0...1) throws
    -> Double?
  {
    try setting(key)?.share(in: range)
  }

  /// A length of time in nanoseconds, such as `200ms`.
  public mutating func nanoseconds(_ key: String, in range: ClosedRange<Int64> = 0...Int64.max)
    throws -> Int64?
  {
    try setting(key)?.nanoseconds(in: range)
  }

  /// A number of bytes, such as `5MB`.
  public mutating func bytes(_ key: String, in range: ClosedRange<Int> = 0...Int.max) throws
    -> Int?
  {
    try setting(key)?.bytes(in: range)
  }

  /// A rate per second, such as `10k/min`.
  public mutating func rate(
    _ key: String, in range: ClosedRange<Double> = 0...Double.greatestFiniteMagnitude
  ) throws -> Double? {
    try setting(key)?.rate(in: range)
  }

  /// An amount in US dollars, such as `12000 USD`.
  public mutating func money(_ key: String) throws -> Double? { try setting(key)?.money() }

  public mutating func text(_ key: String) throws -> String? { try setting(key)?.text() }

  /// `true` or `false`.
  public mutating func flag(_ key: String) throws -> Bool? { try setting(key)?.flag() }

  /// One of a few names.
  public mutating func choice<Value>(_ key: String, from choices: [(String, Value)]) throws
    -> Value?
  {
    try setting(key)?.choice(from: choices)
  }

  /// The file a path names: relative to the file the path is written in, or, given on the
  /// command line, to the working directory.
  public mutating func path(_ key: String) throws -> String? { try setting(key)?.resolvedPath() }

  /// A map under a key; its reader calls its `finish()`.
  public mutating func nested(_ key: String) throws -> Parameters? {
    try setting(key).map { try Parameters($0) }
  }

  public mutating func list(_ key: String) throws -> [Setting]? { try setting(key)?.list() }

  /// What nobody has read yet.
  public var unread: [Setting.Entry] { entries.filter { !read.contains($0.key) } }

  /// All keys nobody has read yet with their values, for maps whose keys are names the user gives.
  public mutating func remaining() throws -> [Setting.Entry] {
    try unread.map { entry in
      _ = try setting(entry.key)
      return entry
    }
  }

  /// Throws on the first key nobody read.
  public func finish() throws {
    if let entry = unread.first {
      throw InvalidInput(
        "unknown key \"\(entry.key)\"" + Suggestion.text(for: entry.key, among: known),
        at: entry.location, path: Setting.join(path, entry.key))
    }
  }

  /// A problem with a key's value, or with the whole map.
  public func error(_ message: String, key: String? = nil) -> InvalidInput {
    guard let key else { return InvalidInput(message, at: location, path: path) }
    let value = entries.first { $0.key == key }?.value
    return InvalidInput(
      message, at: value?.location ?? location, path: Setting.join(path, key))
  }

  /// The problem of a required key that is absent.
  public func missing(_ key: String) -> InvalidInput {
    var message = "is required"
    if let slip = Suggestion.closest(to: key, among: unread.map(\.key)) {
      message += "; is \"\(slip)\" meant to be \"\(key)\"?"
    }
    return error(message, key: key)
  }

  private mutating func take(_ key: String) -> Setting? {
    if read.insert(key).inserted { known.append(key) }
    return entries.first { $0.key == key }?.value
  }
}
