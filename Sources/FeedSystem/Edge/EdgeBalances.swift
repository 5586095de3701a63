/// The books of edges, and of feeds made ahead.
extension FeedSystem {
  /// Rows of loads that are no viewer's, or not asked for yet.
  func loadsNobodyAskedFor() -> Int {
    guard ahead != nil || traffic.sessions.prefetch != nil else { return 0 }
    return loads.live().count { loads[$0].opened == .never }
  }

  func edgeBalances() -> [Check] {
    aheadBalances() + pageBalances() + edge.caches.map { invariants($0) }
  }

  /// Of feeds made ahead: opened = made + rejected + abandoned + under way; kept = read + lost
  /// unread + held unread, those held counted in the cache itself.
  private func aheadBalances() -> [Check] {
    guard let figures = aheadFigures(), let policy = cachePolicy else { return [] }
    let made = figures.made
    let held = made.settle { policy.access($0) != nil }
    var checks: [Check] = []
    // The same laws in every replication, whether anything came of them or not.
    for reason in MadeAhead.Reason.allCases where figures.isUsed(reason) {
      let books = made.books(reason)
      let inside = loads.live().count { loads[$0].madeFor == reason }
      checks.append(
        Check(
          name: "flow balance: loads for \(reason)",
          passed: books.opened == books.made + books.rejected + books.abandoned + inside,
          detail: "\(books.opened) opened = \(books.made) completed + \(books.rejected) rejected "
            + "+ \(books.abandoned) abandoned + \(inside) in system"))
      let unread = held[reason] ?? 0
      checks.append(
        Check(
          name: "feeds made ahead: \(reason)",
          passed: books.kept == books.used + books.wasted + unread,
          detail: "\(books.kept) kept = \(books.used) read + \(books.wasted) lost unread "
            + "+ \(unread) held unread"))
    }
    return checks
  }

  /// Pages and bytes by region against those of all loads.
  private func pageBalances() -> [Check] {
    var checks: [Check] = []
    if !edge.regions.all.isEmpty {
      var pages: UInt64 = 0
      for region in edge.regions.all.indices {
        pages += edge.measurements.latency[region].count
      }
      checks.append(
        Check(
          name: "region balance", passed: pages == measurements.feedLatency.count,
          detail: "\(pages) pages by region = \(measurements.feedLatency.count) pages shown"))
    }
    if edge.settings != nil {
      let fetched = measurements.postsShown - measurements.mediaLeft
      let bytes =
        measurements.postsShown * design.posts.bytes + fetched * design.posts.mediaBytes
      let (near, far) = (edge.measurements.edgeBytes, edge.measurements.originBytes)
      checks.append(
        Check(
          name: "edge balance", passed: near + far == bytes && near >= 0 && far >= 0,
          detail: "\(near) B from edges + \(far) B from the origin = \(bytes) B shown"))
    }
    return checks
  }

  private func invariants(_ cache: EdgeCache) -> Check {
    do {
      try cache.policy.checkInvariants()
      return Check(
        name: "edge invariants", passed: true,
        detail: "\(cache.policy.used) of \(cache.policy.capacity) B held")
    } catch {
      return Check(name: "edge invariants", passed: false, detail: "\(error)")
    }
  }
}
