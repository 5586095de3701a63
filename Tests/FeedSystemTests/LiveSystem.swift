import Settings
import Simulation
import YAMLSettings

@testable import FeedSystem

/// Authors whose followers have a session at given times; what is not said to take time takes
/// none, but for 100 ms to the client and back, 1 ms of a server for a message or a poll and 5 ms
/// for a handshake.
struct LiveSystem {
  /// Followers of each author, falling; they follow nobody else.
  var followers = [2]
  var posts: [(author: Int, seconds: Double)] = [(0, 10)]
  /// When which follower of all comes; each stays.
  var sessions: [(follower: Int, seconds: Double)] = [(0, 0)]
  var policy = "push"
  /// Of a scenario's `live`; nothing for a design without.
  var live = "channel: sse, coalesce: 0s"
  var more = ""
  var window = Duration.seconds(600)

  var yaml: String {
    """
    fanOut: {policy: \(policy)}
    timelines: {lifetime: 1h}
    network: {roundTrip: 0s, client: 100ms, eventBus: 0s}
    tiers:
      gateway: {visit: constant(0s)}
      feedCache: {visit: constant(0s)}
      ranking: {visit: constant(0s), perUnit: 0s}
      postStore: {visit: constant(0s), perUnit: 0s}
      timelineStore: {visit: constant(0s), perUnit: 0s}
      fanOutWorkers: {visit: constant(0s), perUnit: 0s}
      liveGateway: {visit: constant(1ms), perUnit: 0s}
      notifier: {visit: constant(1s)}
    sessions: {loads: 1000, pages: 1, thinkTime: constant(1h)}
    engagement: {likes: 0%, comments: 0%, shares: 0%}
    \(live.isEmpty ? "" : "live: {handshake: constant(5ms), request: constant(1ms), \(live)}")
    \(more)
    """
  }

  private func graph() -> FollowerGraph {
    var list = FollowList(userCount: followers.count + followers.reduce(0, +))
    var next = UInt32(followers.count)
    for (author, count) in followers.enumerated() {
      for _ in 0..<count {
        list.append(follower: next, followee: UInt32(author))
        next += 1
      }
    }
    return list.build(origin: FollowerGraph.Origin(), memory: GraphMemory())
  }

  func run<Value>(_ look: (FeedSystem) throws -> Value) throws -> Value {
    let graph = graph()
    var activity = ActivityModel()
    activity.postsPerDay = 0
    activity.loadsPerDay = 0
    activity.activeShare = 1
    var parameters = try Parameters(SettingsFile.parse(yaml, file: "test.yaml"))
    let design = try Design(&parameters)
    var traffic = try TrafficSettings(&parameters).traffic(for: graph, window: .start)
    traffic.scripted = posts.map {
      (at: Instant.start + Duration(seconds: $0.seconds), author: UInt32($0.author))
    }
    let system = try FeedSystem(
      design: design,
      audience: Audience(graph: graph, activity: activity.build(on: graph, seed: 1)),
      traffic: traffic, seed: 7, memory: TimelineMemory())
    system.start(measuring: .start..<(.start + window))
    system.resize(to: Fleet { _ in 16 })
    for (number, session) in sessions.enumerated() {
      system.run(until: .start + Duration(seconds: session.seconds))
      system.openSession(
        of: UInt32(followers.count + session.follower),
        RandomStream(seed: 1, purpose: 1, entity: UInt64(number)))
    }
    system.run(until: .start + window)
    system.drain(until: .start + window + .seconds(7200))
    return try look(system)
  }
}

/// What a run has counted of live updates.
struct LiveCounts {
  var raised: Int
  /// Sums in seconds.
  var lag: Double
  var lagMean: Double
  var lags: Int
  var engagementLags: Int
  var reconnects: Double
  var bytes: Int
  var peak: Int
  var made: Int
  var dropped: Int
  var refused: Int
  var indicators: Int
  var taken: Int
  var extraLoads: Int
  private var fates: [Int]
  private var kinds: [Int]

  func told(_ fate: UpdateFate) -> Int { fates[fate.rawValue] }
  func sent(_ kind: MessageKind) -> Int { kinds[Int(kind.rawValue)] }

  init(_ m: borrowing LiveMeasurements) {
    raised = m.raised
    lag = Double(m.lag[0].exactSum) / 1e9
    lagMean = m.lag[0].mean / 1e9
    lags = Int(m.lag[0].count)
    engagementLags = Int(m.engagementLag[0].count)
    reconnects = Double(m.reconnect[0].exactSum) / 1e9
    bytes = m.bytes
    peak = m.peak
    made = m.made
    dropped = m.dropped
    refused = m.refused
    indicators = m.indicators
    taken = m.taken
    extraLoads = m.extraLoads
    fates = UpdateFate.allCases.map { m.ended($0) }
    kinds = MessageKind.allCases.map { m.messages($0) }
  }
}
