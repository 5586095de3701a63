import Simulation

/// fan-out worker → timeline store → entries written, feeds invalidated
///               └ failed → waits and is queued again, or is a dead letter
enum DeliverStep: UInt8 {
  case queued, prepared, written
}

/// What is left of one post's fan-out.
struct FanOutRow: BitwiseCopyable {
  var post: UInt32
  /// Jobs that have not ended; a dead letter has not.
  var jobs: UInt32
  /// Entries due, and of these written.
  var due: UInt32
  var written: UInt32
  var opened: Instant
}

/// One fan-out job: a batch of an author's followers.
struct DeliverRow: BitwiseCopyable {
  var post: UInt32
  /// Position in the author's row of followers.
  var first: UInt32
  var count: UInt32
  var fanOut: UInt32
  var key: UInt64
  /// Attempts that have failed since it was cut or replayed, and ever.
  var failures: UInt32 = 0
  var failuresEver: UInt32 = 0
  /// Where the users are one cell of many.
  var place = BatchPlace()
  var isDead = false
  /// Whether its post was delivered to these before: its message was read again.
  var isReplay = false

  /// Keys the draws of an attempt; the first one's is the job's own.
  var attemptKey: UInt64 { key &+ UInt64(failuresEver) &* 0x9e37_79b9_7f4a_7c15 }
}

extension FeedSystem {
  func deliver(_ id: UInt32, _ step: DeliverStep) {
    let job = deliveries[id]
    switch step {
    case .queued:
      _ = visit(
        .fanOutWorkers, for: followersLookedAt(job), key: job.attemptKey, line: line(of: job),
        then: .deliver(id, .prepared))
    case .prepared:
      leave(.fanOutWorkers)
      if hasFailed(job) { return retry(id) }
      _ = visit(
        .timelineStore, for: countDue(job), key: job.attemptKey &+ 1, then: .deliver(id, .written))
    case .written:
      leave(.timelineStore)
      let written = job.isReplay ? writeAgain(job) : write(job)
      sendPurges()
      if !job.isReplay { tellFollowers(of: job, opened: fanOuts[job.fanOut].opened) }
      end(job, written: written)
      deliveries.release(id)
    }
  }

  /// Books what a job has written, and how far its post has come.
  private func end(_ job: DeliverRow, written: Int) {
    let isMeasured = posts[job.post].measured != 0
    measurements.wrote(written, measured: isMeasured, at: now)
    var fanOut = fanOuts[job.fanOut]
    noteForAllCells(-written, by: posts[job.post].author, opened: fanOut.opened, place: job.place)
    let before = Int(fanOut.written)
    fanOut.written += UInt32(written)
    fanOut.jobs -= 1
    fanOuts[job.fanOut] = fanOut
    if fanOut.jobs == 0 { fanOuts.release(job.fanOut) }
    if job.isReplay { return }
    let lag = now - fanOut.opened
    seeWritten(written, after: lag)
    noteFlash(lag: lag)
    guard isMeasured else { return }
    measurements.deliveryLag.record(lag.nanoseconds, times: UInt64(written))
    if lag > design.delivery.within {
      measurements.late += written
      noteLate(job.post, in: Int(job.first)..<Int(job.first + job.count)) { $0 }
    }
    measurements.pipeline.reached(
      Int(fanOut.written), from: before, of: Int(fanOut.due), after: lag)
    if hasPriority {
      measurements.pipeline.lagByLine[line(of: job)]
        .record(lag.nanoseconds, times: UInt64(written))
    }
  }

  /// Whether a follower of that time is due an entry of a post by its author's plan. The answer
  /// never changes afterwards: a follower who was away catches up on return instead, and
  /// `activeSince` says up to which post.
  @inline(__always)
  func isDue(_ viewer: UInt32, _ post: UInt32, stored milliseconds: Int64) -> Bool {
    isDue(viewer, post, stored: milliseconds, under: plan(ofPost: post))
  }

  @inline(__always)
  func isDue(
    _ viewer: UInt32, _ post: UInt32, stored milliseconds: Int64, under plan: FanOutPlan
  ) -> Bool {
    switch plan {
    case .push: true
    case .pull, .nobody: false
    case .pushToActive, .pushToActiveAndPull: wasActive(viewer, post, stored: milliseconds)
    case .pushToSome: classes.edges.pushes(posts[post].author, to: viewer)
    case .pushSampled: classes.edges.keeps(post, for: viewer)
    }
  }

  /// Whether a follower was active when the post was stored. A follower who was away catches up
  /// on return instead, and `activeSince` says up to which post.
  @inline(__always)
  private func wasActive(_ viewer: UInt32, _ post: UInt32, stored milliseconds: Int64) -> Bool {
    let row = timelines.viewer(viewer).pointee
    if post < row.activeSince {
      return milliseconds <= Int64(row.awayFromMilliseconds)
        && !absences.cover(viewer, post, stored: milliseconds)
    }
    return row.lastLoadMilliseconds != .min
      && milliseconds <= Int64(row.lastLoadMilliseconds) + classes.activeWindowMilliseconds
  }

