import Simulation

/// client → its region; cut off → failed, until clients are told of another
/// write → the primary region ─ replication lag → the others show it
///
/// Regions' servers are those of the tiers, each region's by its share of the users. What was under
/// way in a region that is lost fails where a server of its own serves it. Writes that have reached
/// the old primary and no other region are lost with it.
extension FeedSystem {
  // MARK: Losing and regaining

  /// A region is gone, with its servers and all that its users ask for.
  func loseRegion(_ index: Int) {
    let now = self.now
    guard let geography = crowd.geography, !geography.isLost[index] else { return }
    crowd.geography?.lose(index, at: now)
    for tier in TierName.allCases where calls.guards(tier) {
      var effect = ServerEffect(
        tier: tier,
        servers: geography.servers(of: index, among: snapshot(tier).servers))
      effect.isDown = true
      let handle = begin(effect)
      crowd.geography?.effects[index].append(handle)
    }
    guard let failover = geography.settings.failover else { return }
    let known = now + failover.detectAfter
    crowd.geography?.reroutes[index] = known + failover.dns
    schedule(.rerouted, of: index, at: known + failover.dns)
    if index == geography.primary {
      crowd.geography?.promotes = known + failover.promoteAfter
      schedule(.promoted, of: index, at: known + failover.promoteAfter)
    }
  }

  /// The region is back. Its users come as clients hear of it; writes stay where they go.
  func regainRegion(_ index: Int) {
    let now = self.now
    guard let geography = crowd.geography, geography.isLost[index] else { return }
    for effect in geography.effects[index] { end(effect: effect) }
    crowd.geography?.effects[index] = []
    crowd.geography?.regain(index, at: now)
    crowd.geography?.reroutes[index] = .never
    if index == geography.primary { crowd.geography?.promotes = .never }
    guard let failover = geography.settings.failover else { return }
    crowd.geography?.returns[index] = now + failover.dns
    schedule(.returned, of: index, at: now + failover.dns)
  }

  /// What comes after the window finds nobody who asks, and would only keep the run from its end.
  private func schedule(_ step: CrowdStep, of region: Int, at time: Instant) {
    guard time.nanoseconds < window.upperBound else { return }
    calendar.schedule(.crowd(UInt32(region), step), at: time)
  }

  func reroute(_ index: Int) {
    let now = self.now
    guard crowd.geography?.reroutes[index] == now else { return }
    crowd.geography?.reroutes[index] = .never
    crowd.geography?.reroute(at: now)
  }

  func welcomeBack(_ index: Int) {
    let now = self.now
    guard crowd.geography?.returns[index] == now else { return }
    crowd.geography?.returns[index] = .never
    crowd.geography?.welcomeBack(index, at: now)
    // Nobody stood when it was time for another.
    if crowd.geography?.promotes == .never { promoteNearest() }
  }

  func promote() {
    guard crowd.geography?.promotes == now else { return }
    crowd.geography?.promotes = .never
    promoteNearest()
  }

  private func promoteNearest() {
    let stored = posts.count
    guard let loss = crowd.geography?.promote(posts: stored) else { return }
    let lost = lostPosts(with: loss)
    crowd.geography?.lose(lost)
  }

  /// The posts of a lost primary that its heir did not have.
  private func lostPosts(with loss: RegionState.Loss) -> [UInt32] {
    var lost: [UInt32] = []
    guard let lag = crowd.geography?.settings.lag else { return lost }
    let oldest =
      faults.links.settled(to: loss.heir, by: loss.at - lag.upperBound).nanoseconds / 1_000_000 - 1
    var post = UInt32(loss.posts)
    while post > UInt32(historyCount), Int64(posts[post - 1].storedMilliseconds) >= oldest {
      post -= 1
      if replicated(post, in: loss.heir) > loss.at { lost.append(post) }
    }
    return lost
  }

