import Settings

/// The weights of X's Phoenix of 2026 over rates that are observed post by post.
///
/// A trained model predicts the probabilities there; `ActionWeights.x2026Phoenix` has the weights
/// for one that is trained here, and says which names are mapped to what.
public struct X2026Phoenix: RankingStage {
  public static let name = "x-2026-phoenix"
  public static let summary = "X's weights of 2026 over each post's observed rates of actions"

  public let rates: ObservedRates

  public init(_ parameters: inout Parameters) throws { rates = try ObservedRates(&parameters) }

  /// The score of one post.
  public func score(_ post: PostSignals) -> Double {
    ActionWeights.x2026Phoenix.score { rates.probability($0, post) }
  }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    candidates.score(context, score)
  }
}
