import FeedSystem
import Simulation

/// How far the work of a window may be from that of another seed's, as relative standard
/// deviations.
///
/// Posts, deliveries and loads are compound Poisson sums, λ_i a user's rate and k_i what each time
/// is worth: the variance over a window T is T Σ λk², of a mean T Σ λk (Ross, "Introduction to
/// Probability Models", section 5.4.2). A population is a sample itself, whose sum Σ λk varies by
/// its own spread.
struct WorkNoise: Sendable, Equatable {
  var posts = 0.0
  var deliveries = 0.0
  var loads = 0.0

  /// 99 % of a normal law.
  private static let reach = 2.576

  /// By how much the two ends of an estimate of a tier's work are drawn apart.
  func factor(of tier: TierName) -> Double {
    switch tier {
    case .fanOutWorkers, .timelineStore, .notifier: 1 + Self.reach * max(deliveries, loads)
    case .postStore, .objectStore, .leafServers, .privacyFilter, .hashMatch, .moderationModel,
      .mediaScan:
      1 + Self.reach * max(posts, loads)
    default: 1 + Self.reach * loads
    }
  }
}

extension WorkNoise {
  /// - Parameter loadsPerSession: the mean of a geometric law: loads come in bursts.
  init(_ audience: Audience, over window: Duration, loadsPerSession: Double) {
    func noise(_ rates: [Double], burst: Double = 1, worth: (UInt32) -> Double) -> Double {
      var (sum, squares, bursts) = (0.0, 0.0, 0.0)
      for (user, rate) in rates.enumerated() where rate > 0 {
        let each = worth(UInt32(user))
        sum += rate * each
        squares += rate * each * rate * each
        bursts += rate * each * each
      }
      guard sum > 0 else { return 0 }
      let sampled = max(0, squares / (sum * sum) - 1 / Double(rates.count))
      let counted = burst * bursts / (sum * sum * max(window.seconds, 1e-9))
      return (sampled + counted).squareRoot()
    }
    let (graph, activity) = (audience.graph, audience.activity)
    posts = noise(activity.postRates) { _ in 1 }
    deliveries = noise(activity.postRates) { Double(graph.followerCount(of: $0)) }
    loads = noise(activity.loadRates, burst: max(1, 2 * loadsPerSession - 1)) { _ in 1 }
  }
}
