import Simulation

/// What becomes of reads and writes whose shard is down.
extension FeedSystem {
  /// After which what the system does of itself is tried again at a shard that was down.
  var outagePause: Duration { .seconds(1) }

  /// Changes what is known of a tier's shards; the closure is told how many they are.
  func change(_ tier: TierName, _ body: (inout ShardOutages, Int) -> Void) {
    switch tier {
    case .postStore: body(&postShards.outages, postShards.shards)
    case .objectStore: body(&objectShards.outages, objectShards.shards)
    case .leafServers: body(&leafShards.outages, leafShards.shards)
    default: break
    }
  }

  func takeDown(_ shard: Int, of tier: TierName) {
    let present = now
    change(tier) { $0.takeDown(shard, of: $1, at: present) }
    if tier == .leafServers { takeDownLeaf(shard) }
  }

  func bringBack(_ shard: Int, of tier: TierName) {
    let present = now
    var isBack = false
    change(tier) { outages, _ in isBack = outages.bringBack(shard, at: present) }
    if isBack, tier == .leafServers { fail(leaf: shard) }
  }

  // MARK: Replicas

  /// A replica takes the place of a shard's primary: what none of them had when it went down is
  /// gone for good.
  func promoteReplica(of shard: Int) {
    guard let since = postShards.outages.headlessSince(shard) else { return }
    postShards.outages.promote(1, of: shard)
    for post in UInt32(historyCount)..<UInt32(posts.count) {
      let record = posts[post]
      guard shardMap.shard(of: post, by: record.author, for: record.author) == shard,
        !isReplicated(post, on: shard, by: since)
      else { continue }
      faults.gone.add(post)
    }
  }

  /// Of the first ids, those that have not been lost with their shard; returns how many.
  func leaveOutGone(_ count: Int) -> Int {
    if faults.gone.isEmpty { return count }
    return scratch.keep(count) { !faults.gone.contains($0) }
  }

  // MARK: Reads

  /// Whether a shard that a load needs cannot answer it; the load knows from then on that it lacks
  /// something.
  func lacks(_ shard: Int, _ id: UInt32) -> Bool {
    if postShards.outages.isEmpty || isReadable(shard, for: loads[id]) { return false }
    loads[id].isIncomplete = true
    loads[id].askedShards = now
    return true
  }

  /// Whether a load that will write what it reads asks a shard that is down: it cannot go without,
  /// since what it lacked would be missing for good.
  func isHeldUp(_ id: UInt32, asking authors: UnsafeBufferPointer<UInt32>) -> Bool {
    guard !postShards.outages.isEmpty, loads[id].readsPrimary, !authors.isEmpty else {
      return false
    }
    countPulls(of: authors, by: loads[id].viewer)
    return (0..<shardMap.shards).contains {
      scratch.perShard[$0] > 0 && !postShards.outages.takesWrites($0)
    }
  }

  /// Leaves out what lies on shards that were down when the load asked.
  ///
  /// - Parameters:
  ///   - ids: what was asked for; those that are left come first, in their order.
  ///   - isPage: whether these are ranked posts, of which the pulled ones have been asked before.
  /// - Returns: how many are left.
  func dropUnreadable(
    _ id: UInt32, of ids: UnsafeMutablePointer<UInt32>, count: Int, isPage: Bool = false
  ) -> Int {
    let row = loads[id]
    guard row.isIncomplete, !postShards.outages.isEmpty else { return count }
    var kept = 0
    for index in 0..<count {
      let post = ids[index]
      ids[kept] = post
      kept += isPage && isFoundAtAuthor(post, by: row.viewer) || isReadable(post, for: row) ? 1 : 0
    }
    return kept
  }

  private func isReadable(_ post: UInt32, for row: LoadRow) -> Bool {
    let author = posts[post].author
    if isOnLeaf(author), !tailers.leaves[leaves.leaf(of: author)].isDown { return true }
    let shard = shardMap.shard(of: post, by: author, for: row.viewer)
    if postShards.replicas > 0, !row.readsPrimary { return true }
    return !postShards.outages.wasDown(shard, at: row.askedShards)
  }

  private func isReadable(_ shard: Int, for row: LoadRow) -> Bool {
    postShards.outages.takesWrites(shard) || (postShards.replicas > 0 && !row.readsPrimary)
  }

  /// A page has appeared that may lack the posts of a shard.
  func noteIncomplete(_ row: LoadRow) {
    if row.isIncomplete, window.contains(row.opened.nanoseconds) {
      faults.measurements.pagesIncomplete += 1
    }
  }

  // MARK: Writes

  /// A follow, unfollow, mute or block whose shard is down fails; what follows from one waits.
  func refuse(change id: UInt32, then event: Event) {
    noteRefused()
    if case .follow(_, .fetched) = event {
      return calendar.schedule(.follow(id, .fetchDue), at: now + outagePause)
    }
    measurements.follows.rejected += 1
    changes.release(id)
  }

  func noteRefused() {
    if measuring { faults.measurements.refused += 1 }
  }

  // MARK: The law

  /// No visit has gone to a primary that was down, and a shard is down by as many faults as are
  /// under way.
  func shardOutageBalance() -> [Check] {
    guard planned(ShardLost.self) else { return [] }
    var open = 0
    for occurrence in faults.occurrences where occurrence.isOpen {
      open += faults.planned[occurrence.planned].fault is ShardLost ? 1 : 0
    }
    let outages = [postShards.outages, objectShards.outages, leafShards.outages]
    let down = outages.reduce(0) { $0 + $1.down }
    let strays = outages.reduce(0) { $0 + $1.strays }
    return [
      Check(
        name: "shard outage balance", passed: open == down && strays == 0,
        detail: "\(open) faults under way = \(down) that hold a shard down; \(strays) visits to one"
      )
    ]
  }

  func planned<Kind: Fault>(_ kind: Kind.Type) -> Bool {
    faults.planned.contains { $0.fault is Kind }
  }
}

extension FeedSystem {
  /// A reaction whose shard is down fails.
  func refuse(engagement id: UInt32) {
    noteRefused()
    fail(.engage(id, .counted), .serverLost)
  }

  /// A page has appeared: what faults have done to it.
  func noteFaults(_ row: LoadRow, _ page: UnsafeMutablePointer<UInt32>, shown: Int) {
    noteIncomplete(row)
    noteOrder(row, page, shown: shown)
  }
}
