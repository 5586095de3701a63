import Settings
import Simulation

/// A weighted sum of recency, engagement and affinity (S2.11–13; seed 2, `rank_posts`):
///
///     w_t · exp(−age / decay) + w_e · ln(1 + likes + 2 · comments) + w_a · min(1, n / 100)
///
/// with the post's age, its counters and the viewer's n interactions with the author. The
/// seed calls its 48 h a half-life; the formula makes it an e-folding time (the half-life is
/// 33.27 h). Its engagement term has no bound: 10^6 likes weigh 4.14 against .4 for recency.
public struct Weighted: RankingStage {
  public static let name = "weighted"
  public static let summary =
    "time (0.4) x recency + engagement (0.3) x reactions + affinity (0.3) x interactions"

  public let time: Double
  public let engagement: Double
  public let affinity: Double
  public let decay: Duration

  public init(_ parameters: inout Parameters) throws {
    let weight = Form<Double>.number(in: 0...1000)
    time = try parameters.read("time", weight, default: 0.4, "The weight of recency.")
    engagement = try parameters.read(
      "engagement", weight, default: 0.3, "The weight of likes and comments.")
    affinity = try parameters.read(
      "affinity", weight, default: 0.3, "The weight of interactions with the author.")
    decay = try parameters.read(
      "decay", .duration(), default: .seconds(48 * 3600), "In which recency falls to 1/e.")
    if decay <= .zero { throw parameters.error("must be above 0", key: "decay") }
  }

  /// The score of one post.
  /// - Parameter age: seconds since the post was stored.
  public func score(age: Double, counters: PostCounters, interactions: Double) -> Double {
    let reactions = Double(counters.likes) + 2 * Double(counters.comments)
    return time * expo(-max(0, age) / decay.seconds) + engagement * ln(1 + reactions)
      + affinity * min(1, interactions / 100)
  }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    for index in 0..<candidates.count {
      let id = candidates.ids[index]
      let post = context.post(id)
      let age = Double(context.nowMilliseconds - Int64(post.storedMilliseconds)) / 1000
      candidates.scores[index] = Float(
        score(
          age: age, counters: context.counters(of: id),
          interactions: context.interactions(with: post.author)))
    }
  }
}
