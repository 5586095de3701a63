import Planning
import Settings
import YAMLSettings

/// A scenario file's JSON Schema (draft-07), for editors: what the file's reader tells of itself.
///
/// A file that `extends` another needs no key of its own, and maps within it may be parts of maps;
/// so the keys that must be there are asked for only where nothing is extended. What a list holds
/// is never merged and always whole.
public enum ScenarioSchema {
  /// The name of the file that `feedsim init` writes it to.
  public static let fileName = "feedsim.schema.json"

  /// What `feedsim schema scenario` prints.
  ///
  /// - Throws: where a reader refuses what its own forms call usual: a bug.
  public static func text() throws -> String {
    JSONValue.map(SharedSchemas.shared(in: try schema())).document
  }

  private typealias Object = [String: JSONValue]

  private static func schema() throws -> Object {
    let keys = try Scenario.keys()
    let designs = keys.list.lazy.compactMap { key in
      if case .variants(let keys) = key.shape { (key: key, keys: keys) } else { nil }
    }.first
    let shared = designs?.keys.list ?? []
    var properties = properties(of: keys)
    var definitions: Object = [:]
    // A design's sections stand at the top as well. What a policy does not read may stand there
    // for another design that does.
    var limited: Object = [:]
    for key in shared {
      guard case .keys(let section) = key.shape else { continue }
      var whole = map(section, isWhole: false, isLimited: false)
      describe(&whole, key.about)
      definitions[key.name] = .map(whole)
      properties[key.name] = reference(key.name)
      let limits = limits(section)
      if !limits.isEmpty { limited[key.name] = .map(["allOf": .list(limits)]) }
    }
    if let designs {
      var design = properties.filter { name, _ in shared.contains { $0.name == name } }
      for (name, limits) in limited {
        design[name] = .map(["allOf": .list([reference(name), limits])])
      }
      definitions["design"] = .map([
        "type": .text("object"), "properties": .map(design), "additionalProperties": .flag(false),
      ])
      properties[designs.key.name] = .map([
        "type": .text("object"), "additionalProperties": reference("design"),
        "minProperties": .whole(1), "description": .text(designs.key.about),
      ])
    }
    var rules = [unless(SettingsFile.extends.name, .map(needs(keys)))]
    if let designs, !limited.isEmpty {
      rules.append(unless(designs.key.name, .map(["properties": .map(limited)])))
    }
    return [
      "$schema": .text("http://json-schema.org/draft-07/schema#"),
      "title": .text("feedsim scenario"),
      "description": .text("One question to feedsim; every value may be written with its unit."),
      "type": .text("object"), "properties": .map(properties),
      "additionalProperties": .flag(false), "allOf": .list(rules),
      "definitions": .map(definitions),
    ]
  }

  // MARK: - Maps

  /// Every key that may stand in a map, whatever its branches say.
  private static func properties(of keys: Shape.Keys) -> Object {
    var properties: Object = [:]
    for branch in keys.branches {
      for key in branch.cases.flatMap(\.keys.list) where properties[key.name] == nil {
        properties[key.name] = .map(property(key))
      }
    }
    for key in keys.list {
      var property = property(key)
      let cases = keys.branches.first { $0.key == key.name }?.cases ?? []
      let summaries = cases.filter { !$0.summary.isEmpty }.map { "\($0.name): \($0.summary)" }
      if !summaries.isEmpty {
        describe(&property, "One of " + summaries.joined(separator: "; "))
      }
      properties[key.name] = .map(property)
    }
    return properties
  }

  /// - Parameters:
  ///   - isWhole: whether no other layer may add to it.
  ///   - isLimited: whether the words of its branches say which keys may stand beside them.
  private static func map(
    _ keys: Shape.Keys, isWhole: Bool, isLimited: Bool = true
  ) -> Object {
    var object: Object = [
      "type": .text("object"), "properties": .map(properties(of: keys)),
      "additionalProperties": .flag(false),
    ]
    var rules = isLimited ? limits(keys) : []
    if isWhole, case let needs = needs(keys), !needs.isEmpty { rules.append(.map(needs)) }
    if rules.count == 1, case .map(let rule) = rules[0], rule["properties"] == nil {
      object.merge(rule) { old, _ in old }
    } else if !rules.isEmpty {
      object["allOf"] = .list(rules)
    }
    return object
  }

  /// For each word of a branch, the keys that go with other words alone.
  private static func limits(_ keys: Shape.Keys) -> [JSONValue] {
    keys.branches.flatMap { branch -> [JSONValue] in
      let all = branch.cases.flatMap(\.keys.list).map(\.name)
      return branch.cases.compactMap { part in
        let own = keys.list.map(\.name) + part.keys.list.map(\.name)
        let others = all.filter { !own.contains($0) }
        guard !others.isEmpty else { return nil }
        let refusals = others.map { ($0, JSONValue.flag(false)) }
        return rule(
          branch, part,
          then: ["properties": .map(Dictionary(refusals) { first, _ in first })])
      }
    }
  }

  private static func rule(
    _ branch: Shape.Branch, _ part: Shape.Case, then: Object
  ) -> JSONValue {
    var condition: Object = [
      "properties": .map([branch.key: .map(["const": .text(part.name)])]),
      "required": .list([.text(branch.key)]),
    ]
    if let other = branch.without { condition["not"] = present(other) }
    return .map(["if": .map(condition), "then": .map(then)])
  }

