import Simulation

/// The followed authors that a load asks for posts.
struct AskedAuthors {
  /// First those whose plan never changed, who are asked for all their posts.
  var all: UnsafeBufferPointer<UInt32>
  /// How many those are. The others are asked for the posts that have a plan by which they are
  /// pulled.
  var settledCount: Int

  var settled: UnsafeBufferPointer<UInt32> {
    UnsafeBufferPointer(rebasing: all[..<settledCount])
  }
  var changed: UnsafeBufferPointer<UInt32> {
    UnsafeBufferPointer(rebasing: all[settledCount...])
  }
}

extension FeedSystem {
  /// The authors that this load asks: those always pulled, and on return from being away those
  /// that push to the active only. While nobody's plan has changed that is a prefix of the row, as
  /// authors with more followers come first, and what a split leaves to be pulled.
  func askedAuthors(by viewer: UInt32, away: Bool) -> AskedAuthors {
    if !plans.isEmpty { return askedByPost(viewer, away: away) }
    let followees = follows.followees(of: viewer)
    let below = classes.wholeBelow(away: away)
    if Int(below) >= audience.graph.userCount {
      return AskedAuthors(all: followees, settledCount: followees.count)
    }
    var count = 0
    while count < followees.count, followees[count] < below { count += 1 }
    if case .split(let split) = classes.edges {
      let selected = scratch.select(
        followees, whole: count, below: classes.middleBelow, pulledBy: viewer, split)
      return AskedAuthors(all: selected, settledCount: selected.count)
    }
    return AskedAuthors(
      all: UnsafeBufferPointer(rebasing: followees[..<count]), settledCount: count)
  }

  /// Where plans have changed, each author is looked at: one who was pulled is asked for as long as
  /// a post of that time is alive.
  private func askedByPost(_ viewer: UInt32, away: Bool) -> AskedAuthors {
    let followees = follows.followees(of: viewer)
    let selected = scratch.reserve(selected: followees.count)
    let oldest = posts.oldestLive
    var settled = 0
    var changed = 0
    for author in followees {
      let first = classes.plan(of: author)
      if !plans.hasChanged(author) {
        guard asks(author, viewer, by: first, away: away) else { continue }
        selected[settled] = author
        settled += 1
      } else if plans.holds(
        of: author, from: oldest, first: first, { asks(author, viewer, by: $0, away: away) })
      {
        changed += 1
        selected[followees.count - changed] = author
      }
    }
    for index in 0..<changed {
      selected[settled + index] = selected[followees.count - changed + index]
    }
    return AskedAuthors(
      all: UnsafeBufferPointer(start: selected, count: settled + changed), settledCount: settled)
  }

  @inline(__always)
  private func asks(
    _ author: UInt32, _ viewer: UInt32, by plan: FanOutPlan, away: Bool
  ) -> Bool {
    plan == .pushToActive ? away : isPulled(author, by: viewer, under: plan)
  }

  /// Whether a viewer finds an author's post of this plan at the author.
  @inline(__always)
  func isPulled(_ author: UInt32, by viewer: UInt32, under plan: FanOutPlan) -> Bool {
    switch plan {
    case .pull, .pushToActiveAndPull: true
    case .pushToSome: !classes.edges.pushes(author, to: viewer)
    case .push, .pushToActive, .pushSampled, .nobody: false
    }
  }

  /// Gathers into the scratch memory, from position `start`, the newest posts of `ids` that a
  /// viewer pulls of authors whose plan has changed, up to `perAuthor` each; returns how many.
  func pull(
    changed authors: UnsafeBufferPointer<UInt32>, for viewer: UInt32, ids: Range<UInt32>,
    perAuthor: Int, after start: Int
  ) -> Int {
    var found = start
    for author in authors {
      var left = perAuthor
      var post = posts.latest(of: author)
      while left > 0, post != PostStore.none, post >= ids.lowerBound {
        let previous = posts[post].previous
        if isPulled(author, by: viewer, under: plan(ofPost: post)) {
          left -= 1
          scratch.ids[found] = post
          found += ids.contains(post) ? 1 : 0
        }
        post = previous
      }
    }
    return found - start
  }

  /// Gathers into the scratch memory what the timeline has of `kept` and the pulled authors have of
  /// `ids`; returns how many from each, and whether any author is asked.
  ///
  /// - Parameter id: of the load that leaves answer; without one the authors are asked themselves.
  func collect(
    for viewer: UInt32, load id: UInt32? = nil, ids: Range<UInt32>, kept: Range<UInt32>
  ) -> (fromTimeline: Int, fromAuthors: Int, asksAuthors: Bool) {
    let asked = askedAuthors(by: viewer, away: false)
    let perAuthor = design.feed.perAuthor
    scratch.reserve(
      candidates: design.timelines.read + asked.all.count * perAuthor,
      authors: asked.settledCount)
    let fromTimeline = readTimeline(viewer, ids: kept)
    var fromAuthors =
      if let id {
        readPulled(asked.settled, id, ids: ids, after: fromTimeline)
      } else {
        scratch.pull(
          asked.settled, from: posts, ids: ids, perAuthor: perAuthor, after: fromTimeline)
      }
    if !plans.isEmpty {
      fromAuthors += pull(
        changed: asked.changed, for: viewer, ids: ids, perAuthor: perAuthor,
        after: fromTimeline + fromAuthors)
    }
    return (fromTimeline, fromAuthors, !asked.all.isEmpty)
  }
}
