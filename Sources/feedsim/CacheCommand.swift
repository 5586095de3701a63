import ArgumentParser
import FeedSystem
import Foundation
import Planning
import Settings
import Simulation

struct CacheCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache",
    abstract: "Simulate one cache under a Zipf law, beside exact and approximate miss ratios.",
    discussion: """
      A quick answer without a trace: requests are independent, and objects are asked for by a \
      Zipf law. Exact values stand where there are formulas (LRU, FIFO and Random of a small \
      cache, LFU with the frequencies known, lifetimes in a cache with room for all), and Che's \
      approximation with its error.

        feedsim cache --objects 500 --zipf 0.8 --size 5,10% \\
          --policy lru,fifo,random,lfu
        feedsim cache --objects 10k --zipf 0.8 --size 1k --policy sieve,arc

      Objects may be valid for a time only, from their arrival in the cache on (with sliding-ttl \
      from their last request), be written, or be asked for just once. Without --size there is \
      room for all, and only lifetimes empty the cache:

        feedsim cache --objects 100k --zipf 1.1 --rate 500/s --ttl 1h:70%,2h:30%
        feedsim cache --objects 10k --zipf 0.8 --size 1k --policy lru \\
          --ttl 1000 --writes 10% --on-write invalidate
      """)

  @Option(help: ArgumentHelp("How many objects: 10k.", valueName: "n"))
  var objects: String
  @Option(
    help: ArgumentHelp(
      "The exponent: the object of rank r is asked for as r^-exponent.", valueName: "exponent"))
  var zipf: String
  @Option(
    help: ArgumentHelp(
      "Sizes of the cache, separated by commas: objects, or a share of them; room for all if not "
        + "given.", valueName: "sizes"))
  var size: String?
  @Option(
    help: ArgumentHelp(
      "Cache policies, separated by commas; see feedsim list cache.", valueName: "names"),
    completion: .list(Catalog<any CachePolicy>.cache.names))
  var policy: String?
  @Option(
    help: ArgumentHelp(
      "How long objects are valid: a time with --rate, or a number of requests; several with the "
        + "share of the objects that each holds for: 1h:67%,2h:33%.", valueName: "time"))
  var ttl: String?
  @Option(help: ArgumentHelp("Requests a second, for lifetimes in time.", valueName: "rate"))
  var rate: String?
  @Option(help: ArgumentHelp("The share of the requests that write.", valueName: "share"))
  var writes: String?
  @Option(
    help: ArgumentHelp(
      "Whether a write puts the object into the cache, or drops it: fill, invalidate.",
      valueName: "what"), completion: .list(["fill", "invalidate"]))
  var onWrite: OnWrite?
  @Option(
    help: ArgumentHelp(
      "The share of the requests for objects that nobody asks for again.", valueName: "share"))
  var oneHitWonders: String?

  @Option(
    help: ArgumentHelp(
      "Measured in each replication; without it, chosen from the size.", valueName: "n"))
  var requests: String?
  @Option(help: ArgumentHelp("Independent replications.", valueName: "n"))
  var replications = "10"
  @Option(help: ArgumentHelp("The seed of every random stream.", valueName: "n"))
  var seed = "42"
  @Option(help: ArgumentHelp("Threads; the result is the same for any number.", valueName: "n"))
  var threads: Int?
  @OptionGroup var form: JSONOption

  enum OnWrite: String, ExpressibleByArgument, CaseIterable { case fill, invalidate }

  func run() throws {
    let threads = try Asking.threadCount(threads)
    var workload = CacheWorkload(
      objects: try count("--objects", objects, in: 1...1_000_000_000),
      exponent: try exponent())
    if let oneHitWonders {
      workload.onceShare = try readingOption("--one-hit-wonders") {
        try Quantity.share(oneHitWonders)
      }
      if workload.onceShare >= 1 {
        throw ValidationError("--one-hit-wonders: something must be asked for twice")
      }
    }
    workload.lifetime = try lifetime()
    var study = CacheStudy(workload)
    study.replications = try count("--replications", replications, in: 2...10_000)
    study.requests = try requests.map { try count("--requests", $0, in: 1...1_000_000_000) }
    study.seed = try readingOption("--seed") { try Quantity.unsigned(seed) }
    let answers = try study.run(cases(workload), threads: threads)
    let document = CacheDocument(answers, study)
    try form.write(json: JSONText.of(document), text: document.text)
  }

  private func count(_ option: String, _ text: String, in range: ClosedRange<Int>) throws -> Int {
    try readingOption(option) {
      let value = try Quantity.count(text)
      guard range.contains(value) else {
        throw InvalidInput(
          "\"\(text)\" must lie between \(range.lowerBound) and \(range.upperBound)")
      }
      return value
    }
  }

  private func exponent() throws -> Double {
    try readingOption("--zipf") {
      let value = try Quantity.number(zipf)
      guard (0...10).contains(value) else {
        throw InvalidInput("\"\(zipf)\" must lie between 0 and 10")
      }
      return value
    }
  }

  private func cases(_ workload: CacheWorkload) throws -> [CacheCase] {
    let names = policy ?? (size == nil && ttl != nil ? "ttl" : "lru")
    let policies = try TraceReplayCommand.policies(names)
    for policy in policies {
      if policy.knowsFuture {
        throw ValidationError("--policy \(policy.name) knows the future: only of a trace")
      }
      if policy is TTL.Type || policy is SlidingTTL.Type {
        guard let lifetime = workload.lifetime else {
          throw ValidationError("--policy \(policy.name) needs --ttl")
        }
        if size != nil, lifetime.lengths.count > 1 {
          throw ValidationError(
            "--policy \(policy.name) of a --size has one --ttl for all objects")
        }
      }
    }
    guard let size else { return policies.map { CacheCase($0, size: nil) } }
    let sizes = try CacheSize.list(size, option: "--size")
    return try policies.flatMap { policy in
      try sizes.map { CacheCase(policy, size: try $0.objects(of: workload.objects)) }
    }
  }

  private func lifetime() throws -> Lifetime? {
    guard let ttl else {
      for (name, given) in [("--writes", writes != nil), ("--on-write", onWrite != nil)]
      where given {
        throw ValidationError("\(name) needs --ttl")
      }
      if rate != nil { throw ValidationError("--rate is for lifetimes in time; give --ttl") }
      return nil
    }
    let perSecond = try readingOption("--rate") { try rate.map(Quantity.rate) }
    if let perSecond, !(perSecond > 0) { throw ValidationError("--rate must be above 0") }
    var lifetime = try readingOption("--ttl") { try Lifetime(ttl, perSecond: perSecond) }
    if let writes {
      lifetime.writeShare = try readingOption("--writes") { try Quantity.share(writes) }
      if lifetime.writeShare >= 1 { throw ValidationError("--writes: something must be read") }
    }
    lifetime.writesInvalidate = onWrite == .invalidate
    return lifetime
  }
}

