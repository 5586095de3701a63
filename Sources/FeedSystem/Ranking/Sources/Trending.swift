import Settings
import Simulation

/// Brings the most reacted-to posts of the last window, as known at the last full `lag` (S0.15;
/// S0.20's injection of what trends). What is there already is not added again.
public struct Trending: RankingStage {
  public static let name = "trending"
  public static let summary = "adds the most reacted-to posts of the last hour"

  public var role: StageRole { .source }

  let trends: TrendSettings

  public init(_ parameters: inout Parameters) throws {
    let posts = try parameters.read(
      "posts", .count(in: 1...10_000), default: 100, "Posts that it adds at most.")
    trends = try TrendSettings(&parameters, posts: posts)
  }

  public func prepare(_ state: RankingState) {
    state.followTrends(trends)
    state.leaveNetwork()
  }

  public func room(for settings: FeedSettings) -> Int { trends.posts }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    guard let trend = context.state?.trend(trends) else { return }
    let posts = trend.top(at: context.nowMilliseconds).posts
    var present = PostSet(room: candidates.count + posts.count)
    for index in 0..<candidates.count { _ = present.insert(candidates.ids[index]) }
    for post in posts where context.livePosts.contains(post) && present.insert(post) {
      let author = context.post(post).author
      if author == context.viewer || context.isMuted(author) || context.isBlocked(author) {
        continue
      }
      candidates.append(
        post, from: context.isFollowing(context.viewer, author) ? .inNetwork : .trending)
    }
  }
}
