import Settings
import Simulation

/// Drops posts that the viewer has been served in the last minutes (x-algorithm's served exclusion:
/// 10 min, 100 ids; reference/feed-systems.md §1), which are known one by one.
///
/// Posts that earlier pages of the same feed have shown stay, so that a scroll goes on behind them.
public struct Served: RankingStage {
  public static let name = "served"
  public static let summary = "drops the last 100 posts served to the viewer within 10 minutes"

  public var role: StageRole { .filter }

  public let within: Duration
  public let posts: Int

  public init(_ parameters: inout Parameters) throws {
    within = try parameters.read(
      "within", .duration(in: .zero...(.seconds(24 * 86_400))), default: .seconds(600),
      "How long a post is not served again.")
    posts = try parameters.read(
      "posts", .count(in: 1...100_000), default: 100, "The last ones served that are known.")
  }

  public func prepare(_ state: RankingState) {
    state.countPassage(Self.name)
    _ = state.rememberShown(recent: posts)
  }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    guard let shown = context.state?.shown else { return }
    let (ids, viewer, offset) = (candidates.ids, context.viewer, context.offset)
    let since = context.nowMilliseconds - within.nanoseconds / 1_000_000
    candidates.keep(Self.name, context) { index in
      let id = ids[index]
      guard shown.isAmongLast(posts, id, of: viewer, after: since) else { return true }
      return offset > 0 && shown.isAmongLast(offset, id, of: viewer)
    }
  }
}
