import Simulation

/// What feeds were worth: how many there were, what was done on them.
public struct FeedWorth: Sendable, Equatable {
  /// First pages; what is done further down belongs to them.
  public var feeds = 0
  public var worth = 0.0
  /// On posts about breaking topics.
  public var breaking = 0.0

  public init() {}
}

/// What one replication has counted of what viewers make of what they are shown. Nothing without a
/// world.
public struct EngagementMeasurements: Sendable {
  // Since the run's start.
  public var shown = 0
  public var historyImpressions: UInt64 = 0
  public var historyReactions = 0
  /// Likes, comments and shares that viewers have made up their minds to.
  public var reactionsDecided = 0

  // Of pages whose load was opened in the window.
  public var total = FeedWorth()
  /// Of those opened since the first breaking topic began.
  public var sinceBreaking = FeedWorth()
  /// By `Action`.
  public var actions = [Int](repeating: 0, count: Action.allCases.count)
  /// That viewers looked at posts.
  public var seconds = 0.0
  public var shownMeasured = 0
  public var examined = 0
  /// Shown to viewers who had looked at them before.
  public var repeated = 0
  /// Of first pages of two posts or more: how many, and Σ of the shares of their pairs that differ
  /// in topic, and in author.
  public var pages = 0
  public var topicDiversity = 0.0
  public var authorDiversity = 0.0
  /// Of ranked feeds looked into: how many, and Σ of their NDCG at 5 and at 20.
  public var ranked = 0
  public var quality = DiscountedGain()
  /// By author; empty without a world.
  public var impressions: [UInt32] = []

  public init() {}

  /// A page has appeared and its viewer has gone through it.
  mutating func add(_ page: FeedWorth, isBreaking: Bool) {
    total.add(page)
    if isBreaking { sinceBreaking.add(page) }
  }
}

extension FeedWorth {
  mutating func add(_ other: FeedWorth) {
    feeds += other.feeds
    worth += other.worth
    breaking += other.breaking
  }
}

/// How the window's posts and authors fared, at its end.
public struct ExposureFigures: Sendable, Equatable {
  /// Of the window's posts, those that nobody has been shown.
  public var neverSeen: Double?
  /// Of the authors with posts of the window, those one of whose was shown to somebody.
  public var authorCoverage: Double?
  /// Gini coefficient of the window's impressions over the authors with live posts: 0 where all
  /// have as many, towards 1 where one has them all.
  public var gini: Double?
}

/// The Gini coefficient of counts, Σ (2i − n − 1) xᵢ / (n Σ xᵢ) over the rising xᵢ; nil where all
/// are 0.
func gini(_ counts: [UInt32]) -> Double? {
  let total = counts.reduce(0.0) { $0 + Double($1) }
  guard total > 0 else { return nil }
  let count = Double(counts.count)
  var sum = 0.0
  for (index, value) in counts.sorted().enumerated() {
    sum += (2 * Double(index + 1) - count - 1) * Double(value)
  }
  return sum / (count * total)
}

extension FeedSystem {
  /// The share of a list's pairs that differ (Ziegler et al.: "Improving recommendation lists
  /// through topic diversification", WWW 2005, section 3.1, with similarity 1 or 0); the list has
  /// at least two elements.
  static func diversityOfPairs<Value: Equatable>(
    _ count: Int, _ value: (Int) -> Value
  ) -> Double {
    var differing = 0
    for index in 1..<count {
      for other in 0..<index where value(index) != value(other) { differing += 1 }
    }
    return Double(differing) / Double(count * (count - 1) / 2)
  }

  func startWorld() {
    guard world != nil else { return }
    measurements.engagement.impressions = [UInt32](
      repeating: 0, count: audience.graph.userCount)
  }

  /// Counts what the history left on its posts: no viewer of the run did it.
  func bookHistory() {
    guard world != nil else { return }
    for post in 0..<UInt32(posts.count) {
      measurements.engagement.historyImpressions += UInt64(posts.counters(of: post).impressions)
      measurements.engagement.historyReactions += posts.reactions(to: post)
    }
  }

  /// To be asked at the window's end; nil without a world.
  public func exposureFigures() -> ExposureFigures? {
    guard world != nil else { return nil }
    var figures = ExposureFigures()
    var (made, unseen) = (0, 0)
    let users = audience.graph.userCount
    // Bits: has a post of the window, has one that was shown, has a live post.
    var authors = [UInt8](repeating: 0, count: users)
    let oldest = nowMilliseconds - design.timelines.lifetime.nanoseconds / 1_000_000
    for id in 0..<UInt32(posts.count) {
      let post = posts[id]
      if Int64(post.storedMilliseconds) >= oldest { authors[Int(post.author)] |= 4 }
      guard post.measured != 0 else { continue }
      made += 1
      let isSeen = posts.counters(of: id).impressions > 0
      unseen += isSeen ? 0 : 1
      authors[Int(post.author)] |= isSeen ? 3 : 1
    }
    if made > 0 {
      figures.neverSeen = Double(unseen) / Double(made)
      let active = authors.count { $0 & 1 != 0 }
      figures.authorCoverage = Double(authors.count { $0 & 2 != 0 }) / Double(active)
    }
    let live = authors.indices.filter { authors[$0] & 4 != 0 }
    figures.gini = gini(live.map { measurements.engagement.impressions[$0] })
    return figures
  }

  /// Posts shown = impressions on them; reactions that viewers made up their minds to = reactions
  /// begun; those counted = those on the posts, where nothing buffers them.
  func engagementBalances() -> [Check] {
    guard world != nil else { return [] }
    let books = measurements.engagement
    var (impressions, reactions) = (UInt64(0), 0)
    for id in 0..<UInt32(posts.count) {
      impressions += UInt64(posts.counters(of: id).impressions)
      reactions += posts.reactions(to: id)
    }
    impressions -= books.historyImpressions
    reactions -= books.historyReactions
    let isBuffered = design.counters != nil || design.objects != nil
    let counted = measurements.engagementsCounted
    let retries = clients.measurements.total(.engagement).retries
    return [
      Check(
        name: "impression balance", passed: impressions == UInt64(books.shown),
        detail: "\(books.shown) posts shown = \(impressions) impressions on posts"),
      Check(
        name: "engagement balance",
        passed: books.reactionsDecided + retries == measurements.engagementsOpened
          && (isBuffered || reactions == counted),
        detail: "\(books.reactionsDecided) reactions decided "
          + (retries == 0 ? "= " : "+ \(retries) sent again = ")
          + "\(measurements.engagementsOpened) opened"
          + (isBuffered ? "" : "; \(counted) counted = \(reactions) on posts")),
    ]
  }
}
