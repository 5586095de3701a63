import Simulation

/// What shards, replicas and counters have been seen to do; of the measurement window where nothing
/// else is said.
public struct StorageMeasurements: ~Copyable {
  /// Loads that asked shards for authors' posts, and the shards that they asked.
  public var pulls = 0
  public var shardsAsked = 0
  /// Pulls and look-ups that replicas have answered; of these, those that lacked a post; the age of
  /// the oldest one lacking, when they answered.
  public var replicaReads = 0
  public var staleReads = 0
  public var staleAge = Histogram()
  /// Of the reads, those whose viewer's own newest post the replica lacked.
  public var ownUnseen = 0

  // Counts of engagements since the run's start: raised = stored + lost + on their way.
  public var countsStored = 0
  public var countsLost = 0
  /// That the database has more than once, beyond the first time.
  public var countsDoubled = 0

  /// Writes of counters into the database, and how long the oldest count of each had waited.
  public var counterWrites = 0
  public var writeAge = Histogram()
  /// By how long the counters of the posts shown were behind.
  public var readAge = Histogram()

  init() {}
}

/// Reads from replicas. Which of a shard's replicas answers is drawn for each load; whatever is
/// going to be written into a timeline is asked of the primary, since what a replica lacks would be
/// missing for good.
extension FeedSystem {
  /// Whether a load's reads lack what its replicas do not show yet.
  private func readsReplicas(_ row: LoadRow) -> Bool {
    postShards.replicas > 0 && !row.readsPrimary
  }

  /// The replica of a shard that answers a load; 0 is the primary.
  @inline(__always)
  func replica(of shard: Int, for row: LoadRow) -> Int {
    guard readsReplicas(row) else { return 0 }
    let draw = mix64(row.key ^ UInt64(shard) &* 0x9e37_79b9_7f4a_7c15)
    return 1 + Int(draw % UInt64(postShards.replicas))
  }

  /// Whether the replica that answers a load shows a post by now.
  private func shows(_ post: UInt32, to row: LoadRow) -> Bool {
    let record = posts[post]
    let shard = shardMap.shard(of: post, by: record.author, for: row.viewer)
    let copy = UInt64(shard) << 8 | UInt64(replica(of: shard, for: row))
    var stream = RandomStream(
      seed: seed, purpose: Purpose.replicaLag.rawValue, entity: copy << 32 | UInt64(post))
    let lag = shardMap.lag?.sample(&stream) ?? .zero
    // Of a shard without a primary, replicas hear nothing new.
    let heard = postShards.outages.headlessSince(shard) ?? now
    return Int64(record.storedMilliseconds) * 1_000_000 + lag.nanoseconds <= heard.nanoseconds
  }

  /// Whether some replica of its shard had a post at an instant.
  func isReplicated(_ post: UInt32, on shard: Int, by instant: Instant) -> Bool {
    let stored = Int64(posts[post].storedMilliseconds) * 1_000_000
    return (0..<postShards.replicas).contains { index in
      let copy = UInt64(shard) << 8 | UInt64(1 + index)
      var stream = RandomStream(
        seed: seed, purpose: Purpose.replicaLag.rawValue, entity: copy << 32 | UInt64(post))
      let lag = shardMap.lag?.sample(&stream) ?? .zero
      return stored + lag.nanoseconds <= instant.nanoseconds
    }
  }

  /// Leaves out what the replicas asked do not show yet.
  ///
  /// - Parameters:
  ///   - ids: what was asked for; those that are left come first, in their order.
  ///   - isPage: whether these are ranked posts, of which the pulled ones have been asked before.
  /// - Returns: how many are left.
  func dropUnseen(
    _ id: UInt32, of ids: UnsafeMutablePointer<UInt32>, count: Int, isPage: Bool = false
  ) -> Int {
    let row = loads[id]
    guard readsReplicas(row) else { return count }
    var kept = 0
    var oldest = Int32.max
    for index in 0..<count {
      let post = ids[index]
      ids[kept] = post
      let isAsked = !isPage || !isFoundAtAuthor(post, by: row.viewer)
      let isSeen = !isAsked || shows(post, to: row)
      kept += isSeen ? 1 : 0
      if !isSeen { oldest = min(oldest, posts[post].storedMilliseconds) }
    }
    guard window.contains(row.opened.nanoseconds) else { return kept }
    measurements.storage.replicaReads += 1
    if kept < count {
      measurements.storage.staleReads += 1
      measurements.storage.staleAge.record(now.nanoseconds - Int64(oldest) * 1_000_000)
    }
    let own = posts.latest(of: row.viewer)
    if own != PostStore.none, !shows(own, to: row) { measurements.storage.ownUnseen += 1 }
    return kept
  }

  /// Leaves out of a load's list what its look-ups have not found.
  func dropUnfound(_ id: UInt32) {
    guard let encoding = design.timelines.encoding, encoding.holdsOnlyIds else { return }
    let row = loads[id]
    let readable = dropUnreadable(
      id, of: lists[row.list], count: Int(row.count), isPage: true)
    let left = dropUnseen(id, of: lists[row.list], count: readable, isPage: true)
    loads[id].count = UInt32(left)
  }
}
