import Simulation

/// back after an absence → posts of the authors who push to the active alone → written
extension FeedSystem {
  /// From here on the viewer is active again. Writes into the timeline what authors who push to
  /// the active alone posted while the viewer was away, and followed them.
  func catchUp(_ id: UInt32) {
    let viewer = timelines.viewer(id)
    let since =
      viewer.pointee.lastLoadMilliseconds == .min
      ? Int64.min : Int64(viewer.pointee.lastLoadMilliseconds) + classes.activeWindowMilliseconds
    let hasMoved = follows.touches(viewer: id)
    for author in follows.everFollowed(by: id) {
      let hasChanged = plans.hasChanged(author)
      if !hasChanged, classes.plan(of: author) != .pushToActive {
        if plans.isEmpty, author >= classes.middleBelow { break }
        continue
      }
      var post = posts.latest(of: author)
      while post != PostStore.none, post >= posts.oldestLive, post >= viewer.pointee.activeSince {
        let record = posts[post]
        if Int64(record.storedMilliseconds) <= since { break }
        if !hasChanged || plan(ofPost: post) == .pushToActive,
          !hasMoved || follows.followed(id, author, when: post)
        {
          deliverOnce(post, to: id, mates: rowMates(of: post))
          measurements.caughtUp += 1
        }
        post = record.previous
      }
    }
    if viewer.pointee.activeSince > 0 {
      absences.append(
        id, until: viewer.pointee.activeSince, from: viewer.pointee.awayFromMilliseconds,
        users: audience.graph.userCount)
    }
    viewer.pointee.activeSince = UInt32(posts.count)
    viewer.pointee.awayFromMilliseconds = Int32(clamping: since)
  }
}