  /// When a region other than the primary has a post.
  func replicated(_ post: UInt32, in region: Int) -> Instant {
    let stored = Instant(nanoseconds: Int64(posts[post].storedMilliseconds) * 1_000_000)
    guard let lag = crowd.geography?.settings.lag else { return stored }
    var stream = RandomStream(
      seed: seed, purpose: Purpose.replicationLag.rawValue,
      entity: UInt64(region) << 32 | UInt64(post))
    let spread = Double((lag.upperBound - lag.lowerBound).nanoseconds)
    let copied = lag.lowerBound + Duration(nanoseconds: Int64(stream.uniform() * spread))
    guard !faults.links.isEmpty, let home = crowd.geography?.primary(of: post) else {
      return stored + copied
    }
    var draws = RandomStream(
      seed: seed, purpose: Purpose.linkCopy.rawValue,
      entity: UInt64(region) << 32 | UInt64(post))
    let sent = faults.links.arrival(home, region, sent: stored, &draws)
    return sent == .never ? .never : sent + copied
  }

  // MARK: Requests

  /// Whether a load ends because its viewer's region is cut off.
  func isCutOff(load id: UInt32) -> Bool {
    guard crowd.isDivided else { return false }
    let row = loads[id]
    let region = edge.regions.of(row.viewer)
    guard let isCutOff = crowd.geography?.isCutOff(region) else { return false }
    if row.madeFor == nil, window.contains(row.opened.nanoseconds) {
      crowd.geography?.counts[region].requests += 1
    }
    if isCutOff {
      noteLostAtHome(load: id)
      reject(id, .regionLost)
    }
    return isCutOff
  }

  /// Whether a post ends because its author's region is cut off.
  func isCutOff(post id: UInt32) -> Bool {
    guard crowd.isDivided else { return false }
    let region = edge.regions.of(publications[id].author)
    if publications[id].measured { crowd.geography?.counts[region].posts += 1 }
    guard crowd.geography?.isCutOff(region) == true else { return false }
    failPost(id)
    return true
  }

  /// Whether a post ends because no region takes writes.
  func isUnwritable(post id: UInt32) -> Bool {
    guard crowd.isDivided, crowd.geography?.lacksPrimary == true else { return false }
    failPost(id)
    return true
  }

  private func failPost(_ id: UInt32) {
    noteLostAtHome(post: id)
    reject(post: id, .regionLost)
  }

  /// A post has come to nothing because of a region or of a way between two: its author's region
  /// counts it.
  func noteLostAtHome(post id: UInt32) {
    guard publications[id].measured else { return }
    crowd.geography?.counts[edge.regions.of(publications[id].author)].failedPosts += 1
  }

  /// The same of a load; one that nobody waits for counts for none.
  func noteLostAtHome(load id: UInt32) {
    let row = loads[id]
    guard row.madeFor == nil, window.contains(row.opened.nanoseconds) else { return }
    crowd.geography?.counts[edge.regions.of(row.viewer)].failed += 1
  }

  /// Whether a reaction ends because its viewer's region is cut off, or none takes writes.
  func isCutOff(engagement id: UInt32) -> Bool {
    guard crowd.isDivided, isCutOff(writer: engagements[id].viewer) else { return false }
    reject(engagement: id, .regionLost)
    return true
  }

  /// Whether what a user writes besides posts comes to nothing.
  func isCutOff(writer: UInt32) -> Bool {
    guard let geography = crowd.geography else { return false }
    return geography.lacksPrimary || geography.isCutOff(edge.regions.of(writer))
  }

  /// From the region that serves a user to the one that takes the writes, there and back.
  @inline(__always)
  func distanceToPrimary(of user: UInt32) -> Duration {
    guard let geography = crowd.geography else { return .zero }
    let region = geography.server[edge.regions.of(user)]
    return geography.settings.roundTrip(region, geography.primary)
      + faults.links.delay(region, geography.primary)
  }

  /// From a user's region to the one that serves it, there and back.
  @inline(__always)
  func detour(of user: UInt32) -> Duration {
    guard let geography = crowd.geography else { return .zero }
    let region = edge.regions.of(user)
    return geography.settings.roundTrip(region, geography.server[region])
      + faults.links.delay(region, geography.server[region])
  }

