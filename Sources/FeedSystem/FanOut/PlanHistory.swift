/// The plans of the authors whose plan has changed during a run, by post: which plan a post was
/// stored under decides how it is delivered, read and audited for good.
///
/// Post ids rise with time, so a history is a list of ids from which on another plan held, newest
/// first; older posts have the plan of `FanOutClasses`. Nothing is kept before the first change,
/// 4 bytes a user and 12 a change from then on.
struct PlanHistory: Sendable {
  private struct Change {
    var from: UInt32
    var plan: FanOutPlan
    /// Where the change before this one stands.
    var earlier: UInt32
  }

  private static let none = UInt32.max
  /// By author, where its last change stands; empty until anybody's plan has changed.
  private var latest: [UInt32] = []
  private var log: [Change] = []

  /// Whether no author's plan has changed.
  var isEmpty: Bool { latest.isEmpty }

  @inline(__always)
  func hasChanged(_ author: UInt32) -> Bool {
    !latest.isEmpty && latest[Int(author)] != PlanHistory.none
  }

  /// The plan that a post of the author was stored under; `first` where that is the author's first.
  @inline(__always)
  func plan(of author: UInt32, at post: UInt32, first: FanOutPlan) -> FanOutPlan {
    if latest.isEmpty { return first }
    var place = latest[Int(author)]
    while place != PlanHistory.none {
      let change = log[Int(place)]
      if change.from <= post { return change.plan }
      place = change.earlier
    }
    return first
  }

  /// The author's plans, newest first, each with the posts that have it: the newest one's include
  /// all that are to come.
  func spans(of author: UInt32, first: FanOutPlan) -> [PlanSpan] {
    var spans: [PlanSpan] = []
    var end = UInt32.max
    var place = latest.isEmpty ? PlanHistory.none : latest[Int(author)]
    while place != PlanHistory.none {
      let change = log[Int(place)]
      spans.append(PlanSpan(plan: change.plan, posts: change.from..<end))
      end = change.from
      place = change.earlier
    }
    if end > 0 { spans.append(PlanSpan(plan: first, posts: 0..<end)) }
    return spans
  }

  /// Whether any plan passes that the author's posts from an id on have or will have.
  @inline(__always)
  func holds(
    of author: UInt32, from post: UInt32, first: FanOutPlan, _ passes: (FanOutPlan) -> Bool
  ) -> Bool {
    var end = UInt32.max
    var place = latest[Int(author)]
    while place != PlanHistory.none {
      let change = log[Int(place)]
      if passes(change.plan) { return true }
      end = change.from
      if end <= post { return false }
      place = change.earlier
    }
    return end > post && passes(first)
  }

  /// Gives an author another plan from the next post on; whether it was another one.
  ///
  /// - Parameter newest: the author's newest post, or `PostStore.none`. A plan under which no post
  ///   was stored leaves no trace, so that a history has no more plans than the author has posts.
  mutating func change(
    _ author: UInt32, to plan: FanOutPlan, after newest: UInt32, first: FanOutPlan, users: Int
  ) -> Bool {
    guard plan != self.plan(of: author, at: .max, first: first) else { return false }
    if latest.isEmpty { latest = [UInt32](repeating: PlanHistory.none, count: users) }
    let from = newest == PostStore.none ? 0 : newest + 1
    var earlier = latest[Int(author)]
    if earlier != PlanHistory.none, log[Int(earlier)].from == from {
      earlier = log[Int(earlier)].earlier
    }
    let before = earlier == PlanHistory.none ? first : log[Int(earlier)].plan
    if before == plan {
      latest[Int(author)] = earlier
    } else {
      log.append(Change(from: from, plan: plan, earlier: earlier))
      latest[Int(author)] = UInt32(log.count - 1)
    }
    return true
  }
}

/// Posts of an author that have the same plan.
struct PlanSpan: Equatable {
  var plan: FanOutPlan
  /// The author's own posts among these ids.
  var posts: Range<UInt32>
}

extension FeedSystem {
  /// The plan that a post was stored under.
  @inline(__always)
  func plan(ofPost post: UInt32) -> FanOutPlan {
    let author = posts[post].author
    return plans.plan(of: author, at: post, first: classes.plan(of: author))
  }

  /// The plan that the author's next post will have.
  @inline(__always)
  func plan(ofNextPostBy author: UInt32) -> FanOutPlan {
    plans.plan(of: author, at: .max, first: classes.plan(of: author))
  }

  /// The author's plans, newest first; one for all posts where it has never changed.
  func planSpans(of author: UInt32) -> [PlanSpan] {
    plans.spans(of: author, first: classes.plan(of: author))
  }

  /// Asks the policy for the plan of an author who has so many followers by now, and changes to it
  /// from the author's next post on; whether it is another one. Posts already stored keep theirs,
  /// whether their jobs are under way or done: nothing is lost and nothing doubled.
  ///
  /// Where deliveries are only counted, a plan is for the whole run: nothing changes there.
  @discardableResult
  func replan(_ author: UInt32, followers: Int) -> Bool {
    change(policyPlan(followers: followers), of: author)
  }

  /// The policy's plan, as it decides at this moment.
  func policyPlan(followers: Int) -> FanOutPlan {
    guard let control else { return design.fanOut.plan(followers: followers) }
    return followers < control.threshold ? .push : .pull
  }

  /// Gives an author's next posts another plan; whether it was another one.
  @discardableResult
  func change(_ plan: FanOutPlan, of author: UInt32) -> Bool {
    guard !countsDeliveries,
      plans.change(
        author, to: plan, after: posts.latest(of: author), first: classes.plan(of: author),
        users: audience.graph.userCount)
    else { return false }
    if plan == .pushToSome { design.fanOut.admit(author, to: &classes.edges, in: fanOutContext) }
    if plan.writes { writesTimelines = true }
    if plan.asksActivity { asksActivity = true }
    if plan == .pushToActiveAndPull { doublesPosts = true }
    return true
  }
}
