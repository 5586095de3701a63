import Foundation

/// As much of JSON Schema draft-07 as the result's schema uses.
public struct SchemaValidator {
  struct NotAnObject: Error {}

  private let root: [String: Any]
  private static let keywords: Set<String> = [
    "$schema", "title", "definitions", "description", "$ref", "type", "const", "enum", "minimum",
    "maximum", "pattern", "properties", "required", "additionalProperties", "items", "minItems",
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

  private static func tree(_ text: String) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(text.utf8))
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
    for (key, member) in object {
      if let known = properties[key] as? [String: Any] {
        found += problems(member, known, at: "\(path)/\(key)")
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
