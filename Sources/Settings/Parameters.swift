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
  /// What the keys asked for may be: nil except where a schema is to be told, and nothing is read.
  private var asked: Shape.Keys?

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
    asked?.add(Shape.Key(key, .anything))
    guard let value = take(key) else { return nil }
    if case .null = value.content { throw value.error("is null; give it a value or leave it out") }
    return value
  }

  /// A whole number, such as `10k`.
  public mutating func count(_ key: String, in range: ClosedRange<Int> = 0...Int.max) throws
    -> Int?
  {
    try read(key, .count(in: range))
  }

  /// A whole number of 64 bits, such as a seed.
  public mutating func unsigned(_ key: String) throws -> UInt64? { try read(key, .unsigned) }

  /// A number without a unit.
  public mutating func number(_ key: String, in range: ClosedRange<Double> = Setting.anyNumber)
    throws -> Double?
  {
    try read(key, .number(in: range))
  }

  /// A share, `30%` or `0.3`, as 0...1.
  public mutating func share(_ key: String, in range: ClosedRange<Double> = 0...1) throws
    -> Double?
  {
    try read(key, .share(in: range))
  }

  /// A length of time in nanoseconds, such as `200ms`.
  public mutating func nanoseconds(_ key: String, in range: ClosedRange<Int64> = 0...Int64.max)
    throws -> Int64?
  {
    try read(key, .nanoseconds(in: range))
  }

  /// A number of bytes, such as `5MB`.
  public mutating func bytes(_ key: String, in range: ClosedRange<Int> = 0...Int.max) throws
    -> Int?
  {
    try read(key, .bytes(in: range))
  }

  /// A rate per second, such as `10k/min`.
  public mutating func rate(
    _ key: String, in range: ClosedRange<Double> = 0...Double.greatestFiniteMagnitude
  ) throws -> Double? {
    try setting(key)?.rate(in: range)
  }

  /// An amount in US dollars, such as `12000 USD`.
  public mutating func money(_ key: String) throws -> Double? { try setting(key)?.money() }

  public mutating func text(_ key: String) throws -> String? { try read(key, .text) }

  /// `true` or `false`.
  public mutating func flag(_ key: String) throws -> Bool? { try read(key, .flag) }

  /// One of a few names.
  public mutating func choice<Value>(_ key: String, from choices: [(String, Value)]) throws
    -> Value?
  {
    try setting(key)?.choice(from: choices)
  }

  /// The file a path names: relative to the file the path is written in, or, given on the
  /// command line, to the working directory.
  public mutating func path(_ key: String) throws -> String? { try read(key, .path) }

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

  /// Throws with this reason where there is such a key.
  public func refuse(_ key: String, _ reason: String) throws {
    if entries.contains(where: { $0.key == key }) { throw error(reason, key: key) }
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

/// Reading what is also told to a schema: the key, its form, its default and what it is for.
extension Parameters {
  /// A value of a form; nil when the key is absent.
  ///
  /// - Parameter about: what the key is for, for those who hover over it in an editor.
  public mutating func read<Value>(
    _ key: String, _ form: Form<Value>, _ about: String = ""
  ) throws -> Value? {
    if asked != nil {
      _ = try ask(key, form, about)
      return nil
    }
    return try setting(key).map(form.read)
  }

  /// A value of a form, or the default when the key is absent.
  public mutating func read<Value>(
    _ key: String, _ form: Form<Value>, default standard: Value, _ about: String = ""
  ) throws -> Value {
    if asked != nil {
      _ = try ask(key, form, about) { $0.standard = form.spell(standard) }
      return standard
    }
    return try setting(key).map(form.read) ?? standard
  }

  /// A value of a form that must be there.
  public mutating func require<Value>(
    _ key: String, _ form: Form<Value>, _ about: String = ""
  ) throws -> Value {
    if asked != nil { return try ask(key, form, about) { $0.isNeeded = true } }
    guard let setting = try setting(key) else { throw missing(key) }
    return try form.read(setting)
  }

  /// A value that must be there unless another is.
  ///
  /// - Parameter other: the path of the other from here; the caller sees to the rule.
  public mutating func read<Value>(
    _ key: String, _ form: Form<Value>, neededWithout other: String, _ about: String = ""
  ) throws -> Value? {
    if asked != nil { return try ask(key, form, about) { $0.neededWithout = other } }
    return try setting(key).map(form.read)
  }

  /// A map of keys, none of which may be left unread; nil when it is absent.
  public mutating func section<Value>(
    _ key: String, _ about: String = "", _ read: @escaping (inout Parameters) throws -> Value
  ) throws -> Value? {
    try self.read(key, .keys(read), about)
  }

  /// Keys beside which a word decides what else there is; nil when the word is absent and there is
  /// none that it stands for.
  ///
  /// - Parameters:
  ///   - other: a key beside which it is not asked for; the caller sees to that.
  ///   - standard: the word that is meant where there is none.
  public mutating func branch<Value>(
    _ key: String, without other: String? = nil, default standard: String? = nil,
    _ about: String = "", _ cases: [(String, (inout Parameters) throws -> Value)]
  ) throws -> Value? {
    if asked != nil {
      var word = Shape.Key(key, .words(cases.map(\.0)), about)
      word.isNeeded = other == nil && standard == nil
      word.neededWithout = other
      word.standard = standard
      return try ask(word, cases.map { ($0, "", $1) }, without: other).first
    }
    if let read = try choice(key, from: cases) { return try read(&self) }
    return try cases.first { $0.0 == standard }?.1(&self)
  }

  /// Notes a word and what each of its cases asks for.
  ///
  /// - Returns: a value of each case.
  mutating func ask<Value>(
    _ word: Shape.Key, _ cases: [(String, String, (inout Parameters) throws -> Value)],
    without other: String? = nil
  ) throws -> [Value] {
    asked?.add(word)
    var branch = Shape.Branch(key: word.name, cases: [], without: other)
    var values: [Value] = []
    for (name, summary, read) in cases {
      let (keys, value) = try Self.describe(read)
      branch.cases.append(Shape.Case(name: name, summary: summary, keys: keys))
      values.append(value)
    }
    asked?.branches.append(branch)
    return values
  }

  /// Notes maps under names that the user gives, each laid over this one.
  ///
  /// - Returns: whether a schema is told, and there is nothing to read.
  public mutating func tellVariants<Value>(
    _ key: String, _ about: String, _ read: (inout Parameters) throws -> Value
  ) throws -> Bool {
    guard asked != nil else { return false }
    asked?.add(Shape.Key(key, .variants(try Self.describe(read).keys), about))
    return true
  }

  private mutating func ask<Value>(
    _ key: String, _ form: Form<Value>, _ about: String,
    _ more: (inout Shape.Key) -> Void = { _ in }
  ) throws -> Value {
    let (shape, example) = try form.describe()
    var asking = Shape.Key(key, shape, about)
    more(&asking)
    asked?.add(asking)
    return example
  }

  /// Whether a schema is told, and nothing read.
  public var isDescribing: Bool { asked != nil }

  /// What a reader asks for, and what it makes of the usual values.
  public static func describe<Value>(
    _ read: (inout Parameters) throws -> Value
  ) throws -> (keys: Shape.Keys, example: Value) {
    var parameters = Parameters.empty
    parameters.asked = Shape.Keys()
    let example = try read(&parameters)
    return (parameters.asked ?? Shape.Keys(), example)
  }
}
