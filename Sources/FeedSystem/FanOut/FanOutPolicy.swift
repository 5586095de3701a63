import Settings
import Simulation

/// Decides who gets a post written into the timeline and who reads it from the author: author by
/// author, by follower counts, and where its plan says so edge by edge.
public protocol FanOutPolicy: Part, Sendable {
  /// The plan for a post by an author with so many followers; a pure value. As followers grow it
  /// goes from `.push` through one other plan to `.pull`, each of which may be absent.
  func plan(followers: Int) -> FanOutPlan

  /// Every plan that an author may have.
  var plans: [FanOutPlan] { get }

  /// How long after a load a follower counts as active; zero where no plan asks for it.
  var activeWindow: Duration { get }

  /// How the policy's threshold moves during the run; nil where plans depend on followers alone.
  var thresholdControl: ThresholdSettings? { get }

  /// The rule for single edges, for the authors whose plan asks for one.
  func edges(of authors: Range<UInt32>, in context: FanOutContext) -> EdgeRule

  /// Takes an author into the rule whose plan asks for it only since now; what the rule says of an
  /// author it knows must stay.
  func admit(_ author: UInt32, to rule: inout EdgeRule, in context: FanOutContext)
}

extension FanOutPolicy {
  public var plans: [FanOutPlan] { [plan(followers: 0)] }

  public var activeWindow: Duration { .zero }

  public var thresholdControl: ThresholdSettings? { nil }

  public func edges(of authors: Range<UInt32>, in context: FanOutContext) -> EdgeRule { .none }

  public func admit(
    _ author: UInt32, to rule: inout EdgeRule, in context: FanOutContext
  ) {}
}

/// What happens to one author's posts.
public enum FanOutPlan: Sendable {
  /// Written into every follower's timeline.
  case push
  /// Written to active followers; one who was away pulls what was missed on return.
  case pushToActive
  /// Written to active followers, and pulled by all of them at each load: the active get a post
  /// twice.
  case pushToActiveAndPull
  /// Written to the followers that an `EdgeSplit` names; the others pull at each load.
  case pushToSome
  /// Written to each follower with the odds of an `EntrySample`; nobody pulls what it leaves out.
  case pushSampled
  /// Neither written nor pulled: nobody sees the post.
  case nobody
  /// Nobody's timeline is written: readers pull the author at each load.
  case pull

  /// Whether any timeline gets an entry.
  var writes: Bool {
    switch self {
    case .push, .pushToActive, .pushToActiveAndPull, .pushToSome, .pushSampled: true
    case .nobody, .pull: false
    }
  }

  /// Whether followers without an entry find the post at the author as soon as it is stored.
  var isPulled: Bool {
    switch self {
    case .pull, .pushToSome, .pushToActiveAndPull: true
    case .push, .pushToActive, .pushSampled, .nobody: false
    }
  }

  /// Whether it asks who has been active of late.
  var asksActivity: Bool { self == .pushToActive || self == .pushToActiveAndPull }
}

extension Catalog where Contract == any FanOutPolicy {
  /// Every fan-out policy: a new one is one file and one line here.
  public static var fanOut: Catalog<any FanOutPolicy> {
    Catalog(
      "fan-out policy",
      [
        Push.self,
        Pull.self,
        Hybrid.self,
        PerEdgeOptimal.self,
        Lossy.self,
        Adaptive.self,
      ])
  }
}

/// What a rule for single edges may know of the population.
public struct FanOutContext: Sendable {
  public let audience: Audience
  public let costs: FanOutCosts
  /// Feed loads of a session, on average; sessions are what arrives at random.
  public let loadsPerSession: Double
  public let seed: UInt64

  public init(
    audience: Audience, costs: FanOutCosts = FanOutCosts(), loadsPerSession: Double = 1,
    seed: UInt64 = 0
  ) {
    self.audience = audience
    self.costs = costs
    self.loadsPerSession = loadsPerSession
    self.seed = seed
  }
}

/// A policy applied to one population: because users are numbered by falling follower count,
/// each plan is a range of ids, and where whole authors are pulled they are a prefix of a reader's
/// row.
public struct FanOutClasses: Sendable {
  /// Authors below this id are pulled at every load.
  public let pulledBelow: UInt32
  /// Authors from `pulledBelow` to below this id have the plan `middle`; all others are pushed.
  public let middleBelow: UInt32
  public let middle: FanOutPlan
  /// For the authors between the two.
  var edges: EdgeRule
  /// In whole milliseconds, as the activity marks are kept.
  public let activeWindowMilliseconds: Int64
  /// Whether any timeline ever gets an entry.
  let writesTimelines: Bool
  /// Whether it matters who has been active of late.
  let asksActivity: Bool

  /// - Parameter context: that of single edges; without it they have no rule.
  public init(
    _ policy: any FanOutPolicy, on graph: FollowerGraph, _ context: FanOutContext? = nil
  ) {
    func first(where holds: (FanOutPlan) -> Bool) -> UInt32 {
      var low: UInt32 = 0
      var high = UInt32(graph.userCount)
      while low < high {
        let middle = low + (high - low) / 2
        if holds(policy.plan(followers: graph.audienceCount(of: middle))) {
          high = middle
        } else {
          low = middle + 1
        }
      }
      return low
    }
    func hasFollowers(_ user: UInt32) -> Bool {
      Int(user) < graph.userCount && graph.audienceCount(of: user) > 0
    }
    let pulled = first { $0 != .pull }
    let pushed = first { $0 == .push }
    let middle =
      pulled < pushed ? policy.plan(followers: graph.audienceCount(of: pulled)) : .push
    pulledBelow = pulled
    middleBelow = pushed
    self.middle = middle
    edges = context.map { policy.edges(of: pulled..<pushed, in: $0) } ?? EdgeRule.none
    activeWindowMilliseconds = policy.activeWindow.nanoseconds / 1_000_000
    writesTimelines = hasFollowers(pushed) || (hasFollowers(pulled) && middle.writes)
    asksActivity = middle.asksActivity
  }

  @inlinable @inline(__always)
  public func plan(of author: UInt32) -> FanOutPlan {
    author < pulledBelow ? .pull : author < middleBelow ? middle : .push
  }

  /// Followed authors below this id are pulled whole by a reader, those on return from being away
  /// among them.
  @inline(__always)
  func wholeBelow(away: Bool) -> UInt32 {
    switch middle {
    case .pushToActiveAndPull: middleBelow
    case .pushToActive where away: middleBelow
    default: pulledBelow
    }
  }
}
