import Simulation

/// The books of guarded tiers.
extension FeedSystem {
  var callsUnderWay: Int { calls.rows.count }

  func callBalances() -> [Check] {
    TierName.allCases.filter { calls.guards($0) }.flatMap { tier in
      [flowBalance(tier), outcomeBalance(tier)]
    }
  }

  private func flowBalance(_ tier: TierName) -> Check {
    let balance = calls.tiers[tier.rawValue].pool.balance(at: stoppedAt)
    let counts = calls.tiers[tier.rawValue].counts
    return Check(
      name: "flow balance: \(tier.metric)",
      passed: balance.holds && counts.visits == balance.arrivals + counts.unplaced,
      detail: "\(balance.arrivals) in = \(balance.departures) out + \(balance.abandoned) gone "
        + "+ \(balance.inside) inside; ∫N \(balance.area) = \(balance.bookedArea) ns")
  }

  /// Made = answered + failed + under way; and none that has failed is forgotten.
  private func outcomeBalance(_ tier: TierName) -> Check {
    let counts = calls.tiers[tier.rawValue].counts
    var (underWay, inside) = (0, 0)
    for id in calls.rows.live() where calls.rows[id].tier == tier {
      let row = calls.rows[id]
      underWay += row.state != .over && row.state != .paused ? 1 : 0
      inside += row.isInside && row.state != .over ? 1 : 0
    }
    let failed = counts.failedInAll
    return Check(
      name: "calls: \(tier.metric)",
      passed: counts.made == counts.answered + failed + counts.cancelled + underWay
        && inside == calls.tiers[tier.rawValue].underWay.reduce(0, +),
      detail: "\(counts.made) made = \(counts.answered) answered + \(failed) failed "
        + "+ \(counts.cancelled) taken back + \(underWay) under way; "
        + "\(counts.retried) of those that failed are made again")
  }
}
