import Foundation
import Settings

/// A scenario file that extends the planned one with the fleet that was found.
struct FleetFile {
  let base: PlanBase
  /// The scenario's file, as it was found.
  let path: String
  /// `--set` and `--threshold` with their values, as they were given.
  let given: [String]
  let question: String

  /// - Parameter target: where it is to be, which the scenario's path is made relative to.
  func text(_ answer: PlanAnswer, at target: String) throws -> String {
    let planned = try base.with(answer.fleetSettings)
    let (settled, inputs) = (planned.tree, try planned.scenario().inputs)
    let paths = zip(given, given.dropFirst()).filter { $0.0 == "--set" }.map(\.1)
    let touched = (paths + answer.fleetSettings).compactMap {
      $0.split(separator: "=").first?.split(separator: ".").first.map(String.init)
    }
    var keys: [String] = []
    for key in touched where !keys.contains(key) { keys.append(key) }
    var lines = [
      "# \(question.split(separator: "\n").first ?? "") With the cheapest fleet that keeps it.",
      "extends: \(Self.quoted(Self.relative(path, to: target)))",
    ]
    if !base.rules.isEmpty, !keys.contains("thresholds") { keys.append("thresholds") }
    for key in keys {
      guard let written = settled[key] else { continue }
      var value = try moved(written, inputs, to: target)
      if key == "thresholds", case .list(let rules) = value.content {
        value.content = .list(
          rules + base.rules.map { Setting(.scalar($0), location: value.location) })
      }
      lines += Self.lines(key, value, indent: 0)
    }
    if settled["thresholds"] == nil, !base.rules.isEmpty {
      lines += ["thresholds:"] + base.rules.map { "  - \(Self.quoted($0))" }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// With the paths of files as they are seen from the target: each is relative to where it was
  /// written, a file's folder or, on a command line, the working directory.
  ///
  /// - Parameter inputs: what the scenario reads, as paths from here.
  private func moved(_ value: Setting, _ inputs: [String], to target: String) throws -> Setting {
    var value = value
    switch value.content {
    case .null: break
    case .scalar(let text) where !text.isEmpty && !text.hasPrefix("/"):
      let isBook = value.path == "prices"
      let file = isBook ? try PriceSheet.find(value, scenario: path) : try value.resolvedPath()
      guard inputs.contains(file) else { break }
      let seen = Self.relative(file, to: target)
      // A book's name without a slash is looked up elsewhere.
      value.content = .scalar(isBook && !PriceSheet.isPath(seen) ? "./\(seen)" : seen)
    case .scalar: break
    case .list(let elements):
      value.content = .list(try elements.map { try moved($0, inputs, to: target) })
    case .map(var entries):
      for index in entries.indices {
        entries[index].value = try moved(entries[index].value, inputs, to: target)
      }
      value.content = .map(entries)
    }
    return value
  }

  private static func lines(_ key: String, _ value: Setting, indent: Int) -> [String] {
    let margin = String(repeating: "  ", count: indent)
    let start = "\(margin)\(quoted(key)):"
    switch value.content {
    case .null: return ["\(start) ~"]
    case .scalar(let text): return ["\(start) \(quoted(text))"]
    case .map(let entries) where !entries.isEmpty:
      return [start] + entries.flatMap { lines($0.key, $0.value, indent: indent + 1) }
    case .map: return ["\(start) {}"]
    case .list(let elements):
      // One line each: JSON is YAML.
      if elements.isEmpty { return ["\(start) []"] }
      return [start] + elements.map { "\(margin)  - \($0.canonicalText)" }
    }
  }

  /// Plain where that reads back as the same text.
  private static func quoted(_ text: String) -> String {
    let plain = text.utf8.allSatisfy { byte in
      (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
        || (byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z"))
        || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
        || "._/%-".utf8.contains(byte)
    }
    let isWord = !["null", "Null", "NULL", "~", ""].contains(text) && !text.hasPrefix("-")
    if plain, isWord { return text }
    return Setting(.scalar(text), location: SourceLocation(argument: "")).canonicalText
  }

  /// One path as seen from the folder of another.
  static func relative(_ path: String, to target: String) -> String {
    func parts(_ path: String) -> [String] {
      URL(fileURLWithPath: path).standardizedFileURL.resolvingSymlinksInPath().pathComponents
    }
    let from = Array(parts(target).dropLast())
    let to = parts(path)
    var shared = 0
    while shared < min(from.count, to.count - 1), from[shared] == to[shared] { shared += 1 }
    let up = Array(repeating: "..", count: from.count - shared)
    return (up + to[shared...]).joined(separator: "/")
  }
}
