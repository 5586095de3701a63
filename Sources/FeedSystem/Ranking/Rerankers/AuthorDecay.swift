import Settings
import Simulation

/// An author's further posts count less (x-algorithm's author diversity, 2023 and 2026;
/// reference/feed-systems.md §3): in the order of scores, the k-th post of an author, from 0 on,
/// has its score multiplied by
///
///     (1 − floor) · decay^k + floor
///
/// with decay .5 and floor .25: 1, .625, .4375, .344, .297, … Scores decide again afterwards. A
/// score below 0 is divided by it instead, so that it does not rise.
public struct AuthorDecay: RankingStage {
  public static let name = "author-decay"
  public static let summary = "an author's k-th post counts (1 - 0.25) x 0.5^k + 0.25"

  public var role: StageRole { .reranker }

  public let decay: Double
  public let floor: Double

  public init(_ parameters: inout Parameters) throws {
    decay = try parameters.read(
      "decay", .number(in: 0...1), default: 0.5, "What each further post loses.")
    floor = try parameters.read(
      "floor", .number(in: 0.001...1), default: 0.25, "What any post counts at least.")
  }

  /// What the k-th post of an author counts, from 0 on.
  public func factor(_ k: Int) -> Double { (1 - floor) * power(decay, Double(k)) + floor }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    candidates.sort()
    AuthorCounts.use(for: candidates.count) { authors in
      for index in 0..<candidates.count {
        let k = authors.next(context.post(candidates.ids[index]).author)
        if k > 0 { candidates.scale(index, by: Float(factor(k))) }
      }
    }
    candidates.isOrdered = false
  }
}
