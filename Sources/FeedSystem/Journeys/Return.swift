import Simulation

/// What becomes of a feed whose viewer comes back after the timeline was dropped.
public enum ReturnRule: String, CaseIterable, Sendable {
  /// The load asks all authors for their posts and waits for them.
  case wait
  /// The load shows what is there; the authors are asked meanwhile.
  case background
  /// What was delivered before the drop stays away.
  case nothing
}

/// A timeline being made anew while its viewer already reads.
struct ReturnRow: BitwiseCopyable {
  var viewer: UInt32
  var began: Instant
  /// Of the shards asked, and the sum of their visits' ends, for their books.
  var branches: UInt32 = 0
  var branchEnds: UInt64 = 0
  var measured: Bool
  /// Whether a shard was down that it needs.
  var isLacking = false
}

/// last load … `dormantAfter` → timeline dropped … return → authors asked over the shards → whole
///
/// A store that drops a timeline so long after its viewer's last load (an expiry that reads renew;
/// Mastodon: 7 days) begins a new one with the next delivery, so a viewer who returns finds only
/// what was posted since the drop. The simulator's own entries stay: `keptFrom` hides those that
/// the store no longer has.
extension FeedSystem {
  /// When the timeline of a viewer who has stayed away was dropped, in ms; nil if it was not.
  func dropped(_ viewer: ViewerRow) -> Int64? {
    guard let after = design.timelines.dormantAfter, viewer.lastLoadMilliseconds != .min else {
      return nil
    }
    let drop = Int64(viewer.lastLoadMilliseconds) + after.nanoseconds / 1_000_000
    return drop < nowMilliseconds ? drop : nil
  }

  /// The oldest post whose entry a viewer's timeline still has.
  func keptFrom(_ viewer: ViewerRow) -> UInt32 {
    dropped(viewer).map { max(viewer.keptFrom, posts.first(storedFrom: $0)) } ?? viewer.keptFrom
  }

  /// Whether this load makes the timeline anew and waits for it.
  func waitsForTimeline(_ viewer: ViewerRow) -> Bool {
    design.timelines.onReturn == .wait && dropped(viewer) != nil
  }

  /// Entries that the store has in a viewer's timeline.
  func entriesKept(for viewer: UInt32) -> Int {
    let held = entriesHeld(for: viewer)
    let first = keptFrom(timelines.viewer(viewer).pointee)
    return first == 0 ? held : entries(of: viewer, from: first, held: held)
  }

  /// Finds, as a load gathers, whether the timeline was dropped since the viewer's last one, and
  /// has it made anew if that is the rule; whether it was dropped.
  func comeBack(_ id: UInt32) -> Bool {
    let row = loads[id]
    let viewer = timelines.viewer(row.viewer)
    guard dropped(viewer.pointee) != nil else { return false }
    let waited = waitsForTimeline(viewer.pointee)
    viewer.pointee.keptFrom = waited ? 0 : keptFrom(viewer.pointee)
    let measured = window.contains(row.opened.nanoseconds)
    if measured { measurements.returns += 1 }
    if measured, waited {
      measurements.regeneration.record(now - row.missedAt)
      measurements.regenerationQueries += follows.followeeCount(of: row.viewer)
    }
    if design.timelines.onReturn == .background { regenerate(row.viewer, measured: measured) }
    return true
  }

  /// Books what a returning viewer is shown: of the live entries `ids`, those in `kept` are left.
  func bookReturn(_ id: UInt32, ids: Range<UInt32>, kept: Range<UInt32>) {
    let row = loads[id]
    guard window.contains(row.opened.nanoseconds) else { return }
    if row.count == 0 { measurements.returnsEmpty += 1 }
    let whole = readTimeline(row.viewer, ids: ids)
    if row.count > 0, readTimeline(row.viewer, ids: kept) < whole {
      measurements.returnsWithGap += 1
    }
  }

  /// Asks the shards of all authors that a viewer follows.
  ///
  /// - Parameter began: when they were first asked; now if not given.
  private func regenerate(_ viewer: UInt32, measured: Bool, began: Instant? = nil) {
    let authors = follows.followees(of: viewer)
    guard !authors.isEmpty else { return }
    var row = ReturnRow(viewer: viewer, began: began ?? now, measured: measured)
    var back = now
    countPulls(of: authors, by: viewer)
    for shard in 0..<shardMap.shards where scratch.perShard[shard] > 0 {
      if !postShards.outages.takesWrites(shard) {
        // All are asked again: what this one has must not be missing.
        row.isLacking = true
        back = max(back, now + outagePause)
        continue
      }
      let key = mix64(UInt64(viewer) ^ UInt64(bitPattern: now.nanoseconds))
      let visit = visitPosts(shard: shard, for: Int(scratch.perShard[shard]), key: key)
      row.branches += 1
      row.branchEnds &+= UInt64(bitPattern: visit.end.nanoseconds)
      back = max(back, visit.end + roundTrip)
    }
    if measured { measurements.regenerationQueries += authors.count }
    calendar.schedule(.regenerated(returns.take(row)), at: back)
  }

  /// The timeline is whole again, and a feed made from what was left of it is stale.
  func endRegeneration(_ id: UInt32) {
    let row = returns[id]
    postShards.depart(count: UInt64(row.branches), ends: row.branchEnds)
    if row.isLacking {
      returns.release(id)
      return regenerate(row.viewer, measured: row.measured, began: row.began)
    }
    if row.measured { measurements.regeneration.record(now - row.began) }
    timelines.viewer(row.viewer).pointee.keptFrom = 0
    dropHeldFeed(of: row.viewer)
    sendPurges()
    returns.release(id)
  }
}

extension PostStore {
  /// The first post stored at this time or later.
  func first(storedFrom milliseconds: Int64) -> UInt32 {
    var low: UInt32 = 0
    var high = UInt32(count)
    while low < high {
      let middle = low + (high - low) / 2
      if Int64(self[middle].storedMilliseconds) < milliseconds {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }
}