extension Lifetime {
  /// `1h`, `1000` (requests), or `1h:67%,2h:33%`.
  ///
  /// - Parameter perSecond: requests a second, for times.
  init(_ text: String, perSecond: Double?) throws {
    var lengths: [(length: Double, share: Double)] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let words = part.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      guard words.count <= 2 else { throw InvalidInput("\"\(part)\" is not a time and a share") }
      let length: Double
      if let perSecond {
        length = Double(try Quantity.nanoseconds(words[0])) / 1e9 * perSecond
      } else {
        do {
          length = try Quantity.number(words[0])
        } catch let problem as InvalidInput {
          throw InvalidInput(problem.message + ": requests, or a time together with --rate")
        }
      }
      guard length > 0, length <= 1e12 else {
        throw InvalidInput("\"\(words[0])\" must be above 0 and at most 10^12 requests")
      }
      lengths.append((length, words.count == 2 ? try Quantity.share(words[1]) : 1))
    }
    let total = lengths.reduce(0.0) { $0 + $1.share }
    guard abs(total - 1) < 1e-6 else { throw InvalidInput("the shares do not sum to 100%") }
    self.init(1)
    self.lengths = lengths
  }
}

extension CacheSize {
  func objects(of count: Int) throws -> Int {
    switch self {
    case .objects(let size): size
    case .share(let share): max(1, Int(share * Double(count)))
    case .bytes: throw ValidationError("--size: objects of a Zipf law have no bytes")
    }
  }
}

/// What `cache` shows.
private struct CacheDocument: Encodable {
  struct Simulated: Encodable {
    let value: Double
    let halfWidth: Double?
  }

  struct Line: Encodable {
    let policy: String
    let size: Int?
    let missRatio: Simulated?
    let exact: Double?
    let formula: String?
    let approximation: Double?
    let approximationError: Double?
    let characteristicTime: Double?
    let held: Double?
  }

  let objects: Int
  let zipf: Double
  let replications: Int
  let seed: UInt64
  let results: [Line]
  private let notes: [String]

  enum CodingKeys: String, CodingKey { case objects, zipf, replications, seed, results }

  init(_ answers: [CacheAnswer], _ study: CacheStudy) {
    objects = study.workload.objects
    zipf = study.workload.exponent
    replications = study.replications
    seed = study.seed
    results = answers.map { answer in
      Line(
        policy: answer.policy, size: answer.size,
        missRatio: answer.simulated.map { Simulated(value: $0.value, halfWidth: $0.halfWidth) },
        exact: answer.exact, formula: answer.formula.isEmpty ? nil : answer.formula,
        approximation: answer.approximation, approximationError: answer.error,
        characteristicTime: answer.characteristicTime.flatMap { $0.isFinite ? $0 : nil },
        held: answer.held)
    }
    var notes: [String] = []
    if answers.contains(where: { $0.policy == "lfu" && $0.exact != nil && $0.size != nil }) {
      notes.append("lfu: with the frequencies known, as after endless requests")
    }
    if answers.contains(where: { $0.simulated == nil }) {
      notes.append("so many objects are not simulated")
    }
    self.notes = notes
  }

  var text: String {
    var table = TextTable()
    let isApproximated = results.contains { $0.approximation != nil }
    let isHeld = results.contains { $0.held != nil }
    table.add(
      ["policy", "size", "miss ratio", "±", "exact"]
        + (isApproximated ? ["Che", "its error"] : []) + (isHeld ? ["objects held"] : []))
    for line in results {
      var cells = [
        line.policy, line.size.map { NumberText.fixed(Double($0), decimals: 0) } ?? "all",
        Self.ratio(line.missRatio?.value), Self.ratio(line.missRatio?.halfWidth),
        Self.ratio(line.exact),
      ]
      if isApproximated {
        cells += [
          Self.ratio(line.approximation),
          line.approximationError.map { String(format: "%+.6f", $0) } ?? "–",
        ]
      }
      if isHeld { cells.append(line.held.map { NumberText.fixed($0, decimals: 0) } ?? "–") }
      table.add(cells)
    }
    var text = table.text
    text += "\n± is half the width of the 95 % interval over \(replications) replications.\n"
    for note in notes { text += note + "\n" }
    return text
  }

  private static func ratio(_ value: Double?) -> String {
    value.map { String(format: "%.6f", $0) } ?? "–"
  }
}
