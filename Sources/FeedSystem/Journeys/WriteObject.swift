import Simulation

/// leader → database → committed → the leader's copy dropped, its lease voided → followers told
///
/// Writes go through the leader, which alone talks to the database (TAO, section 4.4). A write is
/// committed when the leader has its answer; the leader's own copy is dropped in the same instant.
struct ObjectCreation: BitwiseCopyable {
  var object: UInt32
  var key: UInt64
  /// When the database ends its visit; never, before it is sent there.
  var databaseEnd = Instant.never
}

extension FeedSystem {
  /// Sends a write to the leader; false where there is none, and the store is asked itself.
  func visitLeader(key: UInt64, then event: Event) -> Bool {
    guard objectCaches.hasLeader else { return false }
    return visit(.leaderCache, for: 1, key: key &+ 3, then: event) != nil
  }

  /// A write of an object that may be cached is in the database.
  func commitObject(_ object: UInt32) {
    guard objectCaches.isUsed, Int(object) < objectCaches.keys else { return }
    objectCaches.log.commit(object, at: now)
    if objectCaches.hasLeader {
      objectCaches.caches[Int(objectCaches.leader)].invalidate(object, at: now)
    }
    tellFollowerCaches(object)
  }

  // MARK: A new object

  /// Writes a new post's object, of which no cache has an older value; the post itself is readable
  /// already, and nobody waits for this.
  func create(_ object: UInt32, key: UInt64) {
    guard objectCaches.isUsed else { return }
    let id = objectCaches.creations.take(ObjectCreation(object: object, key: key))
    if !visitLeader(key: key, then: .object(id, .ledCreation)) { sendCreation(id) }
  }

  func createInDatabase(_ id: UInt32) {
    leave(.leaderCache)
    sendCreation(id)
  }

  func sendCreation(_ id: UInt32) {
    let row = objectCaches.creations[id]
    let shard = ShardKey.home(of: row.object, shards: objectShards.shards)
    if objectShards.outages.isDown(shard) {
      return calendar.schedule(.object(id, .creationDue), at: now + outagePause)
    }
    let end = visitObjects(shard: shard, for: 1, key: row.key).end
    objectCaches.creations[id].databaseEnd = end
    calendar.schedule(.object(id, .created), at: end + roundTrip)
  }

  /// The leader has it now: whoever asks first finds it there.
  func endCreation(_ id: UInt32) {
    let row = objectCaches.creations[id]
    objectShards.depart(count: 1, ends: UInt64(bitPattern: row.databaseEnd.nanoseconds))
    if objectCaches.hasLeader, Int(row.object) < objectCaches.keys,
      !objectCaches.isDown(row.object, at: objectCaches.leader)
    {
      let version = objectCaches.log.newest(of: row.object)
      objectCaches.caches[Int(objectCaches.leader)].put(row.object, version, at: now)
    }
    objectCaches.creations.release(id)
  }

  // MARK: Visits to the database

  /// Visits to the object store that reads through the caches and creations have under way.
  func objectVisits() -> (inside: UInt64, ends: UInt64) {
    var inside: UInt64 = 0
    var ends: UInt64 = 0
    for id in objectCaches.fetches.live() where objectCaches.fetches[id].databaseEnd != .never {
      inside += 1
      ends &+= UInt64(bitPattern: objectCaches.fetches[id].databaseEnd.nanoseconds)
    }
    for id in objectCaches.creations.live() where objectCaches.creations[id].databaseEnd != .never {
      inside += 1
      ends &+= UInt64(bitPattern: objectCaches.creations[id].databaseEnd.nanoseconds)
    }
    return (inside, ends)
  }
}
