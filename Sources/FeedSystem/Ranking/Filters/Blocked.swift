import Settings

/// Drops posts of authors whom the viewer has blocked, or who have blocked the viewer (S1.21,
/// S0.24): by the graph as it is now.
public struct Blocked: RankingStage {
  public static let name = "blocked"
  public static let summary = "drops posts where viewer or author has blocked the other"

  public var role: StageRole { .filter }

  public init(_ parameters: inout Parameters) throws {}

  public func prepare(_ state: RankingState) { state.countPassage(Self.name) }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    let ids = candidates.ids
    candidates.keep(Self.name, context) { !context.isBlocked(context.post(ids[$0]).author) }
  }
}
