import Simulation

extension FeedSystem {
  /// The laws of live updates and notifications; none where the scenario has neither.
  func liveBalance() -> [Check] {
    var checks: [Check] = []
    if design.live != nil { checks += [updateBalance(), connectionBalance()] }
    if design.notifications != nil { checks.append(notificationBalance()) }
    return checks
  }

  /// Raised = delivered + coalesced + caught up + lost + left + under way.
  private func updateBalance() -> Check {
    let ended = live.books.ended
    let inside = live.updates.count
    let words = UpdateFate.allCases.map { "\(ended[$0.rawValue]) \($0.words)" }
    return Check(
      name: "live update balance", passed: live.books.raised == ended.reduce(0, +) + inside,
      detail: "\(live.books.raised) raised = \(words.joined(separator: " + ")) "
        + "+ \(inside) under way")
  }

  /// Connections made = ended by their clients + lost + open, and the time that they were held.
  private func connectionBalance() -> Check {
    let keepsTime = live.books.keepsTime(at: stoppedAt)
    let books = live.books
    let open = live.connections.live().count {
      live.connections[$0].phase == .up && design.live?.isHeld == true
    }
    return Check(
      name: "live connection balance",
      passed: keepsTime && Int(books.held) == open
        && books.made == books.closed + books.dropped + UInt64(open),
      detail: "\(books.made) made = \(books.closed) closed + \(books.dropped) dropped "
        + "+ \(open) open; ∫N \(books.area) ns"
        + (keepsTime ? "" : " is not what their times give"))
  }

  private func notificationBalance() -> Check {
    let books = notifications.books
    let inside = notifications.pending.count
    return Check(
      name: "notification balance",
      passed: books.due == books.limited + books.sent + inside
        && books.sent == books.accepted + books.bounced,
      detail: "\(books.due) due = \(books.limited) limited + \(books.accepted) accepted "
        + "+ \(books.bounced) bounced + \(inside) under way")
  }

  /// What of live updates and notifications is under way.
  var liveUnderWay: Int {
    live.connections.count + live.updates.count + live.messages.count
      + notifications.pending.count
  }
}

extension UpdateFate {
  fileprivate var words: String {
    switch self {
    case .delivered: "delivered"
    case .coalesced: "coalesced"
    case .caughtUp: "missed and caught up"
    case .lost: "missed for good"
    case .left: "whose client had left"
    }
  }
}
