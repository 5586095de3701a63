import Simulation

/// object store (the viewer's shard): whom the viewer follows, page by page → the authors
///      └ with `objects.cache`: through the caches, as `ReadObject` tells
///
/// S0.5 looks into the graph before it pulls. The follows of a user are one association list on one
/// shard, of which a query gives a page at the most (TAO's assoc_range).
extension FeedSystem {
  /// Asks for the next page of whom a load's viewer follows; false where nothing is left to ask.
  func lookUpFollows(_ id: UInt32) -> Bool {
    guard let settings = design.objects else { return false }
    let row = loads[id]
    let follows = self.follows.followees(of: row.viewer).count
    let left = follows - Int(row.followsRead)
    // An empty list is found to be empty by asking once.
    let isFirst = row.followsRead == 0 && row.objectsEnd == .never
    guard isFirst ? asksAuthors(row.viewer) : left > 0 else { return false }
    let page = min(left, settings.pageLimit)
    if objectCaches.isUsed {
      readFollows(id, page: page)
      loads[id].followsRead += UInt32(page)
      loads[id].objectsEnd = now
      return true
    }
    let shard = ShardKey.home(of: row.viewer, shards: objectShards.shards)
    if objectShards.outages.isDown(shard) {
      noteRefused()
      fail(.load(id, .followsRead), .serverLost)
      return true
    }
    let visit = visitObjects(
      shard: shard, for: page,
      key: row.key &+ 7 &+ UInt64(row.followsRead) << 16)
    loads[id].service = visit.service
    loads[id].objectsEnd = visit.end
    loads[id].isAtObjects = true
    loads[id].followsRead += UInt32(page)
    loads[id].delay = callDelay
    calendar.schedule(.load(id, .followsRead), at: visit.end + roundTrip + loads[id].delay)
    return true
  }

  /// Books the page that has come.
  func endLookUp(_ id: UInt32) {
    if objectCaches.isUsed { return endObjects(id, .graph) }
    let row = loads[id]
    let elapsed = endStage(.graph, id)
    loads[id].parts.add(
      .objectStore, elapsed: elapsed, service: row.service, network: roundTrip + row.delay)
    loads[id].isAtObjects = false
    objectShards.depart(count: 1, ends: UInt64(bitPattern: row.objectsEnd.nanoseconds))
  }

  /// Whether a load asks any of the authors that its viewer may follow.
  func asksAuthors(_ viewer: UInt32) -> Bool {
    let row = timelines.viewer(viewer).pointee
    return classes.wholeBelow(away: isAway(row)) > 0 || classes.middle == .pushToSome
      || !plans.isEmpty || waitsForTimeline(row)
  }
}
