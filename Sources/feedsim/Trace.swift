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
  @Argument(
    help: "A recording of requests, plain or compressed: CSV with a header, or another --format.",
    completion: .file())
  var file: String

  @Option(
    help: ArgumentHelp(
      "\(TraceFormat.allCases.map(\.rawValue).joined(separator: ", ")); told from the file if not "
        + "given.", valueName: "format"))
  var format: TraceFormat?

  @Option(
    help: ArgumentHelp(
      "The column of the keys; without it, key, id, obj_id or lbn.", valueName: "column"))
  var key: String?

  func validate() throws {
    if key != nil, let format, format != .csv {
      throw ValidationError("--key names a column of a CSV file, not of \(format.rawValue)")
    }
  }

  func read() throws -> Planning.Trace {
    try Planning.Trace(path: file, format: format, key: key)
  }
}

extension TraceFormat: ExpressibleByArgument {}

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
      "Sizes of the cache, separated by commas: objects, a share of the trace's, or bytes, where "
        + "each object counts its size: 1000,10k,1%,5MB.", valueName: "sizes"))
  var size: String

  @Option(
    help: ArgumentHelp(
      "How long an object is valid after its admission, in the trace's unit of time, or in "
        + "requests where it has no times.", valueName: "time"))
  var ttl: String?

  @Flag(help: "One JSON document on stdout.")
  var json = false

  private struct Document: Encodable {
    let results: [Line]
  }

  private struct Line: Encodable {
    let policy: String
    let size: Int
    let unit: String
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
      try size.split(separator: ",").map { try CacheSize(String($0)) }
    }
    guard !policies.isEmpty, !sizes.isEmpty else {
      throw ValidationError("--policy and --size need a value")
    }
    let lifetime = try readingOption("--ttl") { try ttl.map(Self.lifetime) }
    if lifetime == nil,
      let timed = policies.first(where: { $0 is TTL.Type || $0 is SlidingTTL.Type })
    {
      throw ValidationError("--policy \(timed.name) needs --ttl")
    }
    let trace = try input.read()
    var lines: [Line] = []
    for policy in policies {
      for size in sizes {
        let replay = try TraceReplay(trace, policy: policy, size: size, lifetime: lifetime)
        lines.append(
          Line(
            policy: policy.name, size: size.capacity(of: trace),
            unit: size.isInBytes ? "bytes" : "objects", requests: replay.requests,
            misses: replay.misses, missRatio: replay.missRatio,
            byteMissRatio: replay.byteMissRatio))
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

  private static func lifetime(_ text: String) throws -> Double {
    let lifetime = try Quantity.number(text)
    guard lifetime > 0 else { throw InvalidInput("must be above 0") }
    return lifetime
  }

  private static func table(_ lines: [Line]) -> String {
    var text =
      "policy                size     requests       misses  miss ratio  byte miss ratio\n"
    for line in lines {
      let size = String(line.size) + (line.unit == "bytes" ? " B" : "")
      text += pad(line.policy, -12) + pad(size, 14) + pad(String(line.requests), 13)
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