  /// Whether a viewer finds a post at its author alone.
  func isFoundAtAuthor(_ post: UInt32, by viewer: UInt32) -> Bool {
    let plan = plan(ofPost: post)
    return plan != .pushToActiveAndPull && isPulled(posts[post].author, by: viewer, under: plan)
  }

  /// The followers that a batch writes to.
  func countDue(_ job: DeliverRow) -> Int {
    countDue(job.post, in: Int(job.first)..<Int(job.first + job.count))
  }

  /// The followers that a worker looks at: whether one is active, or kept by a sample, is asked of
  /// each; those of a split are kept in a list of their own.
  private func followersLookedAt(_ job: DeliverRow) -> Int {
    let author = posts[job.post].author
    if plan(ofPost: job.post) == .pushToSome { return countDue(job) }
    if !follows.touches(author: author) { return Int(job.count) }
    var count = 0
    follows.forEachFollow(of: author, in: Int(job.first)..<Int(job.first + job.count)) {
      count += $1.contains(job.post) ? 1 : 0
    }
    return count
  }

  /// The followers of a post's author that are due an entry.
  func countDue(_ post: UInt32, in range: Range<Int>? = nil) -> Int {
    let record = posts[post]
    if follows.touches(author: record.author) {
      var due = 0
      forEachDue(post, in: range) { _ in due += 1 }
      return due
    }
    let range = range ?? 0..<audience.graph.followerCount(of: record.author)
    let plan = plan(ofPost: post)
    if plan == .push { return range.count }
    guard plan.writes else { return 0 }
    let stored = Int64(record.storedMilliseconds)
    var due = 0
    audience.graph.forEachFollower(of: record.author, in: range) { follower in
      due += isDue(follower, post, stored: stored, under: plan) ? 1 : 0
    }
    return due
  }

  /// Calls `body` with those due an entry of a post, at some places of its author's row: who
  /// followed when it was stored, and is written to by the plan.
  func forEachDue(_ post: UInt32, in places: Range<Int>? = nil, _ body: (UInt32) -> Void) {
    let record = posts[post]
    let plan = plan(ofPost: post)
    guard plan.writes else { return }
    let stored = Int64(record.storedMilliseconds)
    follows.forEachFollow(of: record.author, in: places) { viewer, followed in
      guard followed.contains(post) else { return }
      if plan == .push || isDue(viewer, post, stored: stored, under: plan) { body(viewer) }
    }
  }

  /// Writes a batch's entries and drops the feeds they make stale; returns the entries.
  private func write(_ job: DeliverRow) -> Int {
    let record = posts[job.post]
    let batch = Int(job.first)..<Int(job.first + job.count)
    let plan = plan(ofPost: job.post)
    let invalidates = invalidatesFeeds(plan)
    if follows.touches(author: record.author) {
      var due: [UInt32] = []
      forEachDue(job.post, in: batch) { due.append($0) }
      let mates = rowMates(of: job.post)
      for viewer in due {
        deliverOnce(job.post, to: viewer, mates: mates)
        if invalidates { dropHeldFeed(of: viewer) }
      }
      return due.count
    }
    let followers = audience.graph.followers(of: record.author, in: batch)
    if countsDeliveries {
      counted.add(
        batch, of: job.post, by: record.author,
        followers: audience.graph.followerCount(of: record.author))
      if invalidates { timelines.cached.remove(followers) { feedCache?.invalidate($0) } }
      return batch.count
    }
    let isForAll = plan == .push
    let stored = Int64(record.storedMilliseconds)
    if let mates = rowMates(of: job.post) {
      return insert(
        job.post, into: followers, mates: mates, stored: stored, dropsFeeds: invalidates)
    }
    return timelines.deliver(
      job.post, to: followers, measured: record.measured != 0, dropsFeeds: invalidates,
      where: { isForAll || isDue($0, job.post, stored: stored, under: plan) },
      invalidate: { feedCache?.invalidate($0) })
  }

  /// What is held for a viewer must not be shown any more.
  func dropHeldFeed(of viewer: UInt32) {
    if timelines.cached.remove(viewer) { feedCache?.invalidate(viewer) }
  }

  /// Writes a batch's entries where other posts share their rows.
  private func insert(
    _ post: UInt32, into followers: UnsafeBufferPointer<UInt32>, mates: Range<UInt32>,
    stored: Int64, dropsFeeds: Bool
  ) -> Int {
    var written = 0
    for viewer in followers where isDue(viewer, post, stored: stored) {
      insert(post, into: viewer, mates: mates)
      if dropsFeeds { dropHeldFeed(of: viewer) }
      written += 1
    }
    return written
  }
}
