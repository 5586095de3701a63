import Settings
import Simulation
import YAMLSettings

@testable import FeedSystem

/// A handful of users who post, follow and unfollow when the test says so, while only fan-out takes
/// time: a change holds at once.
struct FollowSystem {
  enum Act {
    case posts(UInt32)
    case does(FollowChange, UInt32, UInt32)
  }

  /// Follower and followee. The first of those with equally many followers has the lower id, and
  /// the test names users by their ids.
  var follows: [(UInt32, UInt32)]
  var users = 6
  /// In order of time, whole seconds.
  var acts: [(seconds: Int64, act: Act)] = []
  var fanOut = "{policy: push}"
  var timelines = "{}"
  var worker = "{visit: constant(0s), perUnit: 0s}"
  var workers = 100
  /// Loads a second of each user.
  var loads: [Double] = []
  var cache = "{feed: {size: 0}}"
  var end: Int64 = 100
  var seed: UInt64 = 1

  private var yaml: String {
    """
    fanOut: \(fanOut)
    timelines: \(timelines)
    cache: \(cache)
    network: {roundTrip: 0s, client: 0s, eventBus: 0s}
    sessions: {loads: 1, pages: 1}
    tiers:
      gateway: {visit: constant(0s)}
      feedCache: {visit: constant(0s)}
      ranking: {visit: constant(0s), perUnit: 0s}
      postStore: {visit: constant(0s), perUnit: 0s}
      timelineStore: {visit: constant(0s), perUnit: 0s}
      fanOutWorkers: \(worker)
    traffic: {follows: {followsPerDay: 1}}
    """
  }

  var audience: Audience {
    WrittenAudience(
      follows: follows.map { (follower: $0.0, followee: $0.1) },
      posts: [Double](repeating: 0, count: users),
      loads: loads.isEmpty ? [Double](repeating: 0, count: users) : loads
    ).audience
  }

  /// Runs the acts, and calls `watch` after each; then to the end, and hands the system over.
  func run<Value>(
    watch: (FeedSystem, Int64) throws -> Void = { _, _ in },
    look: (FeedSystem) throws -> Value
  ) throws -> Value {
    let audience = audience
    var parameters = try Parameters(SettingsFile.parse(yaml, file: "test.yaml"))
    let design = try Design(&parameters)
    var traffic = try TrafficSettings(&parameters).traffic(for: audience.graph, window: .start)
    // Nobody acts of their own accord, and yet the graph is known to move.
    traffic.follows.arrivals = ProfiledArrivals(
      .spike(from: .start, for: .seconds(1_000_000), factor: 0))
    traffic.scripted = acts.compactMap { moment in
      guard case .posts(let author) = moment.act else { return nil }
      return (at: Instant.start + .seconds(moment.seconds), author: author)
    }
    let system = try FeedSystem(
      design: design, audience: audience, traffic: traffic, seed: seed, memory: TimelineMemory())
    system.start(measuring: .start..<(.start + .seconds(end)))
    system.resize(to: Fleet { $0 == .fanOutWorkers ? workers : 160 })
    for (seconds, act) in acts {
      // An event that does nothing brings the clock to each change.
      if case .does = act { system.calendar.schedule(.replayDue, at: .start + .seconds(seconds)) }
    }
    for (seconds, act) in acts {
      system.run(until: .start + .seconds(seconds))
      if case .does(let change, let viewer, let other) = act {
        system.openChange(change, viewer, other)
        system.run(until: .start + .seconds(seconds))
      }
      try watch(system, seconds)
    }
    system.run(until: .start + .seconds(end))
    system.drain(until: .start + .seconds(end + 100_000))
    return try look(system)
  }
}

extension FeedSystem {
  /// A viewer's entries, the newest first, by the number of the post, from 1.
  func entryNumbers(of viewer: UInt32) -> [UInt32] { timelines.entries(of: viewer).map { $0 + 1 } }

  /// What a load would be shown of a viewer's timeline.
  func visibleNumbers(of viewer: UInt32) -> [UInt32] {
    timelines.entries(of: viewer).filter { !follows.hides(posts[$0].author, from: viewer) }
      .map { $0 + 1 }
  }
}
