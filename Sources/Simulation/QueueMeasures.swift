/// What one replication found out about one quantity.
public struct MetricSample: Sendable {
  /// Observations; 0 for a share or a rate.
  public var count: UInt64 = 0
  public var mean: Double
  public var variance: Double?
  /// At `QueueModel.quantiles`; empty where the quantity has none.
  public var quantiles: [Double] = []

  init(_ mean: Double) { self.mean = mean }

  init(count: UInt64, mean: Double, variance: Double?, quantiles: [Double]) {
    self.count = count
    self.mean = mean
    self.variance = variance
    self.quantiles = quantiles
  }
}

/// One replication of a queue.
public struct QueueReplication: Sendable {
  public var samples: [String: MetricSample] = [:]
  /// A hash over every departure in its order.
  public var fingerprint: UInt64
  /// Whether the books of arrivals and departures agree.
  public var balanced: Bool
}

/// Times of one kind: their distribution and the sum of their squares.
struct TimeTally: ~Copyable {
  var histogram = Histogram()
  /// In square nanoseconds, modulo 2^128.
  private var squares = UInt128(0)

  @inline(__always)
  mutating func record(_ nanoseconds: Int64) {
    histogram.record(nanoseconds)
    let magnitude = UInt128(UInt64(max(nanoseconds, 0)))
    squares &+= magnitude &* magnitude
  }

  /// Σ (x - mean)² over the count, in square seconds. The squares around the mean's whole
  /// nanosecond are exact, since what overflows on the way cancels: a difference of large sums
  /// in floating point would leave nothing of a small variance.
  private var variance: Double {
    let count = UInt128(histogram.count)
    guard count > 0 else { return 0 }
    let (whole, rest) = histogram.total.quotientAndRemainder(dividingBy: count)
    let around = squares &- 2 &* whole &* histogram.total &+ count &* whole &* whole
    let share = Double(rest) / Double(count)
    return max(Double(around) / Double(count) - share * share, 0) * 1e-18
  }

  /// Σ in seconds.
  var sum: Double { histogram.sum * 1e-9 }

  /// In seconds.
  func sample() -> MetricSample {
    MetricSample(
      count: histogram.count, mean: histogram.mean * 1e-9, variance: variance,
      quantiles: QueueModel.quantiles.map { histogram.quantile($0.q) * 1e-9 })
  }
}

/// How long a queue held each number of jobs.
struct Occupancy: ~Copyable {
  private var dwell: [Int64] = [Int64](repeating: 0, count: 64)
  private(set) var number = 0
  private var clock: Int64 = 0
  private var measuring = false

  /// The number changes; the time since the last change is booked while measuring.
  @inline(__always)
  mutating func change(by step: Int, at time: Int64) {
    if measuring {
      if number >= dwell.count { grow() }
      dwell[number] &+= time &- clock
      clock = time
    }
    number &+= step
  }

  mutating func begin(at time: Int64) {
    measuring = true
    clock = time
  }

  mutating func end(at time: Int64) {
    change(by: 0, at: time)
    measuring = false
  }

  private mutating func grow() {
    dwell.append(contentsOf: repeatElement(0, count: max(dwell.count, number + 1 - dwell.count)))
  }

  func sample() -> MetricSample {
    let total = dwell.reduce(0.0) { $0 + Double($1) }
    guard total > 0 else { return MetricSample(0) }
    var mean = 0.0
    for (number, time) in dwell.enumerated() { mean += Double(number) * Double(time) / total }
    var variance = 0.0
    for (number, time) in dwell.enumerated() where time > 0 {
      let distance = Double(number) - mean
      variance += distance * distance * Double(time) / total
    }
    let quantiles = QueueModel.quantiles.map { quantile in
      var seen = 0.0
      for (number, time) in dwell.enumerated() {
        seen += Double(time)
        if seen >= quantile.q * total { return Double(number) }
      }
      return Double(dwell.count - 1)
    }
    return MetricSample(count: 0, mean: mean, variance: variance, quantiles: quantiles)
  }
}

/// What the random streams of a queue decide.
enum QueuePurpose {
  static let gaps: UInt64 = 0x5101
  static let services: UInt64 = 0x5102
  static let batches: UInt64 = 0x5103
  static let breaks: UInt64 = 0x5104
  static let patience: UInt64 = 0x5105
  static let returns: UInt64 = 0x5106
  static let stages: UInt64 = 0x5107
}

extension QueueDesign.Batch {
  func draw(_ stream: inout RandomStream) -> Int {
    switch self {
    case .fixed(let count): return count
    case .geometric(let mean):
      guard mean > 1 else { return 1 }
      return 1 + Int(min(ln(stream.openUniform()) / ln(1 - 1 / mean), 1e9))
    }
  }
}
