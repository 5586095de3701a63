import Settings
import Simulation

/// Drops stories that are over: 24 h after they were posted (S1.2). Needs `audience.world`, which
/// says what is a story.
public struct ExpiredStories: RankingStage {
  public static let name = "expired-stories"
  public static let summary = "drops stories older than 24 hours"

  public var role: StageRole { .filter }

  public let after: Duration

  public init(_ parameters: inout Parameters) throws {
    after = try parameters.read(
      "after", .duration(), default: .seconds(24 * 3600), "The age at which a story is over.")
  }

  public func prepare(_ state: RankingState) { state.countPassage(Self.name) }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    let ids = candidates.ids
    let oldest = context.nowMilliseconds - after.nanoseconds / 1_000_000
    candidates.keep(Self.name, context) { index in
      !context.traits(of: ids[index]).isStory
        || Int64(context.post(ids[index]).storedMilliseconds) > oldest
    }
  }
}
