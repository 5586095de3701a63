import CGSL
import Settings
import Simulation

/// One step of the funnel: candidates in, candidates out. The scenario's list gives the order.
///
/// What the last stage leaves is the feed after selection: by score, or in the order in which a
/// reranker has put it.
public protocol RankingStage: Part, Sendable {
  /// Scores, adds, drops or reorders candidates, by its role.
  func apply(_ candidates: inout Candidates, _ context: RankingContext)

  /// What a candidate costs it.
  var work: StageWork { get }
  var role: StageRole { get }
  /// Candidates that it may add; 0 for all but sources.
  func room(for settings: FeedSettings) -> Int
  /// Asks for what it needs to be kept from one feed to the next; called once, before the run.
  func prepare(_ state: RankingState)
}

extension RankingStage {
  public var work: StageWork { StageWork() }
  public var role: StageRole { .scorer }
  public func room(for settings: FeedSettings) -> Int { 0 }
  public func prepare(_ state: RankingState) {}
}

/// What a stage does with candidates, and so what becomes of it where there is no time left.
public enum StageRole: Sendable {
  /// Appends candidates, up to the capacity.
  case source
  /// Drops some and leaves the others in their order.
  case filter
  /// Gives each a score, by which the feed is ordered from then on.
  case scorer
  /// Puts them in an order of its own (`Candidates.sort`, then as it likes) or drops some of it.
  case reranker
  /// Decides which go on.
  case selector

  /// Whether a load whose time is used up does without: a page in time is still one within the
  /// rules, so only what finds and scores is left out.
  var isSkippedLate: Bool { self == .source || self == .scorer }
}

/// What a candidate costs a stage.
public struct StageWork: Sendable, Equatable {
  /// Floating-point operations.
  public var flops: Double
  /// Features fetched from the feature store.
  public var features: Int

  public init(flops: Double = 0, features: Int = 0) {
    self.flops = flops
    self.features = features
  }
}

extension Catalog where Contract == any RankingStage {
  /// Every ranking stage: a new one is one file and one line here.
  public static var ranking: Catalog<any RankingStage> {
    Catalog(
      "ranking stage",
      [
        Chronological.self, Weighted.self, TimeWeighted.self, S1Light.self, Instagram.self,
        EdgeRank.self, HackerNews.self, Reddit.self, Earlybird.self, X2023Heavy.self,
        X2026Phoenix.self, Linear.self, Network.self, Oracle.self,
        // Factors on scores that are there.
        ViralBoost.self, TrendingBoost.self, OutOfNetworkFactor.self,
        // Sources.
        OutOfNetwork.self, Trending.self, Ads.self,
        // Filters.
        Blocked.self, Muted.self, Hidden.self, Seen.self, Served.self, Recent.self,
        ExpiredStories.self, VisibilityFilter.self, Geography.self, AgeRating.self,
        ContentType.self,
        Integrity.self,
        // Rerankers.
        Diversity.self, AuthorDecay.self, TypeMix.self,
      ])
  }
}

/// Where a candidate comes from.
public enum CandidateSource: UInt8, CaseIterable, Sendable, BitwiseCopyable {
  /// The timeline and the authors whom the viewer follows.
  case inNetwork
  /// Authors whom the viewer does not follow, what is trending, advertisements.
  case outOfNetwork, trending, ad
}

/// The posts that may be shown to a viewer, as a struct of arrays in memory lent by the run.
public struct Candidates {
  public let ids: UnsafeMutablePointer<UInt32>
  /// Higher is better; ties go to the newer post.
  public let scores: UnsafeMutablePointer<Float>
  public let sources: UnsafeMutablePointer<CandidateSource>
  public var count: Int
  /// Places of the arrays, for sources that add to them.
  public let capacity: Int
  /// Whether they lie in the feed's order, best first: scores decide no more.
  public var isOrdered = false
  /// As many words, to sort by; nil where nothing is lent.
  let keys: UnsafeMutablePointer<UInt64>?

  /// In an order that scores decide.
  init(
    ids: UnsafeMutablePointer<UInt32>, scores: UnsafeMutablePointer<Float>,
    sources: UnsafeMutablePointer<CandidateSource>, count: Int, capacity: Int,
    keys: UnsafeMutablePointer<UInt64>? = nil
  ) {
    self.ids = ids
    self.scores = scores
    self.sources = sources
    self.count = count
    self.capacity = capacity
    self.keys = keys
  }

  /// Adds one where there is room; whether there was.
  @discardableResult
  public mutating func append(
    _ id: UInt32, from source: CandidateSource, score: Float = 0
  ) -> Bool {
    guard count < capacity else { return false }
    ids[count] = id
    scores[count] = score
    sources[count] = source
    count += 1
    return true
  }

  /// Keeps those at the places that pass, in their order.
  public mutating func keep(where passes: (_ place: Int) -> Bool) {
    var kept = 0
    for place in 0..<count where passes(place) {
      ids[kept] = ids[place]
      scores[kept] = scores[place]
      sources[kept] = sources[place]
      kept += 1
    }
    count = kept
  }
}

