import Simulation

/// follower: all objects that a load is about to show, or a page of whom its viewer follows → those
/// it lacks are fetched, one by one (`ReadObject`) → the load goes on with the last of them
///
/// What a load reads through the caches at once.
struct ObjectRead: BitwiseCopyable {
  var load: UInt32
  var cluster: Int32
  /// What the load does next: whether it reads a list of follows, or a page's posts.
  var then: LoadStep
  /// Objects, and those not known yet, with one for the look-up itself.
  var count: Int32
  var left: Int32
  /// Associations in an answer.
  var units: Int32
  /// Of the visit to the follower; and with that of the fetch that ended last.
  var asked = ObjectTime()
  var time = ObjectTime()
}

/// Where the time of a fetch has gone, waiting for leases apart.
struct ObjectTime: BitwiseCopyable {
  var visits = 0
  var followerService = Duration.zero
  var leaderWaiting = Duration.zero
  var leaderService = Duration.zero
  var databaseWaiting = Duration.zero
  var databaseService = Duration.zero
}

extension FeedSystem {
  /// Reads the posts that a load is about to show, with their counters; false where there are no
  /// caches of objects, or no posts.
  func readPage(_ id: UInt32) -> Bool {
    let row = loads[id]
    let shown = min(design.feed.page, Int(row.count) - Int(min(row.offset, row.count)))
    // A feed made ahead is read when it is shown.
    guard objectCaches.isUsed, shown > 0, row.madeFor == nil else { return false }
    readObjects(id, count: shown, units: 0, then: .objectsRead)
    return true
  }

  /// The same for a feed that the feed cache holds: its posts are kept with the load meanwhile.
  func readHeldPage(
    _ id: UInt32, _ ids: UnsafeMutablePointer<UInt32>, asOf: UInt32
  ) -> Bool {
    guard objectCaches.isUsed else { return false }
    let list = lists.take()
    lists[list].update(from: ids, count: Int(loads[id].count))
    loads[id].list = list
    loads[id].asOf = asOf
    if readPage(id) { return true }
    lists.release(list)
    loads[id].list = PostStore.none
    return false
  }

  /// Reads a page of whom a load's viewer follows.
  func readFollows(_ id: UInt32, page: Int) {
    readObjects(id, count: 1, units: page, then: .followsRead)
  }

  private func readObjects(_ id: UInt32, count: Int, units: Int, then step: LoadStep) {
    let cluster = ShardKey.home(of: loads[id].viewer, shards: objectCaches.clusters)
    let read = objectCaches.reads.take(
      ObjectRead(
        load: id, cluster: Int32(cluster), then: step, count: Int32(count),
        left: Int32(count) + 1, units: Int32(units)))
    loads[id].objectRead = read
    guard !objectCaches.followerClusters.isEmpty else { return look(read) }
    let key = mix64(loads[id].key &+ 9) &+ UInt64(loads[id].followsRead) << 16
    let service = visit(
      .followerCache, for: max(count, units), key: key, then: .object(read, .looked))
    let asked = ObjectTime(visits: 1, followerService: service ?? .zero)
    objectCaches.reads[read].asked = asked
    objectCaches.reads[read].time = asked
  }

  func look(_ id: UInt32) {
    let row = objectCaches.reads[id]
    let load = loads[row.load]
    for place in 0..<Int(row.count) {
      let isList = row.then == .followsRead
      look(id, isList ? load.viewer : object(of: lists[load.list][Int(load.offset) + place]))
    }
    settle(id)
  }

  /// Looks for one object; what is not there is fetched.
  private func look(_ id: UInt32, _ key: UInt32) {
    let row = objectCaches.reads[id]
    let isKnown = Int(key) < objectCaches.keys
    let follower =
      isKnown ? objectCaches.follower(of: key, in: Int(row.cluster)) : ObjectCaches.none
    var answer: ObjectCache.Answer?
    if follower != ObjectCaches.none {
      let found = objectCaches.caches[Int(follower)].read(key, at: now)
      noteLookUp(found, at: follower)
      if case .hit(let version) = found {
        noteAnswer(version, of: key, from: follower)
        objectCaches.reads[id].left -= 1
        return
      }
      answer = found
    } else if isKnown, !objectCaches.followerClusters.isEmpty, measuring {
      // Its server is down: the cluster does not have it.
      objectCaches.measurements.follower.reads += 1
    }
    let fetch = objectCaches.fetches.take(
      ObjectFetch(read: id, key: key, follower: follower, level: follower, time: row.asked))
    if let answer { advance(fetch, answer) } else { goDeeper(fetch) }
  }

  /// One object more is known, or the look-up has ended: with the last of them the load goes on.
  func settle(_ id: UInt32) {
    objectCaches.reads[id].left -= 1
    if objectCaches.reads[id].left == 0 {
      let row = objectCaches.reads[id]
      calendar.schedule(.load(row.load, row.then), at: now)
    }
  }

  /// Books what a load has read. Waiting for another reader's lease is waiting at the cache that
  /// was asked first.
  func endObjects(_ id: UInt32, _ stage: Stage) {
    let elapsed = endStage(stage, id)
    let read = loads[id].objectRead
    let time = objectCaches.reads[read].time
    objectCaches.reads.release(read)
    let network = roundTrip * time.visits
    let known =
      time.followerService + time.leaderWaiting + time.leaderService + time.databaseWaiting
      + time.databaseService + network
    let front = objectCaches.followerClusters.isEmpty ? TierName.leaderCache : .followerCache
    loads[id].parts.add(elapsed - known, to: LatencyParts.Slot.waiting(front))
    loads[id].parts.add(
      .followerCache, elapsed: time.followerService, service: time.followerService, network: .zero)
    loads[id].parts.add(
      .leaderCache, elapsed: time.leaderWaiting + time.leaderService, service: time.leaderService,
      network: .zero)
    loads[id].parts.add(
      .objectStore, elapsed: time.databaseWaiting + time.databaseService + network,
      service: time.databaseService, network: network)
  }
}
