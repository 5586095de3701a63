import Simulation

/// page → impressions → what is looked at → actions: likes, comments and shares as they always go
/// (`Engage`), follows, mutes and blocks as changes of the graph, the others counted at once
extension FeedSystem {
  /// Whether what viewers make of posts changes whom they follow: in a world, where the design
  /// knows a graph that moves.
  var viewersMoveGraph: Bool {
    world != nil && design.timelines.keep == .entries && design.timelines.tick == nil
      && design.leafIndex == nil
  }

  /// A viewer goes through a page that has appeared, in a world.
  ///
  /// - Parameter first: the place of its first post in the feed, from 0.
  func judge(
    _ ids: UnsafeMutablePointer<UInt32>, count: Int, first: Int, _ row: LoadRow
  ) {
    guard let world, let judged else { return }
    let isMeasured = window.contains(row.opened.nanoseconds)
    notePage(ids, count: count, isFirst: row.offset == 0, measured: isMeasured)
    guard acceptsArrivals else { return }
    let view = world.viewpoint(of: row.viewer, at: nowMilliseconds)
    let factor = traffic.engagement.factor(at: now)
    var page = FeedWorth()
    page.feeds = row.offset == 0 ? 1 : 0
    for index in 0..<count {
      let post = ids[index]
      var judgement = Judgement()
      if judged.isExamined(post, by: row.viewer) {
        if isMeasured { measurements.engagement.repeated += 1 }
      } else {
        judgement = judge(post, place: first + index + 1, view, factor, world, loadKey: row.key)
      }
      noteShown(
        row.viewer, post, position: first + index, examined: judgement.isExamined,
        actions: judgement.actions, loadKey: row.key)
      guard judgement.isExamined, isMeasured else { continue }
      let worth = note(judgement, world.settings.worth)
      page.worth += worth
      if world.isBreaking(posts.traits(of: post).topic) { page.breaking += worth }
    }
    guard isMeasured else { return }
    let begins = world.settings.breaking.map(\.at).min()
    let sinceOpening = row.opened - Instant(nanoseconds: window.lowerBound)
    measurements.engagement.add(page, isBreaking: begins.map { sinceOpening >= $0 } ?? false)
    measurements.intervals[row.opened].engagement.add(page)
  }

  /// What the viewer does with one post, and what comes of it.
  private func judge(
    _ id: UInt32, place: Int, _ view: Viewpoint, _ factor: Double, _ world: World,
    loadKey: UInt64
  ) -> Judgement {
    let post = posts[id]
    let traits = posts.traits(of: id)
    let viewer = view.viewer
    var stream = world.judgement(of: traits, by: post.author, viewer: viewer)
    let appeal = world.appeal(
      of: traits, by: post.author, storedMilliseconds: post.storedMilliseconds, to: view)
    var judgement = world.engagement.judge(appeal, place: place, factor: factor, &stream)
    guard judgement.isExamined else { return judgement }
    if judgement.has(.follow), follows.isFollowing(viewer, post.author) {
      judgement.actions &= ~Action.follow.bit
    }
    judged?.note(id, examinedBy: viewer)
    guard judgement.actions != 0 else { return judgement }
    let reactions: [(Action, Engagement)] = [
      (.like, .like), (.comment, .comment), (.share, .share),
    ]
    for (action, kind) in reactions where judgement.has(action) {
      measurements.engagement.reactionsDecided += 1
      let number = loadKey &* 0x9e37_79b9_7f4a_7c15 &+ UInt64(place * 4) &+ UInt64(kind.rawValue)
      let pause = traffic.engagementHabits.readingTime.sample(&stream)
      open(kind, of: id, by: viewer, number: number, after: pause)
    }
    if judgement.has(.hide) { ranking.hide(id, from: viewer) }
    if judgement.has(.report) {
      ranking.report(id)
      report(id)
    }
    if viewersMoveGraph, viewer != post.author { changeGraph(judgement, viewer, post.author) }
    return judgement
  }

  private func changeGraph(_ judgement: Judgement, _ viewer: UInt32, _ author: UInt32) {
    if judgement.has(.mute) { openChange(.mute, viewer, author) }
    if judgement.has(.block) {
      openChange(.block, viewer, author)
    } else if judgement.has(.follow), !follows.isBlocked(viewer, author) {
      openChange(.follow, viewer, author)
    }
  }

  /// Counts a judgement of the window; returns its worth.
  private func note(_ judgement: Judgement, _ worth: ActionWorth) -> Double {
    measurements.engagement.examined += 1
    measurements.engagement.seconds += judgement.seconds
    guard judgement.actions != 0 else { return 0 }
    var sum = 0.0
    for action in Action.allCases where judgement.has(action) {
      measurements.engagement.actions[Int(action.rawValue)] += 1
      sum += worth[action]
    }
    return sum
  }

  /// Counts the impressions of a page, and what a first page is made of.
  private func notePage(
    _ ids: UnsafeMutablePointer<UInt32>, count: Int, isFirst: Bool, measured: Bool
  ) {
    measurements.engagement.shown += count
    for index in 0..<count { posts.addImpressions(1, of: ids[index]) }
    guard measured else { return }
    measurements.engagement.shownMeasured += count
    for index in 0..<count {
      measurements.engagement.impressions[Int(posts[ids[index]].author)] &+= 1
    }
    guard isFirst, count > 1 else { return }
    measurements.engagement.pages += 1
    let topics = FeedSystem.diversityOfPairs(count) { posts.traits(of: ids[$0]).topic }
    measurements.engagement.topicDiversity += topics
    let authors = FeedSystem.diversityOfPairs(count) { posts[ids[$0]].author }
    measurements.engagement.authorDiversity += authors
  }

  // MARK: Before the run

  private static let poisson = PoissonDraw()

  /// Followers whose judgement stands for that of all.
  private static let witnesses = 8

  /// What a post of the past has been through: shown to its author's active followers, saturating
  /// over a day, as often as chance would have it; liked, commented on and shared by as many of
  /// those who looked at it as some of the followers would have at six hours' age.
  func drawJudgements(
    of id: UInt32, by author: UInt32, age nanoseconds: Int64, _ stream: inout RandomStream
  ) {
    guard let world else { return }
    let followers = audience.graph.followerCount(of: author)
    let reach =
      Double(followers) * audience.activity.activeShare
      * min(1, Double(nanoseconds) / 86_400e9) * -ln(stream.openUniform())
    let impressions = UInt32(min(reach, 4e9))
    guard impressions > 0 else { return }
    posts.addImpressions(impressions, of: id)
    let post = posts[id]
    let traits = posts.traits(of: id)
    let time = min(Int64(post.storedMilliseconds) + 6 * 3_600_000, 0)
    let witnesses = min(followers, FeedSystem.witnesses)
    var rates = SIMD4<Double>()
    for witness in 0..<witnesses {
      let view = world.viewpoint(
        of: audience.graph.follower(of: author, at: witness * followers / witnesses), at: time)
      let appeal = world.appeal(
        of: traits, by: author, storedMilliseconds: post.storedMilliseconds, to: view)
      rates += world.engagement.reactionRates(appeal)
    }
    let looks =
      Double(impressions) * world.engagement.meanExamination(of: design.feed.page)
      / Double(witnesses)
    let kinds: [Engagement] = [.like, .comment, .share]
    for (index, kind) in kinds.enumerated() {
      let count = FeedSystem.poisson.next(mean: looks * rates[index], &stream, .exponential)
      posts.add(kind, to: id, times: UInt32(min(count, Int(impressions))))
    }
  }
}
