import Simulation

extension FeedSystem {
  /// Gathers into the scratch memory what the timeline has of `kept` and, in place of what authors
  /// would be asked for, what trends of `ids` (S0.20's manual injection); returns how many of each.
  func collectTrends(
    for viewer: UInt32, ids: Range<UInt32>, kept: Range<UInt32>
  ) -> (fromTimeline: Int, fromAuthors: Int, asksAuthors: Bool) {
    guard let settings = design.degraded?.trending, let trend = ranking.trend(settings) else {
      return collect(for: viewer, ids: ids, kept: kept)
    }
    let trending = trend.top(at: nowMilliseconds).posts
    scratch.reserve(candidates: design.timelines.read + trending.count, authors: 0)
    let fromTimeline = readTimeline(viewer, ids: kept)
    var present = PostSet(room: fromTimeline + trending.count)
    for place in 0..<fromTimeline { _ = present.insert(scratch.ids[place]) }
    var count = fromTimeline
    for post in trending where ids.contains(post) && posts[post].author != viewer {
      guard present.insert(post) else { continue }
      scratch.ids[count] = post
      count += 1
    }
    if measuring {
      controls.injected += count - fromTimeline
      controls.injectedLoads += 1
    }
    return (fromTimeline, count - fromTimeline, false)
  }
}
