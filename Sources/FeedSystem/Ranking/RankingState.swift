import Simulation

/// What ranking keeps from one feed to the next, in one replication: what viewers were shown, what
/// trends, who reacts to what, which posts are paid for; and what its stages have counted.
///
/// Nothing of it is kept unless a stage asks for it in `prepare`.
public final class RankingState {
  let seed: UInt64
  let users: Int
  let activity: Activity
  /// Posts of a page, and of a feed.
  let page: Int
  let length: Int
  private let topicCount: Int

  /// In the order in which stages were prepared.
  private(set) var passages: [Passage] = []
  private(set) var shown: ShownPosts?
  private(set) var trends: [ReactionTrends] = []
  private(set) var topics: TopicReactions?
  private(set) var ads: AdPool?
  /// Whether any source brings posts of authors whom the viewer does not follow.
  private(set) var leavesNetwork = false
  /// Pairs of viewer and post: asked one by one.
  private var hidden: Set<UInt64> = []
  /// Reports by post: asked one by one.
  private var reports: [UInt32: Int] = [:]
  var books = Books()
  /// Nil where the clocks of all shards are right.
  var skews: ClockSkews?

  /// What a stage that drops candidates was given and has dropped, in measured loads.
  struct Passage {
    let name: String
    var came = 0
    var dropped = 0
  }

  /// What was counted of measured loads and pages.
  struct Books {
    /// Candidates that had never been shown to the viewer, those of them that were taken for seen,
    /// and how many of them theory expects.
    var strangers = 0
    var takenForSeen = 0
    var takenForSeenExpected = 0.0
    /// Posts shown by authors whom the viewer does not follow, ads apart.
    var outOfNetwork = 0
    var shown = 0
    var adImpressions = 0
    /// US dollars.
    var adRevenue = 0.0
  }

  init(_ design: Design, _ audience: Audience, seed: UInt64) {
    self.seed = seed
    users = audience.graph.userCount
    activity = audience.activity
    page = design.feed.page
    length = design.feed.length
    topicCount = audience.world?.topics ?? 1
    let stages = design.funnels.flatMap(\.stages) + (design.degraded?.ranking?.stages ?? [])
    for stage in stages { stage.stage.prepare(self) }
    if let trending = design.degraded?.trending { followTrends(trending) }
  }

  // MARK: What stages ask for

  /// Counts what a stage drops, under its name.
  func countPassage(_ name: String) {
    if !passages.contains(where: { $0.name == name }) { passages.append(Passage(name: name)) }
  }

  /// Keeps which posts each viewer has been shown.
  /// - Parameter recent: how many of the last ones exactly, besides a feed's.
  func rememberShown(recent: Int = 0) -> ShownPosts {
    let kept = shown ?? ShownPosts(users: users, recent: max(length, recent), seed: seed)
    kept.remember(recent: recent)
    shown = kept
    return kept
  }

  func learnTopics() {
    if topics == nil { topics = TopicReactions(users: users, topics: topicCount) }
  }

  /// Counts reactions for a stage that asks by the same window and lag.
  func followTrends(_ settings: TrendSettings) {
    if trend(settings) != nil { return }
    trends.append(ReactionTrends(settings, topics: topicCount))
  }

  func trend(_ settings: TrendSettings) -> ReactionTrends? {
    trends.first { $0.settings == settings }
  }

  func sellAds(_ campaigns: Int, meanBid: Double) {
    if ads == nil { ads = AdPool(campaigns: campaigns, meanBid: meanBid, seed: seed) }
  }

  func leaveNetwork() { leavesNetwork = true }

  // MARK: What happens

  func count(_ name: String, came: Int, dropped: Int) {
    guard let index = passages.firstIndex(where: { $0.name == name }) else { return }
    passages[index].came += came
    passages[index].dropped += dropped
  }

  /// A reaction was counted.
  func noteReaction(of viewer: UInt32, to post: UInt32, topic: UInt8, at milliseconds: Int64) {
    topics?.note(viewer, topic: topic)
    for trend in trends { trend.note(post, topic: topic, at: milliseconds) }
  }

  /// A viewer wants to see a post no more.
  func hide(_ post: UInt32, from viewer: UInt32) {
    hidden.insert(UInt64(viewer) << 32 | UInt64(post))
  }

  func isHidden(_ post: UInt32, from viewer: UInt32) -> Bool {
    !hidden.isEmpty && hidden.contains(UInt64(viewer) << 32 | UInt64(post))
  }

