import Settings
import Simulation
import YAMLSettings

@testable import FeedSystem

/// A small population that pulls, on shards or on leaves.
struct LeafRun {
  var seed: UInt64 = 5
  var users = 120
  var policy = "pull"
  /// A scenario's `leafIndex`; empty for none.
  var leaves = ""
  var more = ""
  /// Of `tiers`, besides.
  var tiers = ""
  /// Of a shard and of a leaf, alike.
  var visit = "exponential(mean 5ms)"
  var perUnit = "1ms"
  var perDay = 200.0
  /// Who posts besides, and when, in seconds.
  var posts: [(author: UInt32, seconds: Double)] = []
  var lifetime = "1h"
  var window = Duration.seconds(300)
  var stop: Double?

  var yaml: String {
    """
    fanOut: {policy: \(policy)}
    timelines: {capacity: 64, lifetime: \(lifetime)}
    cache: {feed: {size: 20%, ttl: 20s}}
    tiers:
      postStore: {visit: \(visit), perUnit: \(perUnit), shards: 4}
      leafServers: {visit: \(visit), perUnit: \(perUnit)}
      \(tiers)
    \(leaves.isEmpty ? "" : "leafIndex: {\(leaves)}")
    \(more)
    """
  }

  func look<Value>(
    servers: Int? = 16, _ body: (FeedSystem) throws -> Value
  ) throws -> Value {
    let graph = try GraphModel.powerLaw(meanFollows: 8, exponent: 2.2, maximum: users / 2)
      .build(users: users, celebrities: [], seed: seed)
    var activity = ActivityModel()
    activity.postsPerDay = perDay
    activity.loadsPerDay = perDay
    var parameters = try Parameters(SettingsFile.parse(yaml, file: "test.yaml"))
    let design = try Design(&parameters)
    var traffic = try TrafficSettings(&parameters).traffic(for: graph, window: .start)
    try parameters.finish()
    traffic.scripted = posts.map { (at: .start + Duration(seconds: $0.seconds), author: $0.author) }
    let system = try FeedSystem(
      design: design,
      audience: Audience(graph: graph, activity: activity.build(on: graph, seed: seed)),
      traffic: traffic, seed: seed, memory: TimelineMemory())
    system.warmStart()
    system.start(measuring: .start..<(.start + window))
    if let servers { system.resize(to: Fleet { _ in servers }) }
    if let stop {
      system.run(until: .start + Duration(seconds: stop))
    } else {
      system.run(until: .start + window)
      system.drain(until: .start + .seconds(86_400))
    }
    return try body(system)
  }
}
