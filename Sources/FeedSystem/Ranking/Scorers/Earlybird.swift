import Settings
import Simulation

/// Reactions times the age decay of Earlybird, Twitter's search (twitter/the-algorithm;
/// reference/feed-systems.md §3):
///
///     (base + (max − base) / (1 + e^{slope · (age − halfLife)})) · (1 + ln(1 + L + C + S)),
///     slope = 4 / halfLife
///
/// So half of what can be lost is lost at the half-life, and no post falls below the base. The
/// decay is the original's; what it multiplies there is the text's relevance, in place of which
/// stand the post's likes, comments and shares here. Base .6, max 1 and 6 h are feedsim's.
public struct Earlybird: RankingStage {
  public static let name = "earlybird"
  public static let summary = "reactions x an age decay that falls as a logistic, to a base"

  public let base: Double
  public let max: Double
  public let halfLife: Duration

  public init(_ parameters: inout Parameters) throws {
    base = try parameters.read(
      "base", .number(in: 0...1000), default: 0.6, "What an old post's reactions count.")
    max = try parameters.read(
      "max", .number(in: 0...1000), default: Swift.max(1, base),
      "What a new post's reactions count, nearly.")
    halfLife = try parameters.read(
      "halfLife", .duration(), default: .seconds(6 * 3600), "The age half way between these.")
    if base > max { throw parameters.error("is above max \(max)", key: "base") }
    if halfLife <= .zero { throw parameters.error("must be above 0", key: "halfLife") }
  }

  /// What reactions count at an age in seconds.
  public func decay(_ age: Double) -> Double {
    let slope = 4 / halfLife.seconds
    return base + (max - base) / (1 + expo(slope * (age - halfLife.seconds)))
  }

  /// The score of one post.
  public func score(_ post: PostSignals) -> Double {
    decay(post.age) * (1 + ln(1 + post.reactions))
  }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    candidates.score(context, score)
  }
}
