import Simulation

/// 1 - e^-x, to all digits where x is small.
func complement(_ x: Double) -> Double {
  x < 1e-4 ? x * (1 - x / 2 * (1 - x / 3)) : 1 - expo(-x)
}

/// Hit ratios of caches under independent requests, from formulas.
///
/// Times are counted in requests: an object with the share p of them is asked for at the rate p.
public struct CacheTheory: Sendable {
  public let popularity: Popularity
  /// The share of the requests that ask for an object nobody asks for again.
  public let onceShare: Double

  public init(_ popularity: Popularity, onceShare: Double = 0) {
    self.popularity = popularity
    self.onceShare = onceShare
  }

  /// How long a cache keeps an object, as the approximations see it.
  public enum Stay: Sendable {
    /// A fixed time from its last request: LRU.
    case renewed
    /// A time from its arrival, whatever its requests: FIFO, Random.
    case fixed

    /// The odds that an object with the share p is held.
    func odds(_ share: Double, _ time: Double) -> Double {
      switch self {
      case .renewed: complement(share * time)
      case .fixed: share * time / (1 + share * time)
      }
    }
  }

  public struct Approximation: Sendable, Equatable {
    /// Requests; infinite where everything fits.
    public let characteristicTime: Double
    public let hitRatio: Double
  }

  /// Che's approximation: all objects stay for one time T, at which as many are held as fit. For
  /// LRU Σ (1 - e^(-pT)) = C (Che, Tung, Wang: "Hierarchical web caching systems", IEEE JSAC
  /// 20(7), 2002; why it is so good: Fricker, Robert, Roberts: "A versatile and accurate
  /// approximation for LRU cache performance", ITC 2012); for FIFO and Random
  /// Σ pT / (1 + pT) = C (Martina, Garetto, Leonardi: "A unified approach to the performance
  /// analysis of caching systems", INFOCOM 2014). T by GSL's Brent. Objects asked for once are held
  /// for T each, hence T times their share of them.
  ///
  /// - Parameter size: objects, at least 1.
  /// - Returns: nil where GSL finds no T.
  public func approximation(_ stay: Stay, size: Int) -> Approximation? {
    if size >= popularity.objects, onceShare == 0 {
      return Approximation(characteristicTime: .infinity, hitRatio: 1)
    }
    let left = 1 - onceShare
    func excess(_ time: Double) -> Double {
      var held = onceShare * time - Double(size)
      for group in popularity.groups {
        held += Double(group.objects) * stay.odds(left * group.share, time)
      }
      return held
    }
    var low = Double(size)
    var high = 2 * low
    // No more objects come in a time than requests.
    while excess(high) < 0, high < 1e18 {
      low = high
      high *= 2
    }
    guard let time = root(from: low * (1 - 1e-9), to: high, of: excess) else { return nil }
    return Approximation(characteristicTime: time, hitRatio: hitRatio(stay, time))
  }

  /// The share of all requests that are answered where every object stays for a time.
  private func hitRatio(_ stay: Stay, _ time: Double) -> Double {
    let left = 1 - onceShare
    return popularity.groups.reduce(0.0) { sum, group in
      sum + left * group.share * Double(group.objects) * stay.odds(left * group.share, time)
    }
  }

  // MARK: Exact

  /// Work, in objects times places, that an exact answer may take.
  private static let most = 1_000_000

  private var shares: [Double] {
    popularity.groups.flatMap { Array(repeating: $0.share, count: $0.objects) }
  }

  private func isSmall(_ size: Int) -> Bool {
    onceShare == 0 && popularity.objects.multipliedReportingOverflow(by: size).overflow == false
      && popularity.objects * size <= Self.most
  }

  /// LRU: an object is held if since its last request fewer than C others were asked for, a sum of
  /// independent odds 1 - e^(-pt) after a time t, integrated over t (the Poisson-binomial form of
  /// King, "Analysis of demand paging algorithms", IFIP 1971) by GSL.
  ///
  /// - Returns: nil where it would take too long.
  public func exactLRU(size: Int) -> Double? {
    if size >= popularity.objects, onceShare == 0 { return 1 }
    guard isSmall(size), let scale = approximation(.renewed, size: size)?.characteristicTime
    else { return nil }
    let shares = shares
    return integralToInfinity { time in
      let time = time * scale
      let gone = shares.map { expo(-$0 * time) }
      let (_, without) = Self.counts(
        odds: gone.map { 1 - $0 }, weights: zip(shares, gone).map { $0 * $0 * $1 }, most: size)
      return scale * without.prefix(size).reduce(0, +)
    }
  }

  /// FIFO and Random: a set of C objects is held with odds in proportion to the product of their
  /// shares (Gelenbe: "A unified approach to the evaluation of a class of replacement algorithms",
  /// IEEE ToC 22(6), 1973); summed by convolution.
  ///
  /// - Returns: nil where it would take too long.
  public func exactFIFO(size: Int) -> Double? {
    if size >= popularity.objects, onceShare == 0 { return 1 }
    guard isSmall(size), let time = approximation(.fixed, size: size)?.characteristicTime
    else { return nil }
    // Objects held independently with odds pT / (1 + pT), given that C are, are such a set: with
    // any T, but with the characteristic one C is likely and no product runs out of digits.
    let odds = shares.map { Stay.fixed.odds($0, time) }
    let (all, without) = Self.counts(
      odds: odds, weights: zip(shares, odds).map { $0 * $1 }, most: size)
    return without[size - 1] / all[size]
  }

  /// LFU with the frequencies known: the most popular objects are held.
  public func exactLFU(size: Int) -> Double {
    (1 - onceShare) * popularity.share(ofFirst: size)
  }

  /// The odds that k of independent events happen, and Σ w_i P(k of the others happen), for k up to
  /// `most`: one pass over the events, all of whose terms are positive.
  private static func counts(
    odds: [Double], weights: [Double], most: Int
  ) -> (all: [Double], without: [Double]) {
    var all = [Double](repeating: 0, count: most + 1)
    var without = all
    all[0] = 1
    for (event, chance) in odds.enumerated() {
      let weight = weights[event]
      for k in stride(from: min(most, event + 1), to: 0, by: -1) {
        without[k] =
          without[k] * (1 - chance) + without[k - 1] * chance + weight * all[k]
        all[k] = all[k] * (1 - chance) + all[k - 1] * chance
      }
      without[0] = without[0] * (1 - chance) + weight * all[0]
      all[0] *= 1 - chance
    }
    return (all, without)
  }
}
