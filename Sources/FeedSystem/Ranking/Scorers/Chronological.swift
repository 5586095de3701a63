import Settings
import Simulation

/// Newest first (S2.14): ids rise with time, so every score is equal and the id decides, unless
/// posts bear the times of clocks that are wrong.
public struct Chronological: RankingStage {
  public static let name = "chronological"
  public static let summary = "newest first"

  public init(_ parameters: inout Parameters) throws {}

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    candidates.scores.update(repeating: 0, count: candidates.count)
    candidates.isOrdered = false
    guard context.hasSkew else { return }
    for place in 0..<candidates.count {
      let stored = Int64(context.post(candidates.ids[place]).storedMilliseconds)
      candidates.scores[place] = Float(stored - context.nowMilliseconds)
    }
  }
}
