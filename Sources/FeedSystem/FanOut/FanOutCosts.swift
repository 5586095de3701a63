import Settings
import Simulation

/// What it costs to push one entry and to pull one author at one load, in any unit common to both:
/// H and L of "Feeding Frenzy" (Silberstein et al., SIGMOD 2010, section 3).
public struct FanOutCosts: Sendable, Equatable {
  public var push = 1.0
  public var pull = 1.0

  public init() {}

  public init(push: Double, pull: Double) {
    self.push = push
    self.pull = pull
  }

  init(_ parameters: inout Parameters) throws {
    let cost = Form<Double>.number(in: 0...1e12)
    push = try parameters.read(
      "push", cost, default: push, "Of one entry written, in the unit of pull.")
    pull = try parameters.read(
      "pull", cost, default: pull, "Of one author asked at one load, in the unit of push.")
  }
}

/// By author, looked up alone: the plans of its posts and the share of each.
public typealias PlanMixes = [UInt32: [(plan: FanOutPlan, share: Double)]]

extension FanOutContext {
  /// The least that any choice of push or pull for each follow costs, a second:
  /// Σ min(H φ_p, L φ_c) over the follows. Caches are not counted, in this or in any plan.
  public var leastCost: Double {
    let loads = audience.activity.loadRates
    let posts = audience.activity.postRates
    return sum { author, follower in
      min(costs.push * posts[Int(author)], costs.pull * loads[Int(follower)])
    }
  }

  /// What the plans of a population cost a second, from the activity's rates and the graph.
  ///
  /// A follower is active at a moment if a session began within the window W before it:
  /// 1 − exp(−σW) of the time, if sessions are Poisson with rate σ. A share exp(−σW) of them is a
  /// return from being away, which asks the authors of a middle tier pushed to the active.
  ///
  /// - Parameter mixes: of authors whose plan has changed, the shares of their posts by plan.
  public func cost(of classes: FanOutClasses, _ mixes: PlanMixes = [:]) -> Double {
    let loads = audience.activity.loadRates.map { $0 * costs.pull }
    let posts = audience.activity.postRates.map { $0 * costs.push }
    let window = Double(classes.activeWindowMilliseconds) / 1000
    let away =
      classes.asksActivity || !mixes.isEmpty
      ? audience.activity.loadRates.map { expo(-$0 / loadsPerSession * window) } : []
    func cost(of plan: FanOutPlan, _ author: UInt32, _ follower: UInt32) -> Double {
      let push = posts[Int(author)]
      let pull = loads[Int(follower)]
      switch plan {
      case .push: return push
      case .pull: return pull
      case .nobody: return 0
      case .pushToSome: return classes.edges.pushes(author, to: follower) ? push : pull
      case .pushSampled: return push * classes.edges.share(of: follower)
      case .pushToActive:
        return push * (1 - away[Int(follower)]) + pull / loadsPerSession * away[Int(follower)]
      case .pushToActiveAndPull: return push * (1 - away[Int(follower)]) + pull
      }
    }
    if mixes.isEmpty {
      return sum { author, follower in cost(of: classes.plan(of: author), author, follower) }
    }
    return sum { author, follower in
      guard let mix = mixes[author] else {
        return cost(of: classes.plan(of: author), author, follower)
      }
      return mix.reduce(0) { $0 + $1.share * cost(of: $1.plan, author, follower) }
    }
  }

  /// What plans cost above the least, as a share of it; nil where delivering costs nothing.
  ///
  /// Never negative for plans that push or pull each follow. Those that leave posts out, or push
  /// to whoever is active just then, may cost less.
  public func regret(of classes: FanOutClasses, _ mixes: PlanMixes = [:]) -> Double? {
    let least = leastCost
    return least > 0 ? cost(of: classes, mixes) / least - 1 : nil
  }

  /// Over all follows, author by author: the rounding is then that of a row, not of the graph.
  @inline(__always)
  private func sum(_ value: (_ author: UInt32, _ follower: UInt32) -> Double) -> Double {
    var total = 0.0
    for author in 0..<UInt32(audience.graph.userCount) {
      var row = 0.0
      audience.graph.forEachFollower(of: author) { row += value(author, $0) }
      total += row
    }
    return total
  }
}

extension EdgeRule {
  /// The share of the viewer's entries that a sample keeps.
  func share(of viewer: UInt32) -> Double {
    if case .sample(let sample) = self { sample.share(of: viewer) } else { 0 }
  }
}

extension FeedSystem {
  /// What the design's plans cost above the least; nil where nobody asks. A threshold that moves is
  /// taken as it stood over the window's time; else an author whose plan has changed, by the plans
  /// of the window's posts.
  public var regret: Double? {
    guard design.fanOutCosts != nil else { return nil }
    if let summary = thresholdSummary {
      let least = fanOutContext.leastCost
      return least > 0 ? summary.cost / least - 1 : nil
    }
    return fanOutContext.regret(of: classes, planMixes())
  }

  private func planMixes() -> PlanMixes {
    var mixes: PlanMixes = [:]
    for author in 0..<UInt32(audience.graph.userCount) where plans.hasChanged(author) {
      var counts = planSpans(of: author).map { (plan: $0.plan, posts: $0.posts, count: 0) }
      var post = posts.latest(of: author)
      while post != PostStore.none {
        let place = counts.firstIndex { $0.posts.contains(post) }
        if posts[post].measured != 0, let place { counts[place].count += 1 }
        post = posts[post].previous
      }
      let total = Double(counts.reduce(0) { $0 + $1.count })
      mixes[author] =
        total > 0
        ? counts.map { (plan: $0.plan, share: Double($0.count) / total) }
        : [(plan: plan(ofNextPostBy: author), share: 1)]
    }
    return mixes
  }
}
