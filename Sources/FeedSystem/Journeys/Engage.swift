import Simulation

/// gateway → post store (the author's shard) → counter raised
enum EngageStep: UInt8 {
  case opened, admitted, counted
}

/// A like, comment or share on its way.
struct EngageRow: BitwiseCopyable {
  var viewer: UInt32
  var post: UInt32
  var kind: Engagement
  var storeEnd: Instant
  var key: UInt64

  var atStore: Bool { storeEnd != .never }
}

extension FeedSystem {
  mutating func engage(_ id: UInt32, _ step: EngageStep) {
    let row = engagements[id]
    switch step {
    case .opened:
      if visit(.gateway, key: row.key, then: .engage(id, .admitted)) == nil {
        measurements.engagementsRejected += 1
        engagements.release(id)
      }
    case .admitted:
      leave(.gateway)
      let shard = postShards.shard(of: posts[row.post].author)
      let end = visitPosts(shard: shard, for: 1, key: row.key).end
      engagements[id].storeEnd = end
      calendar.schedule(.engage(id, .counted), at: end + roundTrip)
    case .counted:
      postShards.depart(count: 1, ends: UInt64(bitPattern: row.storeEnd.nanoseconds))
      posts.add(row.kind, to: row.post)
      affinity.record(row.viewer, with: posts[row.post].author)
      tellScreens(of: row.post, .engagementCounts, but: row.viewer)
      measurements.engagementsCounted += 1
      if measuring { measurements.engagementsMeasured += 1 }
      engagements.release(id)
    }
  }

  /// A viewer reacts to some of the posts shown, each after a moment of reading.
  mutating func react(
    to ids: UnsafeMutablePointer<UInt32>, count: Int, viewer: UInt32, key: UInt64
  ) {
    guard acceptsArrivals, count > 0 else { return }
    let habits = traffic.engagementHabits
    let factor = traffic.engagement.factor(at: now)
    var stream = RandomStream(seed: seed, purpose: Purpose.engagement.rawValue, entity: key)
    let likes = habits.likes * factor
    let comments = likes + habits.comments * factor
    let shares = comments + habits.shares * factor
    for index in 0..<count {
      let draw = stream.uniform()
      guard draw < shares else { continue }
      let kind: Engagement = draw < likes ? .like : draw < comments ? .comment : .share
      measurements.engagementsOpened += 1
      let id = engagements.take(
        EngageRow(
          viewer: viewer, post: ids[index], kind: kind, storeEnd: .never,
          key: JourneyKind.engage.key(key &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(index))))
      let pause = habits.readingTime.sample(&stream)
      calendar.schedule(.engage(id, .opened), at: now + pause)
    }
  }
}
