import Simulation

/// object store: the inverse association, on the post's shard → the association, on the viewer's
///
/// TAO writes the inverse first (section 4.2). The count of a post's reactions is that of its
/// inverse associations, so a reaction that repeats one renews it and counts no more.
extension FeedSystem {
  /// A post's object: those of the posts follow those of the users.
  func object(of post: UInt32) -> UInt32 { UInt32(audience.graph.userCount) + post }

  /// Gives every stored post its object; its data is the post store's.
  func addObjects() {
    guard design.objects != nil else { return }
    let due = audience.graph.userCount + posts.count
    while objects.objectCount < due {
      objects.addObject(ObjectRecord(type: .post, dataBytes: 0))
    }
  }

  func writeInverse(_ id: UInt32) {
    if visitLeader(key: engagements[id].key, then: .engage(id, .inverseLed)) { return }
    sendInverse(id)
  }

  func sendInverse(_ id: UInt32) {
    let row = engagements[id]
    sendToObjects(id, source: object(of: row.post), key: row.key, then: .inverted)
  }

  func sendForward(_ id: UInt32) {
    let row = engagements[id]
    sendToObjects(id, source: row.viewer, key: row.key &+ 1, then: .counted)
  }

  /// The inverse is written; the association itself is next.
  func endInverse(_ id: UInt32) {
    let row = engagements[id]
    objectShards.depart(count: 1, ends: UInt64(bitPattern: row.storeEnd.nanoseconds))
    let isNew = objects.add(
      Association(destination: row.viewer, time: Int32(clamping: nowMilliseconds)),
      of: row.kind.association.inverse, from: object(of: row.post))
    if isNew { posts.add(row.kind, to: row.post) }
    if measuring, !isNew { measurements.reactionsRepeated += 1 }
    commitObject(object(of: row.post))
    engagements[id].storeEnd = .never
    if visitLeader(key: row.key &+ 1, then: .engage(id, .forwardLed)) { return }
    sendForward(id)
  }

  func endForward(_ row: EngageRow) {
    objectShards.depart(count: 1, ends: UInt64(bitPattern: row.storeEnd.nanoseconds))
    objects.add(
      Association(destination: object(of: row.post), time: Int32(clamping: nowMilliseconds)),
      of: row.kind.association, from: row.viewer)
  }

  private func sendToObjects(
    _ id: UInt32, source: UInt32, key: UInt64, then step: EngageStep
  ) {
    let shard = ShardKey.home(of: source, shards: objectShards.shards)
    if objectShards.outages.isDown(shard) {
      if step == .inverted { return refuse(engagement: id) }
      return calendar.schedule(.engage(id, .forwardDue), at: now + outagePause)
    }
    let lost = step == .inverted ? LinkStep.reaction : .forward
    if isLostOnWayToPrimary(of: engagements[id].viewer, id, lost, key: key) { return }
    let end = visitObjects(shard: shard, for: 1, key: key).end
    engagements[id].storeEnd = end
    let way = roundTrip + distanceToPrimary(of: engagements[id].viewer) + callDelay
    calendar.schedule(.engage(id, step), at: end + way)
  }

  public func objectFigures() -> ObjectFigures {
    guard design.objects != nil else { return ObjectFigures() }
    var figures = ObjectFigures(associations: audience.graph.edgeCount * 2)
    for post in 0..<UInt32(posts.count) { figures.associations += posts.reactions(to: post) * 2 }
    return figures
  }
}

extension PostStore {
  /// Likes, comments and shares.
  func reactions(to post: UInt32) -> Int {
    let counters = counters(of: post)
    return Int(counters.likes) + Int(counters.comments) + Int(counters.shares)
  }
}

extension Engagement {
  var association: AssociationType {
    switch self {
    case .like: .liked
    case .comment: .commented
    case .share: .shared
    }
  }
}
