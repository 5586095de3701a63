import Simulation

extension FeedSystem {
  /// What the caches of objects have under way: reads, fetches, new objects, messages.
  var objectsUnderWay: Int {
    objectCaches.reads.count + objectCaches.fetches.count + objectCaches.creations.count
      + objectCaches.invalidations.underWay
  }

  /// The laws of the caches of objects: every look-up has one end, what missed comes back or is
  /// under way, every wait ends, every lease has one end, every message is applied or under way.
  func objectCacheBalances() -> [Check] {
    let fetches = objectCaches.fetches.live().map { objectCaches.fetches[$0] }
    var reads = ObjectCache.Counts()
    var underWay = 0
    var leases = LeaseTable.Counts()
    var out = 0
    var isSound = true
    for level in 0..<Int32(objectCaches.caches.count) {
      let counts = objectCaches.caches[Int(level)].counts
      let fetching = fetches.count { $0.isFetching(for: level, leader: objectCaches.leader) }
      isSound =
        isSound && counts.reads == counts.hits + counts.servedStale + counts.missed + counts.waits
        && counts.missed == counts.accepted + counts.refused + fetching
      reads += counts
      underWay += fetching
      let own = objectCaches.caches[Int(level)].leases.counts
      let ownOut = objectCaches.caches[Int(level)].leases.out()
      isSound = isSound && own.granted == own.ended + ownOut
      leases += own
      out += ownOut
    }
    let waiting = fetches.count { $0.isWaiting }
    let messages = objectCaches.invalidations.counts
    let pending = objectCaches.invalidations.underWay
    let atDatabase = fetches.count { $0.databaseEnd != .never }
    return [
      Check(
        name: "object reads balance",
        passed: isSound && reads.waits == objectCaches.waitsEnded + waiting,
        detail: "\(reads.reads) read = \(reads.hits) hits + \(reads.servedStale) served stale + "
          + "\(reads.missed) missed + \(reads.waits) waits, \(waiting) of them not ended"),
      Check(
        name: "object fills balance",
        passed: isSound && objectCaches.databaseReads == objectCaches.databaseAnswers + atDatabase,
        detail: "\(reads.missed) missed = \(reads.accepted) filled + \(reads.refused) refused + "
          + "\(underWay) under way; \(objectCaches.databaseReads) database reads = "
          + "\(objectCaches.databaseAnswers) answered + \(atDatabase) there"),
      Check(
        name: "lease balance", passed: leases.granted == leases.ended + out && isSound,
        detail: "\(leases.granted) granted = \(leases.filled) filled + \(leases.voided) voided + "
          + "\(leases.expired) expired + \(leases.released) released + \(out) out"),
      Check(
        name: "invalidation balance", passed: messages.messages == messages.applied + pending,
        detail: "\(messages.messages) sent = \(messages.applied) applied + \(pending) under way"),
    ] + invariants()
  }

  /// Of the caches' policies; one check, of the first that is broken.
  private func invariants() -> [Check] {
    var held = 0
    for level in 0..<objectCaches.caches.count {
      let policy = objectCaches.caches[level].policy
      held += policy.count
      do { try policy.checkInvariants() } catch {
        return [Check(name: "object cache invariants", passed: false, detail: "\(error)")]
      }
    }
    return [
      Check(name: "object cache invariants", passed: true, detail: "\(held) objects held")
    ]
  }
}

extension ObjectFetch {
  /// Whether a cache that lacked the value waits for this fetch.
  fileprivate func isFetching(for cache: Int32, leader: Int32) -> Bool {
    cache == leader ? missedLeader : missedFollower && follower == cache
  }
}

extension LeaseTable.Counts {
  var ended: Int { filled + voided + expired + released }

  fileprivate static func += (sum: inout Self, other: Self) {
    sum.granted += other.granted
    sum.filled += other.filled
    sum.voided += other.voided
    sum.expired += other.expired
    sum.released += other.released
  }
}

extension ObjectCache.Counts {
  fileprivate static func += (sum: inout Self, other: Self) {
    sum.reads += other.reads
    sum.hits += other.hits
    sum.servedStale += other.servedStale
    sum.missed += other.missed
    sum.waits += other.waits
    sum.accepted += other.accepted
    sum.refused += other.refused
  }
}
