import Settings
import Simulation

/// Push below a threshold of followers and pull from it on, as `hybrid` without a middle tier, but
/// with a threshold that moves during the run: to the cheapest, by what a push and a pull cost,
/// under which deliveries keep an objective on their lag. See `ThresholdControl` for how.
public struct Adaptive: FanOutPolicy {
  public static let name = "adaptive"
  public static let summary =
    "push below a threshold of followers that moves: the cheapest that keeps the lag short"

  public let thresholdControl: ThresholdSettings?
  private let start: Int

  public var plans: [FanOutPlan] { [.push, .pull] }

  public init(_ parameters: inout Parameters) throws {
    let settings = try ThresholdSettings(&parameters)
    thresholdControl = settings
    start = settings.start
  }

  /// The plan as the run begins.
  public func plan(followers: Int) -> FanOutPlan { followers < start ? .push : .pull }
}

/// What a threshold that moves is asked to keep, and within which bounds.
public struct ThresholdSettings: Sendable, Equatable {
  /// Deliveries are to take no longer, from the post's opening on.
  public var objective = Duration.seconds(5)
  /// The share of deliveries that must keep it.
  public var share = 0.99
  public var every = Duration.seconds(30)
  /// Followers from which an author is pulled as the run begins.
  public var start = 10_000
  public var lowest = 1
  public var highest = Int.max

  init() {}

  init(_ parameters: inout Parameters) throws {
    objective = try parameters.read(
      "objective", .duration(in: .milliseconds(1)...(.seconds(86_400))), default: objective,
      "The delivery lag that the threshold is to keep.")
    share = try parameters.read(
      "objectiveShare", .share(in: 0.5...1), default: share,
      "Of all deliveries, that must keep it: 99% for an objective on the p99.")
    every = try parameters.read(
      "every", .duration(in: .milliseconds(100)...(.seconds(86_400))), default: every,
      "How often the threshold may move.")
    let followers = Form<Int>.count(in: 1...1_000_000_000_000)
    lowest = try parameters.read(
      "lowest", followers, default: lowest,
      "The lowest threshold: authors with fewer followers are always pushed.")
    let most = try parameters.read(
      "highest", followers,
      "The highest threshold: authors with so many followers are always pulled; none if not given.")
    highest = most ?? highest
    if highest < lowest {
      throw parameters.error("is \(highest), below lowest (\(lowest))", key: "highest")
    }
    let begin = try parameters.read(
      "start", followers, "The threshold as the run begins; 10k, or the bound next to it.")
    start = begin ?? min(max(start, lowest), highest)
    if start < lowest || start > highest {
      throw parameters.error("is \(start), not between lowest and highest", key: "start")
    }
  }
}
