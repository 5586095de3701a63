import Simulation

/// Discounted cumulative gain of the first 5 and the first 20 places: Σ gainₖ / log₂(1 + k)
/// (Järvelin, Kekäläinen: "Cumulated gain-based evaluation of IR techniques", ACM TOIS 2002,
/// section 2.2, with the logarithm's argument one greater, so that the second place counts less
/// than the first).
public struct DiscountedGain: Sendable, Equatable, BitwiseCopyable {
  public var first5 = 0.0
  public var first20 = 0.0

  public static let places = 20

  private static let discounts: [Double] = (1...places).map { ln(2) / ln(Double($0) + 1) }

  public init() {}

  /// - Parameter gains: in the order of places; those below 0 count as 0.
  public init(_ gains: some Sequence<Float>) {
    for (index, gain) in gains.prefix(DiscountedGain.places).enumerated() {
      let part = Double(max(gain, 0)) * DiscountedGain.discounts[index]
      if index < 5 { first5 += part }
      first20 += part
    }
  }

  /// The share of what was possible; at most 1, as what was shown is possible.
  func normalised(by best: DiscountedGain) -> DiscountedGain {
    var share = DiscountedGain()
    share.first5 = best.first5 > 0 ? min(1, first5 / best.first5) : 1
    share.first20 = best.first20 > 0 ? min(1, first20 / best.first20) : 1
    return share
  }
}

/// The greatest of many gains, rising to the front as they come.
struct BestGains {
  private(set) var gains: [Float] = []

  init() { gains.reserveCapacity(DiscountedGain.places + 1) }

  mutating func add(_ gain: Float) {
    if gains.count == DiscountedGain.places {
      guard gain > gains[gains.count - 1] else { return }
      gains.removeLast()
    }
    var place = gains.count
    gains.append(gain)
    while place > 0, gains[place - 1] < gain {
      gains[place] = gains[place - 1]
      place -= 1
    }
    gains[place] = gain
  }
}

extension FeedSystem {
  /// One ranked feed in so many is held against the best order: to know it takes the worth of every
  /// candidate, which costs more than ranking them.
  static let feedsPerQuality: UInt64 = 8

  /// The best that a ranking of the candidates could bring, by what the viewer truly makes of them:
  /// the expected worth of each when it is looked at, nothing for what the viewer has looked at
  /// before. Nil where it is not asked: without a world, for all but a few of the measured first
  /// pages, and where nothing is worth anything.
  func optimum(for row: LoadRow) -> DiscountedGain? {
    guard let world, row.offset == 0, row.madeFor == nil,
      window.contains(row.opened.nanoseconds),
      mix64(row.key) % FeedSystem.feedsPerQuality == 0
    else { return nil }
    let context = rankingContext(for: row.viewer)
    let view = world.viewpoint(of: row.viewer, at: nowMilliseconds)
    var best = BestGains()
    let ids = lists[row.list]
    for index in 0..<Int(row.count) {
      best.add(context.worth(of: ids[index], in: world, to: view))
    }
    let gain = DiscountedGain(best.gains)
    return gain.first20 > 0 ? gain : nil
  }

  /// Books the normalised gain of a feed that has been ranked.
  func noteQuality(of row: LoadRow, _ optimum: DiscountedGain) {
    guard let world else { return }
    let context = rankingContext(for: row.viewer)
    let view = world.viewpoint(of: row.viewer, at: nowMilliseconds)
    let ids = lists[row.list]
    let shown = min(Int(row.count), DiscountedGain.places)
    let gain = DiscountedGain(
      (0..<shown).lazy.map { context.worth(of: ids[$0], in: world, to: view) })
    let share = gain.normalised(by: optimum)
    measurements.engagement.ranked += 1
    measurements.engagement.quality.first5 += share.first5
    measurements.engagement.quality.first20 += share.first20
    experiment?.noteQuality(share.first20, of: row.viewer, at: now)
  }

  /// What ranking stages may look at for a viewer now.
  /// - Parameter arm: the viewer's, or what it was as ranking began.
  func rankingContext(for viewer: UInt32, arm: Int = 0) -> RankingContext {
    learning?.isMeasuring = measuring
    return RankingContext(
      viewer: viewer, nowMilliseconds: nowMilliseconds, posts: posts, affinity: affinity,
      world: world, judged: judged, learner: learning?.learners[arm])
  }
}
