import Simulation

/// Where a run and what ranking keeps meet.
extension FeedSystem {
  /// Calls `body` with what stages may look at for a viewer's feed.
  ///
  /// - Parameters:
  ///   - arm: the viewer's, or what it was as ranking began.
  ///   - asOf: the feed's posts were stored before this one.
  ///   - offset: posts of the same feed shown on earlier pages.
  func withRankingContext(
    of viewer: UInt32, arm: Int = 0, asOf: UInt32 = .max, offset: Int = 0,
    isMeasured: Bool = false, isOnScreen: Bool = false, _ body: (RankingContext) -> Void
  ) {
    learning?.isMeasuring = measuring
    withUnsafePointer(to: follows) { follows in
      body(
        RankingContext(
          viewer: viewer, nowMilliseconds: nowMilliseconds, posts: posts, affinity: affinity,
          world: world, judged: judged, learner: learning?.learners[arm], follows: follows,
          state: ranking, asOf: asOf, offset: offset, isMeasured: isMeasured,
          isOnScreen: isOnScreen))
    }
  }

  /// A reaction was counted.
  func noteForRanking(_ post: UInt32, by viewer: UInt32) {
    ranking.noteReaction(
      of: viewer, to: post, topic: posts.traits(of: post).topic, at: nowMilliseconds)
  }

  /// A page was shown.
  func rememberShown(
    _ viewer: UInt32, _ ids: UnsafeMutablePointer<UInt32>, count: Int, isMeasured: Bool
  ) {
    if let shown = ranking.shown {
      for index in 0..<count { shown.note(ids[index], to: viewer, at: nowMilliseconds) }
    }
    guard ranking.leavesNetwork, isMeasured else { return }
    ranking.books.shown += count
    for index in 0..<count {
      let post = ids[index]
      guard !follows.isFollowing(viewer, posts[post].author) else { continue }
      guard let campaign = ranking.ads?.campaign(of: post) else {
        ranking.books.outOfNetwork += 1
        continue
      }
      let topic = posts.traits(of: post).topic
      ranking.books.adImpressions += 1
      ranking.books.adRevenue += AdPrice.revenue(
        bid: campaign.bid, interest: ranking.interest(of: viewer, in: topic))
    }
  }

  /// What ranking's stages have counted in the window.
  public var rankingFigures: RankingFigures { RankingFigures(ranking) }
}

extension RankingState {
  /// What a viewer's reactions tell of a topic, 0 ... 1; one half where nothing is known.
  func interest(of viewer: UInt32, in topic: UInt8) -> Double {
    topics?.interest(of: viewer, in: topic) ?? 0.5
  }
}

extension RankingContext {
  /// What the viewer's reactions tell of a topic, 0 ... 1; one half where nothing is known.
  func knownInterest(in topic: UInt8) -> Double { state?.interest(of: viewer, in: topic) ?? 0.5 }
}

/// What ranking's stages have counted of measured loads and pages.
public struct RankingFigures: Sendable {
  /// Of a stage that drops candidates: how many came, how many it dropped.
  public struct Passage: Sendable {
    public var name: String
    public var came: Int
    public var dropped: Int
  }

  /// The stages that drop candidates, by name.
  public static let dropping = [
    Blocked.name, Muted.name, Hidden.name, Seen.name, Served.name, Recent.name,
    ExpiredStories.name, VisibilityFilter.name, Geography.name, AgeRating.name, ContentType.name,
    Integrity.name, Diversity.name,
  ]

  public var passages: [Passage]
  /// Candidates that a `seen` filter was asked about and that had never been shown; of these, those
  /// it dropped, and how many theory expects. Nil without the filter.
  public var seen: (strangers: Int, taken: Int, expected: Double)?
  /// Posts shown by authors whom the viewer does not follow, ads apart, and all that were shown;
  /// nil where nothing brings such.
  public var outOfNetwork: (count: Int, shown: Int)?
  /// Ads shown, and US dollars that they paid; nil without any.
  public var ads: (impressions: Int, revenue: Double)?

  init(_ state: RankingState) {
    let books = state.books
    passages = state.passages.map { Passage(name: $0.name, came: $0.came, dropped: $0.dropped) }
    if state.shown?.shape != nil {
      seen = (books.strangers, books.takenForSeen, books.takenForSeenExpected)
    }
    if state.leavesNetwork { outOfNetwork = (books.outOfNetwork, books.shown) }
    if state.ads != nil { ads = (books.adImpressions, books.adRevenue) }
  }
}
