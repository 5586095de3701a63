/// The weights of X's Phoenix of 2026 over rates that are observed post by post.
///
/// `ActionWeights.x2026Phoenix` has them also for a model that is trained here, and says which
/// names are mapped to what.
public struct X2026Phoenix: ObservedRanker {
  public static let name = "x-2026-phoenix"
  public static let summary = "X's weights of 2026 over each post's observed rates of actions"
  public static let weights = ActionWeights.x2026Phoenix

  public let rates: ObservedRates

  public init(rates: ObservedRates) { self.rates = rates }
}
