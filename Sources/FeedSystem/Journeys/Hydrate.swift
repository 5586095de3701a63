import Settings
import Simulation

/// Looking up what the entries of a ranked feed lack, in batches by shard (S2.6): the posts where
/// timelines hold ids, their counters alone where timelines hold the posts.
public struct HydrationSettings: Sendable {
  /// Ids of one query.
  public var batch = 100
  /// What a post adds to a query's time: a row read by its key.
  public var perPost = Duration.microseconds(100)
  /// What a post's counters add: a few numbers from memory.
  public var perCounters = Duration.microseconds(20)

  init() {}

  init(_ parameters: inout Parameters) throws {
    batch = try parameters.read(
      "batch", .count(in: 1...100_000), default: batch, "Posts that one query looks up.")
    perPost = try parameters.read(
      "perPost", .duration(), default: perPost,
      "Added to a query for each post, where timelines hold ids.")
    perCounters = try parameters.read(
      "perCounters", .duration(), default: perCounters,
      "Added to a query for each post's counters, where timelines hold posts.")
  }
}

extension FeedSystem {
  /// Asks the shards for what the load's ranked posts lack; false where they lack nothing. Posts
  /// pulled from their authors came whole.
  func hydrate(_ id: UInt32) -> Bool {
    guard let encoding = design.timelines.encoding else { return false }
    let row = loads[id]
    let (list, count) = lookedUpPosts(id)
    let shards = shardMap.shards
    scratch.clearShards(shards)
    var lacking = 0
    for place in 0..<count {
      let author = posts[list[place]].author
      if isFoundAtAuthor(list[place], by: row.viewer) { continue }
      scratch.perShard[shardMap.shard(of: list[place], by: author, for: row.viewer)] += 1
      lacking += 1
    }
    guard lacking > 0 else { return false }
    let settings = design.feed.hydration
    let each = encoding.holdsOnlyIds ? settings.perPost : settings.perCounters
    loads[id].forgetBranches()
    var back = now
    var queries: UInt64 = 0
    loads[id].delay = callDelay
    for shard in 0..<shards {
      var left = Int(scratch.perShard[shard])
      if left > 0, lacks(shard, id) { continue }
      while left > 0 {
        let count = min(left, settings.batch)
        let visit = visitPosts(
          shard: shard, replica: replica(of: shard, for: row), lookingUp: count, each: each,
          key: mix64(row.key &+ 5) &+ queries)
        back = max(back, loads[id].ask(visit) + roundTrip + loads[id].delay)
        queries += 1
        left -= count
      }
    }
    loads[id].shardsBack = back
    calendar.schedule(.load(id, .hydrated), at: back)
    if window.contains(row.opened.nanoseconds) {
      measurements.postsLookedUp += lacking
      measurements.lookUpQueries += Int(queries)
    }
    return true
  }

  /// Sends a batched look-up to a shard of the post store.
  private func visitPosts(
    shard: Int, replica: Int, lookingUp count: Int, each: Duration, key: UInt64
  ) -> ShardVisit {
    let law = services[TierName.postStore.rawValue]
    var stream = RandomStream(key: law.seed, entity: key &+ UInt64(shard) << 40)
    return visitPosts(
      shard: shard, replica: replica, service: law.visit.sample(&stream) + each * count)
  }
}

extension LoadRow {
  /// Books a visit to a shard; returns when its service ends.
  mutating func ask(_ visit: ShardVisit) -> Instant {
    branches += 1
    branchesWait += visit.waited
    branchesServe += visit.service
    served += visit.service
    branchEnds &+= UInt64(bitPattern: visit.end.nanoseconds)
    return visit.end
  }

  mutating func forgetBranches() {
    branches = 0
    branchesWait = .zero
    branchesServe = .zero
    branchEnds = 0
  }
}
