import Settings
import Simulation

/// A scenario's `clients`: how long they wait for an answer, what they do without one, and what
/// counts as available.
public struct ClientSettings: Sendable {
  /// What a client waits for an attempt's answer, its way there and back included; nil for as long
  /// as it takes.
  public var timeout: Duration?
  /// Nil where a failed attempt is the end of its request.
  public var retries: RetrySettings?
  /// Whether an attempt that nobody waits for any more leaves the queue that it waits in.
  public var cancels = false
  /// Whether what is sent again is known to be the same.
  public var isIdempotent = true
  public var availability = AvailabilitySettings()
  /// Share of the engagement that 100 ms cost; 1 % (S0.2).
  public var engagementPer100ms = 0.01
  /// Whether likes are counted on the client before they are answered (S1.32).
  public var likesAtOnce = false
  /// Posts that a client keeps of the last feed shown (S1.31); nil where it keeps none.
  public var offlineEntries: Int?
  /// The share of users without a page who ask for it again by hand.
  public var reloads = 0.0

  init(_ parameters: inout Parameters) throws {
    timeout = try parameters.read(
      "timeout", .duration(in: .milliseconds(1)...Duration.seconds(86_400)),
      "What a client waits for an attempt's answer; if not given, for as long as it takes.")
    retries = try parameters.section(
      "retries", "Whether clients ask again by themselves.", RetrySettings.init)
    cancels = try parameters.read(
      "cancels", .flag, default: cancels,
      "Whether an attempt that has timed out leaves the queue that it waits in.")
    isIdempotent = try parameters.read(
      "idempotent", .flag, default: isIdempotent,
      "Whether a post or a reaction that is sent again is known to be the same; if not, it may "
        + "be there twice.")
    availability =
      try parameters.section(
        "availability", "What counts as available.", AvailabilitySettings.init) ?? availability
    engagementPer100ms = try parameters.read(
      "engagementPer100ms", .share(), default: engagementPer100ms,
      "Share of the engagement that 100 ms cost (S0.2).")
    likesAtOnce = try parameters.read(
      "optimisticLikes", .flag, default: likesAtOnce,
      "Whether a like counts on its client at once and is rolled back if it fails (S1.32).")
    offlineEntries = try parameters.section("offlineCache", "What clients keep (S1.31).") {
      try $0.read(
        "entries", .count(in: 1...10_000), default: 100, "Posts of the last feed that was shown.")
    }
    reloads = try parameters.read(
      "reloads", .share(), default: reloads,
      "Of users who get no page, those who ask for it again by hand, after sessions.thinkTime.")
    if cancels, timeout == nil {
      throw parameters.error("nothing is ever given up without clients.timeout", key: "cancels")
    }
  }
}

/// When clients ask again.
public struct RetrySettings: Sendable {
  /// Of one request, the first included.
  public var attempts = 3
  public var backOff = BackOff(first: .milliseconds(100), longest: .seconds(10))
  /// Nil for as many as failures call for.
  public var budget: RetryBudget?

  init(_ parameters: inout Parameters) throws {
    attempts = try parameters.read(
      "attempts", .count(in: 1...100), default: attempts, "Of a request, the first included.")
    backOff =
      try parameters.section("backOff", "What is waited between two attempts.") {
        try BackOff(
          &$0, first: "first", standardFirst: .milliseconds(100), longest: .seconds(10))
      } ?? backOff
    let share = Form<Double>.share().map { RetryBudget(share: $0) }
    budget = try parameters.read(
      "budget", share.orKeys(RetryBudget.init(reading:)),
      "The most retries there are, as a share of the requests; if not given, any number.")
  }
}

/// What an answer is worth to a service level.
public struct AvailabilitySettings: Sendable {
  /// The share of requests that must be answered in time; four nines (S1.1).
  public var objective = 0.9999
  /// What is in time; nil for whenever the client still waits.
  public var within: Duration?
  /// The p99 of an interval above which there is an alarm; nil for none.
  public var latency: Duration?

  init() {}

  init(_ parameters: inout Parameters) throws {
    objective = try parameters.read(
      "objective", .share(in: 0...0.999_999_999), default: objective,
      "The share of requests that must be answered in time.")
    let time = Form<Duration>.duration(in: .milliseconds(1)...Duration.seconds(86_400))
    within = try parameters.read(
      "within", time, "What is in time; if not given, any answer that a client still waits for.")
    latency = try parameters.read(
      "latency", time, "The p99 of an interval above which there is an alarm; none if not given.")
  }
}
