import Simulation

/// counter raised → buffer … every interval → post store, a write a post → in the database
///                                  crash ↯ and what it leaves is lost, repeated, or neither
///
/// A write is in the database when its shard has served it; of those a crash interrupts the
/// database rolls back what it has not served.
struct CounterWriteRow: BitwiseCopyable {
  enum State: UInt8 {
    case sent
    /// Answered, and kept until the whole flush is.
    case stored
    /// Nobody waits for its answer any more.
    case abandoned
  }

  var counts: BufferedCounts
  var flush: UInt32
  /// Whether the database had them before.
  var isRepeated: Bool
  var state = State.sent
  var visits: ShardVisits
  var key: UInt64
}

extension FeedSystem {
  /// An engagement is counted where readers see it at once, and waits for the database.
  func raise(_ kind: Engagement, of post: UInt32) {
    if design.counters?.read == .immediate { posts.add(kind, to: post) }
    writeBehind.add(kind, to: post, at: now)
    scheduleFlush()
  }

  func startCounters(opens: Instant) {
    guard let settings = design.counters else { return }
    writeBehind.countsBefore = posts.countsTotal
    for time in settings.crashAt { calendar.schedule(.countersCrash, at: opens + time) }
  }

  private func scheduleFlush() {
    guard let interval = design.counters?.interval, writeBehind.nextFlush == .never else { return }
    let origin = writeBehind.origin
    let passed = (now - origin).nanoseconds / interval.nanoseconds
    writeBehind.nextFlush = origin + interval * (Int(passed) + 1)
    calendar.schedule(.countersDue, at: writeBehind.nextFlush)
  }

  /// Writes what waits; a flush that a crash has put off is none.
  func flushCounters() {
    guard now == writeBehind.nextFlush else { return }
    writeBehind.nextFlush = .never
    let repeats = writeBehind.repeats
    writeBehind.repeats = []
    let fresh = writeBehind.takeBuffer()
    writeBehind.unanswered[writeBehind.flushCount] = repeats.count + fresh.count
    for again in repeats where !putOff(again.counts, isRepeated: again.isStored) {
      send(again.counts, isRepeated: again.isStored)
    }
    for counts in fresh where !putOff(counts, isRepeated: false) {
      send(counts, isRepeated: false)
    }
    if writeBehind.unanswered[writeBehind.flushCount] == 0 {
      writeBehind.unanswered[writeBehind.flushCount] = nil
    }
    writeBehind.flushCount += 1
    if !writeBehind.buffer.isEmpty || !writeBehind.repeats.isEmpty { scheduleFlush() }
  }

  /// Leaves a write whose shard is down to the next flush; whether it is.
  private func putOff(_ counts: BufferedCounts, isRepeated: Bool) -> Bool {
    let author = posts[counts.post].author
    let place = shardMap.shard(of: counts.post, by: author, for: author)
    if postShards.outages.takesWrites(place) { return false }
    noteRefused()
    writeBehind.unanswered[writeBehind.flushCount, default: 1] -= 1
    if isRepeated {
      writeBehind.repeats.append(.init(counts: counts, isStored: true))
    } else {
      writeBehind.putBack(counts)
    }
    return true
  }

  private func send(_ counts: BufferedCounts, isRepeated: Bool) {
    let author = posts[counts.post].author
    let key = JourneyKind.flush.key(writeBehind.writeCount)
    writeBehind.writeCount += 1
    let place = shardMap.shard(of: counts.post, by: author, for: author)
    let visits = writeRow(of: author, to: place, key: key)
    let id = counterWrites.take(
      CounterWriteRow(
        counts: counts, flush: writeBehind.flushCount, isRepeated: isRepeated, visits: visits,
        key: key))
    calendar.schedule(.counterWritten(id), at: visits.last + roundTrip)
  }

  /// A write's answer is back.
  func endCounterWrite(_ id: UInt32) {
    let row = counterWrites[id]
    let author = posts[row.counts.post].author
    let place = shardMap.shard(of: row.counts.post, by: author, for: author)
    endWrites(row.visits, of: author, to: place, key: row.key)
    if row.state == .abandoned { return counterWrites.release(id) }
    store(row)
    if design.counters?.order == .clearFirst { return counterWrites.release(id) }
    counterWrites[id].state = .stored
    let left = (writeBehind.unanswered[row.flush] ?? 0) - 1
    writeBehind.unanswered[row.flush] = left > 0 ? left : nil
    if left == 0 { clear(row.flush) }
  }

