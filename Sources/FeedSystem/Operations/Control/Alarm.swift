import Settings
import Simulation

/// What a control loop sees of its last period: of the system's feeds, and of the tiers that it
/// looks at.
public struct Readings: Sendable, Equatable {
  /// Of the busiest tier; nil where none has servers to speak of.
  public var utilisation: Double?
  /// Visits that wait now, at the tier where most do.
  public var waiting = 0
  /// Feed latency without the way to the client, of the loads that ended; nil where they are too
  /// few.
  public var p99: Duration?
  /// The share of the feed loads that ended without a page; nil where none ended.
  public var errors: Double?

  public init(
    utilisation: Double? = nil, waiting: Int = 0, p99: Duration? = nil, errors: Double? = nil
  ) {
    (self.utilisation, self.waiting) = (utilisation, waiting)
    (self.p99, self.errors) = (p99, errors)
  }

  /// Both, the worse of each.
  func joined(_ other: Readings) -> Readings {
    var joined = self
    if let theirs = other.utilisation { joined.utilisation = max(utilisation ?? 0, theirs) }
    joined.waiting = max(waiting, other.waiting)
    return joined
  }
}

/// Limits of which each that a reading reaches is reason enough; a limit of nil is not looked at.
public struct AlarmSettings: Sendable, Equatable {
  public var cpu: Double?
  public var p99: Duration?
  public var errors: Double?
  public var queue: Int?

  /// S0.21's alert thresholds.
  public static let seed = AlarmSettings(
    cpu: 0.8, p99: .seconds(1), errors: 0.05, queue: 10_000)

  public init(
    cpu: Double? = nil, p99: Duration? = nil, errors: Double? = nil, queue: Int? = nil
  ) {
    (self.cpu, self.p99, self.errors, self.queue) = (cpu, p99, errors, queue)
  }

  /// Reads `{cpu, p99, errors, queue}`, each of which may be `none`.
  init(_ parameters: inout Parameters, standard: AlarmSettings) throws {
    let share = Form<Double>.share(in: 0.0001...1)
    cpu = try parameters.read(
      "cpu", share.or("none"), default: standard.cpu, "Utilisation of the tiers looked at.")
    p99 = try parameters.read(
      "p99", Form<Duration>.duration(in: .milliseconds(1)...(.seconds(86_400))).or("none"),
      default: standard.p99, "Feed latency without the way to the client.")
    errors = try parameters.read(
      "errors", share.or("none"), default: standard.errors,
      "The share of feed loads that get no page.")
    queue = try parameters.read(
      "queue", Form<Int>.count(in: 1...1_000_000_000).or("none"), default: standard.queue,
      "Visits that wait at a tier.")
  }

  /// Whether any reading reaches its limit.
  public func isRaised(by readings: Readings) -> Bool {
    isRaisedByTier(readings) || isRaisedByFeeds(readings)
  }

  /// The same of what a tier says of itself.
  func isRaisedByTier(_ readings: Readings) -> Bool {
    reaches(readings.utilisation, cpu) || queue.map { readings.waiting >= $0 } ?? false
  }

  /// The same of what viewers would say.
  func isRaisedByFeeds(_ readings: Readings) -> Bool {
    reaches(readings.p99, p99) || reaches(readings.errors, errors)
  }

  private func reaches<Value: Comparable>(_ reading: Value?, _ limit: Value?) -> Bool {
    guard let reading, let limit else { return false }
    return reading >= limit
  }
}
