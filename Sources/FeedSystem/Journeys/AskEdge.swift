import Simulation

/// client → edge ─ page held ──────────────→ page
///               └ not held → gateway → … → page → held at the edge
/// page → the media of its posts, each from the edge or from the origin through it
///
/// What an edge does takes no time beyond the client's way to it: it is part of the network, as
/// the client's way to the gateway is.
enum EdgeStep: UInt8 {
  /// A viewer's page is dropped; the pools of what trends are made anew.
  case purged, trendsDue
}

extension FeedSystem {
  func advanceEdge(_ id: UInt32, _ step: EdgeStep) {
    switch step {
    case .purged:
      edge.caches[edge.regions.of(id)].purge(id)
      if measuring { edge.measurements.purges += 1 }
    case .trendsDue:
      guard acceptsArrivals else { return }
      let milliseconds = nowMilliseconds
      edge.trends?.refresh(at: milliseconds)
      scheduleTrends()
    }
  }

  /// Plans the first pools of what trends.
  func scheduleTrends() {
    guard let every = edge.trends?.settings.every else { return }
    calendar.schedule(.edge(0, .trendsDue), at: now + every)
  }

  /// Between a user's client and the gateway, there and back.
  @inline(__always)
  func clientRoundTrip(of user: UInt32) -> Duration {
    (edge.regions.home(of: user)?.roundTrip ?? design.network.client) + detour(of: user)
      + faults.network.delay(region: edge.regions.of(user))
  }

  /// Between the viewer's client and whoever has answered the load, there and back.
  @inline(__always)
  func clientRoundTrip(_ row: LoadRow) -> Duration {
    if row.isAtEdge, let settings = edge.settings { return settings.roundTrip }
    return clientRoundTrip(of: row.viewer)
  }

  /// Shows the first page that the viewer's edge holds, if it does; the origin hears nothing of it.
  func showAtEdge(_ id: UInt32) -> Bool {
    let row = loads[id]
    guard edge.settings?.holdsFeeds == true, row.offset == 0, !row.isTapped else { return false }
    let region = edge.regions.of(row.viewer)
    let held = edge.caches[region].lookUpFeed(row.viewer, at: nowMilliseconds)
    let measured = window.contains(row.opened.nanoseconds)
    if measured {
      edge.measurements.counts[region].feedsAsked += 1
      edge.measurements.counts[region].feedHits += held == nil ? 0 : 1
    }
    guard let (page, ids) = held else { return false }
    if measured, page.version != timelineVersion(of: row.viewer) {
      edge.measurements.staleHits += 1
    }
    loads[id].isAtEdge = true
    loads[id].count = page.view.count
    loads[id].gatheredMilliseconds = page.view.gatheredMilliseconds
    loads[id].behindMilliseconds = page.view.behindMilliseconds
    show(id, ids, asOf: page.view.asOf)
    loads.release(id)
    return true
  }

  /// Holds a first page at the viewer's edge, unless something was delivered since it was
  /// gathered: whoever gives it out sees that, as for its own cache.
  func keepAtEdge(
    _ row: LoadRow, _ ids: UnsafeMutablePointer<UInt32>, shown: Int, asOf: UInt32
  ) {
    guard edge.settings?.holdsFeeds == true, row.offset == 0, !row.isAtEdge, !row.isIncomplete
    else { return }
    let version = timelineVersion(of: row.viewer)
    // A feed that the feed cache held was fresh: a delivery would have dropped it.
    guard row.missedAt == .never || row.timelineVersion == version else { return }
    let view = FeedCache.View(
      gatheredMilliseconds: row.gatheredMilliseconds, asOf: asOf, count: row.count,
      behindMilliseconds: row.behindMilliseconds)
    edge.caches[edge.regions.of(row.viewer)].keepFeed(
      row.viewer, EdgeCache.Page(view: view, version: version, shown: UInt32(shown)), ids,
      size: shown * design.posts.bytes, at: nowMilliseconds)
    if edge.outdated != nil { timelines.cached.insert(row.viewer) }
  }

  /// Sends the purges of the feeds that have just become stale.
  @inline(__always)
  func sendPurges() {
    guard let outdated = edge.outdated, let settings = edge.settings else { return }
    for viewer in outdated.take() {
      calendar.schedule(.edge(viewer, .purged), at: now + settings.purgeLag)
    }
  }

  /// Books a page that has appeared for its region, and fetches its posts' media.
  func bookPage(_ row: LoadRow, _ ids: UnsafeMutablePointer<UInt32>, shown: Int) {
    let fetched = fetchMedia(row, shown: shown)
    guard let settings = edge.settings else { return }
    let measured = window.contains(row.opened.nanoseconds)
    let region = edge.regions.of(row.viewer)
    let mediaBytes = design.posts.mediaBytes
    var hits = 0
    if settings.holdsMedia, mediaBytes > 0 {
      for index in 0..<fetched {
        let isHeld = edge.caches[region].askMedia(
          ids[index], size: mediaBytes, at: nowMilliseconds)
        hits += isHeld ? 1 : 0
      }
      if measured {
        edge.measurements.counts[region].mediaAsked += fetched
        edge.measurements.counts[region].mediaHits += hits
      }
    }
    guard measured else { return }
    let pageBytes = shown * design.posts.bytes
    let fromEdge = hits * mediaBytes + (row.isAtEdge ? pageBytes : 0)
    edge.measurements.edgeBytes += fromEdge
    edge.measurements.originBytes += pageBytes + fetched * mediaBytes - fromEdge
  }

  // MARK: What trends

  /// A reaction was counted.
  func noteTrend(_ post: UInt32, by viewer: UInt32) {
    let (region, milliseconds) = (edge.regions.of(viewer), nowMilliseconds)
    edge.trends?.note(post, region: region, at: milliseconds)
  }

  /// The page with some of its places given to what trends, as the viewer's region has it (S0.15).
  ///
  /// What a place is given to is drawn by load and place. A post is on a page once: a place whose
  /// post is there already stays with the viewer's own feed.
  func mixed(
    _ ids: UnsafeMutablePointer<UInt32>, count: Int, for row: LoadRow
  ) -> UnsafeMutablePointer<UInt32> {
    guard let trends = edge.trends, let mix = edge.regions.home(of: row.viewer)?.content else {
      return ids
    }
    let regional = 1 + edge.regions.of(row.viewer)
    var stream = RandomStream(seed: seed, purpose: Purpose.content.rawValue, entity: row.key)
    let page = edge.mixed
    var replaced = 0
    for place in 0..<count {
      page[place] = ids[place]
      let (source, rank) = (stream.uniform(), stream.uniform())
      guard source < mix.global + mix.regional,
        let post = trends.post(of: source < mix.global ? 0 : regional, rank)
      else { continue }
      let isThere =
        (0..<count).contains { ids[$0] == post } || (0..<place).contains { page[$0] == post }
      if isThere { continue }
      page[place] = post
      replaced += 1
    }
    if window.contains(row.opened.nanoseconds) { edge.measurements.trending += replaced }
    return page
  }
}
