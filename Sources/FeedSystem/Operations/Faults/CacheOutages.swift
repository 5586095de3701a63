import Simulation

/// Caches that have lost nodes.
extension FeedSystem {
  /// Whether the feed cache's node for a viewer is away now.
  @inline(__always)
  func lacksNode(for viewer: UInt32) -> Bool {
    !faults.feedOutage.isEmpty && faults.feedOutage.covers(viewer)
  }

  /// Changes which keys of a cache are away.
  func change(_ choice: CacheChoice, _ body: (inout KeyOutage) -> Void) {
    switch choice.cache {
    case .feed: body(&faults.feedOutage)
    case .l1, .l2, .l3:
      guard let levels else { return }
      levels.hierarchy.forEachPart(of: levels.place(of: choice.level)) { body(&$0.outage) }
    case .follower:
      for cluster in objectCaches.followerClusters where choice.cluster ?? cluster == cluster {
        objectCaches.changeOutage(of: Int32(cluster), body)
      }
    case .leader: objectCaches.changeOutage(of: objectCaches.leader, body)
    case .edge:
      for (region, cache) in edge.caches.enumerated() where isMeant(region, by: choice) {
        body(&cache.outage)
      }
    }
  }

  /// The same, and drops what is held under those keys.
  func lose(_ choice: CacheChoice, _ body: (inout KeyOutage) -> Void) {
    change(choice, body)
    let present = now
    switch choice.cache {
    case .feed:
      let outage = faults.feedOutage
      for viewer in 0..<UInt32(audience.graph.userCount) where outage.covers(viewer) {
        feedCache?.lose(viewer)
      }
    case .l1, .l2, .l3:
      guard let levels else { return }
      levels.hierarchy.forEachPart(of: levels.place(of: choice.level)) { $0.loseAway() }
    case .follower:
      for cluster in objectCaches.followerClusters where choice.cluster ?? cluster == cluster {
        objectCaches.loseAway(Int32(cluster), at: present)
      }
    case .leader: objectCaches.loseAway(objectCaches.leader, at: present)
    case .edge:
      for (region, cache) in edge.caches.enumerated() where isMeant(region, by: choice) {
        cache.loseAway()
      }
    }
  }

  /// When a fault first took nodes from whatever holds feeds, and when they were back, from the
  /// window's start; nil where none did and has ended.
  public var feedCacheLoss: (began: Duration, ended: Duration)? {
    let opens = Instant(nanoseconds: window.lowerBound)
    for occurrence in faults.occurrences where occurrence.hasEnded {
      let fault = faults.planned[occurrence.planned].fault
      let choice = (fault as? CacheNodeLost)?.choice ?? (fault as? CacheClusterLost)?.choice
      switch choice?.cache {
      case .feed, .l1, .l2, .l3: return (occurrence.began - opens, occurrence.ended - opens)
      case .follower, .leader, .edge, nil: continue
      }
    }
    return nil
  }

  private func isMeant(_ region: Int, by choice: CacheChoice) -> Bool {
    guard let name = choice.region, edge.caches.count > 1 else { return true }
    return edge.regions.all[region].name == name
  }
}
