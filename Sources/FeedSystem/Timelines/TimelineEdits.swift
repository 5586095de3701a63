import Simulation

/// What follows and unfollows have done to viewers' timelines, besides what was delivered.
struct TimelineEdits {
  private struct Row {
    /// Added to the entries written, so that the sum never takes a value twice.
    var offset: UInt32 = 0
    /// Posts below this id may have been back-filled.
    var filledBelow: UInt32 = 0
  }

  private var rows: [UInt32: Row] = [:]

  @inline(__always)
  func touch(_ viewer: UInt32) -> Bool { !rows.isEmpty && rows[viewer] != nil }

  @inline(__always)
  func offset(of viewer: UInt32) -> UInt32 { rows.isEmpty ? 0 : rows[viewer]?.offset ?? 0 }

  /// Whether a post may lie in a viewer's timeline although nobody has delivered it.
  func mayHold(_ post: UInt32, _ viewer: UInt32) -> Bool {
    !rows.isEmpty && post < rows[viewer]?.filledBelow ?? 0
  }

  /// What is shown to a viewer is no longer what it was.
  ///
  /// - Parameter written: by how many fewer entries its timeline now says were written.
  mutating func note(_ viewer: UInt32, less written: UInt32 = 0) {
    rows[viewer, default: Row()].offset &+= written &+ 1
  }

  mutating func noteFill(_ viewer: UInt32, below post: UInt32) {
    rows[viewer, default: Row()].filledBelow = max(rows[viewer]?.filledBelow ?? 0, post)
  }
}

extension TimelineStore {
  /// A viewer's entries, the newest first.
  func entries(of id: UInt32) -> [UInt32] {
    let held = count(of: id)
    return [UInt32](unsafeUninitializedCapacity: held) { buffer, count in
      guard let base = buffer.baseAddress else { return }
      count = read(id, limit: held, ids: 0..<PostStore.none, into: base)
    }
  }

  /// Writes a viewer's timeline anew: as many of the entries as it holds, the newest first. What
  /// has been delivered stays in the accounts.
  func rewrite(_ id: UInt32, with entries: [UInt32]) {
    var oldestFirst = Array(entries.prefix(capacity).reversed())
    oldestFirst.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress, !buffer.isEmpty else {
        heads[Int(id)].written = 0
        return
      }
      fill(id, with: base, count: buffer.count)
    }
  }
}

extension FeedSystem {
  /// Changes with whatever is written to a viewer's timeline, overwritten or hidden in it.
  func timelineVersion(of viewer: UInt32) -> UInt32 {
    let overwrites = design.timelines.tick == nil ? 0 : overwritten.all[Int(viewer)]
    return entriesWritten(for: viewer) &+ edits.offset(of: viewer) &+ overwrites
  }

  /// A feed made before now must not be shown any more: a held one is dropped, and one on its way
  /// will not be kept.
  func outdateFeed(of viewer: UInt32) {
    edits.note(viewer)
    dropHeldFeed(of: viewer)
    sendPurges()
  }

  /// Delivers a post to a viewer who may have it from a back-fill: stores know an entry by its
  /// post, so that writing it again leaves one.
  ///
  /// - Parameter mates: the posts that share its row; nil where none does.
  func deliverOnce(_ post: UInt32, to viewer: UInt32, mates: Range<UInt32>?) {
    guard edits.mayHold(post, viewer), timelines.entries(of: viewer).contains(post) else {
      return insert(post, into: viewer, mates: mates)
    }
    let head = timelines.head(viewer)
    if posts[post].measured != 0 {
      head.pointee.delivered &+= 1
      head.pointee.deliveredSum &+= auditHash(post)
    }
  }

  /// The posts that a new follower's timeline lacks of an author: of the newest posts stored before
  /// the follow, as many as are back-filled, those that are not found at the author at every load.
  func backFill(of author: UInt32, to viewer: UInt32, before follow: UInt32) -> [UInt32] {
    var found: [UInt32] = []
    var seen = 0
    let first = max(posts.oldestLive, keptFrom(timelines.viewer(viewer).pointee))
    var post = posts.latest(of: author)
    while post != PostStore.none, post >= first, seen < design.timelines.backFill {
      if post < follow {
        seen += 1
        if isFilledBack(post, for: viewer) { found.append(post) }
      }
      post = posts[post].previous
    }
    return found
  }

  /// Whether a post belongs into the timeline of a follower who came after it.
  private func isFilledBack(_ post: UInt32, for viewer: UInt32) -> Bool {
    switch plan(ofPost: post) {
    case .push, .pushToActive: true
    case .pushToSome: classes.edges.pushes(posts[post].author, to: viewer)
    case .pushSampled: classes.edges.keeps(post, for: viewer)
    case .pushToActiveAndPull, .pull, .nobody: false
    }
  }

  /// Merges posts, the newest first, into a viewer's timeline, each before the first entry that is
  /// older; returns how many it did not have.
  func fillBack(_ found: [UInt32], into viewer: UInt32, before follow: UInt32) -> Int {
    edits.noteFill(viewer, below: follow)
    let held = timelines.entries(of: viewer)
    let known = Set(held)
    let lacking = found.filter { !known.contains($0) }
    if lacking.isEmpty { return 0 }
    var merged: [UInt32] = []
    var next = 0
    for entry in held {
      while next < lacking.count, lacking[next] > entry {
        merged.append(lacking[next])
        next += 1
      }
      merged.append(entry)
    }
    merged += lacking[next...]
    // A full timeline has no room for what is older than all that it holds.
    let kept = Array(merged.prefix(timelines.capacity))
    rewrite(viewer, with: kept)
    return kept.count { !known.contains($0) }
  }

  /// Takes an author's posts out of a viewer's timeline; returns how many there were.
  func removeEntries(of author: UInt32, from viewer: UInt32) -> Int {
    let held = timelines.entries(of: viewer)
    let kept = held.filter { posts[$0].author != author }
    if kept.count < held.count { rewrite(viewer, with: kept) }
    return held.count - kept.count
  }

  private func rewrite(_ viewer: UInt32, with entries: [UInt32]) {
    let before = timelines.head(viewer).pointee.written
    timelines.rewrite(viewer, with: entries)
    let after = timelines.head(viewer).pointee.written
    edits.note(viewer, less: before > after ? before - after : 0)
    outdateFeed(of: viewer)
  }
}
