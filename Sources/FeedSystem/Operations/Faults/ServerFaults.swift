import Settings
import Simulation

/// Which servers of a tier a fault is about: a share of them or a number, drawn side by side.
struct ServerChoice: Sendable {
  let tier: TierName
  let servers: Portion

  /// - Parameter standard: how many where the scenario does not say.
  init(_ parameters: inout Parameters, standard: Portion) throws {
    tier = try parameters.tier()
    servers = try parameters.read(
      "servers", .portion(count: 1...1_000_000), default: standard,
      "Of its servers as the fault begins: a share, at least one of them, or a number.")
    if servers == .share(0) {
      throw parameters.error("is none; give a share above 0% or a number", key: "servers")
    }
  }

  func check(_ design: Design, _ source: Parameters, _ kind: String) throws {
    if tier.isSharded {
      let other = kind == SlowServer.name ? SlowShard.name : ShardLost.name
      throw source.error("is \(tier.key), which is shards, not a pool; use \(other)", key: "tier")
    }
    try design.check(tier, source)
  }

  /// Those that a fault strikes, drawn for its occurrence among those that there are now.
  func choose(_ id: UInt32, _ system: FeedSystem) -> Range<Int> {
    let all = min(system.snapshot(tier).servers, 1_000_000)
    let count = max(1, min(all, servers.count(of: all)))
    let first = system.draw(below: all - count + 1, for: id)
    return first..<first + count
  }
}

extension Parameters {
  mutating func tier() throws -> TierName {
    try require(
      "tier", .choice(TierName.allCases.map { ($0.key, $0) }), "Which part of the system.")
  }
}

extension Design {
  /// Throws where there is no such tier.
  func check(_ tier: TierName, _ source: Parameters) throws {
    guard !has(tier) else { return }
    let giver =
      switch tier {
      case .objectStore: "objects"
      case .leafServers: "leafIndex"
      case .liveGateway: "live"
      case .notifier: "notifications"
      case .hashMatch, .moderationModel, .mediaScan: "moderation"
      case .privacyFilter: "privacy"
      case .l1Cache: "cache.levels.l1 with latency: servers"
      case .l2Cache: "cache.levels.l2 with latency: servers"
      case .l3Cache: "cache.levels.l3 with latency: servers"
      case .origin: "cache.levels that hold features, without a latency of their origin"
      case .followerCache, .leaderCache: "objects.cache"
      case .featureStore: "a ranking stage with features"
      default: "it"
      }
    throw source.error("is \(tier.key), which this design has not; give \(giver)", key: "tier")
  }
}

extension FeedSystem {
  /// Makes servers worse for as long as an occurrence lasts.
  func begin(_ effect: ServerEffect, for id: UInt32) {
    let handle = begin(effect)
    faults[id].effects.append(handle)
  }

  func endEffects(_ id: UInt32) {
    for handle in faults[id].effects { end(effect: handle) }
    faults[id].effects = []
  }
}
