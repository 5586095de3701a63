import Simulation

/// follower ─ hit ────────────────────────────────────────────────────────────→ reader
///          └ miss → lease → leader ─ hit ──────────────────→ follower filled → reader
///            │                     └ miss → lease → database → leader filled → follower filled
///            └ held by another reader: asks again, is given the value of before, or joins
///
/// A miss goes from the follower to the leader, and from there to the database (TAO, section
/// 4.4). A cluster that is warmed up asks the warm one before the leader; keys of a failed server
/// are its gutter's, or else the leader's.
enum ObjectStep: UInt8 {
  /// Of a load's read: the follower has been asked for all of it.
  case looked
  /// Of the fetch of one key.
  case waited, asked, askedWarm, askedLeader, fetched
  /// Of a new object, written through the leader.
  case ledCreation, created
  /// Of a packet of invalidations.
  case packetDue, packetArrived
  /// Of a failure of cache servers.
  case failed, cameBack, warmedUp
  /// The database's shard was down: for a fetch, and for a new object.
  case unanswered, creationDue
}

/// One object that a reader's follower does not have.
struct ObjectFetch: BitwiseCopyable {
  var read: UInt32
  var key: UInt32
  /// The follower that is asked and filled, none where the key has none; and the cache where the
  /// fetch is now.
  var follower: Int32
  var level: Int32
  var followerToken = LeaseTable.none
  var leaderToken = LeaseTable.none
  /// Visits begun, for what is drawn for them.
  var attempts: UInt64 = 0
  /// Which caches are to be filled, and whom the fetch has asked.
  var missedFollower = false
  var missedLeader = false
  var askedWarm = false
  var askedLeader = false
  var isWaiting = false
  /// When it found a lease out for the first time; never, if it has not.
  var waits = Instant.never
  /// Of the visit under way: when it began, and its service.
  var since = Instant.start
  var service = Duration.zero
  /// When the database begins and ends its visit; never, if it has none.
  var databaseBegin = Instant.never
  var databaseEnd = Instant.never
  var time = ObjectTime()
}

extension FeedSystem {
  func object(_ id: UInt32, _ step: ObjectStep) {
    switch step {
    case .looked:
      leave(.followerCache)
      look(id)
    case .waited: askAgain(id)
    case .asked:
      leave(.followerCache)
      endFollowerVisit(id)
      advance(id, objectCaches.caches[Int(fetch(id).level)].read(fetch(id).key, at: now))
    case .askedWarm:
      leave(.followerCache)
      endFollowerVisit(id)
      readWarm(id)
    case .askedLeader:
      leave(.leaderCache)
      endLeaderVisit(id)
      readLeader(id)
    case .fetched: endFetch(id)
    case .ledCreation: createInDatabase(id)
    case .created: endCreation(id)
    case .packetDue: if objectCaches.invalidations.due(id) { sendPacket(id) }
    case .packetArrived: applyPacket(id)
    case .failed: failCache(id)
    case .cameBack: bringCacheBack(id)
    case .warmedUp: endWarmUp(id)
    case .unanswered: endInVain(fetch: id)
    case .creationDue: sendCreation(id)
    }
  }

  private func fetch(_ id: UInt32) -> ObjectFetch { objectCaches.fetches[id] }

  // MARK: One object

  /// What a cache answers a fetch.
  func advance(_ id: UInt32, _ answer: ObjectCache.Answer) {
    let row = fetch(id)
    switch answer {
    case .hit(let version), .stale(let version):
      noteAnswer(version, of: row.key, from: row.level)
      if case .stale = answer, measuring {
        objectCaches.measurements[objectCaches.kind(of: row.level)].servedStale += 1
      }
      pass(version, to: id)
    case .missed(let token):
      if row.level == objectCaches.leader {
        objectCaches.fetches[id].leaderToken = token
        objectCaches.fetches[id].missedLeader = true
      } else {
        objectCaches.fetches[id].followerToken = token
        objectCaches.fetches[id].missedFollower = true
      }
      goDeeper(id)
    case .held(let token): wait(id, for: token)
    }
  }

  /// The cache where a fetch is lacks the value: the next one is asked.
  func goDeeper(_ id: UInt32) {
    let row = fetch(id)
    if row.askedLeader { return askDatabase(id) }
    if !row.askedWarm, objectCaches.warmCluster(of: row.follower) != nil {
      objectCaches.fetches[id].askedWarm = true
      beginVisit(.followerCache, id, then: .askedWarm)
    } else if objectCaches.hasLeader, Int(row.key) < objectCaches.keys,
      !objectCaches.isDown(row.key, at: objectCaches.leader)
    {
      objectCaches.fetches[id].level = objectCaches.leader
      beginVisit(.leaderCache, id, then: .askedLeader)
    } else {
      askDatabase(id)
    }
  }

