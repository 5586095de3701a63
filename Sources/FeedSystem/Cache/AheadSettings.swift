import Settings
import Simulation

/// A scenario's `cache.prefetch`: feeds of viewers who are likely to load soon are made before they
/// ask (S0.16).
///
/// A viewer whose loads come at the rate r loads within the time h with the probability
/// 1 − e^(−r h).
public struct PrefetchSettings: Sendable {
  public enum Forecast: String, CaseIterable, Sendable {
    /// A viewer's mean rate, as the activity has it.
    case known
    /// One over the exponentially weighted mean gap between the viewer's loads, or over the time
    /// since the last one, where that is longer.
    case learnt
  }

  public var forecast = Forecast.learnt
  /// A feed is wanted for a load within this time; as long as S2.5 holds it.
  public var within = Duration.seconds(300)
  /// Feeds are made for viewers who load within that with this probability at least.
  public var chance = 0.5
  public var every = Duration.seconds(10)
  /// Feeds made a second, at most; the likeliest viewers come first.
  public var limit = Double.infinity
  /// The weight of the last gap in the mean.
  public var smoothing = 0.3

  init(_ parameters: inout Parameters) throws {
    forecast = try parameters.read(
      "forecast", .choice(Forecast.allCases.map { ($0.rawValue, $0) }), default: forecast,
      "Whether viewers' rates of loading are known, or learnt from their last loads.")
    within = try parameters.read(
      "within", .duration(in: .milliseconds(1)...(.seconds(24 * 86_400))), default: within,
      "How soon a viewer is to load for a feed to be made.")
    chance = try parameters.read(
      "chance", .share(), default: chance,
      "The least probability of that; at 100% no feed is made, at 0% those of all viewers are.")
    every = try parameters.read(
      "every", .duration(in: .milliseconds(100)...(.seconds(86_400))), default: every,
      "How often it is decided whose feeds to make; they are then made evenly over this time.")
    limit =
      try parameters.read(
        "limit", .rate(in: 1e-6...1e9), "Feeds made at most; without a limit if not given.")
      ?? limit
    smoothing = try parameters.read(
      "smoothing", .share(in: 0.001...1), default: smoothing,
      "The weight of the last gap between loads in the mean that is learnt.")
  }

  /// The least rate of loads, per second, at which a feed is made.
  var leastRate: Double { chance >= 1 ? .infinity : -ln(1 - chance) / within.seconds }
}
