import FeedSystem

extension Usage {
  /// A month at the scenario's ordinary rates, without its spikes and scripted posts; what a
  /// post and a load bring with them is the mean over the replications.
  init(
    _ scenario: Scenario, _ design: Design, _ replications: [Replication], _ audience: Audience
  ) {
    func mean(_ value: (MeasuredUse) -> Double) -> Double {
      guard !replications.isEmpty else { return 0 }
      return replications.reduce(0) { $0 + value($1.usage) } / Double(replications.count)
    }
    self.init(tiers: design.tiers, fleet: replications.first?.fleet ?? Fleet { _ in 1 })
    timelineBytes = mean(\.timelineBytes)
    feedCacheBytes = mean(\.feedCacheBytes)
    objectBytes = mean(\.objectBytes)
    leafBytes = mean(\.leafBytes)
    for level in CacheLevel.allCases {
      levelBytes[level.rawValue] = mean { $0.levelBytes[level.rawValue] }
    }
    followerCacheBytes = mean(\.followerCacheBytes)
    leaderCacheBytes = mean(\.leaderCacheBytes)
    let cells = audience.graph.cell?.count ?? 1
    postsPerMonth = audience.activity.postRateAtHome * cells * Usage.secondsPerMonth
    postBytes = Double(design.posts.bytes)
    postCopies = design.postCopies(audience)
    mediaBytesPerPost = Double(design.posts.mediaBytes)
    loadsPerMonth =
      audience.activity.loadRateTotal * cells * Usage.secondsPerMonth * mean(\.requestsPerLoad)
    let shown = mean(\.shownPerRequest)
    pageBytes = shown * postBytes
    mediaEgressBytes = loadsPerMonth * mean(\.mediaPerRequest) * mediaBytesPerPost
    let entriesPerPost = mean(\.entriesPerPost)
    entriesWrittenPerMonth = postsPerMonth * entriesPerPost
    entryBytes = Double(design.timelines.entryBytes)
    // Every stored post is announced once; a post that is pushed adds a job for each batch.
    let jobs = entriesPerPost > 0 ? 1 + entriesPerPost / Double(design.fanOutBatch) : 0
    liveBytesPerMonth = loadsPerMonth * mean(\.liveBytesPerLoad)
    notificationsPerMonth = postsPerMonth * mean(\.notificationsPerPost)
    busMessagesPerMonth = postsPerMonth * (1 + jobs)
    place(in: design)
    edge = design.edge.flatMap { $0.size > 0 ? $0 : nil }
    edgeRegions = edge == nil ? 0 : max(1, design.regions.count)
    edgeFillBytesPerMonth = loadsPerMonth * mean(\.edgeFillBytesPerLoad)
    purchase = design.purchase
    reviewers = design.moderation?.review.meanOnDuty ?? 0
    for tier in TierName.allCases {
      let each = replications.compactMap { $0.usage.scaled[tier.rawValue] }
      if !each.isEmpty { scaled[tier] = .mean(of: each) }
    }
  }

  /// Where regions have servers of their own.
  mutating func place(in design: Design) {
    guard let geography = design.geography else { return }
    let all = design.regions.reduce(0) { $0 + $1.users }
    regionUsers = design.regions.map { max(1, Int($0.users / all * 1e9)) }
    primaryRegion = geography.primary
  }
}
