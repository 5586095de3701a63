import Simulation

/// What a follower graph looks like, in the figures that decide what a feed costs.
public struct GraphStatistics: Sendable {
  /// One side of the follows: how many followers, or followees, users have.
  public struct Side: Sendable {
    public let mean: Double
    public let median: Double
    public let p90: Int
    public let p99: Int
    public let p999: Int
    public let maximum: Int
    /// Share of users with none.
    public let none: Double
    /// 0 where all have the same, towards 1 where one has all.
    public let gini: Double
    /// Share of all follows that the 1 % of users with most of them take part in.
    public let topPercentShare: Double
    /// nil where there is too little to fit.
    public let powerLaw: PowerLawFit?
  }

  public let users: Int
  /// Distinct follows, without self-loops.
  public let edges: Int
  public let selfLoops: Int
  public let duplicates: Int
  public let followers: Side
  public let following: Side
  /// Share of follows that are returned.
  public let reciprocity: Double

  public init(_ graph: FollowerGraph) {
    users = graph.userCount
    edges = graph.edgeCount
    selfLoops = graph.selfLoops
    duplicates = graph.duplicates
    let ids = 0..<UInt32(graph.userCount)
    followers = Side(ids.map { graph.followerCount(of: $0) })
    following = Side(ids.map { graph.followeeCount(of: $0) })
    var returned = 0
    for user in ids {
      returned += Self.common(graph.followers(of: user), graph.followees(of: user))
    }
    reciprocity = edges > 0 ? Double(returned) / Double(edges) : 0
  }

  /// How many values two ascending rows share; the shorter one leads through the longer.
  private static func common(
    _ a: UnsafeBufferPointer<UInt32>, _ b: UnsafeBufferPointer<UInt32>
  ) -> Int {
    if a.count > b.count { return common(b, a) }
    var found = 0
    var start = 0
    for value in a {
      // Doubling steps: long rows against short ones cost only a logarithm each.
      var step = 1
      while start + step < b.count, b[start + step] < value { step *= 2 }
      var low = start + step / 2
      var high = min(start + step + 1, b.count)
      while low < high {
        let middle = (low + high) / 2
        if b[middle] < value { low = middle + 1 } else { high = middle }
      }
      start = low
      guard start < b.count else { break }
      found += b[start] == value ? 1 : 0
    }
    return found
  }
}

extension GraphStatistics.Side {
  init(_ counts: [Int]) {
    var frequencies = [Int](repeating: 0, count: (counts.max() ?? 0) + 1)
    for count in counts { frequencies[count] += 1 }
    let histogram = frequencies.enumerated().filter { $0.element > 0 }
      .map { (value: $0.offset, frequency: $0.element) }
    let users = counts.count
    let total = counts.reduce(0, +)
    mean = users > 0 ? Double(total) / Double(users) : 0
    median =
      users > 0
      ? Double(Self.ranked((users - 1) / 2, histogram) + Self.ranked(users / 2, histogram)) / 2
      : 0
    p90 = Self.quantile(0.9, histogram, users)
    p99 = Self.quantile(0.99, histogram, users)
    p999 = Self.quantile(0.999, histogram, users)
    maximum = histogram.last?.value ?? 0
    none = users > 0 ? Double(frequencies[0]) / Double(users) : 0
    gini = Self.gini(histogram, users: users, total: total)
    topPercentShare = Self.topShare(histogram, users: users, total: total)
    powerLaw = PowerLawFit(histogram)
  }

  private typealias Histogram = [(value: Int, frequency: Int)]

  /// The value at a rank from 0, ascending.
  private static func ranked(_ rank: Int, _ histogram: Histogram) -> Int {
    var below = 0
    for (value, frequency) in histogram {
      below += frequency
      if below > rank { return value }
    }
    return histogram.last?.value ?? 0
  }

  /// The smallest value with at least a share q of users at or below it.
  private static func quantile(_ q: Double, _ histogram: Histogram, _ users: Int) -> Int {
    let rank = (q * Double(users) - 1e-9).rounded(.up)
    return ranked(max(Int(rank) - 1, 0), histogram)
  }

  /// Σ (2 rank - n - 1) k / (n Σ k), ranks from 1 by ascending k.
  private static func gini(_ histogram: Histogram, users: Int, total: Int) -> Double {
    guard total > 0 else { return 0 }
    var below = 0.0
    var sum = 0.0
    let n = Double(users)
    for (value, frequency) in histogram {
      let count = Double(frequency)
      sum += Double(value) * count * (2 * below + count - n)
      below += count
    }
    return sum / (n * Double(total))
  }

  private static func topShare(_ histogram: Histogram, users: Int, total: Int) -> Double {
    guard total > 0 else { return 0 }
    var left = max(Int((0.01 * Double(users)).rounded()), 1)
    var held = 0
    for (value, frequency) in histogram.reversed() {
      let taken = min(left, frequency)
      held += taken * value
      left -= taken
      if left == 0 { break }
    }
    return Double(held) / Double(total)
  }
}
