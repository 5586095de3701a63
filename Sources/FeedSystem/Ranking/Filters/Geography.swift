import Settings

/// Drops posts that may be shown in their author's country alone to viewers elsewhere (S0.24).
/// Which posts that is, is drawn by post. Needs `audience.world`, which says where users live.
public struct Geography: RankingStage {
  public static let name = "geography"
  public static let summary = "drops posts restricted to their author's country, from others"

  public var role: StageRole { .filter }

  public let restricted: Double

  public init(_ parameters: inout Parameters) throws {
    restricted = try parameters.read(
      "restricted", .share(), default: 0.05,
      "Of posts, those that may be shown in their author's country alone; no seed says.")
  }

  public func prepare(_ state: RankingState) { state.countPassage(Self.name) }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    guard let viewer = context.world?.viewer(context.viewer) else { return }
    let ids = candidates.ids
    candidates.keep(Self.name, context) { index in
      context.traits(of: ids[index]).country == viewer.country
        || context.draw(1, for: context.post(ids[index])) >= restricted
    }
  }
}
