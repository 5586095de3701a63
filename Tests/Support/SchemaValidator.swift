import Foundation

/// As much of JSON Schema draft-07 as the project's schemas use.
public struct SchemaValidator {
  struct NotAnObject: Error {}

  private let root: [String: Any]
  private static let keywords: Set<String> = [
    "$schema", "title", "definitions", "description", "$ref", "type", "const", "enum", "minimum",
    "maximum", "pattern", "properties", "required", "additionalProperties", "items", "minItems",
    "default", "minProperties", "maxProperties", "allOf", "anyOf", "not", "if", "then",
  ]

  /// - Throws: for a text that is not JSON, or no JSON object.
  public init(schema text: String) throws {
    guard let object = try Self.tree(text) as? [String: Any] else { throw NotAnObject() }
    root = object
  }

  /// Where a JSON document does not agree with the schema, and how; empty where it does.
  public func problems(in document: String) throws -> [String] {
    problems(try Self.tree(document), root)
  }

  /// The same of a document that has been read already.
  public func problems(inTree document: Any) -> [String] { problems(document, root) }

  private static func tree(_ text: String) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(text.utf8))
  }

  /// A schema may be a boolean: anything, or nothing.
  private func problems(_ value: Any, any schema: Any?, at path: String) -> [String] {
    if let schema = schema as? [String: Any] { return problems(value, schema, at: path) }
    return schema as? Bool == false ? ["\(path): not allowed"] : []
  }

  private func problems(_ value: Any, _ schema: [String: Any], at path: String = "") -> [String] {
    if let reference = schema["$ref"] as? String {
      let name = reference.replacing("#/definitions/", with: "")
      guard let target = (root["definitions"] as? [String: Any])?[name] as? [String: Any] else {
        return ["\(path): no definition \(name)"]
      }
      return problems(value, target, at: path)
    }
    var found: [String] = []
    for keyword in schema.keys where !Self.keywords.contains(keyword) {
      found.append("\(path): unknown keyword \(keyword)")
    }
    let types = (schema["type"] as? [String]) ?? (schema["type"] as? String).map { [$0] } ?? []
    if !types.isEmpty, !types.contains(where: { isOf($0, value) }) {
      return found + ["\(path): is not \(types)"]
    }
    if let constant = schema["const"] as? NSObject, constant != value as? NSObject {
      found.append("\(path): is not \(constant)")
    }
    if let choices = schema["enum"] as? [NSObject],
      !choices.contains(value as? NSObject ?? NSNull())
    {
      found.append("\(path): \(value) is none of \(choices)")
    }
    if let least = schema["minimum"] as? NSNumber, let number = value as? NSNumber,
      number.doubleValue < least.doubleValue
    {
      found.append("\(path): below \(least)")
    }
    if let most = schema["maximum"] as? NSNumber, let number = value as? NSNumber,
      number.doubleValue > most.doubleValue
    {
      found.append("\(path): above \(most)")
    }
    if let pattern = schema["pattern"] as? String, let text = value as? String,
      text.range(of: pattern, options: .regularExpression) == nil
    {
      found.append("\(path): does not match \(pattern)")
    }
    if let object = value as? [String: Any] { found += members(object, schema, at: path) }
    if let list = value as? [Any] {
      if list.count < schema["minItems"] as? Int ?? 0 { found.append("\(path): too short") }
      if let items = schema["items"] as? [String: Any] {
        for (index, element) in list.enumerated() {
          found += problems(element, items, at: "\(path)/\(index)")
        }
      }
    }
    return found + combined(value, schema, at: path)
  }

  private func combined(_ value: Any, _ schema: [String: Any], at path: String) -> [String] {
    var found: [String] = []
    for part in schema["allOf"] as? [Any] ?? [] { found += problems(value, any: part, at: path) }
    if let parts = schema["anyOf"] as? [Any] {
      let each = parts.map { problems(value, any: $0, at: path) }
      if !each.contains(where: \.isEmpty) { found += each.flatMap { $0 } }
    }
    if let part = schema["not"], problems(value, any: part, at: path).isEmpty {
      found.append("\(path): is what it must not be")
    }
    if let condition = schema["if"], problems(value, any: condition, at: path).isEmpty {
      found += problems(value, any: schema["then"], at: path)
    }
    return found
  }

  private func members(
    _ object: [String: Any], _ schema: [String: Any], at path: String
  ) -> [String] {
    var found: [String] = []
    let properties = schema["properties"] as? [String: Any] ?? [:]
    for key in schema["required"] as? [String] ?? [] where object[key] == nil {
      found.append("\(path): no \(key)")
    }
    if object.count < schema["minProperties"] as? Int ?? 0 { found.append("\(path): too few keys") }
    if object.count > schema["maxProperties"] as? Int ?? .max {
      found.append("\(path): too many keys")
    }
    for (key, member) in object {
      if let known = properties[key] {
        found += problems(member, any: known, at: "\(path)/\(key)")
      } else if let others = schema["additionalProperties"] as? [String: Any] {
        found += problems(member, others, at: "\(path)/\(key)")
      } else if schema["additionalProperties"] as? Bool == false {
        found.append("\(path): unknown \(key)")
      }
    }
    return found
  }

  private func isOf(_ type: String, _ value: Any) -> Bool {
    let isFlag = (value as? NSNumber).map { String(cString: $0.objCType) == "c" } ?? false
    switch type {
    case "object": return value is [String: Any]
    case "array": return value is [Any]
    case "string": return value is String
    case "null": return value is NSNull
    case "boolean": return isFlag
    case "number": return value is NSNumber && !isFlag
    case "integer":
      guard let number = value as? NSNumber, !isFlag else { return false }
      return number.doubleValue == number.doubleValue.rounded()
    default: return false
    }
  }
}
