import Settings
import Simulation

/// A network between the tiers that loses a share of the calls: their callers hear nothing until
/// they give up. Calls of shards, which are asked over links of their own, are not lost.
public struct NetworkLoss: Fault {
  public static let name = "network-loss"
  public static let summary = "a share of the calls between tiers is lost without a word"

  let share: Double
  let timeout: Duration
  let tier: TierName?

  public init(_ parameters: inout Parameters) throws {
    share = try parameters.require("share", .share(), "Of the calls, that are lost.")
    if share == 0 { throw parameters.error("is none; leave the fault out", key: "share") }
    tier = try parameters.read(
      "tier", .choice(TierName.allCases.map { ($0.key, $0) }),
      "Whose calls; those of all tiers if not given.")
    timeout = try parameters.read(
      "timeout", .duration(in: .milliseconds(1)...(.seconds(3600))), default: .seconds(1),
      "After which a caller without a timeout of its own takes a lost call for failed.")
  }

  public var guardedTiers: [TierName] {
    tier.map { [$0] } ?? TierName.allCases.filter { !$0.isSharded }
  }

  public func check(_ design: Design, _ source: Parameters) throws {
    guard let tier else { return }
    if tier.isSharded {
      throw source.error("is \(tier.key), whose shards' calls are not lost", key: "tier")
    }
    try design.check(tier, source)
  }

  public func begin(_ id: UInt32, _ system: FeedSystem) {
    system.faults.network.lose(id, of: tier, share: share, timeout: timeout)
  }

  public func end(_ id: UInt32, _ system: FeedSystem) { system.faults.network.mend(id) }
}

extension FeedSystem {
  /// What the network adds to a round trip between tiers now.
  @inline(__always)
  var callDelay: Duration { faults.network.callDelay }

  /// Whether the network loses a call that is made now.
  ///
  /// - Parameter key: tells the call from all others.
  @inline(__always)
  func isLost(_ tier: TierName, key: UInt64) -> Bool {
    guard faults.network.losesCalls else { return false }
    var draws = RandomStream(seed: seed, purpose: Purpose.networkLoss.rawValue, entity: key)
    return draws.uniform() < faults.network.loss(of: tier)
  }

  /// After which a caller without a timeout of its own takes a lost call for failed.
  var lostCallTimeout: Duration { faults.network.timeout }
}
