import Settings
import Simulation

/// What a scenario says of the way from a stored post to the fan-out workers.
///
/// Without any of it a post becomes jobs as soon as it has crossed the network, and jobs wait in
/// one line, first come, first served, and never fail.
public struct PipelineSettings: Sendable {
  public var bus: BusSettings?
  public var priority: PrioritySettings?
  public var failures: FailureSettings?
  public var rateLimit: RateLimitSettings?

  init(_ parameters: inout Parameters) throws {
    bus = try parameters.section(
      "bus", "The event bus between stored posts and fan-out jobs.", BusSettings.init)
    priority = try parameters.section(
      "priority", "Two lines of jobs before the workers, high before low.", PrioritySettings.init)
    failures = try parameters.section(
      "failures", "Jobs that fail, are tried again, and end as dead letters.",
      FailureSettings.init)
    rateLimit = try parameters.section(
      "rateLimit", "An emergency brake on deliveries for a while.", RateLimitSettings.init)
  }

  /// The latest that anything is asked to happen, from the window's start, and by which key.
  public var latest: (at: Duration, key: String)? {
    let replays = failures?.replayAt.max().map { (at: $0, key: "failures.replayAt") }
    let limit = rateLimit.map { (at: $0.at, key: "rateLimit.at") }
    return [replays, limit].compactMap { $0 }.max { $0.at < $1.at }
  }
}

/// A length of time that a run can hold.
private var withinRun: Form<Duration> { .duration(in: .zero...Duration.seconds(366 * 86_400)) }

/// A log in partitions, each read in order by one consumer that remembers how far it has come.
public struct BusSettings: Sendable {
  public enum Key: Sendable, Equatable { case author, post }
  public enum WhenBehind: Sendable, Equatable { case slow, refuse }

  public var partitions = 8
  /// What decides a post's partition: an author's posts stay in order, or posts spread evenly.
  public var key = Key.author
  public var consumers = 8
  /// How long a consumer takes to cut a message into jobs.
  public var consume = Distribution.constant(0.001)
  /// Older messages are dropped unread; nil keeps them for good.
  public var retention: Duration?
  /// Messages that a partition may lag before its publishers feel it; nil for any number.
  public var lagLimit: Int?
  public var whenBehind = WhenBehind.slow
  /// Consumers pause while so many jobs wait for a worker; nil for never.
  public var jobsWaiting: Int?

  init() {}

  init(_ parameters: inout Parameters) throws {
    let some = Form<Int>.count(in: 1...4096)
    partitions = try parameters.read(
      "partitions", some, default: partitions, "Logs that are read side by side.")
    key = try parameters.read(
      "key", .choice([("author", .author), ("post", .post)]), default: key,
      "What decides a post's partition.")
    consumers =
      try parameters.read(
        "consumers", some, "That share the partitions evenly; one a partition if not given.")
      ?? partitions
    consume = try parameters.read(
      "consume", .distribution, default: consume, "How long a consumer takes for a message.")
    retention = try parameters.read(
      "retention", .duration(in: Duration(nanoseconds: 1)...Duration.seconds(366 * 86_400)),
      "A message that waits longer is dropped unread; none is if not given.")
    let bound = Form<Int>.count(in: 1...1_000_000_000)
    lagLimit = try parameters.read(
      "lagLimit", bound, "Messages a partition may lag before publishers are held back.")
    whenBehind = try parameters.read(
      "whenBehind", .choice([("slow", .slow), ("refuse", .refuse)]), default: whenBehind,
      "Whether a publisher beyond lagLimit waits for its turn or is turned away.")
    jobsWaiting = try parameters.read(
      "jobsWaiting", bound, "Consumers pause while so many jobs wait for a worker.")
  }
}

/// Who goes first: non-preemptive, so a job that has begun is finished.
public struct PrioritySettings: Sendable {
  public var authorsBelow = 10_000

  init(_ parameters: inout Parameters) throws {
    authorsBelow = try parameters.read(
      "authorsBelow", .count(), default: authorsBelow,
      "Jobs of authors with fewer followers go before all others.")
  }
}

/// How jobs fail and what becomes of them: retries after a back-off, then the dead letters.
///
/// A job fails as a whole, at the end of its worker's service: it has taken the time and has
/// written nothing.
public struct FailureSettings: Sendable {
  /// Of all attempts.
  public var share = 0.0
  /// Of all jobs: these fail at every attempt.
  public var poison = 0.0
  /// From the window's start; poison is harmless afterwards.
  public var poisonUntil: Duration?
  /// Failures of a job that make it a dead letter.
  public var attempts = 5
  public var backOff: BackOff
  /// From the window's start.
  public var replayAt: [Duration] = []

  init(_ parameters: inout Parameters) throws {
    share = try parameters.read("share", .share(), default: share, "Of all attempts, that fail.")
    poison = try parameters.read(
      "poison", .share(), default: poison, "Of all jobs, that fail at every attempt.")
    poisonUntil = try parameters.read(
      "poisonUntil", withinRun, "When their cause is mended, from the window's start.")
    attempts = try parameters.read(
      "attempts", .count(in: 1...1000), default: attempts,
      "Failures after which a job is a dead letter.")
    backOff = try BackOff(&parameters, first: "backOff", longest: .seconds(600))
    replayAt = try parameters.read(
      "replayAt", .oneOrMore(withinRun), default: replayAt,
      "When the dead letters are tried anew, from the window's start.")
  }
}

/// An emergency brake: for a while, deliveries begin no faster than a rate.
public struct RateLimitSettings: Sendable {
  public var at: Duration
  public var length: Duration
  /// A second.
  public var deliveries: Double
  public var authorsFrom: Int

  init(_ parameters: inout Parameters) throws {
    at = try parameters.require("at", withinRun, "When it begins, from the window's start.")
    length = try parameters.require("for", withinRun, "How long it lasts.")
    deliveries = try parameters.require(
      "deliveries", .rate(in: 1e-3...Double.greatestFiniteMagnitude),
      "How fast followers are dealt with, at most.")
    authorsFrom = try parameters.read(
      "authorsFrom", .count(), default: 0, "Only authors with so many followers or more are held.")
  }
}
