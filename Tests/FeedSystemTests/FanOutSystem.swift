import Settings
import Simulation
import YAMLSettings

@testable import FeedSystem

/// A system of nothing but fan-out: authors with given numbers of followers post at given times,
/// nobody loads a feed, and what is not said to take time takes none.
struct FanOutSystem {
  /// Followers of each author, falling: author 0 has the most.
  var followers = [20]
  /// Who posts, and when.
  var posts: [(author: Int, seconds: Double)] = [(0, 0)]
  var batch = 1
  /// `visit` and `perUnit` of a job.
  var visit = "constant(1s)"
  var perUnit = "0s"
  var workers = 1
  /// A scenario's `fanOut.flash`.
  var flash: String?
  /// A scenario's `pipeline`.
  var pipeline = "{}"
  var window = Duration.seconds(3600)
  var seed: UInt64 = 7

  var yaml: String {
    """
    fanOut: {policy: push, batch: \(batch)\(flash.map { ", flash: \($0)" } ?? "")}
    timelines: {capacity: 1, lifetime: 1h}
    cache: {feed: {size: 0}}
    network: {roundTrip: 0s, client: 0s, eventBus: 0s}
    tiers:
      gateway: {visit: constant(0s)}
      postStore: {visit: constant(0s), perUnit: 0s}
      timelineStore: {visit: constant(0s), perUnit: 0s}
      fanOutWorkers: {visit: \(visit), perUnit: \(perUnit)}
    pipeline: \(pipeline)
    """
  }

  private func graph() -> FollowerGraph {
    var list = FollowList(userCount: followers.count + (followers.max() ?? 0))
    for (author, count) in followers.enumerated() {
      for follower in 0..<count {
        list.append(
          follower: UInt32(followers.count + follower), followee: UInt32(author))
      }
    }
    return list.build(origin: FollowerGraph.Origin(), memory: GraphMemory())
  }

  /// Runs until an instant, or to the end, and hands the system over.
  func run<Value>(
    until stop: Double? = nil, _ look: (FeedSystem) throws -> Value
  ) throws -> Value {
    let graph = graph()
    var activity = ActivityModel()
    activity.postsPerDay = 0
    activity.loadsPerDay = 0
    var parameters = try Parameters(SettingsFile.parse(yaml, file: "test.yaml"))
    let design = try Design(&parameters)
    var traffic = try TrafficSettings(&parameters).traffic(for: graph, window: .start)
    traffic.scripted = posts.map {
      (at: Instant.start + Duration(seconds: $0.seconds), author: UInt32($0.author))
    }
    let system = try FeedSystem(
      design: design,
      audience: Audience(graph: graph, activity: activity.build(on: graph, seed: 1)),
      traffic: traffic, seed: seed, memory: TimelineMemory())
    system.start(measuring: .start..<(.start + window))
    system.resize(to: Fleet { $0 == .fanOutWorkers ? workers : 16 })
    if let stop {
      system.run(until: .start + Duration(seconds: stop))
    } else {
      system.run(until: .start + window)
      system.drain(until: .start + window + .seconds(10 * 86_400))
    }
    return try look(system)
  }
}

extension FeedSystem {
  /// From a post's opening until the last follower has it, at the worst, in seconds.
  var lagToLastMost: Double {
    Double(measurements.pipeline.lagTo[PipelineMeasurements.shares.count - 1].maximum) / 1e9
  }

  /// Measured deliveries found in the timelines.
  var delivered: Int {
    (0..<UInt32(audience.graph.userCount)).reduce(0) {
      $0 + Int(timelines.head($1).pointee.delivered)
    }
  }

  /// The laws that do not hold.
  func brokenLaws() -> [String] {
    checkConservation().filter { !$0.passed }.map { "\($0.name): \($0.detail)" }
  }
}
