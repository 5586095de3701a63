import Simulation

/// One law that a run must keep, and the two sides of it.
public struct Check: Sendable, Equatable {
  public var name: String
  public var passed: Bool
  public var detail: String

  public init(name: String, passed: Bool, detail: String) {
    self.name = name
    self.passed = passed
    self.detail = detail
  }
}

extension FeedSystem {
  /// The conservation laws of the whole run; to be called once it has ended.
  public mutating func checkConservation() -> [Check] {
    let events = calendar.count
    bookAnswersOnTheirWay()
    var checks = [
      flow(
        "loads", opened: measurements.loadsOpened, completed: measurements.loadsCompleted,
        rejected: measurements.loadsRejected, inside: loads.count),
      flow(
        "posts", opened: measurements.postsOpened, completed: measurements.postsStored,
        rejected: measurements.postsRejected, inside: unstored()),
      flow(
        "engagements", opened: measurements.engagementsOpened,
        completed: measurements.engagementsCounted, rejected: measurements.engagementsRejected,
        inside: engagements.count),
      fanOutBalance(), latencyBalance(),
    ]
    for tier in TierName.allCases where tier != .postStore && design.has(tier) {
      let balance = tiers[tier.rawValue].balance(at: stoppedAt)
      checks.append(
        Check(
          name: "flow balance: \(tier.metric)", passed: balance.holds,
          detail: "\(balance.arrivals) in = \(balance.departures) out + \(balance.inside) inside; "
            + "∫N \(balance.area) = \(balance.bookedArea) ns"))
    }
    checks.append(postStoreBalance())
    checks += liveBalance()
    checks.append(nothingStranded(events: events))
    if let policy = cachePolicy { checks.append(invariants(of: policy)) }
    return checks
  }

  private func flow(
    _ name: String, opened: Int, completed: Int, rejected: Int, inside: Int
  ) -> Check {
    Check(
      name: "flow balance: \(name)", passed: opened == completed + rejected + inside,
      detail: "\(opened) opened = \(completed) completed + \(rejected) rejected "
        + "+ \(inside) in system")
  }

  /// With no event left nothing moves any more, so nothing may be under way.
  private func nothingStranded(events: Int) -> Check {
    let jobs = deliveries.count - deadLetters.count
    let journeys = publications.count + jobs + loads.count + engagements.count
    let queued = TierName.allCases.filter { $0 != .postStore }.reduce(0) {
      let books = tiers[$1.rawValue].books
      return $0 &+ Int(books.arrivals &- books.departures &- books.abandoned)
    }
    let held = sessions.count + lists.count + returns.count + liveUnderWay
    return Check(
      name: "nothing stranded",
      passed: events > 0 || journeys + queued + held == 0,
      detail: "\(events) events to come; \(journeys) journeys, \(queued) visits, "
        + "\(held) sessions and lists under way")
  }

  private func unstored() -> Int {
    publications.live().count { publications[$0].post == PostStore.none }
  }

  /// Entries written + pending + dead-lettered + lost = Σ followers due, the right side from posts
  /// and graph alone.
  private func fanOutBalance() -> Check {
    var due = 0
    let unannounced = Set(publications.live().map { publications[$0].post })
    for post in UInt32(historyCount)..<UInt32(max(posts.count, historyCount)) {
      if unannounced.contains(post) { continue }
      due += countDue(post)
    }
    var pending = 0
    var dead = 0
    for id in deliveries.live() {
      let entries = countDue(deliveries[id])
      if deliveries[id].isDead { dead += entries } else { pending += entries }
    }
    let written = measurements.entriesWritten
    let lost = measurements.pipeline.entriesLost
    let ends = design.pipeline == nil ? "" : " + \(dead) dead-lettered + \(lost) lost"
    return Check(
      name: "fan-out balance",
      passed: written + pending + dead + lost == due && dead == measurements.entriesDead,
      detail: "\(written) written + \(pending) pending\(ends) = \(due) due")
  }

  /// Σ latency, as recorded when pages appear = Σ waiting + service + fan-in + network, as booked
  /// visit by visit; and none of them negative.
  private func latencyBalance() -> Check {
    let latency = measurements.feedLatency.exactSum
    let parts = measurements.latencyParts.total
    let isSound = !measurements.latencyParts.hasNegative
    return Check(
      name: "latency balance",
      passed: isSound && parts >= 0 && parts.magnitude == latency
        && measurements.latencyParts.count == measurements.feedLatency.count,
      detail: "Σ latency \(latency) ns = Σ parts \(parts) ns"
        + (isSound ? "" : "; some are negative"))
  }

  private func postStoreBalance() -> Check {
    var inside: UInt64 = 0
    var ends: UInt64 = 0
    for id in loads.live() {
      inside += UInt64(loads[id].branches)
      ends &+= loads[id].branchEnds
    }
    for id in returns.live() {
      inside += UInt64(returns[id].branches)
      ends &+= returns[id].branchEnds
    }
    for id in publications.live() where publications[id].atStore {
      inside += 1
      ends &+= UInt64(bitPattern: publications[id].storeEnd.nanoseconds)
    }
    for id in engagements.live() where engagements[id].atStore {
      inside += 1
      ends &+= UInt64(bitPattern: engagements[id].storeEnd.nanoseconds)
    }
    let books = postShards.books
    return Check(
      name: "flow balance: post_store",
      passed: books.balance(inside: inside, endsInside: ends),
      detail: "\(books.arrivals) in = \(books.departures) out + \(inside) inside; "
        + "Σ sojourn \(books.sojourns) ns")
  }

  private func invariants(of policy: any CachePolicy) -> Check {
    do {
      try policy.checkInvariants()
      return Check(
        name: "cache invariants", passed: true,
        detail: "\(policy.count) of \(policy.capacity) feeds held")
    } catch {
      return Check(name: "cache invariants", passed: false, detail: "\(error)")
    }
  }

  /// Services that have ended while their answers were still in the network when the run
  /// stopped: booked as departures, without acting on them.
  private mutating func bookAnswersOnTheirWay() {
    let end = now
    while let event = calendar.next(notAfter: end + roundTrip) {
      let ended = now - roundTrip
      guard ended <= end, let tier = event.leaves else { continue }
      tiers[tier.rawValue].depart(at: ended)
    }
    stoppedAt = end
  }
}
