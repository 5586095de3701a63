import Settings
import Simulation

/// A scenario's `cache.edge`: a cache in each region, between its clients and the gateway.
///
/// It holds first pages, by viewer, and the media of posts, by post, under one policy and in the
/// same room. S0.15 gives an entry 600 s. A delivery does not reach an edge: what is held there
/// is shown until it is too old, unless it is purged.
public struct EdgeSettings: Sendable {
  public enum Holds: String, CaseIterable, Sendable {
    case feeds, media, both
  }

  public enum Purge: String, CaseIterable, Sendable {
    /// A page stays until it is too old.
    case none
    /// What makes a held feed stale purges the page that was made from it.
    case key
  }

  /// Bytes in each region; 0 for none.
  public var size = 10_000_000_000
  public var policy = "lru"
  public var ttl = Duration.seconds(600)
  public var holds = Holds.both
  /// Between a region's clients and its edge, there and back; no seed says.
  public var roundTrip = Duration.milliseconds(10)
  public var purge = Purge.none
  /// From what makes a page stale until its edge has dropped it; no seed says.
  public var purgeLag = Duration.seconds(5)
  /// Price-sheet item whose memory the edges are.
  public var instance = "cache.r6g.2xlarge"

  public init() {}

  init(_ parameters: inout Parameters) throws {
    size = try parameters.read(
      "size", .bytes(in: 0...1_000_000_000_000_000), default: size,
      "Bytes held in each region; 0 for no edges.")
    let policies = FeedCacheSettings.policies.map { ($0.name, $0.name) }
    policy = try parameters.read(
      "policy", .choice(policies), default: policy, "Decides what makes room.")
    ttl = try parameters.read(
      "ttl", .duration(in: .milliseconds(1)...(.seconds(24 * 86_400))), default: ttl,
      "How long a page or a post's media are held.")
    holds = try parameters.read(
      "holds", .choice(Holds.allCases.map { ($0.rawValue, $0) }), default: holds,
      "First pages by viewer, the media of posts, or both.")
    roundTrip = try parameters.read(
      "roundTrip", .duration(in: .zero...(.seconds(60))), default: roundTrip,
      "Between a region's clients and its edge, there and back: a part of the region's.")
    purge = try parameters.read(
      "purge", .choice(Purge.allCases.map { ($0.rawValue, $0) }), default: purge,
      "Whether what makes a held feed stale also purges the page at the edge.")
    purgeLag = try parameters.read(
      "purgeLag", .duration(in: .zero...(.seconds(86_400))), default: purgeLag,
      "From a delivery until the edge has dropped the page.")
    instance = try parameters.read(
      "instance", .text, default: instance, "The price sheet's item whose memory the edges are.")
  }

  var holdsFeeds: Bool { size > 0 && holds != .media }
  var holdsMedia: Bool { size > 0 && holds != .feeds }
}

extension Design {
  /// What `cache.edge` must keep to fit what else the scenario says.
  func checkEdge(_ parameters: Parameters) throws {
    guard let edge, edge.size > 0 else { return }
    let nearest = regions.map(\.roundTrip).min() ?? network.client
    if edge.roundTrip > nearest {
      let whose = regions.isEmpty ? "network.client" : "the roundTrip of a region"
      throw parameters.error(
        "edge.roundTrip is longer than \(whose), of which it is a part", key: "cache")
    }
    if edge.purge == .key, cache.size == .share(0) || cache.size == .count(0) {
      throw parameters.error(
        "edge.purge: key follows what makes feeds of cache.feed stale; give that a size",
        key: "cache")
    }
    guard edge.holdsFeeds else { return }
    if fanOut.activeWindow > .zero, edge.ttl > fanOut.activeWindow {
      throw parameters.error(
        "edge.ttl is longer than fanOut.activeWindow: a follower counted as away would still be "
          + "shown a held page", key: "cache")
    }
    if let after = timelines.dormantAfter, after <= edge.ttl {
      throw parameters.error(
        "dormantAfter is not longer than cache.edge.ttl: a held page would outlive its timeline",
        key: "timelines")
    }
  }
}
