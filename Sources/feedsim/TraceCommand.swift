import ArgumentParser
import FeedSystem
import Foundation
import Planning
import Settings

struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Look at a cache trace, and replay it against a policy.",
    subcommands: [TraceStats.self, TraceReplayCommand.self, TraceCurve.self])
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

  func read() throws -> Trace {
    try Trace(path: file, format: format, key: key)
  }
}

extension TraceFormat: ExpressibleByArgument {}

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

  @Option(
    help: ArgumentHelp(
      "What is let into the cache: size<=64kB, second-request, or "
        + "'second-request(falsePositives 1%, remembers 100k)'; all of them, if given more than "
        + "once.", valueName: "rule"))
  var admit: [String] = []

  @Flag(
    help: ArgumentHelp(
      "Beside each count, what Che's approximation says of LRU, FIFO and Random, and of lifetimes "
        + "in requests with room for all, from how often the trace asks for each object."))
  var approximate = false

  @OptionGroup var form: JSONOption

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
    let approximation: Double?
    let approximationError: Double?
  }

  func run() throws {
    let policies = try Self.policies(policy)
    let sizes = try CacheSize.list(size, option: "--size")
    let admission = try admit.map { text in
      try readingOption("--admit") { try AdmissionText.rule(text) }
    }
    let lifetime = try readingOption("--ttl") { try ttl.map(Self.lifetime) }
    if lifetime == nil,
      let timed = policies.first(where: { $0 is TTL.Type || $0 is SlidingTTL.Type })
    {
      throw ValidationError("--policy \(timed.name) needs --ttl")
    }
    let trace = try input.read()
    let theory = approximate ? CacheTheory(Popularity(trace)) : nil
    var lines: [Line] = []
    for policy in policies {
      for size in sizes {
        let replay = try TraceReplay(
          trace, policy: policy, size: size, lifetime: lifetime, admission: admission)
        let approximation = theory.flatMap {
          TraceReplay.approximation(
            $0, of: trace, policy: policy, size: size, lifetime: lifetime, admission: admission)
        }
        lines.append(
          Line(
            policy: policy.name, size: size.capacity(of: trace),
            unit: size.isInBytes ? "bytes" : "objects", requests: replay.requests,
            misses: replay.misses, missRatio: replay.missRatio,
            byteMissRatio: replay.byteMissRatio, approximation: approximation,
            approximationError: approximation.map { $0 - replay.missRatio }))
      }
    }
    try form.write(json: JSONText.of(Document(results: lines)), text: table(lines, trace))
  }

  /// Policies separated by commas.
  static func policies(_ names: String) throws -> [any CachePolicy.Type] {
    let policies = try readingOption("--policy") {
      try names.split(separator: ",").map { try policy(String($0)) }
    }
    if policies.isEmpty { throw ValidationError("--policy needs a value") }
    return policies
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

  private func table(_ lines: [Line], _ trace: Trace) -> String {
    var table = TextTable()
    table.add(
      ["policy", "size", "requests", "misses", "miss ratio", "byte miss ratio"]
        + (approximate ? ["Che", "its error"] : []))
    for line in lines {
      var cells = [
        line.policy, String(line.size) + (line.unit == "bytes" ? " B" : ""),
        String(line.requests), String(line.misses), String(format: "%.4f", line.missRatio),
        String(format: "%.4f", line.byteMissRatio),
      ]
      if approximate {
        cells.append(line.approximation.map { String(format: "%.4f", $0) } ?? "–")
        cells.append(line.approximationError.map { String(format: "%+.4f", $0) } ?? "–")
      }
      table.add(cells)
    }
    guard approximate else { return table.text }
    let first = Double(trace.objects) / Double(trace.requests)
    return table.text
      + """

      Che's approximation takes requests for independent and the cache for full: it knows neither
      bursts nor the first requests for objects, \(String(format: "%.4f", first)) of the trace's.

      """
  }
}

extension CacheSize {
  /// Sizes separated by commas, of an option.
  static func list(_ text: String, option: String) throws -> [CacheSize] {
    let sizes = try readingOption(option) {
      try text.split(separator: ",").map { try CacheSize(String($0)) }
    }
    if sizes.isEmpty { throw ValidationError("\(option) needs a value") }
    return sizes
  }
}
