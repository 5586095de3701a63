import Settings
import Simulation

/// An element of a scenario's `rollOuts`: a new release that comes to a tier's servers stage by
/// stage (S0.19: 1, 10, 50, then 100 %), and what is wrong with it.
public struct RollOutSettings: Sendable, Equatable {
  /// From the window's opening.
  public var at: Duration
  public var tier: TierName
  /// Shares of the servers, rising.
  public var stages = [0.01, 0.1, 0.5, 1]
  public var every = Duration.seconds(300)
  /// Factor on the service times of servers that have the release.
  public var slowness = 1.0
  /// The share of calls that they answer with an error.
  public var errors = 0.0
  /// Nil where nobody looks.
  public var check: ReleaseCheck?
  /// Whether a release that fails the check goes back; if not, it comes to no more servers.
  public var rollsBack = true
  /// From the decision until the servers have the old release again.
  public var rollBackTakes = Duration.seconds(60)
  /// Somebody has it rolled back so long after its beginning, whatever the check says.
  public var rollBackAfter: Duration?

  init(_ parameters: inout Parameters) throws {
    at = try parameters.require("at", .duration(), "When it begins, in the window.")
    tier = try parameters.read(
      "tier", .choice(TierName.scalable.map { ($0.key, $0) }), default: .ranking,
      "Whose servers get it.")
    stages = try parameters.read(
      "stages", .list(of: .share(in: 0.0001...1)), default: stages,
      "Shares of the servers that have it, stage by stage; 1, 10, 50 and 100% if not given.")
    every = try parameters.read(
      "every", ScalingSettings.period, default: every, "From one stage to the next.")
    let slowness = try parameters.read(
      "slowness", .number(in: 0.01...10_000), "Factor on its service times; 1 if not given.")
    let calls = try parameters.section(
      "calls", "It asks for each post's features by a call of its own, where one batch did.",
      Self.slowness)
    errors = try parameters.read(
      "errors", .share(), default: errors, "The share of its calls answered with an error.")
    check = try parameters.section(
      "check", "What holds it against the release before; nobody looks if not given.",
      ReleaseCheck.init)
    rollsBack = try parameters.read(
      "rollBack", .flag, default: rollsBack,
      "Whether one that fails the check goes back; false stops it where it is.")
    rollBackTakes = try parameters.read(
      "rollBackTakes", ScalingSettings.delay, default: rollBackTakes,
      "From the decision until the servers have the old release again.")
    rollBackAfter = try parameters.read(
      "rollBackAfter", .duration(in: .seconds(1)...(.seconds(31_536_000))),
      "Somebody has it rolled back so long after its beginning; if not given, nobody does.")
    if slowness != nil, calls != nil, !parameters.isDescribing {
      throw parameters.error("and calls both say how slow it is; leave one out", key: "slowness")
    }
    self.slowness = slowness ?? calls ?? 1
    if stages.isEmpty { throw parameters.error("has no stage", key: "stages") }
    if zip(stages, stages.dropFirst()).contains(where: { $0 >= $1 }) {
      throw parameters.error("must rise from stage to stage", key: "stages")
    }
  }

  /// S0.19: 200 posts at 100 ms each, one after the other, where all of them took one call.
  private static func slowness(_ parameters: inout Parameters) throws -> Double {
    let time = Form<Duration>.duration(in: .microseconds(1)...(.seconds(3600)))
    let posts = try parameters.read(
      "posts", .count(in: 1...10_000), default: 200, "Calls that it makes for a feed.")
    let each = try parameters.read(
      "each", time, default: .milliseconds(100), "How long one takes.")
    let before = try parameters.read(
      "before", time, default: .milliseconds(100), "How long the release before took in all.")
    return Double(posts) * each.seconds / before.seconds
  }
}

/// A latency regression test of a release against the one before it, from what their servers did.
///
/// A release is as slow as the one before if 1 % of its calls take longer than the other's p99; the
/// test asks how many take longer than that and the tolerance, and fails it where they are more
/// than 1 % by four standard errors and one call. So two calls are enough to fail a release of
/// which nearly all are slow, which answers few; to pass, it must have answered `minimum`.
public struct ReleaseCheck: Sendable, Equatable {
  public var every = Duration.seconds(30)
  /// How much longer its p99 may be.
  public var p99 = 0.2
  /// How much higher its share of errors may be.
  public var errors = 0.01
  /// Calls of the release before, to be compared with, and of the new one, to pass.
  public var minimum = 100

  init(_ parameters: inout Parameters) throws {
    every = try parameters.read(
      "every", ScalingSettings.period, default: every, "How often it looks.")
    p99 = try parameters.read(
      "p99", .share(in: 0...1), default: p99, "How much longer its p99 may be.")
    errors = try parameters.read(
      "errors", .share(), default: errors, "How many more of its calls may fail, of all.")
    minimum = try parameters.read(
      "minimum", .count(in: 1...1_000_000_000), default: minimum,
      "Calls of the release before, to be compared with, and of the new one, to pass; a stage "
        + "lasts until there are as many.")
  }

  init(p99: Double = 0.2, errors: Double = 0.01, minimum: Int = 100) {
    (self.p99, self.errors, self.minimum) = (p99, errors, minimum)
  }

  public enum Verdict: Sendable, Equatable {
    /// Too few calls to tell.
    case unknown
    case passes, fails
  }

  /// - Parameter times: of calls, by release: the one before, then the new one.
  func judge(_ times: borrowing ReleaseTimes) -> Verdict {
    guard times.calls(.before) >= minimum else { return .unknown }
    let limit = Duration(seconds: times.p99(.before).seconds * (1 + p99))
    let count = Double(times.answered(.new))
    if exceeds(times.slower(than: limit, .new), of: count, share: 0.01) { return .fails }
    let allowed = times.errorShare(.before) + errors
    let failed = Double(times.failed(.new))
    if exceeds(failed, of: Double(times.calls(.new)), share: allowed) { return .fails }
    return times.calls(.new) < minimum ? .unknown : .passes
  }

  /// Whether so many of `count` are more than a share of them, chance allowed for.
  private func exceeds(_ found: Double, of count: Double, share: Double) -> Bool {
    let share = min(share, 1)
    return found > count * share + 4 * (count * share * (1 - share)).squareRoot() + 1
  }
}

/// How long the servers of two releases took for their calls.
struct ReleaseTimes: ~Copyable {
  enum Release: Int { case before, new }

  private var times = CoarseHistograms(count: 2)
  private var failures = [0, 0]

  mutating func note(_ release: Release, took time: Duration, failed: Bool) {
    if failed {
      failures[release.rawValue] += 1
    } else {
      times.record(time, in: release.rawValue)
    }
  }

  /// The new release is another one.
  mutating func forgetNew() {
    times.clear(Release.new.rawValue)
    failures[Release.new.rawValue] = 0
  }

  func answered(_ release: Release) -> Int { Int(times[release.rawValue].count) }
  func failed(_ release: Release) -> Int { failures[release.rawValue] }
  func calls(_ release: Release) -> Int { answered(release) + failed(release) }

  func p99(_ release: Release) -> Duration {
    Duration(seconds: times.quantile(0.99, of: release.rawValue) / 1e9)
  }

  func errorShare(_ release: Release) -> Double {
    calls(release) == 0 ? 0 : Double(failed(release)) / Double(calls(release))
  }

  func slower(than limit: Duration, _ release: Release) -> Double {
    Double(times.count(above: limit, in: release.rawValue))
  }
}