/// What a stage may look at.
public struct RankingContext {
  public let viewer: UInt32
  public let nowMilliseconds: Int64
  private let posts: UnsafePointer<PostRecord>
  private let counters: UnsafePointer<PostCounters>
  private let traits: UnsafePointer<PostTraits>?
  private let latest: UnsafePointer<UInt32>
  private let affinity: AffinityStore
  /// Nil where every post is like every other.
  public let world: World?
  /// Posts that may be shown: neither too old nor stored after the feed's first page.
  let livePosts: Range<UInt32>
  /// Posts of the same feed that were shown on earlier pages.
  let offset: Int
  /// Whether what stages do with the feed is counted.
  let isMeasured: Bool
  /// Whether a page that is on screen is put in order anew: nothing is added to it.
  let isOnScreen: Bool
  /// Whether the times of posts may be wrong; asked of the state once, not for every candidate.
  let hasSkew: Bool
  let state: RankingState?
  /// Who follows whom; valid as long as the stages are applied.
  private let follows: UnsafePointer<FollowChanges>?
  /// What has been learnt for viewers like this one; nil where nothing learns.
  let learner: Learner?
  private let judged: JudgedPosts?

  init(
    viewer: UInt32, nowMilliseconds: Int64, posts: borrowing PostStore, affinity: AffinityStore,
    world: World? = nil, judged: JudgedPosts? = nil, learner: Learner? = nil,
    follows: UnsafePointer<FollowChanges>? = nil, state: RankingState? = nil,
    asOf: UInt32 = .max, offset: Int = 0, isMeasured: Bool = false, isOnScreen: Bool = false
  ) {
    self.follows = follows
    self.state = state
    hasSkew = state?.skews != nil
    self.offset = offset
    self.isMeasured = isMeasured
    self.isOnScreen = isOnScreen
    let end = min(asOf, UInt32(posts.count))
    livePosts = min(posts.oldestLive, end)..<end
    self.learner = learner
    self.viewer = viewer
    self.nowMilliseconds = nowMilliseconds
    self.posts = UnsafePointer(posts.records)
    latest = UnsafePointer(posts.latest)
    counters = UnsafePointer(posts.counters)
    traits = posts.traits.map { UnsafePointer($0) }
    self.affinity = affinity
    self.world = world
    self.judged = judged
  }

  /// Whether the viewer has looked at a post before; nobody has without a world.
  func hasExamined(_ id: UInt32) -> Bool { judged?.isExamined(id, by: viewer) ?? false }

  /// A post, with the time that it bears.
  @inline(__always)
  func post(_ id: UInt32) -> PostRecord {
    hasSkew ? skewed(id) : posts[Int(id)]
  }

  private func skewed(_ id: UInt32) -> PostRecord {
    var record = posts[Int(id)]
    let skew = state?.skews?.skew(of: id) ?? 0
    record.storedMilliseconds = Int32(clamping: Int64(record.storedMilliseconds) + Int64(skew))
    return record
  }

  @inline(__always)
  func counters(of id: UInt32) -> PostCounters { counters[Int(id)] }

  var allCounters: UnsafePointer<PostCounters> { counters }

  /// Asks for what is known of a post that will be looked at soon.
  @inline(__always)
  func prefetch(_ id: UInt32) {
    feedsim_prefetch_read(posts + Int(id))
    feedsim_prefetch_read(counters + Int(id))
    if let traits { feedsim_prefetch_read(traits + Int(id)) }
  }

  /// What a post is; like every other without a world.
  @inline(__always)
  func traits(of id: UInt32) -> PostTraits { traits?[Int(id)] ?? PostTraits() }

  /// Interactions of the viewer with an author, as many as are known.
  @inline(__always)
  func interactions(with author: UInt32) -> Double {
    affinity.interactions(of: viewer, with: author)
  }

  /// Likewise with several authors.
  func writeInteractions(
    with authors: UnsafePointer<UInt32>, count: Int, into interactions: UnsafeMutablePointer<Float>
  ) {
    affinity.write(of: viewer, with: authors, count: count, into: interactions)
  }

  /// The viewer's loads a day; 0 where it is not known.
  var loadsPerDay: Double { (state?.activity.loadRate(of: viewer) ?? 0) * 86_400 }

  /// How many the viewer follows.
  var followCount: Int { follows?.pointee.followeeCount(of: viewer) ?? 0 }

  /// Whom a user follows, ascending, as the graph says: what has changed since is to be asked.
  func followees(of user: UInt32) -> UnsafeBufferPointer<UInt32> {
    follows?.pointee.graph.followees(of: user) ?? UnsafeBufferPointer(start: nil, count: 0)
  }

  func isFollowing(_ user: UInt32, _ author: UInt32) -> Bool {
    follows?.pointee.isFollowing(user, author) ?? false
  }

  func isBlocked(_ author: UInt32) -> Bool { follows?.pointee.isBlocked(viewer, author) ?? false }

  /// The author's newest post, if it may be shown.
  func newestLive(of author: UInt32) -> UInt32? {
    var post = latest[Int(author)]
    while post != PostStore.none, post >= livePosts.upperBound { post = posts[Int(post)].previous }
    return post != PostStore.none && livePosts.contains(post) ? post : nil
  }

  func isMuted(_ author: UInt32) -> Bool {
    follows?.pointee.isMuted(author, by: viewer) ?? false
  }
}
