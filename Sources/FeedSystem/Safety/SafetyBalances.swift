import Simulation

/// The books of moderation.
extension FeedSystem {
  func moderationBalances() -> [Check] {
    guard moderation.isUsed else { return [] }
    let m = decisionCounts()
    let underWay = moderation.rows.live().count { moderation.rows[$0].course == .first }
    let balance = moderation.reviewers.balance(at: stoppedAt)
    return [
      Check(
        name: "flow balance: moderation",
        passed: m.opened == m.decided + underWay && m.decided == m.byStation,
        detail: "\(m.opened) posts = \(m.decided) decided + \(underWay) under way; decided = "
          + "\(m.byHash) by hash + \(m.byModel) by model + \(m.byScan) by scan "
          + "+ \(m.byReview) by reviewers + \(m.byDefault) let pass"),
      Check(
        name: "flow balance: reviewers", passed: balance.holds,
        detail: "\(balance.arrivals) in = \(balance.departures) out + \(balance.inside) inside; "
          + "∫N \(balance.area) = \(balance.bookedArea) ns"),
      standingBalance(),
    ]
  }

  private struct DecisionCounts {
    var opened, decided, byHash, byModel, byScan, byReview, byDefault: Int
    var byStation: Int { byHash + byModel + byScan + byReview + byDefault }
  }

  private func decisionCounts() -> DecisionCounts {
    DecisionCounts(
      opened: moderation.measurements.opened, decided: moderation.measurements.decided,
      byHash: moderation.measurements.byHash, byModel: moderation.measurements.byModel,
      byScan: moderation.measurements.byScan, byReview: moderation.measurements.byReview,
      byDefault: moderation.measurements.byDefault)
  }

  /// What was counted decision by decision against where the measured posts stand, and those that
  /// were never published.
  private func standingBalance() -> Check {
    var (removed, reduced, missed) = (0, 0, 0)
    let stored = UInt32(historyCount)..<UInt32(max(posts.count, historyCount))
    for post in stored where posts[post].measured != 0 {
      switch moderation.standing(of: post) {
      case .open: break
      case .passed: missed += moderation.isHarmful(post) ? 1 : 0
      case .reduced: reduced += 1
      case .removed: removed += 1
      }
    }
    // Held back until an appeal is decided.
    let held = moderation.rows.live().count {
      let row = moderation.rows[$0]
      return row.course == .appeal && row.publication != PostStore.none && row.measured
    }
    let withheld = moderation.measurements.withheldMeasured + held
    let counted = moderation.measurements.removed
    let others = (moderation.measurements.reduced, moderation.measurements.missed)
    // A post that was let pass before its publication may still be on its way to the store.
    let agree =
      moderation.settings?.when == .before
      ? others.0 >= reduced && others.1 >= missed : others == (reduced, missed)
    return Check(
      name: "moderation standings", passed: counted == removed + withheld && agree,
      detail: "\(counted) removed = \(removed) of those published + \(withheld) withheld; "
        + "\(others.0) reduced, \(others.1) missed")
  }
}
