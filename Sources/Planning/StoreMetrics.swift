import FeedSystem

extension Replication {
  /// What the timelines' layout costs: the look-ups that reads need, the entries that nobody reads,
  /// those that a trim by chance leaves. Each only where the scenario says so.
  mutating func addStores(
    _ m: borrowing Measurements, _ timelines: TimelineFigures, _ design: Design, seconds: Double
  ) {
    if design.timelines.trim < 1, let overshoot = timelines.overshoot {
      add("timeline.overshoot", .entries, overshoot)
    }
    if design.timelines.encoding != nil {
      add("feed.looked_up", .perSecond, Double(m.postsLookedUp) / seconds)
      add("feed.lookup_queries", .perSecond, Double(m.lookUpQueries) / seconds)
    }
    if design.timelines.dormantAfter != nil {
      add("returning.rate", .perSecond, Double(m.returns) / seconds)
      let returns = Double(max(m.returns, 1))
      add("returning.empty", .ratio, Double(m.returnsEmpty) / returns)
      add("returning.gapped", .ratio, Double(m.returnsWithGap) / returns)
      add("returning.author_queries", .perSecond, Double(m.regenerationQueries) / seconds)
      add("returning.regeneration", m.regeneration)
    }
    if design.timelines.encoding != nil || design.timelines.window != nil {
      add(
        "timeline.orphaned", .bytes,
        Double(timelines.orphaned * design.timelines.entryBytes))
    }
  }
}
