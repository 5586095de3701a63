import Simulation

@testable import FeedSystem

/// The cost of writing and reading a feed by a threshold, in closed form.
///
/// An author with k followers posts λ(k) = c √k times a day. Pushed, each post is an insert into k
/// timelines, at H each: λ(k) k H a day. Pulled, each of the k followers looks the author up in
/// each of r loads a day, at L each: k r L. So an author is to be pushed as long as λ(k) H < r L,
/// and whoever the authors are, the best threshold is the k at which λ(k) H = r L.
final class PushThreshold {
  /// Follower counts are drawn by it; the threshold is looked for below `highest`.
  static let law = ZetaLaw(exponent: 2.276, maximum: 1_000_000)
  static let authors = 1_000_000.0
  static let loadsPerDay = 20.0
  static let postsPerDay = 0.5
  static let lowest = 10
  static let highest = 10_000

  /// Posts a day of an author with k followers, so that all together post `postsPerDay` each.
  static func posts(_ k: Int) -> Double {
    postsPerDay * Double(k).squareRoot() / law.moment(0.5)
  }

  let optimum: Double
  /// What an insert and what a look-up cost.
  let insert = 1.0
  let lookUp: Double
  /// Days that a replication sees.
  let days: Double
  private let seed: UInt64
  /// Follower count → authors, the same in all replications.
  private var counts: [(k: Int, authors: Double)] = []
  /// What the authors beyond `highest` cost, who are always pulled.
  private let rest: Double
  /// Replication → follower count → cost with the threshold there.
  private var costs: [[Double]] = []
  private let poisson = PoissonDraw()
  private let ziggurat = Ziggurat.exponential

  init(optimum: Double, days: Double, seed: UInt64) {
    self.optimum = optimum
    self.days = days
    self.seed = seed
    let perRoot = Self.postsPerDay / Self.law.moment(0.5)
    lookUp = perRoot * optimum.squareRoot() * insert / Self.loadsPerDay
    var stream = RandomStream(seed: seed, purpose: 1)
    var known = 0.0
    for k in 1..<Self.highest {
      let share = Self.law.tail(from: k) - Self.law.tail(from: k + 1)
      known += share * Double(k)
      let count = poisson.next(mean: Self.authors * share, &stream, ziggurat)
      if count > 0 { counts.append((k, Double(count))) }
    }
    rest = Self.authors * (Self.law.mean - known) * Self.loadsPerDay * lookUp * days
  }

  /// The entries written and the authors looked up in a day, as expected over all populations.
  func expected(_ threshold: Int) -> (writes: Double, fetches: Double) {
    var writes = 0.0
    var pulled = Self.law.mean
    for k in 1..<threshold {
      let share = Self.law.tail(from: k) - Self.law.tail(from: k + 1)
      writes += share * Self.posts(k) * Double(k)
      pulled -= share * Double(k)
    }
    return (Self.authors * writes, Self.authors * pulled * Self.loadsPerDay)
  }

  /// What a replication saw with authors below the threshold pushed.
  func cost(_ threshold: Double, replication: Int) -> Double {
    while costs.count <= replication { costs.append(replicate(costs.count)) }
    return costs[replication][min(max(Int(threshold.rounded(.up)), 0), Self.highest)]
  }

  /// Posts and loads are Poisson, and the same for every threshold.
  private func replicate(_ index: Int) -> [Double] {
    var stream = RandomStream(seed: seed, purpose: 2, entity: UInt64(index))
    var change = [Double](repeating: 0, count: Self.highest + 1)
    var reads = rest
    for (k, authors) in counts {
      let posts = poisson.next(mean: authors * Self.posts(k) * days, &stream, ziggurat)
      let loads = poisson.next(
        mean: authors * Double(k) * Self.loadsPerDay * days, &stream, ziggurat)
      reads += Double(loads) * lookUp
      // From the threshold k + 1 on they are pushed.
      change[k + 1] = Double(posts * k) * insert - Double(loads) * lookUp
    }
    var costs = change
    var sum = reads
    for threshold in costs.indices {
      sum += change[threshold]
      costs[threshold] = sum
    }
    return costs
  }
}
