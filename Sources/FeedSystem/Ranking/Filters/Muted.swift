import Settings

/// Drops posts of authors whom the viewer has muted. What the viewer follows is read without them
/// anyway; other sources know nothing of it.
public struct Muted: RankingStage {
  public static let name = "muted"
  public static let summary = "drops posts of authors whom the viewer has muted"

  public var role: StageRole { .filter }

  public init(_ parameters: inout Parameters) throws {}

  public func prepare(_ state: RankingState) { state.countPassage(Self.name) }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    let ids = candidates.ids
    candidates.keep(Self.name, context) { !context.isMuted(context.post(ids[$0]).author) }
  }
}
