import Settings

/// Drops posts for which the viewer is too young (S0.24, `age_rating`). Needs `audience.world`,
/// which says how old viewers are and must be.
public struct AgeRating: RankingStage {
  public static let name = "age"
  public static let summary = "drops posts for which the viewer is too young"

  public var role: StageRole { .filter }

  public init(_ parameters: inout Parameters) throws {}

  public func prepare(_ state: RankingState) { state.countPassage(Self.name) }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    guard let viewer = context.world?.viewer(context.viewer) else { return }
    let ids = candidates.ids
    candidates.keep(Self.name, context) { context.traits(of: ids[$0]).leastAge <= viewer.age }
  }
}
