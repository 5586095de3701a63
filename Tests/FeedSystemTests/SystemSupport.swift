import Settings
import Simulation
import YAMLSettings

@testable import FeedSystem

/// A small system to look into: design, traffic and activity as YAML, over a sampled graph.
struct SmallSystem {
  var users = 2000
  var meanFollows = 20.0
  var exponent = 2.2
  var maximum = 800
  var seed: UInt64 = 7
  var yaml = ""
  var activity = "{postsPerDay: 20, loadsPerDay: 60, activeShare: 70%}"
  var celebrities: [Celebrity] = []
  var world: WorldSettings?
  var warmUp = Duration.seconds(300)
  var length = Duration.seconds(1800)
  var servers: Int? = nil
  /// In place of a sampled one.
  var given: Audience?
  /// What no scenario can say of the design.
  var adjust: (inout Design) throws -> Void = { _ in }

  func audience() throws -> Audience {
    if let given { return given }
    let graph = try GraphModel.powerLaw(
      meanFollows: meanFollows, exponent: exponent, maximum: maximum
    ).build(users: users, celebrities: celebrities, seed: seed)
    var parameters = try Parameters(
      SettingsFile.parse("activity: \(activity)", file: "test.yaml"))
    var section = try parameters.nested("activity") ?? .empty
    return Audience(
      graph: graph, activity: try ActivityModel(&section).build(on: graph, seed: seed),
      world: world)
  }

  func settings() throws -> (Design, TrafficSettings) {
    let text = yaml.isEmpty ? "fanOut: {policy: push}" : yaml
    var parameters = try Parameters(SettingsFile.parse(text, file: "test.yaml"))
    var design = try Design(&parameters)
    let traffic = try TrafficSettings(&parameters)
    try parameters.finish()
    try adjust(&design)
    return (design, traffic)
  }

  /// Runs to the end and hands the finished system over.
  func run<Value>(
    warmStart: Bool = true, _ look: (FeedSystem) throws -> Value
  ) throws -> Value {
    let audience = try audience()
    let (design, traffic) = try settings()
    let opens = Instant.start + warmUp
    let system = try FeedSystem(
      design: design, audience: audience,
      traffic: traffic.traffic(for: audience.graph, window: opens), seed: seed,
      memory: TimelineMemory())
    if warmStart { system.warmStart() }
    system.start(measuring: opens..<(opens + length))
    if let servers { system.resize(to: Fleet { $0 == .postStore ? 16 : servers }) }
    system.run(until: opens + length)
    system.drain(until: opens + length + .seconds(7200))
    return try look(system)
  }
}
