import Simulation

/// How feeds have fared since it was last read.
struct FeedMeter: ~Copyable {
  /// Fewer loads have no p99 to speak of.
  static let loadsForTail = 10

  private var latency = CoarseHistograms(count: 1)
  private var failures = 0

  mutating func answered(after latency: Duration) { self.latency.record(latency, in: 0) }
  mutating func failed() { failures += 1 }
  /// The last failure was none.
  mutating func pardon() { failures -= 1 }

  /// What it shows; it begins anew.
  mutating func take() -> Readings {
    let answered = Int(latency[0].count)
    let ended = answered + failures
    var readings = Readings()
    if answered >= Self.loadsForTail {
      readings.p99 = Duration(seconds: latency.quantile(0.99, of: 0) / 1e9)
    }
    if ended > 0 { readings.errors = Double(failures) / Double(ended) }
    latency.clear(0)
    failures = 0
    return readings
  }
}

/// How busy tiers have been since they were last looked at.
struct TierMeter: Sendable {
  private var busy: [Duration]
  private var serverTime: [Double]

  init() {
    busy = TierName.allCases.map { _ in .zero }
    serverTime = TierName.allCases.map { _ in 0 }
  }

  /// The share of a tier's servers' time that was used.
  ///
  /// - Parameters: both since the run's start; `serverTime` in nanoseconds.
  mutating func take(_ tier: TierName, busy used: Duration, serverTime time: Double) -> Double? {
    defer {
      busy[tier.rawValue] = used
      serverTime[tier.rawValue] = time
    }
    let had = time - serverTime[tier.rawValue]
    guard had > 0 else { return nil }
    // Servers that have gone finish what they serve.
    return min(1, max(0, Double((used - busy[tier.rawValue]).nanoseconds) / had))
  }
}

/// What is looked at with one period, and by whom.
struct ControlWatch: ~Copyable {
  let every: Duration
  var feeds = FeedMeter()
  var tiers = TierMeter()

  init(every: Duration) { self.every = every }
}
