import Simulation

/// gateway → post store (the author's shard) → no follow, from the next post on
///                    └ entries in the timeline → fan-out worker → timeline store → removed
enum UnfollowStep: UInt8 {
  case opened, admitted, stored, prepared, removed
}

/// What becomes of the entries of an author who is followed no longer. Nobody is shown them either
/// way: a load leaves out what its viewer does not follow.
public enum UnfollowRule: String, CaseIterable, Sendable {
  case remove
  /// They take room in the timeline until newer ones drive them out.
  case hide
}

extension FeedSystem {
  func unfollow(_ id: UInt32, _ step: UnfollowStep) {
    let row = changes[id]
    switch step {
    case .opened: enter(id, then: .unfollow(id, .admitted))
    case .admitted:
      leave(.gateway)
      visitShard(of: row.author, id, key: row.key, then: .unfollow(id, .stored))
    case .stored:
      leaveShard(id)
      guard endFollow(of: row.author, by: row.viewer) else { return complete(id) }
      if row.measured { measurements.follows.unfollows += 1 }
      remove(id)
    case .prepared:
      leave(.fanOutWorkers)
      _ = visit(
        .timelineStore, for: timelines.count(of: row.viewer), key: row.key &+ 3,
        then: .unfollow(id, .removed))
    case .removed:
      leave(.timelineStore)
      removeEntries(id)
      complete(id)
    }
  }

  /// The author's posts are the viewer's no longer, from the next one on; false where they were
  /// not before.
  func endFollow(of author: UInt32, by viewer: UInt32) -> Bool {
    guard follows.end(viewer, author, from: UInt32(posts.count)) else { return false }
    measurements.follows.ended += 1
    levels?.note(.graph, of: viewer, at: nowMilliseconds)
    outdateFeed(of: viewer)
    commitObject(viewer)
    countFollowers(of: author)
    return true
  }

  /// Has the author's entries removed, if there can be any and that is the rule.
  func remove(_ id: UInt32) {
    let row = changes[id]
    let isWritten = plans.hasChanged(row.author) || classes.plan(of: row.author).writes
    guard design.timelines.onUnfollow == .remove, isWritten else { return complete(id) }
    _ = visit(.fanOutWorkers, key: row.key &+ 1, then: .unfollow(id, .prepared))
  }

  /// Takes the author's entries out, unless the viewer has come back meanwhile.
  private func removeEntries(_ id: UInt32) {
    let row = changes[id]
    guard !follows.isFollowing(row.viewer, row.author) else { return }
    let removed = removeEntries(of: row.author, from: row.viewer)
    if row.measured { measurements.follows.removed += removed }
  }
}
