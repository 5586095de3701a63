import Simulation

extension GraphModel {
  /// Bytes that building the graph takes at its peak, at the most; 0 where only reading the file
  /// will tell.
  public func bytes(users: Int) -> Double {
    let follows: Double
    switch source {
    case .sampled(let graph): follows = graph.meanFollows
    case .barabasiAlbert(let growth): follows = 2 * Double(growth.follows)
    case .edges: return 0
    }
    // Both directions, and the pairs that are dealt out while one becomes the other.
    return Double(users) * (follows * 16 + 24)
  }
}

extension Design {
  /// Bytes that one replication holds beside the follower graph, at the most.
  /// - Parameter posts: that are made and kept, of the past lifetime and of the run.
  public func bytes(users: Int, posts: Double) -> Double {
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
}
