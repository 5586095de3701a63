import Settings
import Simulation

/// A cache that a fault is about.
public enum CacheName: String, CaseIterable, Sendable {
  case feed, l1, l2, l3, follower, leader, edge
}

/// Which cache, and which part of it.
struct CacheChoice: Sendable {
  let cache: CacheName
  /// Of the follower caches; nil for all.
  let cluster: Int?
  /// Of the edges; nil for all.
  let region: String?

  init(_ parameters: inout Parameters) throws {
    cache = try parameters.read(
      "cache", .choice(CacheName.allCases.map { ($0.rawValue, $0) }), default: .feed,
      "Which: of feeds, a level, of objects (follower, leader), or at the edge.")
    cluster = try parameters.read(
      "cluster", .count(in: 0...63), "Of follower caches, which, from 0; all if not given.")
    region = try parameters.read("region", .text, "Of edges, whose; all if not given.")
    if parameters.isDescribing { return }
    if cluster != nil, cache != .follower {
      throw parameters.error("is for cache: follower", key: "cluster")
    }
    if region != nil, cache != .edge {
      throw parameters.error("is for cache: edge", key: "region")
    }
  }

  func check(_ design: Design, _ source: Parameters) throws {
    func lacking(_ giver: String) -> InvalidInput {
      source.error(
        "is \(cache.rawValue), which this design has not; give \(giver)", key: "cache")
    }
    let objects = design.objects?.cache
    switch cache {
    case .feed:
      let holds = design.cache.size != .count(0) && design.cache.size != .share(0)
      if design.levels?.holds(.feed) == true {
        throw source.error("is feed, and feeds are held in levels; use l1, l2 or l3", key: "cache")
      }
      if !holds { throw lacking("cache.feed a size") }
    case .l1, .l2, .l3:
      if design.levels?[level] == nil { throw lacking("cache.levels.\(cache.rawValue)") }
    case .follower:
      if objects?.follower.isUsed != true { throw lacking("objects.cache.follower") }
      let clusters = objects?.clusters ?? 1
      if let cluster, cluster >= clusters {
        throw source.error("is \(cluster); there are 0 to \(clusters - 1)", key: "cluster")
      }
    case .leader:
      if objects?.leader.isUsed != true { throw lacking("objects.cache.leader") }
    case .edge:
      if (design.edge?.size ?? 0) == 0 { throw lacking("cache.edge") }
      if let region { _ = try design.region(named: region, source) }
    }
  }

  var level: CacheLevel {
    switch cache {
    case .l2: .l2
    case .l3: .l3
    default: .l1
    }
  }

  /// A share of the cache's keys is gone; until `bringBack` they are not kept again.
  func lose(_ share: Double, _ id: UInt32, _ system: FeedSystem) {
    var draws = system.faultDraws(id, 3)
    let first = draws.uniform()
    let choice = self
    system.lose(choice) { $0.add(id, from: first, share: share) }
  }

  func bringBack(_ id: UInt32, _ system: FeedSystem) {
    let choice = self
    system.change(choice) { $0.remove(id) }
  }
}

/// Nodes of a cache that are lost, with the keys that hash to them: look-ups of those miss, and
/// nothing is kept under them, until the nodes are back, cold.
public struct CacheNodeLost: Fault {
  public static let name = "cache-node-lost"
  public static let summary = "nodes of a cache are lost with their keys, and come back cold"
  public static let usualLength: Duration? = .zero

  let choice: CacheChoice
  let share: Double

  public init(_ parameters: inout Parameters) throws {
    choice = try CacheChoice(&parameters)
    share = try parameters.read(
      "share", .share(), default: 0.1, "Of the cache's keys, those of the nodes.")
    if share == 0 { throw parameters.error("is none; leave the fault out", key: "share") }
  }

  public func check(_ design: Design, _ source: Parameters) throws {
    try choice.check(design, source)
  }

  public func begin(_ id: UInt32, _ system: FeedSystem) {
    choice.lose(share, id, system)
  }

  public func end(_ id: UInt32, _ system: FeedSystem) { choice.bringBack(id, system) }
}
