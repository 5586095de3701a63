import Settings
import Simulation

/// Takes servers out of rotation that are much slower than the others, or answer with errors:
/// a grey failure, which no health check sees (Huang and others, "Gray Failure", HotOS 2017).
public struct EjectionSettings: Sendable {
  public var latencyFactor: Double?
  public var errors: Double?
  public var every = Duration.seconds(10)
  public var length = Duration.seconds(30)
  public var atMost = 0.1
  public var minimum = 5

  public init() {}

  init(_ parameters: inout Parameters) throws {
    let time = Form<Duration>.duration(in: .milliseconds(1)...Duration.seconds(86_400))
    latencyFactor = try parameters.read(
      "latencyFactor", .number(in: 1.01...1e6),
      "A server goes whose visits take so many times the median server's.")
    errors = try parameters.read(
      "errors", .share(in: 0.001...1), "A server goes that fails so many of its visits.")
    every = try parameters.read(
      "every", time, default: every, "How often servers are compared, over their visits since.")
    length = try parameters.read(
      "for", time, default: length,
      "How long it is out the first time; the second time twice as long, and so on.")
    atMost = try parameters.read(
      "atMost", .share(in: 0...0.9), default: atMost,
      "Of all servers, that may be out at once; one may always be, of two or more.")
    minimum = try parameters.read(
      "minimum", .count(in: 1...1_000_000), default: minimum,
      "Visits that a server must have had to be compared.")
    if latencyFactor == nil, errors == nil, !parameters.isDescribing {
      throw parameters.error("ejects nobody: give latencyFactor or errors")
    }
  }
}

/// What is known of a tier's servers, and which of them are out.
struct Ejection: Sendable {
  private struct Record {
    var visits = 0
    var failures = 0
    var time = Duration.zero
    var times = 0
    /// Nil while it is in rotation.
    var backAt: Instant?
  }

  let settings: EjectionSettings
  private var records: [Record] = []
  private var inspected = Instant.start
  private(set) var out = 0
  /// How often a server was taken out.
  private(set) var ejections = 0

  init(_ settings: EjectionSettings) { self.settings = settings }

  /// A server has ended a visit.
  ///
  /// - Parameter time: waiting in its line and service.
  mutating func note(_ server: Int, _ time: Duration, hasFailed: Bool) {
    guard server >= 0 else { return }
    while records.count <= server { records.append(Record()) }
    records[server].visits += 1
    records[server].failures += hasFailed ? 1 : 0
    records[server].time += time
  }

  /// Whether it is time to inspect.
  func isDue(at now: Instant) -> Bool { now - inspected >= settings.every }

  /// Compares the servers; tells which go and which come back.
  mutating func inspect(servers: Int, at now: Instant) -> (go: [Int], come: [Int]) {
    inspected = now
    var (go, come): ([Int], [Int]) = ([], [])
    for server in records.indices {
      guard let back = records[server].backAt, now >= back || server >= servers else { continue }
      records[server].backAt = nil
      out -= 1
      come.append(server)
    }
    let mean = median(of: servers)
    let most = servers < 2 ? 0 : max(1, Int(settings.atMost * Double(servers)))
    let bad = records.indices.prefix(servers).filter {
      records[$0].backAt == nil && isBad(records[$0], mean: mean)
    }
    // The slowest first, as not all may go.
    let order = bad.sorted { (meanTime(of: $0), $1) > (meanTime(of: $1), $0) }
    for server in order where out < most {
      records[server].times += 1
      let length = settings.length.seconds * Double(records[server].times)
      records[server].backAt = now + Duration(seconds: min(length, 1e8))
      out += 1
      ejections += 1
      go.append(server)
    }
    for server in records.indices {
      records[server].visits = 0
      records[server].failures = 0
      records[server].time = .zero
    }
    return (go.sorted(), come)
  }

  /// A server that the pool has taken back of its own.
  mutating func forget(_ server: Int) {
    guard server < records.count, records[server].backAt != nil else { return }
    records[server].backAt = nil
    out -= 1
  }

  private func meanTime(of server: Int) -> Double {
    records[server].time.seconds / Double(max(1, records[server].visits))
  }

  private func isBad(_ record: Record, mean: Double?) -> Bool {
    guard record.visits >= settings.minimum else { return false }
    let visits = Double(record.visits)
    if let errors = settings.errors, Double(record.failures) >= errors * visits { return true }
    guard let factor = settings.latencyFactor, let mean else { return false }
    return record.time.seconds / visits > factor * mean
  }

  /// The median server's mean time, seconds; nil where fewer than two can be compared.
  private func median(of servers: Int) -> Double? {
    let means = records.prefix(servers).compactMap {
      $0.visits >= settings.minimum ? $0.time.seconds / Double($0.visits) : nil
    }.sorted()
    return means.count < 2 ? nil : means[(means.count - 1) / 2]
  }
}
