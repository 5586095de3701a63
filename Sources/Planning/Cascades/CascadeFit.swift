import CGSL
import FeedSystem

/// How infectious an observed cascade is: the chance that a follower of somebody who has posted it
/// passes it on.
///
/// Maximum likelihood in SEISMIC's model (Zhao et al., KDD 2015, sections 3 and 4): at time t
/// reposts come at the rate p Σ n_i φ(t − t_i) over the posts before, of n_i followers each. The
/// likelihood of R reposts until T is p^R e^(−p E) times what p has no part in, with the exposure
/// E = Σ n_i Φ(T − t_i): those who will pass it on at all and would have done so by then. So p is
/// R / E, and its interval is that of a Poisson mean (Garwood: "Fiducial limits for the Poisson
/// distribution", Biometrika 1936), by GSL's quantiles of χ².
public struct CascadeFit: Sendable, Equatable {
  /// A figure and its 95 % interval.
  public struct Interval: Sendable, Equatable {
    public var value: Double
    public var low: Double
    public var high: Double

    func times(_ factor: Double) -> Interval {
      Interval(value: value * factor, low: low * factor, high: high * factor)
    }
  }

  /// What came within a stretch of its life.
  public struct Age: Sendable, Equatable {
    /// Seconds since the original.
    public var from: Double
    public var until: Double
    public var reposts: Int
    public var infectiousness: Interval
  }

  public let reposts: Int
  /// Seconds that it was observed for.
  public let observed: Double
  /// Of the original, and of whoever passed it on, on average.
  public let originalFollowers: Double
  public let meanFollowers: Double
  public let infectiousness: Interval
  /// Mean reposts of each repost: the infectiousness times the mean of the followers.
  public let branching: Interval
  /// Posts in the end, the original among them, if it went on so; nil where it would not end.
  public let finalSize: Double?
  /// Stretch by stretch, where something happened.
  public let ages: [Age]

  /// In seconds, up to which the stretches of its life reach.
  static let ends: [Double] = [600, 3600, 6 * 3600, 86_400, 3 * 86_400, 7 * 86_400]

  /// - Parameters:
  ///   - until: how long it is looked at, in seconds; up to its last post if not given.
  /// - Returns: nil where nobody had a follower, or nothing was passed on by then.
  public init?(
    _ cascade: ObservedCascade, kernel: MemoryKernel = MemoryKernel(), until: Double? = nil
  ) {
    let end = until ?? cascade.seconds.last ?? 0
    let count = cascade.seconds.count { $0 <= end }
    let (seconds, followers) = (cascade.seconds[..<count], cascade.followers[..<count])
    func exposure(until end: Double) -> Double {
      zip(seconds, followers).reduce(0) { $0 + $1.1 * kernel.share(after: end - $1.0) }
    }
    let exposed = exposure(until: end)
    guard count >= 2, exposed > 0, end > 0 else { return nil }
    reposts = count - 1
    observed = end
    originalFollowers = followers[0]
    let sum = followers.reduce(0, +)
    meanFollowers = (sum - followers[0]) / Double(count - 1)
    infectiousness = Self.rate(of: count - 1, over: exposed)
    branching = infectiousness.times(meanFollowers)
    // Those who will still pass on what is there, and whom each of them brings.
    let coming = infectiousness.value * (sum - exposed)
    finalSize = branching.value < 1 ? Double(count) + coming / (1 - branching.value) : nil
    var ages: [Age] = []
    var (from, before) = (0.0, 0.0)
    for stretch in Self.ends.filter({ $0 < end }) + [end] {
      let until = exposure(until: stretch)
      let made = seconds.count { $0 > from && $0 <= stretch }
      if until > before {
        ages.append(
          Age(
            from: from, until: stretch, reposts: made,
            infectiousness: Self.rate(of: made, over: until - before)))
      }
      (from, before) = (stretch, until)
    }
    self.ages = ages
  }

  /// A quantile of χ²: GSL's, whose search does not always end for many degrees of freedom, from
  /// 200 on by the cube of a normal (Wilson, Hilferty: "The distribution of chi-square", PNAS
  /// 1931), which is then right to 3 · 10^-5.
  private static func chiSquare(_ probability: Double, _ freedom: Double) -> Double {
    guard freedom >= 200 else { return gsl_cdf_chisq_Pinv(probability, freedom) }
    let spread = 2 / (9 * freedom)
    let root = 1 - spread + gsl_cdf_ugaussian_Pinv(probability) * spread.squareRoot()
    return freedom * root * root * root
  }

  /// A Poisson rate and its exact interval.
  static func rate(of count: Int, over exposure: Double) -> Interval {
    let number = Double(count)
    let low = count == 0 ? 0 : chiSquare(0.025, 2 * number) / 2
    let high = chiSquare(0.975, 2 * number + 2) / 2
    return Interval(value: number / exposure, low: low / exposure, high: high / exposure)
  }
}
