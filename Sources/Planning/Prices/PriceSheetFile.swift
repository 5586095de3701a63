import FeedSystem
import Glibc
import Settings
import YAMLSettings

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

  /// Whether it is a file's path, and not a sheet's bare name.
  static func isPath(_ name: String) -> Bool {
    name.contains("/") || name.hasSuffix(".yaml") || name.hasSuffix(".yml")
  }

  /// The file that `prices` names; see `read`.
  static func find(_ setting: Setting, scenario: String) throws -> String {
    let name = try setting.text()
    guard !name.isEmpty else { throw setting.error("is empty; a price sheet is needed") }
    if isPath(name) { return try setting.resolvedPath() }
    var folders: [String] = []
    for file in [setting.location.isArgument ? scenario : setting.location.file, scenario] {
      folders.append(InputFile.resolve("prices", besides: file))
      folders.append(InputFile.resolve("../prices", besides: file))
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

  /// Reads `{name, currency, region, date, items: {NAME: {price, per, source, date, …}}}`.
  init(_ setting: Setting) throws {
    var sheet = try Parameters(setting)
    name = try sheet.needed("name") { try $0.text($1) }
    let code = try sheet.needed("currency") { try $0.text($1) }
    let codes = Currency.allCases.map(\.rawValue)
    guard let known = Currency(rawValue: code) else {
      throw sheet.error(
        "unknown currency \"\(code)\"" + Suggestion.text(for: code, among: codes),
        key: "currency")
    }
    currency = known
    region = try sheet.needed("region") { try $0.text($1) }
    date = try sheet.date("date")
    var list = try sheet.needed("items") { try $0.nested($1) }
    try sheet.finish()
    items = []
    for entry in try list.remaining() { items.append(try Item(entry.key, entry.value)) }
    var answers: [String: String] = [:]
    for item in items {
      for alias in item.standsFor {
        if let other = answers.updateValue(item.name, forKey: alias) {
          throw list.error("and \(other) both stand for \"\(alias)\"", key: item.name)
        }
        if items.contains(where: { $0.name == alias }) {
          throw list.error("stands for \"\(alias)\", which is an item itself", key: item.name)
        }
      }
    }
  }
}

extension PriceSheet.Item {
  fileprivate init(_ name: String, _ setting: Setting) throws {
    var fields = try Parameters(setting)
    let units = PriceSheet.Per.allCases.map { ($0.rawValue, $0) }
    let kinds = PriceSheet.Kind.allCases.map { ($0.rawValue, $0) }
    let tiers = try fields.list("tiers")?.map { try PriceSheet.Tier($0) } ?? []
    let price =
      tiers.isEmpty
      ? try fields.needed("price") { try $0.number($1, in: PriceSheet.prices) }
      : tiers[0].price
    try Self.check(tiers, &fields)
    self.init(
      name: name, price: price,
      per: try fields.needed("per") { try $0.choice($1, from: units) },
      source: try fields.source(),
      date: try fields.date("date"),
      kind: try fields.choice("kind", from: kinds),
      standsFor: try fields.read("standsFor", .oneOrMore(.text)) ?? [], tiers: tiers,
      memoryGiB: try fields.number("memoryGiB", in: 0.001...1e6),
      flashGB: try fields.number("flashGB", in: 0.001...1e9),
      messagesPerSecond: try fields.number("messagesPerSecond", in: 0.001...1e12))
    if let given = try fields.nested("options") { options = try Self.offers(given, of: self) }
    try fields.finish()
  }

  /// Tiers that follow one another to the last, which has no end.
  private static func check(_ tiers: [PriceSheet.Tier], _ fields: inout Parameters) throws {
    guard !tiers.isEmpty else { return }
    try fields.refuse("price", "and tiers both say the price; leave one out")
    var last = 0.0
    for (index, tier) in tiers.enumerated() {
      let isLast = index == tiers.count - 1
      guard (tier.upTo == nil) == isLast else {
        throw fields.error(
          isLast ? "the last has an end; leave out its upTo" : "only the last has no upTo",
          key: "tiers")
      }
      if let end = tier.upTo {
        guard end > last else {
          throw fields.error("upTo must rise from each to the next", key: "tiers")
        }
        last = end
      }
    }
  }

  private static func offers(
    _ parameters: Parameters, of item: PriceSheet.Item
  ) throws -> [PriceSheet.Offer] {
    var parameters = parameters
    guard item.per == .hour, item.tiers.isEmpty else {
      throw parameters.error("only what is paid by the hour can be reserved or spot")
    }
    var offers: [PriceSheet.Offer] = []
    for option in PurchaseOption.allCases where option != .onDemand {
      guard var fields = try parameters.nested(option.rawValue) else { continue }
      let price = try fields.needed("price") { try $0.number($1, in: PriceSheet.prices) }
      let source = try fields.source()
      offers.append(
        PriceSheet.Offer(
          option: option, price: price, source: source, date: try fields.date("date")))
      try fields.finish()
    }
    try parameters.refuse(
      PurchaseOption.onDemand.rawValue, "is the item's own price, beside options")
    try parameters.finish()
    return offers
  }
}

extension PriceSheet {
  fileprivate static let prices = 0...1e12
}

extension PriceSheet.Tier {
  fileprivate init(_ setting: Setting) throws {
    var fields = try Parameters(setting)
    upTo = try fields.number("upTo", in: 0.001...1e18)
    price = try fields.needed("price") { try $0.number($1, in: PriceSheet.prices) }
    try fields.finish()
  }
}

extension Parameters {
  fileprivate mutating func needed<Value>(
    _ key: String, _ read: (inout Parameters, String) throws -> Value?
  ) throws -> Value {
    guard let value = try read(&self, key) else { throw missing(key) }
    return value
  }

  fileprivate mutating func source() throws -> String {
    let source = try needed("source") { try $0.text($1) }
    guard !source.isEmpty else {
      throw error("is empty: say where the price comes from", key: "source")
    }
    return source
  }

  /// A price without a date is worth nothing a year later, so a date is a date.
  fileprivate mutating func date(_ key: String) throws -> String {
    let date = try needed(key) { try $0.text($1) }
    guard date == "undated" || PriceDate(date) != nil else {
      throw error("\"\(date)\" is not a date; write 2026-08-21, 2026-08 or undated", key: key)
    }
    return date
  }
}
