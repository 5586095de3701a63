import Foundation
import Settings
import YAMLSettings

/// A YAML text as an editor's language server hands it to a JSON Schema: scalars resolved by YAML
/// 1.2's core schema, where feedsim itself reads every scalar as text.
public enum EditorTree {
  /// - Throws: `InvalidInput` for what is no strict YAML.
  public static func read(_ text: String) throws -> Any {
    tree(try SettingsFile.parse(text, file: "x.yaml"))
  }

  public static func tree(_ setting: Setting) -> Any {
    switch setting.content {
    case .null: NSNull()
    case .scalar(let text): scalar(text)
    case .list(let elements): elements.map(tree)
    case .map(let entries):
      Dictionary(entries.map { ($0.key, tree($0.value)) }) { first, _ in first }
    }
  }

  /// Section 10.3.2 of YAML 1.2.2.
  private static func scalar(_ text: String) -> Any {
    if ["true", "True", "TRUE"].contains(text) { return NSNumber(value: true) }
    if ["false", "False", "FALSE"].contains(text) { return NSNumber(value: false) }
    func matches(_ pattern: String) -> Bool {
      text.range(of: "^(\(pattern))$", options: .regularExpression) != nil
    }
    if matches("0x[0-9a-fA-F]+") {
      return NSNumber(value: Double(Int(text.dropFirst(2), radix: 16) ?? 0))
    }
    if matches("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?") {
      return NSNumber(value: Double(text) ?? .infinity)
    }
    if matches("[-+]?\\.(inf|Inf|INF)") { return NSNumber(value: Double.infinity) }
    if matches("\\.(nan|NaN|NAN)") { return NSNumber(value: Double.nan) }
    return text
  }
}