  /// What a visit for one key draws.
  private func drawKey(_ id: UInt32) -> UInt64 {
    let row = fetch(id)
    objectCaches.fetches[id].attempts += 1
    let load = loads[objectCaches.reads[row.read].load].key
    return mix64(load &+ mix64(UInt64(row.key) << 16 &+ row.attempts))
  }

  private func units(of fetch: ObjectFetch) -> Int {
    max(1, Int(objectCaches.reads[fetch.read].units))
  }

  private func beginVisit(_ tier: TierName, _ id: UInt32, then step: ObjectStep) {
    let key = drawKey(id)
    objectCaches.fetches[id].since = now
    let service = visit(tier, for: units(of: fetch(id)), key: key, then: .object(id, step))
    objectCaches.fetches[id].service = service ?? .zero
    objectCaches.fetches[id].time.visits += 1
  }

  private func endFollowerVisit(_ id: UInt32) {
    objectCaches.fetches[id].time.followerService += fetch(id).service
  }

  private func endLeaderVisit(_ id: UInt32) {
    let row = fetch(id)
    objectCaches.fetches[id].time.leaderService += row.service
    objectCaches.fetches[id].time.leaderWaiting += now - row.since - row.service - roundTrip
  }

  private func readLeader(_ id: UInt32) {
    let row = fetch(id)
    if objectCaches.isDown(row.key, at: row.level) {
      objectCaches.fetches[id].askedLeader = true
      return askDatabase(id)
    }
    let answer = objectCaches.caches[Int(row.level)].read(
      row.key, fills: row.missedFollower, at: now)
    if !row.askedLeader { noteLookUp(answer, at: row.level) }
    objectCaches.fetches[id].askedLeader = true
    advance(id, answer)
  }

  /// What the warm cluster has fills the cold one; what it lacks it does not fetch.
  private func readWarm(_ id: UInt32) {
    let row = fetch(id)
    if measuring { objectCaches.measurements.warmReads += 1 }
    guard let warm = objectCaches.warmCluster(of: row.follower),
      let version = objectCaches.caches[Int(warm)].peek(row.key, at: now)
    else { return goDeeper(id) }
    if measuring { objectCaches.measurements.warmHits += 1 }
    noteAnswer(version, of: row.key, from: warm)
    pass(version, to: id)
  }

  // MARK: The database

  private func askDatabase(_ id: UInt32) {
    let row = fetch(id)
    let shard = ShardKey.home(of: row.key, shards: objectShards.shards)
    if objectShards.outages.isDown(shard) {
      objectCaches.fetches[id].time.visits += 1
      return calendar.schedule(.object(id, .unanswered), at: now + roundTrip)
    }
    objectCaches.enterDatabase(row.key, shard: shard, at: now, measured: measuring)
    let visit = visitObjects(shard: shard, for: units(of: row), key: drawKey(id))
    objectCaches.fetches[id].time.visits += 1
    objectCaches.fetches[id].time.databaseWaiting += visit.waited
    objectCaches.fetches[id].time.databaseService += visit.service
    objectCaches.fetches[id].databaseBegin = visit.end - visit.service
    objectCaches.fetches[id].databaseEnd = visit.end
    calendar.schedule(.object(id, .fetched), at: visit.end + roundTrip)
  }

  /// The database's answer is of when it began to serve the query: a consistent read.
  private func endFetch(_ id: UInt32) {
    let row = fetch(id)
    objectShards.depart(count: 1, ends: UInt64(bitPattern: row.databaseEnd.nanoseconds))
    objectCaches.fetches[id].databaseEnd = .never
    objectCaches.leaveDatabase(row.key)
    guard Int(row.key) < objectCaches.keys else { return pass(CommitLog.original, to: id) }
    let version = objectCaches.log.version(of: row.key, at: row.databaseBegin)
    if row.missedLeader {
      objectCaches.fetches[id].missedLeader = false
      fill(objectCaches.leader, row.key, version, token: row.leaderToken)
    }
    pass(version, to: id)
  }

  // MARK: Back to the reader

  /// The database's shard is down: the reader goes without, and no cache is filled.
  private func endInVain(fetch id: UInt32) {
    noteRefused()
    let row = fetch(id)
    let read = objectCaches.reads[row.read]
    if read.then == .followsRead {
      loads[read.load].lacksFollows = true
    } else {
      loads[read.load].isIncomplete = true
    }
    if row.missedLeader {
      objectCaches.fetches[id].missedLeader = false
      fill(
        objectCaches.leader, row.key, CommitLog.original, token: row.leaderToken, isFound: false)
    }
    pass(CommitLog.original, to: id, isFound: false)
  }

