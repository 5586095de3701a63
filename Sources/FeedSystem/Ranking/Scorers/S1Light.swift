import Settings
import Simulation

/// The linear first pass of S1.24 (seed 1, `firstPassRank`):
///
///     .3 · recency + .4 · affinity + .2 · velocity + .1 · type
///
/// The seed gives the weights and leaves the terms open. Here recency is exp(−age / 24 h) as in
/// S2.15, affinity min(1, n / 100) as in S2.13, velocity v / (v + 10) with v reactions an hour,
/// and type 1, .75, .5, .25 for video, photo, link and status, in the order of S2.18.
public struct S1Light: RankingStage {
  public static let name = "s1-light"
  public static let summary =
    "recency (0.3) + affinity (0.4) + engagement velocity (0.2) + type (0.1): a linear first pass"

  public let recency: Double
  public let affinity: Double
  public let velocity: Double
  public let type: Double
  public let decay: Decay
  /// Reactions an hour that are worth one half.
  public let halfVelocity: Double

  public init(_ parameters: inout Parameters) throws {
    let weight = Form<Double>.number(in: 0...1000)
    recency = try parameters.read("recency", weight, default: 0.3, "The weight of recency.")
    affinity = try parameters.read(
      "affinity", weight, default: 0.4, "The weight of interactions with the author.")
    velocity = try parameters.read(
      "velocity", weight, default: 0.2, "The weight of reactions an hour.")
    type = try parameters.read(
      "type", weight, default: 0.1, "The weight of the type: video, photo, link, status.")
    decay = try Decay(&parameters, default: .seconds(24 * 3600))
    halfVelocity = try parameters.read(
      "halfVelocity", .number(in: 0.001...1e9), default: 10,
      "Reactions an hour that are worth half of what endlessly many are.")
  }

  /// The score of one post.
  public func score(_ post: PostSignals) -> Double {
    let pace = post.velocity / (post.velocity + halfVelocity)
    return recency * decay(post.age) + affinity * post.closeness + velocity * pace
      + type * Double(post.type.rawValue + 1) / 4
  }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    candidates.score(context, score)
  }
}
