import FeedSystem
import Settings

/// What a replication says of a follower graph that moves.
extension Replication {
  mutating func addFollows(_ m: borrowing Measurements, _ traffic: TrafficSettings) {
    guard traffic.movesGraph else { return }
    add("graph.follows", .changes, Double(m.follows.follows))
    add("graph.unfollows", .changes, Double(m.follows.unfollows))
    add("graph.mutes", .changes, Double(m.follows.mutes))
    add("graph.blocks", .changes, Double(m.follows.blocks))
    add("graph.plan_switches", .changes, Double(m.follows.planSwitches))
    add("graph.follow_latency", m.follows.latency[0])
    add("fan_out.back_filled", .entries, Double(m.follows.backFilled))
    add("fan_out.removed", .entries, Double(m.follows.removed))
    add("feed.hidden", .entries, Double(m.follows.hidden))
  }
}

extension Replication {
  /// Whether authors have crossed a threshold: what a design does is then not to be told from the
  /// graph at the start.
  static func switchesPlans(_ replications: [Replication]) -> Bool {
    replications.contains { replication in
      replication.samples.contains { $0.name == "graph.plan_switches" && $0.value > 0 }
    }
  }
}

extension MetricNames {
  static let followTimes = ["graph.follow_latency"]

  static let followScalars: [(name: String, unit: Unit, direction: Direction)] = [
    ("graph.follows", .changes, .none), ("graph.unfollows", .changes, .none),
    ("graph.mutes", .changes, .none), ("graph.blocks", .changes, .none),
    ("graph.plan_switches", .changes, .none),
    ("fan_out.back_filled", .entries, .none), ("fan_out.removed", .entries, .none),
    ("feed.hidden", .entries, .none),
  ]
}

extension Scenario {
  /// Refuses changes of the graph that a design does not know, or that come too late.
  func validateFollows(_ parameters: Parameters) throws {
    guard traffic.movesGraph else { return }
    if traffic.changes.contains(where: { $0.at >= duration }) {
      throw parameters.error("has changes after the end of the run", key: "traffic")
    }
    if designs.contains(where: { $0.design.timelines.keep == .counts }) {
      throw parameters.error(
        "keep: counts knows a graph that stands still, without traffic.follows and "
          + "traffic.changes", key: "timelines")
    }
    if designs.contains(where: { $0.design.leafIndex != nil }) {
      throw parameters.error(
        "knows a graph that stands still, without traffic.follows and traffic.changes",
        key: "leafIndex")
    }
    if designs.contains(where: { $0.design.timelines.tick != nil }) {
      throw parameters.error(
        "key: time knows a graph that stands still, without traffic.follows and traffic.changes",
        key: "timelines")
    }
  }

  /// Scripted changes of the window.
  var followMarks: [Mark] {
    traffic.changes.filter { $0.at < duration }.map { change in
      let users = change.users.text
      return Mark(
        at: change.at, length: change.length,
        text: "\(users) \(change.change.rawValue) \(change.account)")
    }
  }
}

extension Portion {
  fileprivate var text: String {
    switch self {
    case .share(let share): "\(NumberText.amount(share * 100)) %"
    case .count(let count): NumberText.amount(Double(count))
    }
  }
}
