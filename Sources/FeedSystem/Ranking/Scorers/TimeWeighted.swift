import Settings
import Simulation

/// Recency and engagement (S2.15; seed 2, `rank_time_weighted`):
///
///     w_t · exp(−age / decay) + w_e · log10(1 + likes + 2 · comments + 5 · shares)
///
/// with .6 and .4, and 24 h, which the seed calls a half-life (see `Decay`). Its engagement term
/// has no bound, unless `engagementCap` gives one.
public struct TimeWeighted: RankingStage {
  public static let name = "time-weighted"
  public static let summary = "time (0.6) x recency + engagement (0.4) x log10 of the reactions"

  public let time: Double
  public let engagement: Double
  public let decay: Decay
  /// The engagement term's bound; none without one.
  public let engagementCap: Double

  public init(_ parameters: inout Parameters) throws {
    let weight = Form<Double>.number(in: 0...1000)
    time = try parameters.read("time", weight, default: 0.6, "The weight of recency.")
    engagement = try parameters.read(
      "engagement", weight, default: 0.4, "The weight of likes, comments and shares.")
    decay = try Decay(&parameters, default: .seconds(24 * 3600))
    engagementCap = try EngagementCap.read(&parameters)
  }

  /// The score of one post.
  public func score(_ post: PostSignals) -> Double {
    let reactions = post.likes + 2 * post.comments + 5 * post.shares
    return time * decay(post.age)
      + engagement * min(engagementCap, ln(1 + reactions) / ln(10))
  }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    candidates.score(context, score)
  }
}

/// A bound for a logarithm of reactions, which else outweighs every other term in time (the
/// seed's: 10^6 likes weigh 4.14 against .4 for recency).
enum EngagementCap {
  static func read(_ parameters: inout Parameters) throws -> Double {
    try parameters.read(
      "engagementCap", .number(in: 0...1000),
      "What the logarithm of the reactions is at most, before its weight; if not given, no bound.")
      ?? .infinity
  }
}
