import Foundation
import Testing

/// A result document as scripts read it.
struct RunDocument {
  struct NotJSON: Error { let text: String }

  let root: [String: Any]

  init(_ text: String) throws {
    let tree = try? JSONDecoder().decode(Tree.self, from: Data(text.utf8))
    guard let object = tree?.value as? [String: Any] else { throw NotJSON(text: text) }
    root = object
  }

  /// Any JSON. JSONSerialization would do, were its numbers not an ulp off on Linux.
  private struct Tree: Decodable {
    let value: Any

    init(from decoder: any Decoder) throws {
      let here = try decoder.singleValueContainer()
      if here.decodeNil() {
        value = NSNull()
      } else if let flag = try? here.decode(Bool.self) {
        value = flag
      } else if let number = try? here.decode(Double.self) {
        value = NSNumber(value: number)
      } else if let text = try? here.decode(String.self) {
        value = text
      } else if let list = try? here.decode([Tree].self) {
        value = list.map(\.value)
      } else {
        value = try here.decode([String: Tree].self).mapValues(\.value)
      }
    }
  }

  var metrics: [String: [String: Any]] { root["metrics"] as? [String: [String: Any]] ?? [:] }
  var thresholds: [[String: Any]] { root["thresholds"] as? [[String: Any]] ?? [] }
  var checks: [[String: Any]] { root["checks"] as? [[String: Any]] ?? [] }
  var notes: [String] { root["notes"] as? [String] ?? [] }
  var fingerprint: String { root["fingerprint"] as? String ?? "" }

  func unit(_ metric: String) -> String { metrics[metric]?["unit"] as? String ?? "" }

  func estimate(_ metric: String, _ statistic: String = "mean") throws -> [String: Any] {
    try #require(metrics[metric]?[statistic] as? [String: Any], "\(metric).\(statistic)")
  }

  func value(_ metric: String, _ statistic: String = "mean") throws -> Double {
    try #require(
      estimate(metric, statistic)["value"] as? Double, "\(metric).\(statistic) has no value")
  }

  /// The first key that does not come after the one before it in its object.
  static func unsortedKey(in text: String) -> String? {
    let bytes = Array(text.utf8)
    var latest: [String] = []
    var index = 0
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "{"), UInt8(ascii: "["): latest.append("")
      case UInt8(ascii: "}"), UInt8(ascii: "]"): latest.removeLast()
      case UInt8(ascii: "\""):
        let start = index + 1
        index = start
        while bytes[index] != UInt8(ascii: "\"") {
          index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        var next = index + 1
        while next < bytes.count, bytes[next] == UInt8(ascii: " ") { next += 1 }
        guard next < bytes.count, bytes[next] == UInt8(ascii: ":") else { break }
        let key = String(decoding: bytes[start..<index], as: UTF8.self)
        if let last = latest.last, !last.isEmpty, key <= last { return key }
        latest[latest.count - 1] = key
      default: break
      }
      index += 1
    }
    return nil
  }
}

/// A scenario that runs in a moment, as a user would write it.
enum TinyScenario {
  static func text(
    users: Int = 400, graph: String = "{kind: powerLaw, meanFollows: 10, exponent: 2.3}",
    postsPerDay: String = "100", loadsPerDay: String = "400", celebrities: String = "[]",
    duration: String = "60s", replications: Int = 2, fanOut: String = "{policy: push}",
    more: String = ""
  ) -> String {
    """
    # Does a tiny feed keep up?
    feedsim: 1
    name: tiny
    seed: 7
    duration: \(duration)
    warmUp: 30s
    replications: \(replications)
    audience:
      users: \(users)
      graph: \(graph)
      celebrities: \(celebrities)
      activity: {postsPerDay: \(postsPerDay), loadsPerDay: \(loadsPerDay)}
    fanOut: \(fanOut)
    timelines: {lifetime: 1h}
    \(more)

    """
  }
}

/// The repository these tests are part of, and the real data beside it.
enum Repository {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

  /// The files of a folder and those below it, without their ending, sorted.
  static func files(in folder: String, ending: String) -> [String] {
    let names = FileManager.default.enumerator(atPath: "\(root)/\(folder)")
    return (names?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(ending) }
      .map { String($0.dropLast(ending.count)) }.sorted()
  }

  /// As seen from the root.
  static let data = "../shared/data"

  static func has(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(root)/\(data)/\(path)")
  }
}
