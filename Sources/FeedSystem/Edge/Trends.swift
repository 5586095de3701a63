import Simulation

/// The posts most reacted to of late, everywhere and in each region.
struct Trends {
  private struct Reaction {
    var post: UInt32
    var region: UInt8
    var milliseconds: Int64
  }

  let settings: TrendSettings
  /// In order of time.
  private var recent: [Reaction] = []
  /// Of the world, then of each region, the most reacted to first.
  private(set) var pools: [[UInt32]]
  /// Of the world's posts in the pool, the window's reactions to each.
  private(set) var reactions: [Int] = []
  /// Σ 1/rank up to each rank.
  private let weights: [Double]

  init(_ settings: TrendSettings, regions: Int) {
    self.settings = settings
    pools = [[UInt32]](repeating: [], count: regions + 1)
    var sum = 0.0
    weights = (1...settings.posts).map { rank in
      sum += 1 / Double(rank)
      return sum
    }
  }

  mutating func note(_ post: UInt32, region: Int, at milliseconds: Int64) {
    recent.append(Reaction(post: post, region: UInt8(region), milliseconds: milliseconds))
  }

  /// Makes the pools anew from the reactions of the window.
  mutating func refresh(at milliseconds: Int64) {
    let oldest = milliseconds - settings.window.nanoseconds / 1_000_000
    recent.removeAll { $0.milliseconds < oldest }
    for pool in pools.indices {
      var posts: [UInt32] = []
      for reaction in recent where pool == 0 || Int(reaction.region) == pool - 1 {
        posts.append(reaction.post)
      }
      let most = Self.most(&posts, limit: settings.posts)
      pools[pool] = most.map(\.post)
      if pool == 0 { reactions = most.map(\.count) }
    }
  }

  /// The posts that occur most often, the newer first of those that occur alike.
  private static func most(
    _ posts: inout [UInt32], limit: Int
  ) -> ArraySlice<(count: Int, post: UInt32)> {
    posts.sort()
    var counted: [(count: Int, post: UInt32)] = []
    for post in posts {
      if let last = counted.indices.last, counted[last].post == post {
        counted[last].count += 1
      } else {
        counted.append((1, post))
      }
    }
    counted.sort { ($0.count, $0.post) > ($1.count, $1.post) }
    return counted.prefix(limit)
  }

  /// A post of a pool, its rank drawn in proportion to 1/rank; nil while the pool is empty.
  ///
  /// - Parameter draw: uniform on [0, 1).
  func post(of pool: Int, _ draw: Double) -> UInt32? {
    guard let total = pools[pool].indices.last.map({ weights[$0] }) else { return nil }
    let rank = weights.firstIndex { draw * total < $0 } ?? 0
    return pools[pool][min(rank, pools[pool].count - 1)]
  }
}
