import Foundation
import Planning
import Reporting
import Testing

/// As much of JSON Schema draft-07 as the result's schema uses.
private struct Validator {
  let root: [String: Any]
  static let keywords: Set<String> = [
    "$schema", "title", "definitions", "description", "$ref", "type", "const", "enum", "minimum",
    "maximum", "pattern", "properties", "required", "additionalProperties", "items", "minItems",
  ]

  func problems(_ value: Any, _ schema: [String: Any], at path: String = "") -> [String] {
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

@Suite struct ResultSchemaTests {
  private func schema() throws -> [String: Any] {
    let object = try JSONSerialization.jsonObject(with: Data(ResultSchema.text.utf8))
    return try #require(object as? [String: Any])
  }

  private func problems(_ text: String) throws -> [String] {
    let schema = try schema()
    let document = try JSONSerialization.jsonObject(with: Data(text.utf8))
    return Validator(root: schema).problems(document, schema)
  }

  @Test func everyResultFitsTheSchema() throws {
    for result in [Sample.one, Sample.three, Sample.hurt] {
      let found = try problems(JSONReport().text(result))
      #expect(found.isEmpty, "\(found.prefix(3))")
    }
  }

  @Test(arguments: [
    ("\"replications\": 5", "\"replications\": \"5\""),
    ("\"replications\": 5", "\"replications\": 0"),
    ("\"passed\": true", "\"passed\": 1"),
    ("\"fingerprint\": \"0000", "\"fingerprint\": \"XYZ0"),
    ("\"format_version\": \"1.0\"", "\"format_version\": \"2.0\""),
    ("\"unit\": \"ms\"", "\"unit\": \"msec\""),
    ("\"seed\":", "\"seeds\":"),
    ("\"value\": 34.2}", "\"value\": null}"),
    ("\"half_width\": 0.312", "\"half_width\": -1"),
  ])
  func theSchemaRefusesWhatIsWrong(_ part: String, _ wrong: String) throws {
    let text = JSONReport().text(Sample.one)
    let changed = text.replacing(part, with: wrong, maxReplacements: 1)
    #expect(changed != text)
    #expect(try !problems(changed).isEmpty)
  }
}
