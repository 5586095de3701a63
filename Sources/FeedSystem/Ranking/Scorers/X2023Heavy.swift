import Settings

/// The weights of X's heavy ranker of 2023 over rates that are observed post by post.
///
/// A trained model predicts the probabilities there; `ActionWeights.x2023Heavy` has the weights for
/// one that is trained here, and says which names are mapped to what.
public struct X2023Heavy: RankingStage {
  public static let name = "x-2023-heavy"
  public static let summary = "X's weights of 2023 over each post's observed rates of actions"

  public let rates: ObservedRates

  public init(_ parameters: inout Parameters) throws { rates = try ObservedRates(&parameters) }

  /// The score of one post.
  public func score(_ post: PostSignals) -> Double {
    ActionWeights.x2023Heavy.score { rates.probability($0, post) }
  }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    candidates.score(context, score)
  }
}
