import Settings
import Simulation

/// What decides which shard of the post store keeps a post (S0.12 shards by user, S2.3 by author).
public enum ShardKey: String, CaseIterable, Sendable {
  /// An author's posts lie together: a pull asks the shards of its authors, each for its own.
  case author
  /// Each post lies where its hash says: a write is spread, a pull asks every shard for every
  /// author.
  case post
  /// Each reader's shard has a copy: a pull asks one shard, a write goes to all that have a
  /// follower.
  case viewer

  /// The shard of a user: ids fall with followers, so neighbours are spread.
  @inline(__always)
  static func home(of user: UInt32, shards: Int) -> Int { Int(user) % shards }

  /// The shards that keep a post of this author, rising; where posts are hashed, how many there
  /// are is all that is told.
  public func holders(of author: UInt32, in graph: FollowerGraph, shards: Int) -> [Int] {
    let home = ShardKey.home(of: author, shards: shards)
    guard self == .viewer else { return [home] }
    var isHolder = [Bool](repeating: false, count: shards)
    isHolder[home] = true
    var left = shards - 1
    for follower in graph.followers(of: author) {
      if left == 0 { break }
      let shard = ShardKey.home(of: follower, shards: shards)
      if !isHolder[shard] {
        isHolder[shard] = true
        left -= 1
      }
    }
    return isHolder.indices.filter { isHolder[$0] }
  }
}

/// Copies of each shard that answer its reads (S0.25). The primary takes the writes; a replica
/// writes them as well, and shows them later.
public struct ReplicaSettings: Sendable {
  /// Of each shard, besides its primary.
  public var count = 1
  /// From a post's being stored until a replica shows it, drawn for each post and replica.
  public var lag = Distribution.exponential(mean: 0.1)

  init() {}

  init(_ parameters: inout Parameters) throws {
    count = try parameters.read(
      "count", .count(in: 0...64), default: count, "Of each shard, besides its primary.")
    lag = try parameters.read(
      "lag", .distribution, default: lag, "How long after the primary a replica shows a post.")
  }
}
