import Settings
import Simulation

/// Which shard of which tier a fault is about.
struct ShardChoice: Sendable {
  let tier: TierName
  let shard: Int?

  init(_ parameters: inout Parameters) throws {
    let tiers = TierName.allCases.filter(\.isSharded)
    tier = try parameters.read(
      "tier", .choice(tiers.map { ($0.key, $0) }), default: .postStore, "Whose shard.")
    shard = try parameters.read(
      "shard", .count(in: 0...4095), "Which, from 0; drawn if not given.")
  }

  func check(_ design: Design, _ source: Parameters) throws {
    try design.check(tier, source)
    let shards = design.settings(of: tier).shards
    if let shard, shard >= shards {
      throw source.error("is \(shard); \(tier.key) has 0 to \(shards - 1)", key: "shard")
    }
  }

  func choose(_ id: UInt32, _ system: FeedSystem) -> Int {
    let shards = system.design.settings(of: tier).shards
    let place = shard ?? system.draw(below: shards, for: id)
    system.faults[id].place = place
    return place
  }
}

/// A shard that is down. What it has accepted it still answers; then reads lack its posts and
/// writes to it fail, until it is back, or until a replica is promoted. A leaf loses its memory as
/// well.
public struct ShardLost: Fault {
  public static let name = "shard-lost"
  public static let summary = "a shard is down: reads lack what it has, writes fail"

  let choice: ShardChoice
  let detectAfter: Duration

  public init(_ parameters: inout Parameters) throws {
    choice = try ShardChoice(&parameters)
    detectAfter = try parameters.read(
      "detectAfter", .duration(in: .zero...(.seconds(86_400))), default: .seconds(10),
      "Until a replica of a shard of postStore takes its place; posts that none had are lost.")
  }

  public func check(_ design: Design, _ source: Parameters) throws {
    try choice.check(design, source)
    guard choice.tier == .postStore else { return }
    let settings = design.settings(of: .postStore)
    if settings.shardBy == .viewer {
      throw source.error(
        "does not go with tiers.postStore.shardBy: viewer, which keeps a post on several shards; "
          + "use author or post", key: "tier")
    }
    guard (settings.replicas?.count ?? 0) > 0 else { return }
    if design.timelines.keep == .counts || design.timelines.tick != nil {
      throw source.error(
        "loses posts that no replica has, which the audit follows entry by entry: leave out "
          + "timelines.keep: counts and key: time", key: "tier")
    }
  }

  public func begin(_ id: UInt32, _ system: FeedSystem) {
    let shard = choice.choose(id, system)
    system.takeDown(shard, of: choice.tier)
    if choice.tier == .postStore, system.postShards.replicas > 0 {
      system.calendar.schedule(.fault(id, .advances), at: system.now + detectAfter)
    }
  }

  public func advance(_ id: UInt32, _ system: FeedSystem) {
    if !system.faults[id].hasEnded { system.promoteReplica(of: system.faults[id].place) }
  }

  public func end(_ id: UInt32, _ system: FeedSystem) {
    system.bringBack(system.faults[id].place, of: choice.tier)
  }
}
