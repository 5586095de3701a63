import Simulation

/// gateway → post store (the author's shard) → a follow, from the next post on
///                              └ pushed → fan-out worker → the author's shard, for the newest
///                                posts → timeline store → entries merged, feed invalidated
enum FollowStep: UInt8 {
  case opened, admitted, stored, prepared, fetched, filled
  /// The author's shard was down, and is asked again.
  case fetchDue
}

/// A follow, unfollow, mute or block on its way.
struct ChangeRow: BitwiseCopyable {
  var viewer: UInt32
  var author: UInt32
  var opened: Instant
  /// When its shard ends its visit, for the shard's books; `never` while it is not there.
  var storeEnd = Instant.never
  var key: UInt64
  var measured: Bool
  /// The first post that the change holds for.
  var from: UInt32 = 0

  var atStore: Bool { storeEnd != .never }
}

extension FeedSystem {
  func follow(_ id: UInt32, _ step: FollowStep) {
    let row = changes[id]
    switch step {
    case .opened: enter(id, then: .follow(id, .admitted))
    case .admitted:
      leave(.gateway)
      visitShard(of: row.author, id, key: row.key, then: .follow(id, .stored))
    case .stored:
      leaveShard(id)
      guard beginFollow(id) else { return complete(id) }
      let lacking = backFill(of: row.author, to: row.viewer, before: changes[id].from)
      if lacking.isEmpty { return endFollow(id) }
      _ = visit(
        .fanOutWorkers, for: lacking.count, key: row.key &+ 1, then: .follow(id, .prepared))
    case .prepared:
      leave(.fanOutWorkers)
      visitShard(of: row.author, id, key: row.key &+ 2, then: .follow(id, .fetched))
    case .fetchDue:
      visitShard(of: row.author, id, key: row.key &+ 2, then: .follow(id, .fetched))
    case .fetched:
      leaveShard(id)
      let lacking = backFill(of: row.author, to: row.viewer, before: row.from)
      _ = visit(
        .timelineStore, for: lacking.count, key: row.key &+ 3, then: .follow(id, .filled))
    case .filled:
      leave(.timelineStore)
      fillBack(id)
      endFollow(id)
    }
  }

  /// The author's posts are the viewer's from the next one on; false where they were before.
  private func beginFollow(_ id: UInt32) -> Bool {
    let row = changes[id]
    changes[id].from = UInt32(posts.count)
    guard follows.begin(row.viewer, row.author, from: UInt32(posts.count)) else { return false }
    measurements.follows.begun += 1
    levels?.note(.graph, of: row.viewer, at: nowMilliseconds)
    if row.measured { measurements.follows.follows += 1 }
    outdateFeed(of: row.viewer)
    commitObject(row.viewer)
    countFollowers(of: row.author)
    return true
  }

  /// Writes the author's earlier posts into the timeline, unless the viewer has left meanwhile.
  private func fillBack(_ id: UInt32) {
    let row = changes[id]
    guard follows.isFollowing(row.viewer, row.author) else { return }
    let lacking = backFill(of: row.author, to: row.viewer, before: row.from)
    let filled = fillBack(lacking, into: row.viewer, before: row.from)
    if row.measured { measurements.follows.backFilled += filled }
  }

  private func endFollow(_ id: UInt32) {
    let row = changes[id]
    if row.measured {
      measurements.follows.latency[0].record(now - row.opened + clientRoundTrip(of: row.viewer))
    }
    complete(id)
  }
}

/// What all changes have in common.
extension FeedSystem {
  func enter(_ id: UInt32, then event: Event) {
    let row = changes[id]
    if isLostOnDetour(of: row.viewer, id, .change, key: row.key) { return }
    let isCutOff = isCutOff(writer: changes[id].viewer)
    if isCutOff || visit(.gateway, key: changes[id].key, then: event) == nil {
      measurements.follows.rejected += 1
      changes.release(id)
    }
  }

  /// Sends a change to a user's shard, where the user's follows are kept beside the posts.
  func visitShard(of user: UInt32, _ id: UInt32, key: UInt64, then event: Event) {
    let shard = ShardKey.home(of: user, shards: shardMap.shards)
    if !postShards.outages.takesWrites(shard) { return refuse(change: id, then: event) }
    var step = LinkStep.change
    if case .follow(_, .fetched) = event { step = .fetch }
    if isLostOnWayToPrimary(of: changes[id].viewer, id, step, key: key) { return }
    let end = visitPosts(shard: shard, for: 1, key: key).end
    changes[id].storeEnd = end
    let way = roundTrip + distanceToPrimary(of: changes[id].viewer) + callDelay
    calendar.schedule(event, at: end + way)
  }

  func leaveShard(_ id: UInt32) {
    let end = UInt64(bitPattern: changes[id].storeEnd.nanoseconds)
    postShards.depart(count: 1, ends: end)
    changes[id].storeEnd = .never
  }

  /// The policy decides for an author who has more or fewer followers than before: who crosses a
  /// threshold has another plan from the next post on.
  func countFollowers(of author: UInt32) {
    if replan(author, followers: follows.followerCount(of: author)), measuring {
      measurements.follows.planSwitches += 1
    }
  }

  func complete(_ id: UInt32) {
    measurements.follows.completed += 1
    changes.release(id)
  }
}
