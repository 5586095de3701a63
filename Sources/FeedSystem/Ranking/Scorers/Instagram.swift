import Settings
import Simulation

/// Seed 2's ranking of Instagram (S2.17):
///
///     .35 · interest + .25 · recency + .20 · relationship + .10 · frequency + .10 · following
///
/// The seed gives the weights and says what the terms mean, not how they are made. Here interest is
/// what the viewer's reactions tell of the post's topic (one half for a topic liked as much as the
/// others), recency exp(−age / 24 h), relationship min(1, n / 100), frequency the viewer's loads a
/// day over 20 and following the viewer's follows over 500, both at most 1.
///
/// **The last two are the same for all posts that a viewer is shown, so they cannot change any
/// order**: a fifth of the weight does nothing. They are computed all the same, as the seed has
/// them, and a test holds the order to be the one without.
public struct Instagram: RankingStage {
  public static let name = "instagram"
  public static let summary =
    "interest (0.35) + recency (0.25) + relationship (0.2) + two constants of the viewer (0.1 each)"

  public let interest: Double
  public let recency: Double
  public let relationship: Double
  public let frequency: Double
  public let following: Double
  public let decay: Decay

  /// What is the same for all posts that a viewer is shown.
  public struct Viewer: Sendable {
    public var loadsPerDay: Double
    public var follows: Double

    public init(loadsPerDay: Double, follows: Double) {
      self.loadsPerDay = loadsPerDay
      self.follows = follows
    }
  }

  public init(_ parameters: inout Parameters) throws {
    let weight = Form<Double>.number(in: 0...1000)
    interest = try parameters.read(
      "interest", weight, default: 0.35, "The weight of the viewer's interest in the topic.")
    recency = try parameters.read("recency", weight, default: 0.25, "The weight of recency.")
    relationship = try parameters.read(
      "relationship", weight, default: 0.2, "The weight of interactions with the author.")
    frequency = try parameters.read(
      "frequency", weight, default: 0.1,
      "The weight of how often the viewer loads feeds, which changes no order.")
    following = try parameters.read(
      "following", weight, default: 0.1,
      "The weight of how many the viewer follows, which changes no order.")
    decay = try Decay(&parameters, default: .seconds(24 * 3600))
  }

  public func prepare(_ state: RankingState) { state.learnTopics() }

  /// The score of one post.
  /// - Parameter interest: the viewer's in the post's topic, 0 ... 1.
  public func score(_ post: PostSignals, interest known: Double, _ viewer: Viewer) -> Double {
    interest * known + recency * decay(post.age) + relationship * post.closeness
      + frequency * min(1, viewer.loadsPerDay / 20) + following * min(1, viewer.follows / 500)
  }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    let viewer = Viewer(loadsPerDay: context.loadsPerDay, follows: Double(context.followCount))
    for index in 0..<candidates.count {
      let id = candidates.ids[index]
      candidates.scores[index] = Float(
        score(
          context.signals(of: id),
          interest: context.knownInterest(in: context.traits(of: id).topic),
          viewer))
    }
    candidates.isOrdered = false
  }
}