  /// A fetch has its value: the follower is filled, if it lacked it, and the reader answered.
  ///
  /// - Parameter isFound: whether there is a value.
  private func pass(_ version: UInt32, to id: UInt32, isFound: Bool = true) {
    let row = fetch(id)
    if row.missedFollower {
      fill(row.follower, row.key, version, token: row.followerToken, isFound: isFound)
    }
    if row.waits != .never, window.contains(row.waits.nanoseconds) {
      objectCaches.measurements.waitTime.record(now - row.waits)
    }
    objectCaches.fetches.release(id)
    objectCaches.reads[row.read].time = row.time
    settle(row.read)
  }

  /// Puts a fetched value into a cache, and gives it to those who have waited for it; where it is
  /// refused, they ask again.
  private func fill(
    _ level: Int32, _ key: UInt32, _ version: UInt32, token: UInt32, isFound: Bool = true
  ) {
    if token != LeaseTable.none, measuring,
      objectCaches.caches[Int(level)].leases.isLate(token, at: now)
    {
      objectCaches.measurements.leasesOverdue += 1
    }
    let (accepted, waited) = objectCaches.caches[Int(level)].fill(
      key, version, token: token, isDown: !isFound || objectCaches.isDown(key, at: level),
      at: now)
    if measuring {
      let isStale = objectCaches.log.superseded(version, of: key) != nil
      if !accepted { objectCaches.measurements.fillsRefused += 1 }
      if accepted, isStale {
        objectCaches.measurements[objectCaches.kind(of: level)].staleFills += 1
      }
    }
    for visitor in waited {
      endWait(visitor)
      if accepted {
        noteAnswer(version, of: key, from: level)
        pass(version, to: visitor)
      } else {
        let fills = fetch(visitor).missedFollower
        advance(visitor, objectCaches.caches[Int(level)].read(key, fills: fills, at: now))
      }
    }
  }

  // MARK: Waiting for another's fetch

  private func wait(_ id: UInt32, for token: UInt32) {
    let level = Int(fetch(id).level)
    objectCaches.fetches[id].isWaiting = true
    if fetch(id).waits == .never { objectCaches.fetches[id].waits = now }
    if measuring { objectCaches.measurements.waits += 1 }
    let lease = objectCaches.settings?.lease ?? LeaseSettings()
    if lease.whenHeld == .join {
      objectCaches.caches[level].wait(id, for: token)
    } else {
      calendar.schedule(.object(id, .waited), at: now + lease.retry)
    }
  }

  private func endWait(_ id: UInt32) {
    objectCaches.fetches[id].isWaiting = false
    objectCaches.waitsEnded += 1
  }

  /// Asks the cache again whose lease was out: the follower that now answers for the key, if it was
  /// a follower.
  private func askAgain(_ id: UInt32) {
    endWait(id)
    let row = fetch(id)
    if row.level == objectCaches.leader {
      return beginVisit(.leaderCache, id, then: .askedLeader)
    }
    let cluster = Int(objectCaches.reads[row.read].cluster)
    let follower = objectCaches.follower(of: row.key, in: cluster)
    objectCaches.fetches[id].follower = follower
    objectCaches.fetches[id].level = follower
    if follower == ObjectCaches.none { return goDeeper(id) }
    beginVisit(.followerCache, id, then: .asked)
  }

  // MARK: What is told of it

  /// A reader's first look-up of a key at a level.
  func noteLookUp(_ answer: ObjectCache.Answer, at level: Int32) {
    guard measuring else { return }
    let kind = objectCaches.kind(of: level)
    objectCaches.measurements[kind].reads += 1
    if case .hit = answer { objectCaches.measurements[kind].hits += 1 }
  }

  /// A cache gives a reader a value.
  @inline(__always)
  func noteAnswer(_ version: UInt32, of key: UInt32, from level: Int32) {
    guard measuring else { return }
    let kind = objectCaches.kind(of: level)
    objectCaches.measurements[kind].answers += 1
    guard let since = objectCaches.log.superseded(version, of: key) else { return }
    objectCaches.measurements[kind].stale += 1
    if kind == .leader {
      objectCaches.measurements.leaderStaleAge.record(now - since)
    } else {
      objectCaches.measurements.followerStaleAge.record(now - since)
    }
  }
}
