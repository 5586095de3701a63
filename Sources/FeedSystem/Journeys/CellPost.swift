import Simulation

/// Where the users are one cell of many: shared authors' posts that other cells' servers store.
extension FeedSystem {
  /// Nil where the users are all there are.
  public var cell: Cell? { audience.graph.cell }

  /// Whether every cell has the author, so that nobody else stands for it.
  func isStar(_ author: UInt32) -> Bool {
    guard let cell, Int(author) < cell.sharedCount else { return false }
    return cell.standsFor(author) < 1 + 1e-9
  }

  /// Stars post at times of their own and not in the common stream, which passes over them: at the
  /// same moments in every cell, and in cells of every size.
  func startStars() {
    guard let cell else { return }
    if cell.count > 1 { measurements.cellFanOut = CellFanOut() }
    starArrivals = (0..<cell.sharedCount).map {
      RandomStream(seed: seed, purpose: Purpose.starPosts.rawValue, entity: UInt64($0))
    }
    for author in 0..<UInt32(cell.sharedCount) where isStar(author) { scheduleStar(author) }
  }

  private func scheduleStar(_ author: UInt32) {
    let rate = audience.activity.postRate(of: author)
    guard rate > 0 else { return }
    let time = traffic.posts.next(
      after: now, rate: rate, stream: &starArrivals[Int(author)])
    // What would come after the window is not waited for.
    if time.nanoseconds <= window.upperBound { calendar.schedule(.starPostDue(author), at: time) }
  }

  func postFromStar(_ author: UInt32) {
    guard acceptsArrivals else { return }
    openPost(author: author)
    scheduleStar(author)
  }

  /// Whether a post is made in another cell; drawn by the post, hence alike in all designs.
  func isMadeElsewhere(by author: UInt32, key: UInt64) -> Bool {
    guard let cell = audience.graph.cell else { return false }
    let share = cell.shareAtHome(of: author)
    guard share < 1 else { return false }
    var stream = RandomStream(seed: seed, purpose: Purpose.homeCell.rawValue, entity: key)
    return stream.uniform() >= share
  }

  /// The post is stored after as long as it would take here, by servers that are not this cell's:
  /// what waits before them is not known, and left out.
  func storeElsewhere(_ id: UInt32) {
    let row = publications[id]
    measurements.postsElsewhere += 1
    let place = shardMap.place(by: row.author, key: row.key)
    let gateway = serviceTime(.gateway, units: 0, key: row.key)
    let store = serviceTime(.postStore, units: 1, key: row.key &+ UInt64(place) << 40)
    calendar.schedule(.publish(id, .stored), at: now + gateway + store + roundTrip * 2)
  }

  /// Entries that became due, or, below 0, that were written.
  func noteForAllCells(
    _ entries: Int, by author: UInt32, opened: Instant, place: BatchPlace = BatchPlace()
  ) {
    guard let cell else { return }
    measurements.cellFanOut?.note(
      entries, others: cell.standsFor(author), begun: opened, place: place, at: now)
  }

  // MARK: A cell's pools

  /// By tier, what is waited for in the whole.
  func cellQueues(_ whole: Fleet, _ cell: Cell) -> Bank<CellQueue> {
    let longest = backlogSmoothing
    return Bank(count: holds.count) { index in
      let tier = TierName.allCases[index]
      let tellsAll = CellQueue.tellsAll(tier)
      return CellQueue(
        servers: whole[tier], cells: cell.count, smoothing: tellsAll ? longest : nil)
    }
  }

  /// For how long a visit's work may come, at most.
  var backlogSmoothing: Duration {
    CellBacklog.longest(of: Duration(nanoseconds: Int64(window.count)))
  }

  /// How many times as many visits come to a cell's tier now as where the traffic's factor is 1:
  /// of the pages that are asked for, what the tiers before it let through.
  func cellPace(at tier: TierName) -> Double {
    guard cellQueues.count > 0 else { return 1 }
    var pace = pageRate.factor(at: now)
    for earlier in Self.wayOfLoads {
      if earlier == tier { break }
      pace *= earlier.isSharded ? postShards.flow : cellQueues[earlier.rawValue].flow
    }
    return pace
  }

