/// The weights of X's heavy ranker of 2023 over rates that are observed post by post.
///
/// `ActionWeights.x2023Heavy` has them also for a model that is trained here, and says which names
/// are mapped to what.
public struct X2023Heavy: ObservedRanker {
  public static let name = "x-2023-heavy"
  public static let summary = "X's weights of 2023 over each post's observed rates of actions"
  public static let weights = ActionWeights.x2023Heavy

  public let rates: ObservedRates

  public init(rates: ObservedRates) { self.rates = rates }
}
