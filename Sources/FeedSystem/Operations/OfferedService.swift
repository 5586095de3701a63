import Settings
import Simulation

/// Service that was asked for, in sums that have an end: 2^62 ns of server time are 146 years.
extension FeedSystem {
  /// Server time that a tier is asked for in a run, at most.
  static let longestService = Duration(nanoseconds: 1 << 62)

  /// Books a service that a tier is asked for, and says how much of it is given: all of it, or
  /// none where what has been asked for would no longer be counted right. From then on the run goes
  /// on without that tier's services, to be thrown away: see `checkService`.
  @inline(__always)
  func offer(_ service: Duration, to tier: Int) -> Duration {
    let sum = offered[tier].nanoseconds &+ service.nanoseconds
    guard UInt64(bitPattern: sum) <= UInt64(Self.longestService.nanoseconds) else {
      tierBeyondCount = tierBeyondCount ?? TierName.allCases[tier]
      return .zero
    }
    offered[tier] = Duration(nanoseconds: sum)
    return service
  }

  /// The same of a server that is kept for some more times the service.
  func keep(_ service: Duration, for times: Int, of tier: Int) -> Duration {
    let (kept, isTooLong) = service.nanoseconds.multipliedReportingOverflow(by: Int64(times))
    return offer(Duration(nanoseconds: isTooLong ? .max : kept), to: tier)
  }

  /// - Throws: `InvalidInput` where a tier was asked for more server time than is counted.
  public func checkService() throws {
    var tier = tierBeyondCount
    for sharded in TierName.allCases where shards(of: sharded, { $0.isBeyondCount }) == true {
      tier = tier ?? sharded
    }
    for index in 0..<cellQueues.count where cellQueues[index].isBeyondCount {
      tier = tier ?? TierName.allCases[index]
    }
    guard let tier else { return }
    throw InvalidInput(
      "is asked for more server time than can be counted (146 years): more servers, shorter "
        + "visits or fewer users", path: "tiers.\(tier.key)")
  }
}
