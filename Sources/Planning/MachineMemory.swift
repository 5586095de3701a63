import FeedSystem
import Foundation
import Settings
import Simulation

/// What this machine can hold: a scenario that does not fit is refused before it begins, not
/// killed by the system halfway.
public enum MachineMemory {
  /// Bytes that can be had without swapping: the system's own estimate, or a container's limit
  /// if that is lower; nil where neither is told.
  public static var available: Double? {
    var least: Double?
    if let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("MemAvailable:") }),
      let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Double($0) })
    {
      least = kibibytes * 1024
    }
    if let text = try? String(contentsOfFile: "/sys/fs/cgroup/memory.max", encoding: .utf8),
      let limit = Double(text.split(separator: "\n").first ?? "")
    {
      least = min(least ?? limit, limit)
    }
    return least
  }

  /// To be asked before the follower graph is built, which takes its time.
  ///
  /// - Throws: `InvalidInput` if the graph or one replication would take more than there is.
  static func check(_ scenario: Scenario, available: Double? = available) throws {
    let users = scenario.audience.usersHeld
    let graph =
      scenario.audience.graphBytes(available: available) + scenario.otherCellsBytes
    if let available, graph > available {
      let count = scenario.audiencesHeld
      let what =
        count > 1 ? "follower graphs of \(count) cells of" : "a follower graph of"
      throw refusal("\(what) \(users) users need\(count > 1 ? "" : "s")", graph, available)
    }
    let least = ExpectedHoldings(users: users, posts: 0, world: scenario.audience.world)
    _ = try threads(1, for: scenario, least, available: available)
  }

  /// How many replications fit side by side, at most `threads`, beside the cells that are still to
  /// be built.
  ///
  /// - Throws: `InvalidInput` if not even one does.
  static func threads(
    _ threads: Int, for scenario: Scenario, _ expected: ExpectedHoldings,
    available: Double? = available
  ) throws -> Int {
    let each = bytes(of: scenario, expected)
    guard let available, each > 0 else { return threads }
    let others = scenario.otherCellsBytes
    guard each + others <= available else {
      throw refusal("a replication with \(expected.users) users needs", each + others, available)
    }
    return min(threads, Int(min((available - others) / each, 1024)))
  }

  /// Bytes that one replication of the largest design holds beside the follower graph.
  static func bytes(of scenario: Scenario, _ expected: ExpectedHoldings) -> Double {
    scenario.designs.map { $0.design.bytes(expected) }.max() ?? 0
  }

  private static func refusal(
    _ what: String, _ needed: Double, _ available: Double
  ) -> InvalidInput {
    InvalidInput(
      "\(what) up to \(NumberText.bytes(needed)) of memory, and this machine has "
        + "\(NumberText.bytes(available)) free; scale the population down",
      path: "audience.users")
  }
}

extension AudienceModel {
  /// Bytes that building the follower graph takes at its peak, at the most; of one cell where there
  /// are cells, whose rows are plain whatever `storage: auto` would make of them.
  func graphBytes(available: Double?) -> Double {
    var graph = graph
    if cells != nil { graph.storage = .plain }
    return graph.bytes(users: usersHeld, available: available)
  }
}

extension Scenario {
  /// Bytes of the cells' rows, both ways, that are kept beside those of the first.
  var otherCellsBytes: Double {
    let follows = audience.graph.meanFollows ?? 0
    return Double(audiencesHeld - 1) * Double(audience.usersHeld) * (follows * 8 + 8)
  }
}