  /// The keys that must be there, in the map and in those within it; empty for none.
  private static func needs(_ keys: Shape.Keys) -> Object {
    var object: Object = [:]
    let needed = keys.list.filter(\.isNeeded).map(\.name).sorted()
    if !needed.isEmpty { object["required"] = .list(needed.map { .text($0) }) }
    var rules: [JSONValue] = []
    var within: Object = [:]
    for key in keys.list {
      if let other = key.neededWithout {
        rules.append(unless(other, .map(["required": .list([.text(key.name)])])))
      }
      for case .keys(let keys) in key.shape.alternatives {
        let needs = needs(keys)
        if !needs.isEmpty { within[key.name] = .map(needs) }
      }
    }
    for branch in keys.branches {
      for part in branch.cases {
        let needs = needs(part.keys)
        if !needs.isEmpty { rules.append(rule(branch, part, then: needs)) }
      }
    }
    if !within.isEmpty { object["properties"] = .map(within) }
    if !rules.isEmpty { object["allOf"] = .list(rules) }
    return object
  }

  private static func unless(_ path: String, _ then: JSONValue) -> JSONValue {
    .map(["if": .map(["not": present(path)]), "then": then])
  }

  /// Whether there is a key of that path.
  private static func present(_ path: String) -> JSONValue {
    let names = path.split(separator: ".").map(String.init)
    var schema: JSONValue?
    for name in names.reversed() {
      var object: Object = ["required": .list([.text(name)])]
      if let schema { object["properties"] = .map([name: schema]) }
      schema = .map(object)
    }
    return schema ?? .flag(true)
  }

  private static func reference(_ name: String) -> JSONValue {
    .map(["$ref": .text("#/definitions/\(name)")])
  }

  // MARK: - Values

  private static func property(_ key: Shape.Key) -> Object {
    var property = value(key.shape)
    let words = property["description"]
    property["description"] = nil
    describe(&property, key.about)
    if case .text(let words) = words { describe(&property, words) }
    if let standard = key.standard, !standard.isEmpty {
      property["default"] = literal(standard, key.shape)
    }
    return property
  }

  /// Adds a sentence to a description.
  private static func describe(_ object: inout Object, _ text: String) {
    guard let first = text.first else { return }
    var sentence = first.uppercased() + text.dropFirst()
    if !sentence.hasSuffix(".") { sentence += "." }
    if case .text(let before) = object["description"] { sentence = "\(before) \(sentence)" }
    object["description"] = .text(sentence)
  }

  private static func value(_ shape: Shape) -> Object {
    switch shape {
    case .scalar(let scalar): return value(scalar)
    case .flag: return ["type": .text("boolean")]
    case .words(let words): return ["enum": .list(words.map { .text($0) })]
    case .list(let element): return ["type": .text("array"), "items": .map(whole(element))]
    case .keys(let keys), .variants(let keys): return map(keys, isWhole: false)
    case .part(let cases):
      let properties = cases.map { ($0.name, JSONValue.map(part($0))) }
      let names = cases.map { JSONValue.text($0.name) }
      return [
        "anyOf": .list([
          .map(["enum": .list(names)]),
          .map([
            "type": .text("object"), "additionalProperties": .flag(false),
            "properties": .map(Dictionary(properties) { first, _ in first }),
            "minProperties": .whole(1), "maxProperties": .whole(1),
          ]),
        ])
      ]
    case .either(let shapes): return ["anyOf": .list(shapes.map { .map(value($0)) })]
    case .anything: return [:]
    }
  }

  private static func part(_ part: Shape.Case) -> Object {
    var object = map(part.keys, isWhole: true)
    describe(&object, part.summary)
    return object
  }

  private static func whole(_ shape: Shape) -> Object {
    if case .keys(let keys) = shape { return map(keys, isWhole: true) }
    return value(shape)
  }

  private static func value(_ scalar: Shape.Scalar) -> Object {
    var object: Object = [:]
    describe(&object, scalar.words)
    switch scalar.bare {
    case .none: object["type"] = .text("string")
    case .whole: object["type"] = .list([.text("integer"), .text("string")])
    case .any where scalar.pattern == nil:
      object["type"] = .list([.text("string"), .text("number"), .text("boolean")])
    case .any: object["type"] = .list([.text("number"), .text("string")])
    }
    if let pattern = scalar.pattern { object["pattern"] = .text(pattern) }
    if let least = scalar.least { object["minimum"] = .number(least) }
    if let most = scalar.most { object["maximum"] = .number(most) }
    return object
  }

  /// A default as an editor would put it in.
  private static func literal(_ text: String, _ shape: Shape) -> JSONValue {
    if shape == .flag { return .flag(text == "true") }
    for case .scalar(let scalar) in shape.alternatives where scalar.bare != .none {
      if scalar.pattern != nil, let number = Double(text) { return .number(number) }
    }
    return .text(text)
  }
}

extension Shape {
  fileprivate var alternatives: [Shape] {
    if case .either(let shapes) = self { shapes } else { [self] }
  }
}