  /// What a flush has written need not be kept any longer.
  private func clear(_ flush: UInt32) {
    for id in counterWrites.live()
    where counterWrites[id].flush == flush && counterWrites[id].state == .stored {
      counterWrites.release(id)
    }
  }

  /// The database has the counts of a write.
  private func store(_ row: CounterWriteRow) {
    let counts = row.counts
    if measuring {
      measurements.storage.counterWrites += 1
      if !row.isRepeated { measurements.storage.writeAge.record(now - counts.since) }
    }
    if row.isRepeated {
      if design.counters?.isIdempotent == true { return }
      measurements.storage.countsDoubled += counts.total
    } else {
      measurements.storage.countsStored += counts.total
      writeBehind.settle(counts)
    }
    guard design.counters?.read == .stored else { return }
    posts.add(.like, to: counts.post, times: counts.likes)
    posts.add(.comment, to: counts.post, times: counts.comments)
    posts.add(.share, to: counts.post, times: counts.shares)
  }

  private func lose(_ counts: BufferedCounts) {
    measurements.storage.countsLost += counts.total
    writeBehind.settle(counts)
  }

  /// The process that flushes ends, and another begins in its place.
  func crashCounters() {
    guard let settings = design.counters else { return }
    let isKept = settings.order == .writeFirst && settings.buffer == .shared
    for id in counterWrites.live() where counterWrites[id].state != .abandoned {
      let row = counterWrites[id]
      let isServed = row.state == .sent && row.visits.last <= now
      if isServed { store(row) }
      let isStored = isServed || row.isRepeated || row.state == .stored
      if isKept {
        writeBehind.repeats.append(.init(counts: row.counts, isStored: isStored))
      } else if !isStored {
        lose(row.counts)
      }
      if row.state == .stored {
        counterWrites.release(id)
      } else {
        counterWrites[id].state = .abandoned
      }
    }
    writeBehind.unanswered = [:]
    if settings.buffer == .process {
      for counts in writeBehind.takeBuffer() { lose(counts) }
    }
    writeBehind.origin = now
    writeBehind.nextFlush = .never
    if !writeBehind.buffer.isEmpty || !writeBehind.repeats.isEmpty { scheduleFlush() }
  }

  /// By how long the counters of a page are behind what has been counted.
  func noteCountersRead(_ ids: UnsafeMutablePointer<UInt32>, count: Int) {
    guard let settings = design.counters else { return }
    for place in 0..<count {
      let age =
        settings.read == .stored ? writeBehind.age(of: ids[place], at: now) : Duration.zero
      measurements.storage.readAge.record(age)
    }
  }

  /// Counts raised = stored + lost + on their way; and what readers see has risen by as much.
  func counterBalance() -> Check {
    let storage = (
      stored: measurements.storage.countsStored, lost: measurements.storage.countsLost,
      doubled: measurements.storage.countsDoubled
    )
    var underWay = writeBehind.buffered
    for id in counterWrites.live() {
      let row = counterWrites[id]
      if row.state == .sent, !row.isRepeated { underWay += row.counts.total }
    }
    for again in writeBehind.repeats where !again.isStored { underWay += again.counts.total }
    let raised = measurements.engagementsCounted
    let shown = posts.countsTotal &- writeBehind.countsBefore
    let shouldShow =
      design.counters?.read == .stored ? storage.stored + storage.doubled : raised
    return Check(
      name: "counter balance",
      passed: raised == storage.stored + storage.lost + underWay && shown == UInt64(shouldShow),
      detail: "\(raised) counted = \(storage.stored) stored + \(storage.lost) lost + \(underWay) "
        + "on their way; readers see \(shown), \(storage.doubled) of them twice")
  }
}

extension PostStore {
  /// Likes, comments and shares of all posts.
  var countsTotal: UInt64 {
    (0..<count).reduce(0) { sum, post in
      let row = counters[post]
      return sum &+ UInt64(row.likes) &+ UInt64(row.comments) &+ UInt64(row.shares)
    }
  }
}
