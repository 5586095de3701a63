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
  public func checkConservation() -> [Check] {
    let events = calendar.count
    bookAnswersOnTheirWay()
    var checks = [
      flow(
        "loads", opened: measurements.loadsOpened, completed: measurements.loadsCompleted,
        rejected: measurements.loadsRejected, inside: loads.count - loadsNobodyAskedFor()),
      flow(
        "posts", opened: measurements.postsOpened, completed: measurements.postsStored,
        rejected: measurements.postsRejected + moderation.measurements.withheld
          + measurements.postsRepeated,
        inside: unstored()),
      flow(
        "engagements", opened: measurements.engagementsOpened,
        completed: measurements.engagementsCounted,
        rejected: measurements.engagementsRejected + measurements.engagementsRepeated,
        inside: engagements.count),
      fanOutBalance(), latencyBalance(),
    ]
    for tier in TierName.allCases where !tier.isSharded && design.has(tier) && !calls.guards(tier) {
      let balance = tiers[tier.rawValue].balance(at: stoppedAt)
      checks.append(
        Check(
          name: "flow balance: \(tier.metric)", passed: balance.holds,
          detail: "\(balance.arrivals) in = \(balance.departures) out + \(balance.inside) inside; "
            + "∫N \(balance.area) = \(balance.bookedArea) ns"))
    }
    if movesGraph {
      checks += [
        flow(
          "follow changes", opened: measurements.follows.opened,
          completed: measurements.follows.completed, rejected: measurements.follows.rejected,
          inside: changes.count), graphBalance(),
      ]
    }
    checks.append(postStoreBalance())
    let postStore = design.settings(of: .postStore)
    if postStore.shardBy != nil || postStore.replicas != nil { checks.append(shardBalance()) }
    if design.counters != nil { checks.append(counterBalance()) }
    if design.objects != nil { checks += objectBalances() }
    if objectCaches.isUsed { checks += objectCacheBalances() }
    if design.leafIndex != nil { checks += leafBalances() }
    checks += liveBalance()
    checks += engagementBalances()
    checks += edgeBalances()
    checks += moderationBalances() + limitBalances()
    checks += callBalances() + requestBalances() + faultBalances() + controlBalances()
    checks += crowdBalances()
    checks.append(nothingStranded(events: events))
    checks += cellBalance()
    if let policy = cachePolicy { checks.append(invariants(of: policy)) }
    if let levels { checks.append(levels.invariants) }
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
    let journeys =
      publications.count + jobs + loads.count + engagements.count + changes.count
      + featureCalls.count
    let queued = TierName.allCases.filter { !$0.isSharded }.reduce(0) {
      let books = tiers[$1.rawValue].books
      return $0 &+ Int(books.arrivals &- books.departures &- books.abandoned)
    }
    let counts = counterWrites.count + writeBehind.buffer.count + writeBehind.repeats.count
    let held =
      sessions.count + lists.count + returns.count + counts + liveUnderWay + objectsUnderWay
      + moderation.rows.count
    let guarded = callsUnderWay + requestsUnderWay
    return Check(
      name: "nothing stranded",
      passed: events > 0 || journeys + queued + held + guarded == 0,
      detail: "\(events) events to come; \(journeys) journeys, \(queued + guarded) visits, "
        + "\(held) sessions and lists under way")
  }

  private func unstored() -> Int {
    publications.live().count { publications[$0].post == PostStore.none }
  }

  /// Follows of the graph + begun − ended = those that hold, by the authors' rows and by the
  /// viewers'.
  private func graphBalance() -> Check {
    let edges = audience.graph.edgeCount
    let (begun, ended) = (measurements.follows.begun, measurements.follows.ended)
    let (byAuthor, byViewer) = (follows.countByAuthor(), follows.countByViewer())
    return Check(
      name: "graph balance",
      passed: edges + begun - ended == byAuthor && byAuthor == byViewer,
      detail: "\(edges) follows + \(begun) begun − \(ended) ended = \(byAuthor) by author, "
        + "\(byViewer) by viewer")
  }

  /// Entries written + pending + dead-lettered + lost = Σ followers due, the right side from posts
  /// and graph alone.
  private func fanOutBalance() -> Check {
    var due = 0
    let unannounced = Set(
      publications.live().filter { !publications[$0].isReplay }.map { publications[$0].post })
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
    let again = faults.again.announced
    let twice = again == 0 ? "" : " + \(again) again after crashes"
    return Check(
      name: "fan-out balance",
      passed: written + pending + dead + lost == due + again && dead == measurements.entriesDead,
      detail: "\(written) written + \(pending) pending\(ends) = \(due) due\(twice)")
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
      inside += UInt64(publications[id].visits.count)
      ends &+= publications[id].visits.ends
    }
    for id in engagements.live() where design.objects == nil {
      inside += UInt64(engagements[id].visits.count)
      ends &+= engagements[id].visits.ends
    }
    for id in counterWrites.live() where counterWrites[id].state != .stored {
      inside += UInt64(counterWrites[id].visits.count)
      ends &+= counterWrites[id].visits.ends
    }
    for id in changes.live() where changes[id].atStore {
      inside += 1
      ends &+= UInt64(bitPattern: changes[id].storeEnd.nanoseconds)
    }
    let books = postShards.books
    return Check(
      name: "flow balance: post_store",
      passed: books.balance(inside: inside, endsInside: ends),
      detail: "\(books.arrivals) in = \(books.departures) out + \(inside) inside; "
        + "Σ sojourn \(books.sojourns) ns")
  }

  /// Every primary's and every replica's own books, and their visits against the tier's.
  private func shardBalance() -> Check {
    let balance = postShards.stationsBalance
    return Check(
      name: "shard balance: post_store", passed: balance.holds,
      detail: "Σ departures − Σ arrivals = Σ waiting + Σ service on each; \(balance.visits) visits "
        + "= those of the tier since its fleet was set")
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
  private func bookAnswersOnTheirWay() {
    let end = now
    while let event = calendar.next(notAfter: end + roundTrip) {
      let ended = now - roundTrip
      guard ended <= end, let tier = event.leaves, design.has(tier), !calls.guards(tier),
        holds.isEmpty
      else {
        continue
      }
      tiers[tier.rawValue].depart(at: ended)
    }
    stoppedAt = end
  }
}
