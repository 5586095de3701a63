import Settings
import Simulation

/// Requests to a cache that are independent of one another, objects by a Zipf law.
public struct CacheWorkload: Sendable {
  public var objects: Int
  public var exponent: Double
  /// The share of the requests that ask for an object nobody asks for again.
  public var onceShare = 0.0
  /// nil where objects are valid for ever; reads only.
  public var lifetime: Lifetime?

  public init(objects: Int, exponent: Double) {
    self.objects = objects
    self.exponent = exponent
  }
}

/// One cache under a workload.
public struct CacheCase: Sendable {
  public var policy: any CachePolicy.Type
  /// In objects; nil for room for all.
  public var size: Int?

  public init(_ policy: any CachePolicy.Type, size: Int?) {
    self.policy = policy
    self.size = size
  }

  /// Approximations see a fixed or a renewed time in LRU, FIFO and Random only.
  var stay: CacheTheory.Stay? {
    switch policy {
    case is LRU.Type: .renewed
    case is FIFO.Type, is RandomEviction.Type: .fixed
    default: nil
    }
  }

  var isSliding: Bool { policy is SlidingTTL.Type }
}

/// What is known of a cache's miss ratio: of the reads.
public struct CacheAnswer: Sendable {
  public let policy: String
  public let size: Int?
  /// nil where it would take too much memory.
  public let simulated: Estimate?
  public let exact: Double?
  /// What the exact value is from.
  public let formula: String
  /// Che's.
  public let approximation: Double?
  public let characteristicTime: Double?
  /// Objects held in the mean, where all have room; nil otherwise.
  public let held: Double?

  /// What the approximation is off by, from the exact value or from the simulated one.
  public var error: Double? {
    guard let approximation, let truth = exact ?? simulated?.value else { return nil }
    return approximation - truth
  }
}

/// Caches under one workload: simulated over independent replications, which are the same for all
/// of them, beside exact values and approximations where there are any.
public struct CacheStudy: Sendable {
  public let workload: CacheWorkload
  /// Measured in each replication; nil for what the cache takes to forget its start, at least
  /// 100,000.
  public var requests: Int?
  public var replications = 10
  public var seed: UInt64 = 42
  private let theory: CacheTheory

  /// More objects are not simulated.
  static let most = 20_000_000
  /// Requests that a warm-up has at most.
  static let longest = 5e7

  public init(_ workload: CacheWorkload) {
    self.workload = workload
    theory = CacheTheory(
      Popularity(zipf: workload.exponent, objects: workload.objects),
      onceShare: workload.onceShare)
  }

  public func run(_ cases: [CacheCase], threads: Int) throws -> [CacheAnswer] {
    var estimates = [Estimate?](repeating: nil, count: cases.count)
    if workload.objects <= Self.most {
      let plans = cases.map { plan(for: $0) }
      let draw = CacheRequests(
        workload,
        draws: replications * plans.reduce(0) { $0 + $1.warmUp + $1.requests })
      let values = try parallelMap(
        count: cases.count * replications, threads: threads, local: {},
        { index, _ in
          let (number, replication) = (index / replications, index % replications)
          var run = CacheRun(
            cases[number], workload, draw,
            seed: seed, replication: UInt64(replication), plans[number])
          return try run.missRatio()
        })
      for number in cases.indices {
        let each = values[(number * replications)..<((number + 1) * replications)]
        estimates[number] = .mean(of: Array(each))
      }
    }
    return zip(cases, estimates).map(answer)
  }

  /// A cache of LRU has forgotten its start when it has been filled; others when what it held then
  /// has gone, exponentially in FIFO's characteristic time (the slowest object's relaxation), or in
  /// the lifetime. Where all fit for ever, they are there from the start: see `CacheRun`.
  private func plan(for one: CacheCase) -> CacheRun.Plan {
    let time =
      one.size.flatMap { theory.approximation(.fixed, size: $0)?.characteristicTime }
      ?? .infinity
    let lifetime = workload.lifetime?.lengths.map(\.length).max() ?? .infinity
    let forgets = min(time, lifetime)
    guard one.size != nil, forgets < .infinity else {
      return CacheRun.Plan(warmUp: 0, requests: requests ?? 1_000_000)
    }
    let warmUp = Int(min(10 * forgets, Self.longest))
    return CacheRun.Plan(warmUp: warmUp, requests: requests ?? max(100_000, warmUp))
  }

  private func answer(_ one: CacheCase, _ simulated: Estimate?) -> CacheAnswer {
    var exact: (hits: Double, formula: String)?
    var approximation: CacheTheory.Approximation?
    var held: Double?
    if let size = one.size {
      if workload.lifetime == nil {
        exact = exactHits(one, size: size)
        approximation = one.stay.flatMap { theory.approximation($0, size: size) }
      }
    } else if var lifetime = workload.lifetime {
      lifetime.isSliding = one.isSliding
      exact = (theory.hitRatio(lifetime), "Fofack")
      held = theory.held(lifetime)
    } else {
      exact = (1 - workload.onceShare, "all fit")
    }
    return CacheAnswer(
      policy: one.policy.name, size: one.size, simulated: simulated,
      exact: exact.map { 1 - $0.hits }, formula: exact?.formula ?? "",
      approximation: approximation.map { 1 - $0.hitRatio },
      characteristicTime: approximation?.characteristicTime, held: held)
  }

  private func exactHits(_ one: CacheCase, size: Int) -> (hits: Double, formula: String)? {
    switch one.policy {
    case is LFU.Type: (theory.exactLFU(size: size), "the most popular")
    case is LRU.Type: theory.exactLRU(size: size).map { ($0, "King") }
    case is FIFO.Type, is RandomEviction.Type:
      theory.exactFIFO(size: size).map { ($0, "Gelenbe") }
    default: nil
    }
  }
}
