import Settings
import Simulation

/// What trends counts more (S0.7, "trending topic boost"): a factor on the scores of the most
/// reacted-to posts of the last window, and of posts whose topic's share of the window's reactions
/// is `rise` times its usual share, as known at the last full `lag`.
///
/// The seed gives no figures; 1.5, 50 posts and twice the usual share are feedsim's.
public struct TrendingBoost: RankingStage {
  public static let name = "trending-boost"
  public static let summary = "posts that trend, or whose topic does, count 1.5 times as much"

  public let factor: Double
  public let rise: Double
  let trends: TrendSettings

  public init(_ parameters: inout Parameters) throws {
    factor = try parameters.read(
      "factor", .number(in: 0.001...1000), default: 1.5, "What their scores are multiplied by.")
    rise = try parameters.read(
      "rise", .number(in: 1...1e6), default: 2,
      "A topic trends whose share of the reactions is so many times the usual.")
    let posts = try parameters.read(
      "posts", .count(in: 1...10_000), default: 50, "Posts that trend, the most reacted to.")
    trends = try TrendSettings(&parameters, posts: posts)
  }

  public func prepare(_ state: RankingState) { state.followTrends(trends) }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    guard let trend = context.state?.trend(trends) else { return }
    let posts = trend.top(at: context.nowMilliseconds).posts.sorted()
    for index in 0..<candidates.count {
      let id = candidates.ids[index]
      let topic = context.traits(of: id).topic
      if posts.holds(id) || trend.rise(of: topic, at: context.nowMilliseconds) >= rise {
        candidates.scale(index, by: Float(factor))
      }
    }
    candidates.isOrdered = false
  }
}
