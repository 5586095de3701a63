import Simulation

/// fan-out worker → timeline store → entries written, feeds invalidated
enum DeliverStep: UInt8 {
  case queued, prepared, written
}

/// One fan-out job: a batch of an author's followers.
struct DeliverRow: BitwiseCopyable {
  var post: UInt32
  /// Position in the author's row of followers.
  var first: UInt32
  var count: UInt32
  /// Followers of the batch that the plan writes to; known once the worker is done.
  var due: UInt32
  var opened: Instant
  var key: UInt64
}

extension FeedSystem {
  mutating func deliver(_ id: UInt32, _ step: DeliverStep) {
    let job = deliveries[id]
    switch step {
    case .queued:
      _ = visit(
        .fanOutWorkers, for: followersLookedAt(job), key: job.key, then: .deliver(id, .prepared))
    case .prepared:
      leave(.fanOutWorkers)
      let due = countDue(job)
      deliveries[id].due = UInt32(due)
      _ = visit(.timelineStore, for: due, key: job.key &+ 1, then: .deliver(id, .written))
    case .written:
      leave(.timelineStore)
      let written = write(job)
      measurements.wrote(written, at: now)
      if posts[job.post].measured != 0 {
        let lag = now - job.opened
        measurements.deliveryLag.record(lag.nanoseconds, times: UInt64(written))
        if lag > design.delivery.within { measurements.late += written }
      }
      deliveries.release(id)
    }
  }

  /// Whether a follower is due an entry of a post; the answer never changes once it is stored.
  @inline(__always)
  func isDue(_ viewer: UInt32, _ post: UInt32, stored milliseconds: Int64) -> Bool {
    let author = posts[post].author
    switch classes.plan(of: author) {
    case .push: return true
    case .pull, .nobody: return false
    case .pushToActive, .pushToActiveAndPull:
      return wasActive(viewer, post, stored: milliseconds)
    case .pushToSome: return classes.edges.pushes(author, to: viewer)
    case .pushSampled: return classes.edges.keeps(post, for: viewer)
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

  /// The followers that a batch writes to.
  private func countDue(_ job: DeliverRow) -> Int {
    countDue(job.post, in: Int(job.first)..<Int(job.first + job.count))
  }

  /// The followers that a worker looks at: whether one is active, or kept by a sample, is asked of
  /// each; those of a split are kept in a list of their own.
  private func followersLookedAt(_ job: DeliverRow) -> Int {
    classes.plan(of: posts[job.post].author) == .pushToSome ? countDue(job) : Int(job.count)
  }

  /// The followers of a post's author that are due an entry.
  func countDue(_ post: UInt32, in range: Range<Int>? = nil) -> Int {
    let record = posts[post]
    let followers = audience.graph.followers(of: record.author)
    let range = range ?? 0..<followers.count
    let plan = classes.plan(of: record.author)
    if plan == .push { return range.count }
    guard plan.writes else { return 0 }
    let stored = Int64(record.storedMilliseconds)
    var due = 0
    for index in range {
      due += isDue(followers[index], post, stored: stored) ? 1 : 0
    }
    return due
  }

  /// Writes a batch's entries and drops the feeds they make stale; returns the entries.
  private mutating func write(_ job: DeliverRow) -> Int {
    let record = posts[job.post]
    let isForAll = classes.plan(of: record.author) == .push
    let stored = Int64(record.storedMilliseconds)
    let followers = UnsafeBufferPointer(
      rebasing: audience.graph.followers(of: record.author)[
        Int(job.first)..<Int(job.first + job.count)])
    return timelines.deliver(
      job.post, to: followers, measured: record.measured != 0,
      where: { isForAll || isDue($0, job.post, stored: stored) },
      invalidate: { feedCache?.invalidate($0) })
  }
}
