import Simulation

/// request → another region's servers, or the primary ─ lost → missed: it has failed, or is made
/// again post → every other region ─ lost → sent again
///
/// Crossed are a client's way to a region that is not its own, what is written to the primary, and
/// what is read there to be written into a timeline. A request that is lost takes no server any
/// time.
enum LinkStep: UInt8 {
  /// What a load asks for, an author's post, a reaction, a follow, unfollow, block or mute.
  case load, post, reaction, change
  /// A post that has its place on the bus.
  case write
  /// What is made again: the second association of a reaction, the posts that a follow brings.
  case forward, fetch

  var isMadeAgain: Bool { self == .forward || self == .fetch }
}

extension FeedSystem {
  /// Whether a request of a user's is lost on its way to the region that serves the user.
  func isLostOnDetour(
    of user: UInt32, _ id: UInt32, _ step: LinkStep, key: UInt64
  ) -> Bool {
    guard !faults.links.isEmpty, let geography = crowd.geography else { return false }
    let home = edge.regions.of(user)
    return isLost((home, geography.server[home]), id, step, key: key ^ mix64(1))
  }

  /// Whether what is asked of the primary for a user is lost on the way there.
  func isLostOnWayToPrimary(
    of user: UInt32, _ id: UInt32, _ step: LinkStep, key: UInt64
  ) -> Bool {
    guard !faults.links.isEmpty, let geography = crowd.geography else { return false }
    let region = geography.server[edge.regions.of(user)]
    // What is made again is another message.
    let turn = step.isMadeAgain ? UInt64(bitPattern: now.nanoseconds) : 2
    return isLost((region, geography.primary), id, step, key: key ^ mix64(turn))
  }

  /// The same of a load; one that nobody waits for is made where it is.
  func isLostOnDetour(load id: UInt32) -> Bool {
    if faults.links.isEmpty || loads[id].madeFor != nil { return false }
    return isLostOnDetour(of: loads[id].viewer, id, .load, key: loads[id].key)
  }

  /// A load asks the primary for what it will write into a timeline; whether that is lost.
  func crossesToPrimary(_ id: UInt32) -> Bool {
    guard !faults.links.isEmpty, let geography = crowd.geography else { return false }
    let viewer = loads[id].viewer
    let region = geography.server[edge.regions.of(viewer)]
    loads[id].delay += faults.links.delay(region, geography.primary)
    return isLostOnWayToPrimary(of: viewer, id, .load, key: loads[id].key)
  }

  private func isLost(
    _ way: (one: Int, other: Int), _ id: UInt32, _ step: LinkStep, key: UInt64
  ) -> Bool {
    let condition = faults.links.condition(way.one, way.other)
    if condition.isWhole { return false }
    if measuring { faults.measurements.crossings += 1 }
    guard condition.loss > 0 else { return false }
    var draws = RandomStream(seed: seed, purpose: Purpose.linkLoss.rawValue, entity: key)
    guard draws.uniform() < condition.loss else { return false }
    if measuring { faults.measurements.crossingsLost += 1 }
    let missed = now + condition.timeout
    faults.links.noteLost(missedAt: missed)
    calendar.schedule(.link(id, step), at: missed)
    return true
  }

  /// Whoever has sent what was lost gives it up, or sends it again.
  func endLost(_ id: UInt32, _ step: LinkStep) {
    faults.links.noteMissed()
    switch step {
    case .load:
      noteLostAtHome(load: id)
      fail(.load(id, .gathered), .networkLost)
    case .post:
      noteLostAtHome(post: id)
      fail(.publish(id, .admitted), .networkLost)
    case .write:
      noteLostAtHome(post: id)
      withdrawFromBus(id)
      fail(.publish(id, .stored), .networkLost)
    case .reaction: fail(.engage(id, .counted), .networkLost)
    case .change: fail(.block(id, .stored), .networkLost)
    case .forward: engage(id, .forwardDue)
    case .fetch: follow(id, .fetchDue)
    }
  }

  /// The longest that a region has waited for a post stored in the window; zero where no way
  /// between regions was ever at fault.
  public var longestReplication: Duration {
    guard !faults.links.isEmpty, let geography = crowd.geography else { return .zero }
    var longest = Duration.zero
    for post in UInt32(historyCount)..<UInt32(posts.count) where posts[post].measured != 0 {
      if geography.hasLost(post) { continue }
      let stored = Instant(nanoseconds: Int64(posts[post].storedMilliseconds) * 1_000_000)
      for region in geography.users.indices where region != geography.primary(of: post) {
        longest = max(longest, min(replicated(post, in: region), now) - stored)
      }
    }
    return longest
  }

  /// A way is at fault by the faults under way and no others; of the requests lost all have been
  /// missed whose time for it has come.
  func linkBalance() -> [Check] {
    guard planned(RegionLink.self) else { return [] }
    var open = 0
    for occurrence in faults.occurrences where occurrence.isOpen {
      open += faults.planned[occurrence.planned].fault is RegionLink ? 1 : 0
    }
    let due = faults.links.due(after: now)
    return [
      Check(
        name: "region link balance",
        passed: open == faults.links.atFault && faults.links.lost == faults.links.missed + due,
        detail: "\(open) faults under way = \(faults.links.atFault) at work; "
          + "\(faults.links.lost) lost = \(faults.links.missed) missed + \(due) due")
    ]
  }
}
