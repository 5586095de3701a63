import Simulation

/// The leaves that a load asks side by side.
struct LeafVisits: BitwiseCopyable {
  var count: UInt32 = 0
  var waiting = Duration.zero
  var service = Duration.zero
  /// The sum of their ends, for their books.
  var ends: UInt64 = 0
  /// When the slowest answer is back.
  var back = Instant.start

  mutating func add(_ visit: ShardVisit, roundTrip: Duration) {
    count += 1
    waiting += visit.waited
    service += visit.service
    ends &+= UInt64(bitPattern: visit.end.nanoseconds)
    back = max(back, visit.end + roundTrip)
  }
}

/// The aggregator's part of a load: the leaves of the pulled authors, side by side → their posts
extension FeedSystem {
  /// Asks the leaves for a viewer's authors; returns whom to ask the post store for: all without
  /// leaves, and with them the authors of a leaf that is down, and those whose posts are written
  /// into timelines.
  func askLeaves(
    _ id: UInt32, for authors: UnsafeBufferPointer<UInt32>
  ) -> UnsafeBufferPointer<UInt32> {
    guard let settings = design.leafIndex else { return authors }
    let row = loads[id]
    var isGapped = false
    var asksInstead = false
    aggregator.begin(authors: authors.count)
    for author in authors {
      guard isReadFromLeaf(author, by: row.viewer) else {
        aggregator.leave(author)
        continue
      }
      let leaf = leaves.leaf(of: author)
      if !tailers.leaves[leaf].isDown {
        aggregator.ask(leaf)
      } else if settings.whenDown == .postStore {
        aggregator.leave(author)
        asksInstead = true
      } else {
        isGapped = true
        if faults.isUsed { loads[id].isIncomplete = true }
      }
    }
    var visits = LeafVisits()
    for leaf in 0..<leaves.leafCount where aggregator.perLeaf[leaf] > 0 {
      let visit = visitLeaf(leaf, for: Int(aggregator.perLeaf[leaf]), key: row.key &+ 6)
      visits.add(visit, roundTrip: roundTrip + row.delay)
    }
    loads[id].leafVisits = visits
    loads[id].served += visits.service
    if visits.count > 0 { measurements.record(.leaves, visits.back - now, row.opened, window) }
    if !authors.isEmpty, window.contains(row.opened.nanoseconds) {
      measurements.leaves.gathers += 1
      measurements.leaves.requests += Int(visits.count)
      if asksInstead { measurements.leaves.gathersInstead += 1 }
      if isGapped { measurements.leaves.gathersWithGap += 1 }
    }
    return aggregator.left
  }

  func departLeaves(_ id: UInt32) {
    let visits = loads[id].leafVisits
    guard visits.count > 0 else { return }
    leafShards.depart(count: UInt64(visits.count), ends: visits.ends)
    loads[id].leafVisits = LeafVisits()
  }

  /// Whether a load that this viewer is not away for finds an author's posts on a leaf.
  private func isReadFromLeaf(_ author: UInt32, by viewer: UInt32) -> Bool {
    switch classes.plan(of: author) {
    case .pull, .pushToActiveAndPull: true
    case .pushToSome: !classes.edges.pushes(author, to: viewer)
    case .push, .pushToActive, .pushSampled, .nobody: false
    }
  }

  /// Reads the posts that a load pulls into the scratch's ids from a position on; returns how many.
  func readPulled(
    _ authors: UnsafeBufferPointer<UInt32>, _ id: UInt32, ids: Range<UInt32>, after start: Int
  ) -> Int {
    let perAuthor = design.feed.perAuthor
    guard let settings = design.leafIndex else {
      return scratch.pull(authors, from: posts, ids: ids, perAuthor: perAuthor, after: start)
    }
    let oldest = nowMilliseconds - settings.retention.nanoseconds / 1_000_000
    let kept = ids.clamped(to: posts.first(storedFrom: oldest)..<UInt32.max)
    var found = start
    var missing = 0
    var behind: Int64 = 0
    aggregator.begin(authors: authors.count)
    for author in authors {
      let leaf = leaves.leaf(of: author)
      let isDown = tailers.leaves[leaf].isDown
      if isDown, settings.whenDown == .postStore {
        aggregator.leave(author)
        continue
      }
      if !isDown {
        leaves.evict(from: leaf, before: oldest)
        found += leaves.read(author, ids: ids, limit: perAuthor, into: scratch.ids + found)
      }
      let lacking = lacking(author, kept, newest: isDown ? nil : leaves.latest(of: author))
      missing += lacking.count
      if !isDown { behind = max(behind, lacking.behind) }
    }
    found += scratch.pull(
      aggregator.left, from: posts, ids: ids, perAuthor: perAuthor, after: found)
    loads[id].behindMilliseconds = behind
    if window.contains(loads[id].opened.nanoseconds) {
      measurements.leaves.found += found - start
      measurements.leaves.missing += missing
    }
    return found - start
  }

  /// Of an author's posts that a load would be given, those newer than what the leaf has: how many,
  /// and how long the oldest has been stored, in ms.
  private func lacking(
    _ author: UInt32, _ ids: Range<UInt32>, newest: UInt32?
  ) -> (count: Int, behind: Int64) {
    var post = posts.latest(of: author)
    var count = 0
    var behind: Int64 = 0
    var looked = 0
    while post != PostStore.none, post >= ids.lowerBound, post != newest,
      looked < design.feed.perAuthor
    {
      let record = posts[post]
      if post < ids.upperBound {
        count += 1
        behind = max(behind, nowMilliseconds - Int64(record.storedMilliseconds))
      }
      looked += 1
      post = record.previous
    }
    return (count, behind)
  }
}
