/// One way to do something, chosen by name in a scenario: a fan-out policy, a ranking stage …
///
/// Adding a part is a new file and one line in its catalog.
public protocol Part: SendableMetatype {
  /// The name in scenarios: lower case, words joined by `-`.
  static var name: String { get }
  /// One line for `feedsim list`.
  static var summary: String { get }
  /// Reads the settings of this part and nothing else; the caller calls `finish()`.
  init(_ parameters: inout Parameters) throws
}

/// The list of the parts that fulfil one contract.
public struct Catalog<Contract>: Sendable {
  /// What its parts are, such as `fan-out policy`.
  public let title: String
  public let parts: [any Part.Type]

  public init(_ title: String, _ parts: [any Part.Type]) {
    self.title = title
    self.parts = parts
  }

  public var names: [String] { parts.map { $0.name } }
  public var summaries: [(name: String, summary: String)] {
    parts.map { ($0.name, $0.summary) }
  }

  /// The part of that name, with its settings read from the parameters.
  public func make(_ name: String, _ parameters: inout Parameters) throws -> Contract {
    guard let type = parts.first(where: { $0.name == name }) else {
      throw parameters.error(
        "unknown \(title) \"\(name)\"" + Suggestion.text(for: name, among: names))
    }
    guard let part = try type.init(&parameters) as? Contract else {
      throw parameters.error("\"\(name)\" is not a \(title)")
    }
    return part
  }

  /// The part that a key of the parameters names, its settings standing beside that key, as in
  /// `{policy: hybrid, pushBelow: 10k}`; nil when the key is absent and there is no default.
  ///
  /// - Parameter about: what the key is for, for a schema.
  public func make(
    namedBy key: String, default standard: String? = nil, about: String = "",
    _ parameters: inout Parameters
  ) throws -> Contract? {
    if parameters.isDescribing {
      var word = Shape.Key(key, .words(names), about)
      word.standard = standard
      let cases: [(String, String, (inout Parameters) throws -> Contract)] = parts.map { part in
        (part.name, part.summary, { parameters in try make(part.name, &parameters) })
      }
      let made = try parameters.ask(word, cases)
      return zip(names, made).first { $0.0 == standard ?? names.first }?.1
    }
    guard let name = try parameters.text(key) ?? standard else { return nil }
    guard names.contains(name) else {
      throw parameters.error(
        "unknown \(title) \"\(name)\"" + Suggestion.text(for: name, among: names), key: key)
    }
    return try make(name, &parameters)
  }

  /// A part as an element of a list.
  public var form: Form<Contract> { form { _, part, _ in part } }

  /// A part as an element of a list whose elements have settings of their own, which stand among
  /// the part's.
  ///
  /// - Parameter place: reads those; it gets the part's name and the part.
  public func form<Placed>(
    _ place: @escaping (String, Contract, inout Parameters) throws -> Placed
  ) -> Form<Placed> {
    Form(
      describe: {
        var cases: [Shape.Case] = []
        var made: [Placed] = []
        for part in parts {
          let (keys, example) = try Parameters.describe {
            try place(part.name, make(part.name, &$0), &$0)
          }
          cases.append(Shape.Case(name: part.name, summary: part.summary, keys: keys))
          made.append(example)
        }
        return (.part(cases), made[0])
      }, read: { try make($0, place) })
  }

  /// The part that an element of a list gives: a name, or a map of one name to its settings, as
  /// in `[recent, {diversity: {sameAuthor: 2}}]`. Nothing may be left unread.
  public func make(_ setting: Setting) throws -> Contract {
    try make(setting) { _, part, _ in part }
  }

  private func make<Placed>(
    _ setting: Setting, _ place: (String, Contract, inout Parameters) throws -> Placed
  ) throws -> Placed {
    guard case .map(let entries) = setting.content else {
      let name = try setting.text()
      guard names.contains(name) else {
        throw setting.error(
          "unknown \(title) \"\(name)\"" + Suggestion.text(for: name, among: names))
      }
      var none = Parameters.empty
      return try place(name, make(name, &none), &none)
    }
    guard let entry = entries.first, entries.count == 1 else {
      throw setting.error("must be a \(title)'s name, or one name and its settings")
    }
    guard names.contains(entry.key) else {
      throw InvalidInput(
        "unknown \(title) \"\(entry.key)\"" + Suggestion.text(for: entry.key, among: names),
        at: entry.location, path: setting.path)
    }
    var parameters = try Parameters(entry.value)
    let placed = try place(entry.key, make(entry.key, &parameters), &parameters)
    try parameters.finish()
    return placed
  }

  /// The parts that read a setting of that name.
  public func readers(of key: String) -> [String] {
    parts.filter { part in
      let described = try? Parameters.describe { try part.init(&$0) }
      return described?.keys.list.contains { $0.name == key } ?? false
    }.map { $0.name }
  }

  /// What breaks the rules every catalog keeps, one line each; a test of every catalog expects
  /// none. Names are unique and spelt alike, summaries are one line, every part fulfils the
  /// contract, and a part refuses a setting it does not know.
  public func violations() -> [String] {
    var problems: [String] = []
    if parts.isEmpty { problems.append("\(title): no parts") }
    if Set(names).count != names.count { problems.append("\(title): a name occurs twice") }
    for part in parts {
      let name = part.name
      let isPlain = name.utf8.allSatisfy {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
          || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
      }
      if name.isEmpty || !isPlain { problems.append("\(title): \"\(name)\" is not a plain name") }
      if part.summary.isEmpty || part.summary.contains("\n") {
        problems.append("\(title) \(name): the summary is not one line")
      }
      if !fulfils(part) {
        problems.append("\(title) \(name): does not fulfil the contract")
      }
      if acceptsNonsense(part) {
        problems.append("\(title) \(name): reads a setting called no-such-setting")
      }
    }
    return problems
  }

  private func fulfils(_ part: any Part.Type) -> Bool {
    var parameters = Parameters.empty
    // A part with required settings cannot be made of nothing; that refusal is no breach.
    guard let made = try? part.init(&parameters) else { return true }
    return made is Contract
  }

  private func acceptsNonsense(_ part: any Part.Type) -> Bool {
    let place = SourceLocation(argument: "")
    let nonsense = Setting.Entry(
      key: "no-such-setting", location: place, value: Setting(.scalar("1"), location: place))
    guard var parameters = try? Parameters(Setting(.map([nonsense]), location: place)) else {
      return false
    }
    guard (try? part.init(&parameters)) != nil else { return false }
    return (try? parameters.finish()) != nil
  }
}