  /// Tiers that a load asks, one after another; its feed cache also at the end, to be filled.
  public static let wayOfLoads: [TierName] = [
    .gateway, .feedCache, .timelineStore, .postStore, .privacyFilter, .ranking,
  ]

  /// A visit to a tier of which a cell has few servers, or a part of one: it is answered after its
  /// service, and keeps the server for as many times longer as makes the pool do the cell's share
  /// of the work. So it can be full, and is, when the whole's is.
  func visitPool(
    _ tier: TierName, service: Duration, line: Int, then event: Event
  ) -> Duration? {
    let held = service + keep(service, for: holds[tier.rawValue] - 1, of: tier.rawValue)
    let (waited, isAll) = waitInWhole(tier, service, for: event)
    let release = Event.serverReleased(UInt8(tier.rawValue))
    let visitor = isAll ? release : event
    switch tiers[tier.rawValue].arrive(visitor, service: held, at: now, class: line) {
    case .begins(let end): calendar.schedule(release, at: end)
    case .waits:
      measurements.waitingPeak[tier.rawValue] = max(
        measurements.waitingPeak[tier.rawValue], tiers[tier.rawValue].waiting)
      scheduleBegin(tier.rawValue)
      if !isAll { return service }
    case .blocked: return nil
    }
    calendar.schedule(event, at: now + waited + service + roundTrip)
    if measuring { measurements.waiting[tier.rawValue].record(waited) }
    return service
  }

  /// What a visit waits that finds a free server in the pool, and whether it waits that long
  /// whenever the pool has one. A delivery is one of those that its post makes in all cells: of a
  /// batch.
  private func waitInWhole(
    _ tier: TierName, _ service: Duration, for event: Event
  ) -> (Duration, isAll: Bool) {
    guard cellQueues.count > 0 else { return (.zero, false) }
    guard tier == .fanOutWorkers, case .deliver(let id, _) = event, let cell else {
      let waited = cellQueues[tier.rawValue].wait(
        at: now, service: service, pace: cellPace(at: tier))
      return (waited, cellQueues[tier.rawValue].knowsAll)
    }
    let job = deliveries[id]
    var stream = RandomStream(
      seed: seed, purpose: Purpose.placeInBatch.rawValue, entity: job.attemptKey)
    let isFull = tiers[tier.rawValue].waiting > 0
    let waited = cellQueues[tier.rawValue].wait(
      at: now, service: service, batch: cell.count / cell.standsFor(posts[job.post].author),
      place: stream.uniform(), whereFull: isFull)
    deliveries[id].place = cellQueues[tier.rawValue].place
    // Jobs of the other line go first, whatever came before.
    return (waited, !hasPriority && cellQueues[tier.rawValue].knowsAll)
  }

  /// When a visit that begins now is over: has been served or, where it was answered before, has
  /// kept its server for long enough.
  @inline(__always)
  func end(of begun: Tier<Event>.Begun, at tier: Int) -> Instant {
    if holds.isEmpty { return begun.end + roundTrip }
    if case .serverReleased = begun.visitor { return begun.end }
    calendar.schedule(.serverReleased(UInt8(tier)), at: begun.end)
    let service = (begun.end - now).nanoseconds / Int64(holds[tier])
    return now + Duration(nanoseconds: service) + roundTrip
  }

  /// Followers by author = follows by reader, nobody else follows, and every post of an author of
  /// the cell's own is made here; nothing where the users are all there are.
  func cellBalance() -> [Check] {
    guard let cell = audience.graph.cell else { return [] }
    let graph = audience.graph
    var (byAuthor, byReader, byOthers) = (0, 0, 0)
    for user in 0..<UInt32(graph.userCount) {
      byAuthor += graph.followerCount(of: user)
      let follows = graph.followeeCount(of: user)
      if cell.place(ofReader: Int(user)) == nil { byOthers += follows } else { byReader += follows }
    }
    let here = measurements.postsOpened - measurements.postsElsewhere
    let isOwn = cell.sharedCount == 0 ? measurements.postsElsewhere == 0 : here >= 0
    return [
      Check(
        name: "cell balance", passed: byAuthor == byReader && byOthers == 0 && isOwn,
        detail: "\(byAuthor) follows by author = \(byReader) by \(cell.readerCount) readers; "
          + "\(here) posts made here + \(measurements.postsElsewhere) elsewhere")
    ]
  }
}
