import Settings
import Simulation

/// A topic that everybody posts about and looks for all of a sudden: an element of a scenario's
/// `traffic.events`. It is a spike of posts and loads, and a breaking topic of `audience.world`
/// with the spike's course: the posts that there are more of are about it.
public struct FlashEvent: Sendable {
  public var spike: TrafficSettings.Spike
  /// 0 ..< `WorldSettings.topics`.
  public var topic: UInt8
  /// What everybody's interest in the topic rises by at its height, in standard deviations over
  /// viewers.
  public var interest = 2.0
  /// Of all posts at its height, those about it; nil where that is what there is more of.
  public var share: Double?
  private let source: Parameters
  /// Since the measurement window's start, milliseconds, and the level from there on.
  private let steps: [(from: Int64, level: Double)]

  init(_ parameters: inout Parameters) throws {
    spike = try TrafficSettings.Spike(&parameters)
    topic = UInt8(
      try parameters.require("topic", .count(in: 0...255), "Its number, from 0, the most popular."))
    interest = try parameters.read(
      "interest", .number(in: -10...10), default: interest,
      "What everybody's interest in it rises by, in standard deviations over viewers.")
    share = try parameters.read(
      "share", .share(),
      "Of all posts at its height, those about it; what posts rise by if not given.")
    source = parameters
    let spike = spike
    let (offsets, levels) = spike.shape.levels(of: spike.length)
    steps =
      zip(offsets, levels).map { offset, level in
        ((spike.at + offset).nanoseconds / 1_000_000, min(1, max(0, level)))
      } + [((spike.at + spike.length).nanoseconds / 1_000_000, 0)]
  }

  /// How far it is on the way to its height: 0 before and after.
  /// - Parameter milliseconds: since the measurement window's start.
  func level(at milliseconds: Int64) -> Double {
    guard let first = steps.first, milliseconds >= first.from else { return 0 }
    var (low, high) = (0, steps.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if steps[middle].from <= milliseconds { low = middle } else { high = middle }
    }
    return steps[low].level
  }

  /// Of all posts, those that are turned to the topic.
  func share(at milliseconds: Int64) -> Double {
    let level = level(at: milliseconds)
    if let share { return share * level }
    let factor = 1 + (spike.posts - 1) * level
    return factor > 1 ? 1 - 1 / factor : 0
  }

  /// What the world makes of it.
  ///
  /// - Throws: `InvalidInput` where the world has no such topic, or there is none.
  public func breaking(in world: WorldSettings?) throws -> BreakingTopic {
    guard let world else {
      throw source.error("is about a topic, and posts have none without audience.world")
    }
    guard Int(topic) < world.topics else {
      throw source.error(
        "is no topic: they are numbered from 0 to \(world.topics - 1)", key: "topic")
    }
    var breaking = BreakingTopic(topic: topic, at: spike.at, for: spike.length)
    breaking.heat = interest
    breaking.event = self
    return breaking
  }
}
