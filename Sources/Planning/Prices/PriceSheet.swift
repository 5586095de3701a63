import Glibc
import Settings

/// What a provider charges in one region at one time: a YAML file, no Swift.
public struct PriceSheet: Sendable, Equatable {
  public var name: String
  public var region: String
  /// When the sheet was put together; each item has a date of its own.
  public var date: String
  /// In the order of the file.
  public var items: [Item]

  /// One price in US dollars.
  public struct Item: Sendable, Equatable {
    /// An instance's name, or what the item pays for: `egress`.
    public var name: String
    public var price: Double
    public var per: Per
    public var source: String
    /// `2026-08-21`, `2026-08`, or `undated` where the source gives none.
    public var date: String
    /// Memory that one instance offers; nil where the sheet does not say.
    public var memoryGiB: Double?
    /// Flash that one instance has of its own; nil where the sheet does not say.
    public var flashGB: Double?
    /// Messages a second that one unit of an event bus takes; nil where the sheet does not say.
    public var messagesPerSecond: Double?

    public init(
      name: String, price: Double, per: Per, source: String, date: String,
      memoryGiB: Double? = nil, flashGB: Double? = nil, messagesPerSecond: Double? = nil
    ) {
      self.name = name
      self.price = price
      self.per = per
      self.source = source
      self.date = date
      self.memoryGiB = memoryGiB
      self.flashGB = flashGB
      self.messagesPerSecond = messagesPerSecond
    }

    /// As on a bill's line: `AWS Price List EC2 Linux, 2026-08-21`.
    public var provenance: String { "\(source), \(date)" }
  }

  /// What one price buys.
  public enum Per: String, Sendable, CaseIterable {
    case hour
    /// 10^9 bytes kept for a month.
    case gigabyteMonth = "GB-month"
    /// 2^30 bytes kept for a month.
    case gibibyteMonth = "GiB-month"
    /// 10^9 bytes moved.
    case gigabyte = "GB"
    /// 10^6 requests or messages.
    case million
  }

  public init(name: String, region: String, date: String, items: [Item]) {
    self.name = name
    self.region = region
    self.date = date
    self.items = items
  }

  public subscript(_ name: String) -> Item? { items.first { $0.name == name } }
}

extension PriceSheet {
  /// - Throws: `MissingInput` when the file cannot be read, `InvalidInput` for what is wrong.
  public static func read(path: String) throws -> PriceSheet {
    try PriceSheet(SettingsFile.read(path: path))
  }

  /// The sheet that a key of a scenario names, and its file; nil when the key is absent.
  static func named(
    by key: String, _ parameters: inout Parameters
  ) throws -> (sheet: PriceSheet, file: String)? {
    let name = Form<Setting>.written(
      Shape.Scalar("a price sheet's name, or its path relative to this file"), example: "a")
    return try parameters.read(key, name, "What the fleet is billed by.")
      .map { name in
        let file = try find(name, scenario: parameters.location.file)
        return (try name.reading { try read(path: file) }, file)
      }
  }

  /// The sheet a scenario's `prices` names: a path, relative to the file it is written in, or a
  /// bare name, which stands for `prices/NAME.yaml` beside the scenario, in the folder above it
  /// or in `Scenarios`.
  ///
  /// - Parameter scenario: the scenario's path, for a name given on the command line.
  public static func read(_ setting: Setting, scenario: String) throws -> PriceSheet {
    let file = try find(setting, scenario: scenario)
    return try setting.reading { try read(path: file) }
  }

  private static func find(_ setting: Setting, scenario: String) throws -> String {
    let name = try setting.text()
    guard !name.isEmpty else { throw setting.error("is empty; a price sheet is needed") }
    if name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
      return try setting.resolvedPath()
    }
    var folders: [String] = []
    for file in [setting.location.isArgument ? scenario : setting.location.file, scenario] {
      folders.append(SettingsFile.resolve("prices", besides: file))
      folders.append(SettingsFile.resolve("../prices", besides: file))
    }
    folders.append("Scenarios/prices")
    for folder in folders where access("\(folder)/\(name).yaml", R_OK) == 0 {
      return "\(folder)/\(name).yaml"
    }
    var known: [String] = []
    for sheet in folders.flatMap(sheets) where !known.contains(sheet) { known.append(sheet) }
    throw MissingInput(
      path: "prices/\(name).yaml",
      reason: "no such price sheet" + Suggestion.text(for: name, among: known)
    ).located(at: setting.location, key: setting.path)
  }

  /// The names of the sheets in a folder, sorted; none where it cannot be read.
  private static func sheets(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".yaml") { names.append(String(name.dropLast(5))) }
    }
    return names.sorted()
  }

  /// Reads `{name, currency: USD, region, date, items: {NAME: {price, per, source, date}}}`.
  init(_ setting: Setting) throws {
    var sheet = try Parameters(setting)
    func required<Value>(_ value: Value?, _ key: String, _ from: Parameters) throws -> Value {
      guard let value else { throw from.missing(key) }
      return value
    }
    name = try required(sheet.text("name"), "name", sheet)
    let currency = try required(sheet.text("currency"), "currency", sheet)
    guard currency == "USD" else {
      throw sheet.error("only USD is understood, not \(currency)", key: "currency")
    }
    region = try required(sheet.text("region"), "region", sheet)
    date = try required(sheet.text("date"), "date", sheet)
    try Self.check(date: date, sheet)
    var list = try required(sheet.nested("items"), "items", sheet)
    try sheet.finish()
    items = []
    for entry in try list.remaining() {
      var fields = try Parameters(entry.value)
      let units = Per.allCases.map { ($0.rawValue, $0) }
      let item = Item(
        name: entry.key,
        price: try required(fields.number("price", in: 0...1e12), "price", fields),
        per: try required(fields.choice("per", from: units), "per", fields),
        source: try required(fields.text("source"), "source", fields),
        date: try required(fields.text("date"), "date", fields),
        memoryGiB: try fields.number("memoryGiB", in: 0.001...1e6),
        flashGB: try fields.number("flashGB", in: 0.001...1e9),
        messagesPerSecond: try fields.number("messagesPerSecond", in: 0.001...1e12))
      try Self.check(date: item.date, fields)
      try fields.finish()
      items.append(item)
    }
  }

  /// A price without a date is worth nothing a year later, so a date is a date.
  private static func check(date: String, _ parameters: Parameters) throws {
    if date == "undated" { return }
    let parts = date.split(separator: "-", omittingEmptySubsequences: false)
    let isNumeric = parts.allSatisfy { part in
      part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
    let lengths = parts.map(\.utf8.count)
    let month = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let day = parts.count > 2 ? Int(parts[2]) ?? 0 : 1
    guard isNumeric, lengths == [4, 2] || lengths == [4, 2, 2], (1...12).contains(month),
      (1...31).contains(day)
    else {
      throw parameters.error(
        "\"\(date)\" is not a date; write 2026-08-21, 2026-08 or undated", key: "date")
    }
  }
}
