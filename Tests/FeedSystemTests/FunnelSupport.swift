import Settings
import Simulation

@testable import FeedSystem

/// A small population that pushes, without a cache or a network, every time but the ranking's
/// constant: `idle` for each load besides it.
struct FunnelRun {
  static let idle = Duration.milliseconds(8)

  /// A scenario's `ranking`, in flow style.
  var ranking: String
  var feed = "{candidates: 200, length: 50}"
  /// Of the feature store, a call.
  var call = "100ms"
  var cache = "{feed: {size: 0}}"
  var more = ""
  var servers: Int?
  var length = Duration.seconds(600)
  var adjust: (inout Design) throws -> Void = { _ in }

  func look<Value>(_ body: (FeedSystem) throws -> Value) throws -> Value {
    var small = SmallSystem()
    small.users = 300
    small.maximum = 150
    small.activity = "{postsPerDay: 40, loadsPerDay: 200, activeShare: 70%}"
    small.warmUp = .zero
    small.length = length
    small.servers = servers
    small.adjust = adjust
    small.yaml = """
      fanOut: {policy: push}
      cache: \(cache)
      network: {client: 0s, roundTrip: 0s}
      feed: \(feed)
      ranking: \(ranking)
      tiers:
        gateway: {visit: constant(1ms)}
        timelineStore: {visit: constant(5ms), perUnit: 0s}
        feedCache: {visit: constant(1ms)}
        featureStore: {visit: constant(\(call)), perUnit: 0s}
      \(more)
      """
    return try small.run(body)
  }
}

/// Leaves all as it is.
struct Idle: RankingStage {
  static let name = "idle"
  static let summary = "does nothing"
  let role = StageRole.filter

  init() {}
  init(_ parameters: inout Parameters) throws {}

  func apply(_ candidates: inout Candidates, _ context: RankingContext) {}
}

/// Adds the newest posts of all, three times.
struct Newest: RankingStage {
  static let name = "newest"
  static let summary = "adds three posts"
  let role = StageRole.source
  let work = StageWork(flops: 1000, features: 2)

  init() {}
  init(_ parameters: inout Parameters) throws {}

  func room(for settings: FeedSettings) -> Int { 3 }

  func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    for post in UInt32(0)..<3 { candidates.append(post, from: .trending, score: 1e6) }
  }
}

/// Keeps the five best, the worst of them first.
struct Five: RankingStage {
  static let name = "five"
  static let summary = "five posts, turned round"
  let role = StageRole.reranker

  init() {}
  init(_ parameters: inout Parameters) throws {}

  func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    candidates.sort(keeping: 5)
    for place in 0..<(candidates.count / 2) {
      let other = candidates.count - 1 - place
      let id = candidates.ids[place]
      candidates.ids[place] = candidates.ids[other]
      candidates.ids[other] = id
    }
  }
}

extension FunnelStage {
  /// A stage of a test, with what a scenario would say of it.
  init(_ stage: any RankingStage, visit: Duration? = nil) throws {
    var none = Parameters.empty
    try self.init(type(of: stage).name, stage, &none)
    guard let visit else { return }
    self.visit = .constant(visit.seconds)
    perCandidate = .zero
  }
}

extension ListPool {
  /// With one list.
  static func sample(width: Int) -> ListPool {
    var pool = ListPool(width: width)
    _ = pool.take()
    return pool
  }
}
