import Settings
import Simulation

/// Pushes to a follower iff the follower's load rate over the author's posting rate is at least
/// the cost of a push over that of a pull, and pulls else (Silberstein, Terrace, Cooper,
/// Ramakrishnan: "Feeding Frenzy: Selectively Materializing Users' Event Feeds", SIGMOD 2010,
/// section 3: φ_c/φ_p ≥ H/L; deciding edge by edge is globally optimal).
///
/// The rates are the activity model's own, or learnt: counted over a window before the run, in
/// which posts and sessions are Poisson, and kept for the run.
public struct PerEdgeOptimal: FanOutPolicy {
  public static let name = "per-edge-optimal"
  public static let summary =
    "push to a follower who loads often enough for the author's posting rate, else pull"

  /// What the rates are counted over; nil where they are given.
  public let learntOver: Duration?

  private static let windows = Duration.seconds(1)...Duration.seconds(36_500 * 86_400)

  public init(_ parameters: inout Parameters) throws {
    learntOver = try parameters.read(
      "rates", Form<Duration>.duration(in: Self.windows).or("given"),
      default: nil,
      "The activity's own, or counted over so long before the run, such as 7d.")
  }

  public func plan(followers: Int) -> FanOutPlan { .pushToSome }

  public func edges(of authors: Range<UInt32>, in context: FanOutContext) -> EdgeRule {
    var loads = context.audience.activity.loadRates
    var posts = context.audience.activity.postRates
    if let window = learntOver?.seconds {
      count(&loads, eventsOf: context.loadsPerSession, over: window, .learntLoads, context.seed)
      count(&posts, eventsOf: 1, over: window, .learntPosts, context.seed)
    }
    return .split(
      EdgeSplit(
        worth: loads.map { $0 * context.costs.pull },
        prices: posts.map { $0 * context.costs.push }))
  }

  /// Replaces rates by what counting events, each of so many units, over a window makes of them.
  private func count(
    _ rates: inout [Double], eventsOf units: Double, over window: Double, _ purpose: Purpose,
    _ seed: UInt64
  ) {
    let poisson = PoissonDraw()
    let exponential = Ziggurat.exponential
    for user in rates.indices {
      var stream = RandomStream(seed: seed, purpose: purpose.rawValue, entity: UInt64(user))
      let mean = min(rates[user] / units * window, 0x1p40 - 1)
      rates[user] = Double(poisson.next(mean: mean, &stream, exponential)) * units / window
    }
  }
}
