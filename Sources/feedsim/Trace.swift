import ArgumentParser
import FeedSystem
import Foundation
import Planning
import Settings

struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Look at a cache trace, and replay it against a policy.",
    subcommands: [TraceStats.self, TraceReplayCommand.self])
}

struct TraceInput: ParsableArguments {
  @Argument(help: "A CSV file with a header, plain or compressed.", completion: .file())
  var file: String

  @Option(
    help: ArgumentHelp(
      "The column of the keys; without it, key, id, obj_id or lbn.", valueName: "column"))
  var key: String?

  func read() throws -> Planning.Trace { try Planning.Trace(path: file, key: key) }
}

struct TraceStats: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Count a trace's requests, objects and repeats.")

  @OptionGroup var input: TraceInput

  @Flag(help: "One JSON document on stdout.")
  var json = false

  private struct Document: Encodable {
    let requests: Int
    let objects: Int
    let oneHitWonders: Int
    let requestsPerObject: Double
    let maximumRequests: Int
    let topPercentShare: Double
    let requestedBytes: Double?
    let objectBytes: Double?
    let firstTime: Double?
    let lastTime: Double?
  }

  func run() throws {
    let trace = try input.read()
    let found = TraceStatistics(trace)
    let document = Document(
      requests: found.requests, objects: found.objects, oneHitWonders: found.oneHitWonders,
      requestsPerObject: Double(found.requests) / Double(found.objects),
      maximumRequests: found.maximumRequests, topPercentShare: found.topPercentShare,
      requestedBytes: found.requestedBytes, objectBytes: found.objectBytes,
      firstTime: trace.times?.lowerBound, lastTime: trace.times?.upperBound)
    try Output.write(json ? JSONText.of(document) : JSONText.lines(of: document))
  }
}

struct TraceReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Count the misses of cache policies on a trace.")

  @OptionGroup var input: TraceInput

  @Option(
    help: ArgumentHelp(
      "Cache policies, separated by commas; see feedsim list cache.", valueName: "names"),
    completion: .list(Catalog<any CachePolicy>.cache.names))
  var policy: String

  @Option(
    help: ArgumentHelp(
      "Sizes of the cache in objects, separated by commas: 1000,10k.", valueName: "sizes"))
  var size: String

  @Flag(help: "One JSON document on stdout.")
  var json = false

  private struct Document: Encodable {
    let results: [Line]
  }

  private struct Line: Encodable {
    let policy: String
    let size: Int
    let requests: Int
    let misses: Int
    let missRatio: Double
    let byteMissRatio: Double
  }

  func run() throws {
    let policies = try readingOption("--policy") {
      try policy.split(separator: ",").map { try Self.policy(String($0)) }
    }
    let sizes = try readingOption("--size") {
      try size.split(separator: ",").map { try Self.size(String($0)) }
    }
    guard !policies.isEmpty, !sizes.isEmpty else {
      throw ValidationError("--policy and --size need a value")
    }
    let trace = try input.read()
    var lines: [Line] = []
    for policy in policies {
      for size in sizes {
        // More room than objects changes nothing, and need not be allocated.
        let capacity = max(1, min(size, trace.objects))
        let replay = try TraceReplay(
          trace, policy: policy.init(capacity: capacity, keys: trace.objects))
        lines.append(
          Line(
            policy: policy.name, size: size, requests: replay.requests, misses: replay.misses,
            missRatio: replay.missRatio, byteMissRatio: replay.byteMissRatio))
      }
    }
    try Output.write(json ? JSONText.of(Document(results: lines)) : Self.table(lines))
  }

  private static func policy(_ name: String) throws -> any CachePolicy.Type {
    let catalog = Catalog<any CachePolicy>.cache
    guard let part = catalog.parts.first(where: { $0.name == name }) as? any CachePolicy.Type
    else {
      throw InvalidInput("unknown \"\(name)\"" + Suggestion.text(for: name, among: catalog.names))
    }
    return part
  }

  /// Objects that a cache holds.
  private static func size(_ text: String) throws -> Int {
    do {
      let size = try Quantity.count(text)
      if size > 0 { return size }
    } catch let problem as InvalidInput {
      throw InvalidInput("\(problem.message); it counts objects")
    }
    throw InvalidInput("a cache holds at least 1 object")
  }

  private static func table(_ lines: [Line]) -> String {
    var text = "policy             size     requests       misses  miss ratio  byte miss ratio\n"
    for line in lines {
      text += pad(line.policy, -12) + pad(String(line.size), 11) + pad(String(line.requests), 13)
      text += pad(String(line.misses), 13) + pad(ratio(line.missRatio), 12)
      text += pad(ratio(line.byteMissRatio), 17) + "\n"
    }
    return text
  }

  private static func ratio(_ value: Double) -> String { String(format: "%.4f", value) }

  private static func pad(_ text: String, _ width: Int) -> String {
    let padding = String(repeating: " ", count: max(0, abs(width) - text.count))
    return width < 0 ? text + padding : padding + text
  }
}
