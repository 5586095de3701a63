import Simulation

extension GraphModel {
  /// Bytes that building the graph takes at its peak, at the most; 0 where only reading the file
  /// will tell.
  ///
  /// - Parameter available: bytes of free memory, by which `auto` decides.
  public func bytes(users: Int, available: Double? = nil) -> Double {
    storage(users: users, available: available) == .plain
      ? plainBytes(users: users) : compressedBytes(users: users)
  }

  /// How the rows of so many users will be kept; of a file, plain unless it is said.
  public func storage(users: Int, available: Double?) -> GraphStorage {
    switch storage {
    case .plain: return .plain
    case .compressed: return .compressed
    case .auto:
      guard let available else { return .plain }
      return plainBytes(users: users) > available / 2 ? .compressed : .plain
    }
  }

  private func plainBytes(users: Int) -> Double {
    let follows: Double
    switch source {
    case .sampled(let graph): follows = graph.meanFollows
    case .barabasiAlbert(let growth): follows = 2 * Double(growth.follows)
    case .edges: return 0
    }
    // Both directions, and the pairs that are dealt out while one becomes the other.
    return Double(users) * (follows * 16 + 24)
  }

  private func compressedBytes(users: Int) -> Double {
    let rows: (follows: Double, listed: Double)
    switch source {
    case .sampled(let graph): rows = (graph.meanFollows, 0)
    // Grown follows are listed and sorted first.
    case .barabasiAlbert(let growth): rows = (Double(growth.follows), 16)
    case .edges: return 0
    }
    let edges = Int(min(rows.follows * Double(users), 0x1p60))
    let packed = Double(CompressedRows.bytesAtMost(universe: users, edges: edges))
    let dealt = min(edges, CompressedTransposition.pairsAtMost)
    // Both directions, their offsets and known places, the counts drawn and the longest row, and
    // the pairs of a pass.
    return 2 * packed + Double(users) * 26 + Double(edges) * rows.listed + Double(dealt) * 8
  }
}

/// What a replication will hold, as far as it is known before it begins.
public struct ExpectedHoldings: Sendable {
  public var users: Int
  /// Posts made and kept, of the past lifetime and of the run.
  public var posts: Double
  /// Pages shown in the run.
  public var pages: Double
  /// Nil where every post is like every other.
  public var world: WorldSettings?

  public init(users: Int, posts: Double, pages: Double = 0, world: WorldSettings? = nil) {
    self.users = users
    self.posts = posts
    self.pages = pages
    self.world = world
  }
}

extension Design {
  /// Bytes that one replication holds beside the follower graph, at the most.
  public func bytes(_ expected: ExpectedHoldings) -> Double {
    let (users, posts) = (expected.users, expected.posts)
    let viewer = MemoryLayout<ViewerRow>.stride + MemoryLayout<TimelineHead>.stride
    var bytes = Double(users * (viewer + 4))
    let plan = fanOut.plan(followers: 0)
    if plan.writes, timelines.keep == .entries {
      let slots = TimelineStore.slots(
        for: timelines.capacity + TrimLaw(chance: timelines.trim).room)
      bytes += Double(users) * Double(slots * MemoryLayout<UInt32>.stride)
    }
    // A rule for single edges: two words a user, and the rates it is made from.
    if plan == .pushToSome { bytes += Double(users) * 40 }
    if timelines.tick != nil { bytes += Double(users * OverwrittenRows.bytes) }
    let post = MemoryLayout<PostRecord>.stride + MemoryLayout<PostCounters>.stride
    bytes += posts * Double(post)
    // Where each post lies is kept beside it.
    if settings(of: .postStore).shardBy == .post { bytes += posts * 2 }
    // A leaf's log that is full moves into one twice its size; objects have a record each.
    if leafIndex != nil {
      bytes += posts * Double(3 * MemoryLayout<LeafIndex.Entry>.stride) + Double(users * 4)
    }
    if objects != nil {
      bytes += (posts + Double(users)) * Double(MemoryLayout<ObjectRecord>.stride)
    }
    // For each cache of objects an index over all keys and a slot for all that it holds; two words
    // of each key's commits.
    if let cache = objects?.cache, cache.isUsed {
      let keys = posts + Double(users)
      bytes += keys * Double(8 + (2 * cache.clusters + 1) * (4 + 12 + 16))
    }
    // A held feed: its page, its view of the world, its place in the policy's lists.
    bytes += Double(cache.capacity(users: users)) * Double(feed.length * 4 + 32)
    bytes += levelBytes(users: users, posts: posts)
    bytes += rankingBytes(users: users)
    if let world = expected.world { bytes += worldBytes(world, expected) }
    bytes += learningBytes(expected)
    // By user: a region, what is known of feeds made ahead, two words of their forecast.
    if !regions.isEmpty { bytes += Double(users) }
    if prefetch != nil || cache.refreshes { bytes += Double(users) * 25 }
    // A key's word in each edge's index.
    if let edge, edge.size > 0 {
      bytes += Double(max(1, regions.count)) * (Double(users) + 2 * posts) * 8
    }
    // Sessions, the latest subscription, a day's notifications; the screens that show a post.
    if live != nil || notifications != nil { bytes += Double(users) * 13 + posts * 4 }
    return bytes
  }
  /// What each post is, and which viewers have looked at which.
  private func worldBytes(_ world: WorldSettings, _ expected: ExpectedHoldings) -> Double {
    let pairs = expected.pages * Double(feed.page)
    return expected.posts * Double(MemoryLayout<PostTraits>.stride)
      + pairs * Double(JudgedPosts.bytesAtMost)
  }

  /// What models learn from: the examples of each list of stages, what has been observed of each
  /// viewer, and, for each freshness, both that and the posts' counters as they were.
  private func learningBytes(_ expected: ExpectedHoldings) -> Double {
    let models = trainedStages.map { $0.map(\.model) }
    guard models.contains(where: { !$0.isEmpty }) else { return 0 }
    let examples = models.reduce(0) { sum, list in
      sum + (list.map(\.training.examples).max() ?? 0)
    }
    let topics = expected.world?.topics ?? 1
    let observations = Double(expected.users) * Double(Observations.bytes(topics: topics))
    let lags = Set(models.flatMap { $0.map(\.freshness) }.filter { $0 > .zero }).count
    let counters = expected.posts * Double(MemoryLayout<PostCounters>.stride)
    return Double(examples) * Double(ExampleRing.bytes)
      + observations + Double(lags) * (observations + counters)
  }
}
