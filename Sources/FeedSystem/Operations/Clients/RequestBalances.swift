/// The books of requests.
extension FeedSystem {
  /// Rows of requests that something will still come back to.
  var requestsUnderWay: Int { clients.requests.count }

  /// Of each kind: opened = answered + failed + under way, those under way counted in their rows;
  /// attempts = opened + retries; failed = Σ failed by cause; and no request is carried out twice
  /// that says it is the same.
  func requestBalances() -> [Check] {
    guard clients.isUsed else { return [] }
    let rows = clients.requests.live().map { clients.requests[$0] }
    return RequestKind.allCases.map { kind in
      let counts = clients.measurements.total(kind)
      let underWay = rows.count { $0.kind == kind && !$0.isEnded }
      let causes = counts.causes.reduce(0, +)
      let isOnce = clients.settings?.isIdempotent == false || counts.doubled == 0
      return Check(
        name: "request balance: \(kind)",
        passed: counts.opened == counts.answered + counts.failed + underWay
          && counts.attempts == counts.opened + counts.retries && counts.failed == causes && isOnce,
        detail: "\(counts.opened) opened = \(counts.answered) answered + \(counts.failed) failed "
          + "+ \(underWay) under way; \(counts.attempts) attempts = those + "
          + "\(counts.retries) retries; \(causes) failed by cause; \(counts.doubled) doubled")
    } + [serverTimeBalance()]
  }

  /// Σ server time of attempts, by who was shown what they made, is that of all of them.
  private func serverTimeBalance() -> Check {
    let (all, wasted) = (clients.measurements.serverTime, clients.measurements.wastedTime)
    return Check(
      name: "request balance: server time", passed: wasted >= .zero && wasted <= all,
      detail: "\(wasted.nanoseconds) ns in vain of \(all.nanoseconds) ns")
  }
}
