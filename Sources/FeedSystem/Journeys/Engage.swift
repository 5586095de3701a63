import Simulation

/// gateway → post store (the shards that keep the post) → counter raised
///         └ with `counters`: cache → immediate counter raised, the database's later
///
/// With `objects`: gateway → object store: the post's shard, where the inverse association and the
/// count are → the viewer's shard; with `objects.cache` each through the leader
enum EngageStep: UInt8 {
  case opened, admitted, counted, raised, inverted, inverseLed, forwardLed
  /// The viewer's shard was down, and is tried again.
  case forwardDue
}

/// A like, comment or share on its way.
struct EngageRow: BitwiseCopyable {
  var viewer: UInt32
  var post: UInt32
  var kind: Engagement
  /// To the shards that keep the post; none before it is sent there.
  var visits = ShardVisits()
  /// When a shard of the object store ends its visit; never, before it is sent there.
  var storeEnd = Instant.never
  var key: UInt64
  /// Answered 429 so often.
  var attempts: UInt8 = 0
  /// Whose attempt it is; none without `clients`.
  var request = RequestRow.none

  var atStore: Bool { storeEnd != .never }
}

extension FeedSystem {
  func engage(_ id: UInt32, _ step: EngageStep) {
    let row = engagements[id]
    switch step {
    case .opened:
      openReaction(id)
      if isTurnedAway(engagement: id) || isCutOff(engagement: id)
        || isLostOnDetour(of: row.viewer, id, .reaction, key: row.key)
      {
        return
      }
      if visit(.gateway, key: row.key, then: .engage(id, .admitted)) == nil {
        noteUnavailable(.engagement)
        reject(engagement: id)
      }
    case .admitted:
      leave(.gateway)
      if isRepeated(engagement: id) { return }
      if design.objects != nil { return writeInverse(id) }
      if design.counters != nil {
        _ = visit(.feedCache, key: row.key &+ 1, then: .engage(id, .raised))
        return
      }
      let author = posts[row.post].author
      let place = shardMap.shard(
        of: row.post, by: author, for: author, asked: row.viewer)
      if !postShards.outages.takesWrites(place) { return refuse(engagement: id) }
      if isLostOnWayToPrimary(of: row.viewer, id, .reaction, key: row.key) { return }
      let visits = writeRow(of: author, to: place, key: row.key)
      engagements[id].visits = visits
      let way = roundTrip + distanceToPrimary(of: row.viewer) + callDelay
      calendar.schedule(.engage(id, .counted), at: visits.last + way)
    case .inverseLed:
      leave(.leaderCache)
      sendInverse(id)
    case .inverted:
      endInverse(id)
    case .forwardLed:
      leave(.leaderCache)
      sendForward(id)
    case .forwardDue:
      sendForward(id)
    case .counted:
      if design.objects != nil {
        endForward(row)
      } else {
        let author = posts[row.post].author
        let place = shardMap.shard(
          of: row.post, by: author, for: author, asked: row.viewer)
        endWrites(row.visits, of: author, to: place, key: row.key)
        posts.add(row.kind, to: row.post)
      }
      end(id)
    case .raised:
      leave(.feedCache)
      raise(row.kind, of: row.post)
      end(id)
    }
  }

  private func end(_ id: UInt32) {
    let row = engagements[id]
    noteReaction(of: row.viewer, to: row.post)
    affinity.record(row.viewer, with: posts[row.post].author)
    noteTrend(row.post, by: row.viewer)
    noteForRanking(row.post, by: row.viewer)
    tellScreens(of: row.post, .engagementCounts, but: row.viewer)
    measurements.engagementsCounted += 1
    if measuring { measurements.engagementsMeasured += 1 }
    noteAnswered(engagement: id)
    engagements.release(id)
  }

  /// A viewer reacts to some of the posts shown, each after a moment of reading.
  func react(
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
      let action: Action? =
        draw < likes ? .like : draw < comments ? .comment : draw < shares ? .share : nil
      noteShown(
        viewer, ids[index], position: index, examined: true, actions: action?.bit ?? 0,
        loadKey: key)
      guard let action else { continue }
      let kind: Engagement = action == .like ? .like : action == .comment ? .comment : .share
      let pause = habits.readingTime.sample(&stream)
      open(
        kind, of: ids[index], by: viewer, number: key &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(index),
        after: pause)
    }
  }

  /// A viewer is going to react.
  func open(
    _ kind: Engagement, of post: UInt32, by viewer: UInt32, number: UInt64, after pause: Duration
  ) {
    measurements.engagementsOpened += 1
    let id = engagements.take(
      EngageRow(viewer: viewer, post: post, kind: kind, key: JourneyKind.engage.key(number)))
    calendar.schedule(.engage(id, .opened), at: now + pause)
  }
}
