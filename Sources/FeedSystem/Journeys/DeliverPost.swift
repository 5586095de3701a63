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
        .fanOutWorkers, for: Int(job.count), key: job.key, then: .deliver(id, .prepared))
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

  /// Whether a follower was active when the post was stored, and so is due an entry. The answer
  /// never changes afterwards: a follower who was away catches up on return instead, and
  /// `activeSince` says up to which post.
  @inline(__always)
  func isDue(_ viewer: UInt32, _ post: UInt32, stored milliseconds: Int64) -> Bool {
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
    let record = posts[job.post]
    guard classes.plan(of: record.author) == .pushToActive else { return Int(job.count) }
    return countDue(job.post, in: Int(job.first)..<Int(job.first + job.count))
  }

  /// The followers of a post's author that were active when it was stored.
  func countDue(_ post: UInt32, in range: Range<Int>? = nil) -> Int {
    let record = posts[post]
    let followers = audience.graph.followers(of: record.author)
    let stored = Int64(record.storedMilliseconds)
    var due = 0
    for index in range ?? 0..<followers.count {
      due += isDue(followers[index], post, stored: stored) ? 1 : 0
    }
    return due
  }

  /// Writes a batch's entries and drops the feeds they make stale; returns the entries.
  private mutating func write(_ job: DeliverRow) -> Int {
    let record = posts[job.post]
    let batch = Int(job.first)..<Int(job.first + job.count)
    let followers = UnsafeBufferPointer(
      rebasing: audience.graph.followers(of: record.author)[batch])
    if countsDeliveries {
      counted.add(
        batch, of: job.post, by: record.author,
        followers: audience.graph.followerCount(of: record.author))
      timelines.cached.remove(followers) { feedCache?.invalidate($0) }
      return batch.count
    }
    let onlyActive = classes.plan(of: record.author) == .pushToActive
    let stored = Int64(record.storedMilliseconds)
    return timelines.deliver(
      job.post, to: followers, measured: record.measured != 0,
      where: { !onlyActive || isDue($0, job.post, stored: stored) },
      invalidate: { feedCache?.invalidate($0) })
  }
}
