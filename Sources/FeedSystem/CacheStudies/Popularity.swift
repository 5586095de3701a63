import Simulation

/// How often each object is asked for where requests are independent of one another, in groups of
/// objects that are asked for alike.
public struct Popularity: Sendable, Equatable {
  public struct Group: Sendable, Equatable {
    /// Of the requests, for each object.
    public var share: Double
    public var objects: Int
  }

  /// By falling share.
  public let groups: [Group]
  public let objects: Int

  /// Up to so many objects of a Zipf law have their own share.
  private static let single = 100_000

  /// A Zipf law: the object of rank r has the share r^-α / Σ k^-α. Beyond the first 100,000 ranks,
  /// groups of ranks that differ by a ten-thousandth have their mean share.
  ///
  /// - Parameters:
  ///   - exponent: 0 or more.
  ///   - objects: at least 1.
  public init(zipf exponent: Double, objects: Int) {
    self.objects = objects
    var groups: [Group] = []
    groups.reserveCapacity(min(objects, Self.single))
    var rank = 1
    while rank <= min(objects, Self.single) {
      groups.append(Group(share: power(Double(rank), -exponent), objects: 1))
      rank += 1
    }
    while rank <= objects {
      let count = min(rank / 10_000, objects - rank + 1)
      // The middle of the group: its mean to a 10^-9 of itself.
      let middle = Double(rank) + Double(count - 1) / 2
      groups.append(Group(share: power(middle, -exponent), objects: count))
      rank += count
    }
    self.groups = Self.normalised(groups)
  }

  /// As often as in a trace.
  public init(_ trace: Trace) {
    objects = trace.objects
    var counts = [Int](repeating: 0, count: trace.objects)
    for key in trace.keys { counts[Int(key)] += 1 }
    counts.sort(by: >)
    var groups: [Group] = []
    for count in counts {
      if groups.last?.share == Double(count) {
        groups[groups.count - 1].objects += 1
      } else {
        groups.append(Group(share: Double(count), objects: 1))
      }
    }
    self.groups = Self.normalised(groups)
  }

  private static func normalised(_ groups: [Group]) -> [Group] {
    // The small ones first, so that none is lost beside the sum.
    let total = groups.reversed().reduce(0.0) { $0 + $1.share * Double($1.objects) }
    return groups.map { Group(share: $0.share / total, objects: $0.objects) }
  }

  /// The share of the requests that go to the most popular objects.
  public func share(ofFirst count: Int) -> Double {
    var left = count
    var sum = 0.0
    for group in groups where left > 0 {
      sum += group.share * Double(min(left, group.objects))
      left -= group.objects
    }
    return min(sum, 1)
  }
}
