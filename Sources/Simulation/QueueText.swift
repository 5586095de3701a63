import Settings

/// A queue as it is written on the command line; every text has its own error.
public struct QueueText: Sendable {
  /// A rate such as `0.8/s`, the law of the gaps, or `recorded(FILE)`.
  public var arrivals: String?
  public var service: String?
  /// A number, or `inf`.
  public var servers: String
  public var capacity: String?
  public var patience: String?
  /// A number, or `geometric(mean)`.
  public var batch: String?
  public var returning: String?
  /// `RATE SERVICE`, highest priority first.
  public var classes: [String] = []
  public var discipline: String?
  public var setup: String?
  public var vacation: String?
  public var stages: [String] = []

  public init(arrivals: String? = nil, service: String? = nil, servers: String) {
    self.arrivals = arrivals
    self.service = service
    self.servers = servers
  }

  /// The queue that the texts describe.
  ///
  /// - Parameter times: reads the file that `recorded(FILE)` names: instants that do not fall.
  /// - Throws: `InvalidInput` for a text that cannot be read, or rules that cannot be combined.
  public func design(
    times: (_ file: String) throws -> [Instant] = { throw InvalidInput("cannot read \($0)") }
  ) throws -> QueueDesign {
    var design: QueueDesign
    let servers = try readServers()
    if classes.isEmpty {
      guard let arrivals else { throw InvalidInput("--arrivals is missing, such as 0.8/s") }
      guard let service else {
        throw InvalidInput("--service is missing, such as 'exponential(mean 1s)'")
      }
      let law = try read("service") { try Distribution(service) }
      design = try read("arrivals") {
        guard let file = try recording(arrivals) else {
          return QueueDesign(gap: try gap(arrivals), service: law, servers: servers)
        }
        return QueueDesign(recorded: try times(file), service: law, servers: servers)
      }
    } else {
      guard arrivals == nil, service == nil else {
        throw InvalidInput(
          "each --class has its own arrivals and service; leave --arrivals and --service out")
      }
      let classes = try classes.map { text in try read("class") { try priorityClass(text) } }
      guard classes.count <= 200 else { throw InvalidInput("at most 200 classes are possible") }
      design = QueueDesign(
        gap: .exponential(mean: 1 / classes.reduce(0) { $0 + $1.rate }),
        service: classes[0].service, servers: servers)
      design.classes = classes
    }
    if let capacity { design.capacity = try read("capacity") { try count(capacity) } }
    if let patience { design.patience = try read("patience") { try Distribution(patience) } }
    if let batch { design.batch = try read("batch") { try readBatch(batch) } }
    if let returning { design.returning = try read("return") { try Quantity.share(returning) } }
    if let setup { design.setup = try read("setup") { try Distribution(setup) } }
    if let vacation { design.vacation = try read("vacation") { try Distribution(vacation) } }
    design.stages = try stages.map { text in try read("then") { try Distribution(text) } }
    if let discipline {
      design.discipline = try read("discipline") { try readDiscipline(discipline) }
    }
    try design.validate()
    return design
  }

  private func read<Value>(_ option: String, _ body: () throws -> Value) throws -> Value {
    try readingOption("--\(option)", body)
  }

  private func readServers() throws -> Int? {
    if servers == "inf" { return nil }
    return try read("servers") { try count(servers) }
  }

  private func readDiscipline(_ text: String) throws -> QueueDesign.Discipline {
    if let known = QueueDesign.Discipline(rawValue: text) { return known }
    let names = QueueDesign.Discipline.allCases.map(\.rawValue)
    throw InvalidInput("unknown \"\(text)\"" + Suggestion.text(for: text, among: names))
  }

  private func count(_ text: String) throws -> Int {
    let value = try Quantity.count(text)
    guard value >= 1 else { throw InvalidInput("must be at least 1") }
    return value
  }

  /// The file of `recorded(FILE)`; nil where the arrivals are written in another way.
  private func recording(_ text: String) throws -> String? {
    let text = trimmed(text)
    guard text.hasPrefix("recorded(") else { return nil }
    let file = trimmed(text.dropFirst("recorded(".count).dropLast())
    guard text.hasSuffix(")"), !file.isEmpty else {
      throw InvalidInput("\"\(text)\" names no file; write recorded(FILE)")
    }
    return file
  }

  private func gap(_ text: String) throws -> Distribution {
    if text.contains("(") {
      let known = Distribution.forms.map(\.name) + ["recorded"]
      if Suggestion.closest(to: String(text.prefix { $0 != "(" }), among: known) == "recorded" {
        throw InvalidInput("\"\(text)\" is not known; did you mean recorded(FILE)?")
      }
      return try Distribution(text)
    }
    return .exponential(mean: 1 / (try rate(text)))
  }

  private func rate(_ text: String) throws -> Double {
    let rate = try Quantity.rate(text)
    guard rate > 3.8e-7, rate <= 1e9 else {
      throw InvalidInput("\(text) must lie between one in 30 days and 1e9/s")
    }
    return rate
  }

  private func priorityClass(_ text: String) throws -> QueueDesign.PriorityClass {
    let parts = text.split(separator: " ", maxSplits: 1)
    guard parts.count == 2 else {
      throw InvalidInput("'\(text)' is not 'RATE SERVICE', such as '0.2/s exponential(mean 1s)'")
    }
    return .init(rate: try rate(String(parts[0])), service: try Distribution(String(parts[1])))
  }

  private func readBatch(_ text: String) throws -> QueueDesign.Batch {
    if text.hasPrefix("geometric("), text.hasSuffix(")") {
      let inner = text.dropFirst("geometric(".count).dropLast()
      guard let mean = plainNumber(inner), mean >= 1, mean <= 1e6 else {
        throw InvalidInput("'\(text)': the mean must be a number between 1 and 1000000")
      }
      return .geometric(mean: mean)
    }
    let count = try count(text)
    guard count <= 1_000_000 else { throw InvalidInput("at most 1000000 jobs are possible") }
    return .fixed(count)
  }
}

extension QueueDesign {
  /// Every rule in one line, each in its canonical text: what a result's hash is taken of.
  public var canonicalText: String {
    var parts: [String] = []
    if classes.isEmpty {
      parts = ["arrivals \(recorded.isEmpty ? "\(gap)" : recordedText)", "service \(service)"]
    } else {
      parts = classes.map { "class \($0.rate)/s \($0.service)" }
    }
    parts.append("servers \(servers.map { "\($0)" } ?? "inf")")
    if let capacity { parts.append("capacity \(capacity)") }
    if let patience { parts.append("patience \(patience)") }
    switch batch {
    case .fixed(1): break
    case .fixed(let count): parts.append("batch \(count)")
    case .geometric(let mean): parts.append("batch geometric(\(numberText(mean)))")
    }
    if returning > 0 { parts.append("return \(returning)") }
    if discipline != .fcfs { parts.append("discipline \(discipline.rawValue)") }
    if let setup { parts.append("setup \(setup)") }
    if let vacation { parts.append("vacation \(vacation)") }
    for stage in stages { parts.append("then \(stage)") }
    return parts.joined(separator: ", ")
  }

  /// The recording by its content, wherever it is kept.
  private var recordedText: String {
    let count = recorded.count
    let hash = recorded.reduce(mix64(UInt64(count))) {
      mix64($0 ^ UInt64(bitPattern: $1.nanoseconds))
    }
    return "recorded(\(count) time\(count == 1 ? "" : "s"), hash \(String(hash, radix: 16)))"
  }
}