  /// A viewer calls a post against the rules.
  func report(_ post: UInt32) { reports[post, default: 0] += 1 }

  func reportCount(of post: UInt32) -> Int { reports.isEmpty ? 0 : reports[post] ?? 0 }
}

extension Design {
  /// Bytes that ranking keeps of viewers, at the most: what they were shown, in a filter and one by
  /// one, for as many posts as a filter holds; a byte for each of 256 topics.
  func rankingBytes(users: Int) -> Double {
    var bytes = 0
    let stages = ranking.stages.map(\.stage)
    if let seen = stages.compactMap({ $0 as? Seen }).first {
      let shape = BloomShape(capacity: seen.capacity, falsePositives: seen.falsePositives / 2)
      bytes += 16 * shape.words + 8 * feed.length + 16 * seen.capacity
    }
    if let served = stages.compactMap({ $0 as? Served }).first {
      bytes += 8 * max(served.posts, feed.length)
    }
    if stages.contains(where: { $0 is Instagram || $0 is Ads }) { bytes += 256 }
    return Double(users) * Double(bytes)
  }
}

/// Who has reacted how often to posts of which topic, in a byte for each user and topic; counts
/// stop at 255.
struct TopicReactions {
  private let topics: Int
  private var counts: [UInt8]

  init(users: Int, topics: Int) {
    self.topics = topics
    counts = [UInt8](repeating: 0, count: users * topics)
  }

  mutating func note(_ viewer: UInt32, topic: UInt8) {
    let place = Int(viewer) * topics + Int(topic)
    if counts[place] < .max { counts[place] += 1 }
  }

  /// What a viewer's reactions tell of a topic, 0 ... 1: r / (1 + r) with r the topic's share of
  /// them over an even share, as if one reaction more had gone to each topic.
  func interest(of viewer: UInt32, in topic: UInt8) -> Double {
    let row = counts[Int(viewer) * topics..<(Int(viewer) + 1) * topics]
    let total = row.reduce(0) { $0 + Int($1) }
    let count = Double(row[row.startIndex + Int(topic)]) + 1
    let ratio = count * Double(topics) / Double(total + topics)
    return ratio / (1 + ratio)
  }
}

/// What readers react to of late, made anew every so often: so what ranking knows of it lags.
final class ReactionTrends {
  let settings: TrendSettings
  private var posts: Trends
  private var nextRefresh: Int64
  private let every: Int64
  /// Reactions since the run's start, and since the last time the trends were made, by topic.
  private var total: [Int]
  private var recent: [(topic: UInt8, milliseconds: Int64)] = []
  /// How much more of the window's reactions a topic has than of all.
  private(set) var topicRise: [Double]

  init(_ settings: TrendSettings, topics: Int) {
    self.settings = settings
    posts = Trends(settings, regions: 0)
    every = settings.every.nanoseconds / 1_000_000
    nextRefresh = every
    total = [Int](repeating: 0, count: topics)
    topicRise = [Double](repeating: 1, count: topics)
  }

  func note(_ post: UInt32, topic: UInt8, at milliseconds: Int64) {
    refresh(at: milliseconds)
    posts.note(post, region: 0, at: milliseconds)
    recent.append((topic, milliseconds))
    total[Int(topic)] += 1
  }

  /// Makes the trends as they were at the last full period; asked before anything later is noted.
  private func refresh(at milliseconds: Int64) {
    guard milliseconds >= nextRefresh else { return }
    let moment = milliseconds / every * every
    nextRefresh = moment + every
    posts.refresh(at: moment)
    let oldest = moment - settings.window.nanoseconds / 1_000_000
    recent.removeAll { $0.milliseconds < oldest }
    var counts = [Int](repeating: 0, count: total.count)
    for reaction in recent { counts[Int(reaction.topic)] += 1 }
    let all = Double(total.reduce(0, +))
    for topic in counts.indices {
      // As if each topic had one reaction more, in either.
      let share = Double(counts[topic] + 1) / Double(recent.count + counts.count)
      let usual = Double(total[topic] + 1) / (all + Double(counts.count))
      topicRise[topic] = share / usual
    }
  }

  /// The most reacted to of the window, the first first, with their reactions.
  func top(at milliseconds: Int64) -> (posts: [UInt32], reactions: [Int]) {
    refresh(at: milliseconds)
    return (posts.pools[0], posts.reactions)
  }

  func rise(of topic: UInt8, at milliseconds: Int64) -> Double {
    refresh(at: milliseconds)
    return topicRise[Int(topic)]
  }
}
