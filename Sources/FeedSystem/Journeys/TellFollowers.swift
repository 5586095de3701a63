import Simulation

/// Where updates come from: entries written into timelines, posts of authors who are pulled,
/// reactions to posts on screen; and what a client makes of them.
extension FeedSystem {
  /// Whether anybody is told of new posts.
  var tellsFollowers: Bool { isLive || design.notifications != nil }

  /// A batch has been written: its followers with a session hear of it there, the others may be
  /// notified.
  func tellFollowers(of job: DeliverRow, opened: Instant) {
    guard tellsFollowers else { return }
    var followers: [UInt32] = []
    forEachDue(job.post, in: Int(job.first)..<Int(job.first + job.count)) {
      followers.append($0)
    }
    for follower in followers { tell(follower, job.post, opened: opened) }
  }

  /// A post has been stored: those who pull it hear of it as soon as it can be read, and some posts
  /// will be taken down.
  func tellReaders(of post: UInt32, opened: Instant) {
    guard tellsFollowers else { return }
    if let removals = design.live?.removals {
      var stream = RandomStream(
        seed: seed, purpose: Purpose.removal.rawValue, entity: UInt64(post))
      if stream.uniform() < removals.share {
        let time = now + removals.after.sample(&stream)
        if time.nanoseconds < window.upperBound {
          calendar.schedule(.live(post, .removed), at: time)
        }
      }
    }
    if !isOnLeaf(posts[post].author) { tellPullers(of: post, opened: opened) }
  }

  /// A post can be read at its author: whoever pulls it and has a session is subscribed to the
  /// author, so that one post is a message to each of them.
  func tellPullers(of post: UInt32, opened: Instant) {
    let author = posts[post].author
    let plan = plan(ofPost: post)
    guard tellsFollowers, plan.isPulled else { return }
    var readers: [UInt32] = []
    follows.forEachFollow(of: author) { viewer, followed in
      if followed.contains(post), isPulled(author, by: viewer, under: plan) {
        readers.append(viewer)
      }
    }
    for reader in readers { tell(reader, post, opened: opened) }
  }

  private func tell(_ viewer: UInt32, _ post: UInt32, opened: Instant) {
    if follows.hides(posts[post].author, from: viewer) { return }
    guard present.contains(viewer) else { return notify(viewer, of: post, opened: opened) }
    guard isLive else { return }
    var id = live.firstOfViewer[Int(viewer)]
    while id != LiveUpdates.none {
      let next = live.connections[id].nextOfViewer
      raise(
        .newPosts, post, happened: opened, measured: posts[post].measured != 0, for: id)
      id = next
    }
  }

  /// Clients with a post on screen are told what has become of it.
  ///
  /// - Parameter doer: the viewer who did it, whose own client knows (S1.32's optimistic like).
  func tellScreens(
    of post: UInt32, _ kind: UpdateKind, but doer: UInt32 = LiveUpdates.none
  ) {
    guard isLive else { return }
    for id in live.screens.showing(post) where live.connections[id].viewer != doer {
      raise(kind, post, happened: now, measured: measuring, for: id)
    }
  }

  /// Whether the posts on screen would now stand in another order, which they then do; asked when
  /// reactions are to be told.
  func hasNewOrder(_ id: UInt32) -> Bool {
    let row = live.connections[id]
    let count = Int(row.shown)
    guard count > 1, live.waits(.engagementCounts, for: id) else { return false }
    scratch.reserve(candidates: count, authors: 0)
    for (place, post) in live.screens.order(of: id, shown: count).enumerated() {
      scratch.ids[place] = post
    }
    guard rankAnew(count, for: row.viewer) else { return false }
    return live.screens.reorder(id, scratch.ids, count: count)
  }

  // MARK: The client

  /// A first page is asked for: the viewer has acted, and the indicator goes.
  func beginFirstPage(_ id: UInt32) {
    guard isLive else { return }
    live.connections[id].loading += 1
    live.connections[id].hasIndicator = false
    live.connections[id].tapAt = .never
  }

  /// A first page that was asked for is there, or never will be.
  func endFirstPage(_ id: UInt32) {
    guard isLive else { return }
    live.connections[id].loading -= 1
    showIndicator(id)
  }

  /// A page stands on screen.
  ///
  /// - Parameter gathered: when a first page was gathered; nil for one further down.
  func showOnScreen(
    _ id: UInt32, _ ids: UnsafeMutablePointer<UInt32>, count: Int, gathered: Int64?
  ) {
    guard isLive else { return }
    let shown = live.connections[id].shown
    live.connections[id].shown = UInt32(
      live.screens.show(ids, count: count, on: id, instead: Int(shown)))
    if let gathered { live.connections[id].gatheredMilliseconds = gathered }
  }

  /// Raises the indicator if the client knows of posts that came after the feed on screen was
  /// gathered: one until the viewer acts, however many follow.
  func showIndicator(_ id: UInt32) {
    guard let settings = design.live?.indicator else { return }
    let row = live.connections[id]
    guard row.phase != .closed, !row.hasIndicator, row.loading == 0,
      row.newestMilliseconds >= row.gatheredMilliseconds
    else { return }
    live.connections[id].hasIndicator = true
    if measuring { live.measurements.indicators += 1 }
    guard live.connections[id].draws.uniform() < settings.taken else { return }
    let time = now + settings.after.sample(&live.connections[id].draws)
    live.connections[id].tapAt = time
    live.connections[id].pending += 1
    calendar.schedule(.live(id, .tapped), at: time)
  }

  /// The viewer taps the indicator, unless it has gone since: a first page made anew.
  func tap(_ id: UInt32) {
    let row = live.connections[id]
    if row.phase != .closed, row.hasIndicator, row.tapAt == now, acceptsArrivals {
      if measuring { live.measurements.taken += 1 }
      openTappedLoad(row.session)
    }
    live.settle(id)
  }
}

extension LiveUpdates {
  /// Whether an update of a kind waits to be sent.
  func waits(_ kind: UpdateKind, for id: UInt32) -> Bool {
    var update = connections[id].firstUpdate
    while update != Self.none {
      if updates[update].kind == kind { return true }
      update = updates[update].next
    }
    return false
  }
}
