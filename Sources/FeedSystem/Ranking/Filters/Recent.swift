import Settings
import Simulation

/// Drops posts older than some age (S0.7's filter by recency; 48 h in x-algorithm:
/// reference/feed-systems.md §1).
public struct Recent: RankingStage {
  public static let name = "recent"
  public static let summary = "drops posts older than 48 hours"

  public var role: StageRole { .filter }

  public let maxAge: Duration

  public init(_ parameters: inout Parameters) throws {
    maxAge = try parameters.read(
      "maxAge", .duration(), default: .seconds(48 * 3600), "The age up to which posts stay.")
  }

  public func prepare(_ state: RankingState) { state.countPassage(Self.name) }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    let ids = candidates.ids
    let oldest = context.nowMilliseconds - maxAge.nanoseconds / 1_000_000
    candidates.keep(Self.name, context) {
      Int64(context.post(ids[$0]).storedMilliseconds) >= oldest
    }
  }
}
