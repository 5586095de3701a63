import Settings

/// Drops posts that the viewer has hidden (S1.21).
public struct Hidden: RankingStage {
  public static let name = "hidden"
  public static let summary = "drops posts that the viewer has hidden"

  public var role: StageRole { .filter }

  public init(_ parameters: inout Parameters) throws {}

  public func prepare(_ state: RankingState) { state.countPassage(Self.name) }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    guard let state = context.state else { return }
    let ids = candidates.ids
    candidates.keep(Self.name, context) { !state.isHidden(ids[$0], from: context.viewer) }
  }
}
