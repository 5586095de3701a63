import Settings
import Simulation

/// A weighted sum of recency, engagement and affinity (S2.11–13; seed 2, `rank_posts`):
///
///     w_t · exp(−age / decay) + w_e · ln(1 + likes + 2 · comments) + w_a · min(1, n / 100)
///
/// with the post's age, its counters and the viewer's n interactions with the author. The
/// seed calls its 48 h a half-life; the formula makes it an e-folding time (see `Decay`). Its
/// engagement term has no bound, unless `engagementCap` gives one: 10^6 likes weigh 4.14 against
/// .4 for recency.
public struct Weighted: RankingStage {
  public static let name = "weighted"
  public static let summary =
    "time (0.4) x recency + engagement (0.3) x reactions + affinity (0.3) x interactions"

  public let time: Double
  public let engagement: Double
  public let affinity: Double
  public let decay: Decay
  /// The engagement term's bound; none without one.
  public let engagementCap: Double

  public init(_ parameters: inout Parameters) throws {
    let weight = Form<Double>.number(in: 0...1000)
    time = try parameters.read("time", weight, default: 0.4, "The weight of recency.")
    engagement = try parameters.read(
      "engagement", weight, default: 0.3, "The weight of likes and comments.")
    affinity = try parameters.read(
      "affinity", weight, default: 0.3, "The weight of interactions with the author.")
    decay = try Decay(&parameters, default: .seconds(48 * 3600))
    engagementCap = try EngagementCap.read(&parameters)
  }

  /// The score of one post.
  /// - Parameter age: seconds since the post was stored.
  public func score(age: Double, counters: PostCounters, interactions: Double) -> Double {
    score(PostSignals(age: age, counters: counters, interactions: interactions))
  }

  /// The score of one post.
  public func score(_ post: PostSignals) -> Double {
    let reactions = post.likes + 2 * post.comments
    return time * decay(post.age) + engagement * min(engagementCap, ln(1 + reactions))
      + affinity * post.closeness
  }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    candidates.score(context, score)
  }
}
