/// Schemas that stand in several places of a JSON Schema, written once: among its definitions.
///
/// A list of ranking stages may stand in a scenario, in its degraded mode and in each arm of an
/// experiment, and in every design again.
struct SharedSchemas {
  typealias Object = [String: JSONValue]

  /// Shorter ones are read more easily where they stand.
  private static let least = 600

  private var counts: [JSONValue: Int] = [:]
  private var names: [JSONValue: String] = [:]
  private var definitions: Object = [:]

  /// The same schema, in which whatever is long and occurs twice is a reference.
  static func shared(in schema: Object) -> Object {
    var sharing = SharedSchemas()
    sharing.count(schema)
    guard case .map(let given) = schema["definitions"] else { return schema }
    sharing.definitions = given
    var result = sharing.within(schema, "schema")
    for (name, definition) in given.sorted(by: { $0.key < $1.key }) {
      if case .map(let object) = definition {
        sharing.definitions[name] = .map(sharing.within(object, name))
      }
    }
    result["definitions"] = .map(sharing.definitions)
    return result
  }

  // MARK: - The schemas within a schema

  /// What stands within a schema under the keywords that hold schemas, each under the name of the
  /// property that it is for.
  private static func parts(of schema: Object) -> [(keyword: String, name: String?, JSONValue)] {
    var parts: [(String, String?, JSONValue)] = []
    for (keyword, value) in schema.sorted(by: { $0.key < $1.key }) {
      switch (keyword, value) {
      case ("properties", .map(let members)), ("definitions", .map(let members)):
        parts += members.sorted { $0.key < $1.key }.map { (keyword, $0.key, $0.value) }
      case ("items", .map), ("additionalProperties", .map), ("not", .map), ("then", .map):
        parts.append((keyword, nil, value))
      case ("allOf", .list(let elements)), ("anyOf", .list(let elements)):
        parts += elements.map { (keyword, nil, $0) }
      default: break
      }
    }
    return parts
  }

  private mutating func count(_ schema: Object) {
    for (_, _, part) in Self.parts(of: schema) {
      guard case .map(let object) = part else { continue }
      counts[part, default: 0] += 1
      if counts[part] == 1 { count(object) }
    }
  }

  private mutating func within(_ schema: Object, _ name: String) -> Object {
    var result = schema
    for keyword in ["items", "additionalProperties", "not", "then"] {
      if let part = schema[keyword] { result[keyword] = shared(part, name) }
    }
    for keyword in ["allOf", "anyOf"] {
      guard case .list(let elements) = schema[keyword] else { continue }
      result[keyword] = .list(elements.map { shared($0, name) })
    }
    guard case .map(var members) = schema["properties"] else { return result }
    for (key, part) in members.sorted(by: { $0.key < $1.key }) { members[key] = shared(part, key) }
    result["properties"] = .map(members)
    return result
  }

  private mutating func shared(_ part: JSONValue, _ name: String) -> JSONValue {
    guard case .map(let object) = part else { return part }
    if let name = names[part] { return reference(name) }
    guard counts[part, default: 0] > 1, part.document.utf8.count >= Self.least else {
      return .map(within(object, name))
    }
    var free = name
    var number = 2
    while definitions[free] != nil {
      free = "\(name)\(number)"
      number += 1
    }
    names[part] = free
    definitions[free] = .null
    definitions[free] = .map(within(object, name))
    return reference(free)
  }

  private func reference(_ name: String) -> JSONValue {
    .map(["$ref": .text("#/definitions/\(name)")])
  }
}
