import Settings
import Simulation

/// A message that fails every time: the next one of a partition, from a moment on. It holds up
/// those behind it until its consumer skips it, or lays its jobs among the dead letters.
public struct PoisonMessage: Fault {
  public static let name = "poison-message"
  public static let summary = "a message fails every time, and holds up those behind it"
  public static let lasts = false

  enum Ending: Sendable { case skip, deadLetter }

  let choice: PartitionChoice
  let attempts: Int
  let retryAfter: Duration
  let ending: Ending

  public init(_ parameters: inout Parameters) throws {
    choice = try PartitionChoice(&parameters)
    attempts = try parameters.read(
      "attempts", .count(in: 1...1_000_000), default: 5, "After which it is given up.")
    retryAfter = try parameters.read(
      "retryAfter", .duration(in: .milliseconds(1)...(.seconds(86_400))), default: .seconds(1),
      "Before the next attempt.")
    ending = try parameters.read(
      "then", .choice([("skip", .skip), ("deadLetter", .deadLetter)]), default: .skip,
      "Whether it is skipped, or its jobs are laid among the dead letters.")
  }

  public func check(_ design: Design, _ source: Parameters) throws {
    try choice.check(design, source)
  }

  public func begin(_ id: UInt32, _ system: FeedSystem) {
    let partition = choice.choose(id, system)
    system.bus.poisonNext(of: partition, id)
  }

  /// Another attempt.
  public func advance(_ id: UInt32, _ system: FeedSystem) {
    system.faults[id].stage -= 1
    system.resume(partition: system.faults[id].place)
  }
}
