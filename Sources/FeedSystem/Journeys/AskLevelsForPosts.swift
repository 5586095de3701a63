import Simulation

/// The ranked posts of a load in levels of caches: each level is asked for those that the ones
/// before it did not have, and the shards for what is left (`Hydrate`).
extension FeedSystem {
  /// Lists the ranked posts that have to be looked up; false where none has.
  func listLackingPosts(_ id: UInt32) -> Bool {
    let row = loads[id]
    let list = lists.take()
    let (ranked, lacking) = (lists[row.list], lists[list])
    var count = 0
    for place in 0..<Int(row.count) where !isFoundAtAuthor(ranked[place], by: row.viewer) {
      lacking[count] = ranked[place]
      count += 1
    }
    guard count > 0 else {
      lists.release(list)
      return false
    }
    loads[id].question.list = list
    loads[id].question.count = UInt32(count)
    return true
  }

  func releaseQuestion(_ id: UInt32) {
    guard loads[id].question.list != PostStore.none else { return }
    lists.release(loads[id].question.list)
    loads[id].question.list = PostStore.none
  }

  /// What is to be looked up over the shards: the ranked posts, or those that no level has had.
  func lookedUpPosts(_ id: UInt32) -> (ids: UnsafeMutablePointer<UInt32>, count: Int) {
    let row = loads[id]
    if row.question.list != PostStore.none {
      return (lists[row.question.list], Int(row.question.count))
    }
    return (lists[row.list], Int(row.count))
  }

  /// A post's version: the sum of its counters.
  private func version(ofPost post: UInt32) -> UInt32 {
    let counters = posts.counters(of: post)
    return counters.likes &+ counters.comments &+ counters.shares
  }

  /// Takes from a level what it has; whether no post is lacking any more.
  func takePosts(_ id: UInt32, from level: CacheLevel) -> Bool {
    guard let levels else { return false }
    let list = lists[loads[id].question.list]
    let place = levels.place(of: level)
    var left = 0
    var absent: [UInt32] = []
    for index in 0..<Int(loads[id].question.count) {
      let post = list[index]
      let entry = levels.hierarchy.probe(
        place, .post, levels.postKey(post), at: nowMilliseconds, version: version(ofPost: post)
      ) { $0.tag == post }
      if let entry {
        if entry.isNegative { absent.append(post) }
      } else {
        list[left] = post
        left += 1
      }
    }
    loads[id].question.count = UInt32(left)
    dropAbsent(id, absent)
    return left == 0
  }

  /// Leaves posts out of the page that are not there, as far as is known.
  private func dropAbsent(_ id: UInt32, _ absent: [UInt32]) {
    guard !absent.isEmpty, design.timelines.encoding?.holdsOnlyIds == true else { return }
    let list = lists[loads[id].list]
    var kept = 0
    for index in 0..<Int(loads[id].count) {
      list[kept] = list[index]
      kept += absent.contains(list[index]) ? 0 : 1
    }
    loads[id].count = UInt32(kept)
  }

  /// Writes into the levels what the shards have told, and what they did not find; false where no
  /// level was asked.
  func keepLookedUp(_ id: UInt32) -> Bool {
    let lost = takeUnreadable(id)
    let question = loads[id].question
    guard let levels, question.list != PostStore.none else { return false }
    let asked = Array(UnsafeBufferPointer(start: lists[question.list], count: Int(question.count)))
    var found = asked.count
    if design.timelines.encoding?.holdsOnlyIds == true {
      found = dropUnseen(id, of: lists[question.list], count: found, isPage: true)
    }
    var absent: [UInt32] = []
    var next = 0
    for post in asked {
      let isThere = next < found && lists[question.list][next] == post
      if isThere { next += 1 } else { absent.append(post) }
      levels.fillPost(
        post, version: version(ofPost: post), isThere: isThere, at: nowMilliseconds)
    }
    dropAbsent(id, absent + lost)
    releaseQuestion(id)
    return true
  }

  /// Takes out of what was looked up what lies on shards that are down: whether it is there no
  /// level is told.
  private func takeUnreadable(_ id: UInt32) -> [UInt32] {
    let question = loads[id].question
    guard loads[id].isIncomplete, question.list != PostStore.none else { return [] }
    let list = lists[question.list]
    let asked = Array(UnsafeBufferPointer(start: list, count: Int(question.count)))
    let left = dropUnreadable(id, of: list, count: asked.count)
    loads[id].question.count = UInt32(left)
    let found = Set((0..<left).map { list[$0] })
    return asked.filter { !found.contains($0) }
  }

  /// Somebody has reacted: the post's counters and what ranking knows of the viewer have changed.
  func noteReaction(of viewer: UInt32, to post: UInt32) {
    guard let levels else { return }
    levels.notePost(post, version: version(ofPost: post), at: nowMilliseconds)
    levels.note(.features, of: viewer, at: nowMilliseconds)
  }
}