  // MARK: What is shown

  /// Leaves out of what a load has gathered what its region does not have yet, and what no region
  /// has any more. Returns how many are left.
  func leaveOutUnreplicated(_ count: Int, for id: UInt32) -> Int {
    guard let geography = crowd.geography else { return count }
    let row = loads[id]
    let home = edge.regions.of(row.viewer)
    let region = geography.server[home]
    let hides = !geography.unreplicated.isEmpty
    let left = hides ? scratch.keep(count) { !geography.hasLost($0) } : count
    guard region != geography.primary, !row.readsPrimary else { return left }
    let settled = faults.links.settled(to: region, by: now - geography.settings.lag.upperBound)
    let latest = settled.nanoseconds / 1_000_000 - 1
    let seen = scratch.keep(left) {
      Int64(posts[$0].storedMilliseconds) <= latest || replicated($0, in: region) <= now
    }
    if row.madeFor == nil, window.contains(row.opened.nanoseconds) {
      crowd.geography?.counts[home].reads += 1
      if seen < left { crowd.geography?.counts[home].staleReads += 1 }
    }
    return seen
  }

  /// A page without the posts that were lost with a primary after its feed was made.
  func withoutLost(
    _ ids: UnsafeMutablePointer<UInt32>, count: Int
  ) -> (ids: UnsafeMutablePointer<UInt32>, count: Int) {
    guard let geography = crowd.geography, !geography.unreplicated.isEmpty else {
      return (ids, count)
    }
    if ids != scratch.ids { scratch.reserve(candidates: count, authors: 0) }
    var shown = 0
    for place in 0..<count where !geography.hasLost(ids[place]) {
      scratch.ids[shown] = ids[place]
      shown += 1
    }
    return (scratch.ids, shown)
  }

  // MARK: Books

  /// What a region's users have met; nil where regions have no servers of their own.
  public func regionFigures(_ region: Int) -> RegionFigures? {
    guard let geography = crowd.geography else { return nil }
    let counts = geography.counts[region]
    let span = Instant(nanoseconds: window.lowerBound)..<Instant(nanoseconds: window.upperBound)
    func share(_ part: Int, _ whole: Int) -> Double {
      whole == 0 ? 0 : Double(part) / Double(whole)
    }
    return RegionFigures(
      failed: share(counts.failed, counts.requests),
      failedPosts: share(counts.failedPosts, counts.posts),
      staleReads: share(counts.staleReads, counts.reads),
      cutOff: geography.cutOff(region, in: span, until: now).seconds)
  }

  /// What the losses of primaries have cost, found again from the posts; and that nobody is served
  /// by a region that is lost but those who wait to be told of another.
  func geographyBalances() -> [Check] {
    guard let geography = crowd.geography else { return [] }
    let again = geography.losses.flatMap { lostPosts(with: $0) }.sorted()
    let waiting = geography.users.indices.filter { geography.isCutOff($0) }
    let isExplained = waiting.allSatisfy { region in
      geography.isLost[geography.server[region]]
        && (geography.settings.failover == nil
          || geography.reroutes[geography.server[region]] != .never
          || geography.returns.contains { $0 != .never } || geography.isLost.allSatisfy { $0 })
    }
    return [
      Check(
        name: "posts lost with a primary", passed: again == geography.unreplicated,
        detail: "\(geography.unreplicated.count) noted = \(again.count) found again"),
      Check(
        name: "regions served", passed: isExplained,
        detail: "\(waiting.count) of \(geography.users.count) cut off"),
    ]
  }
}

/// What the users of a region have met in the window.
public struct RegionFigures: Sendable, Equatable {
  /// Of their requests and their posts, those that failed because a region, or a message between
  /// two of them, was lost.
  public var failed: Double
  public var failedPosts: Double
  /// Of the feeds made for them, those that lacked a post which the primary had.
  public var staleReads: Double
  /// Seconds in which nobody answered them.
  public var cutOff: Double
}
