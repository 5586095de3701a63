import Simulation

/// stored → stream → its leaf's tailer, in its turn → on its leaf, where its readers find it
///
/// A leaf that fails: emptied → the stream read again → caught up with what came meanwhile → in
/// rotation
enum TailStep: UInt8 {
  case read, failed, replayed
}

extension FeedSystem {
  func tail(_ id: UInt32, _ step: TailStep) {
    switch step {
    case .read: index(id)
    case .failed: fail(leaf: Int(id))
    case .replayed: endReplay(of: Int(id))
    }
  }

  /// Whether an author's posts go to a leaf: those that nobody pulls are not looked for there.
  func isOnLeaf(_ author: UInt32) -> Bool {
    design.leafIndex != nil && classes.plan(of: author).isPulled
  }

  func startLeaves(opens: Instant) {
    for failure in design.leafIndex?.failures ?? [] {
      calendar.schedule(.tail(UInt32(failure.leaf), .failed), at: opens + failure.at)
    }
  }

  /// What the history of a warm start has left on leaves, and as objects.
  func startStores() {
    guard design.objects != nil || design.leafIndex != nil else { return }
    addObjects()
    for post in 0..<UInt32(posts.count) {
      historyReactions += posts.reactions(to: post)
      if isOnLeaf(posts[post].author), isRetained(post) { put(post) }
    }
  }

  // MARK: Tailing

  /// A post that has just been stored goes to its leaf.
  func sendToLeaf(_ id: UInt32) {
    guard let settings = design.leafIndex else { return }
    let row = publications[id]
    let leaf = leaves.leaf(of: row.author)
    var stream = RandomStream(seed: seed, purpose: Purpose.tail.rawValue, entity: row.key)
    let end = tailers.read(
      Tailers.Waiting(post: row.post, opened: row.opened, stored: now), for: leaf,
      at: now + settings.tailer.delay, service: settings.tailer.visit.sample(&stream))
    if isAskedElsewhere(leaf) { readElsewhere(leaf) }
    if end <= now { return index(row.post) }
    calendar.schedule(.tail(row.post, .read), at: end)
  }

  /// The tailer has read a post; one that a replay brings it skips.
  private func index(_ post: UInt32) {
    let leaf = leaves.leaf(of: posts[post].author)
    guard post >= tailers.leaves[leaf].replayTo,
      let waiting = tailers.leaves[leaf].waiting.popFirst()
    else { return }
    put(waiting, on: leaf)
    returnToRotation(leaf)
  }

  private func put(_ waiting: Tailers.Waiting, on leaf: Int) {
    put(waiting.post)
    tailers.tailed += 1
    if posts[waiting.post].measured != 0 { measurements.leaves.lag.record(now - waiting.stored) }
    if waiting.post >= tailers.leaves[leaf].readableTo {
      becomeReadable(waiting)
    }
  }

  private func becomeReadable(_ waiting: Tailers.Waiting) {
    bookReadable(waiting.post, opened: waiting.opened)
    tellPullers(of: waiting.post, opened: waiting.opened)
  }

  private func put(_ post: UInt32) {
    let record = posts[post]
    leaves.append(
      post, by: record.author, at: record.storedMilliseconds, visibility(of: post))
  }

  /// Drawn by the post, hence alike in all designs.
  private func visibility(of post: UInt32) -> Visibility {
    guard let share = design.leafIndex?.publicShare, share < 1 else { return .everyone }
    var stream = RandomStream(
      seed: seed, purpose: Purpose.visibility.rawValue, entity: UInt64(post))
    return stream.uniform() < share ? .everyone : .followers
  }

  func isRetained(_ post: UInt32) -> Bool {
    guard let retention = design.leafIndex?.retention else { return false }
    return Int64(posts[post].storedMilliseconds)
      >= nowMilliseconds - retention.nanoseconds / 1_000_000
  }

  // MARK: Failure

  /// Whether the post store answers for a leaf.
  private func isAskedElsewhere(_ leaf: Int) -> Bool {
    tailers.leaves[leaf].isDown && design.leafIndex?.whenDown == .postStore
  }

  /// What waits for a leaf that the post store answers for is found there.
  private func readElsewhere(_ leaf: Int) {
    let waiting = tailers.leaves[leaf].waiting.all
    for post in waiting where post.post >= tailers.leaves[leaf].readableTo {
      becomeReadable(post)
    }
    tailers.leaves[leaf].readableTo = UInt32(posts.count)
  }

  /// A fault has a leaf down: what is stored for it waits until it is back.
  func takeDownLeaf(_ leaf: Int) {
    leaves.clear(leaf)
    let present = now
    tailers.takeDown(leaf, at: present)
    if isAskedElsewhere(leaf) { readElsewhere(leaf) }
  }

  func fail(leaf: Int) {
    guard let settings = design.leafIndex, !leafShards.outages.isDown(leaf) else { return }
    leaves.clear(leaf)
    let end = UInt32(posts.count)
    let lost = retained(by: leaf, to: end).count
    let time = Duration(seconds: Double(lost) / settings.tailer.replay)
    let back = tailers.replay(leaf, to: end, at: now, service: time)
    if isAskedElsewhere(leaf) { readElsewhere(leaf) }
    calendar.schedule(.tail(UInt32(leaf), .replayed), at: back)
  }

  /// The leaf has again what it had, and what had waited for it; a later failure has a later end.
  private func endReplay(of leaf: Int) {
    guard tailers.leaves[leaf].replayEnds == now else { return }
    let end = tailers.leaves[leaf].replayTo
    for post in retained(by: leaf, to: end) {
      skipWaiting(leaf, below: post)
      if tailers.leaves[leaf].waiting.first?.post == post,
        let waiting = tailers.leaves[leaf].waiting.popFirst()
      {
        put(waiting, on: leaf)
      } else {
        put(post)
      }
    }
    skipWaiting(leaf, below: end)
    tailers.leaves[leaf].replayEnds = nil
    tailers.leaves[leaf].wholeTo = UInt32(posts.count)
    returnToRotation(leaf)
  }

  /// What has waited longer than a leaf keeps anything does not come to it any more.
  private func skipWaiting(_ leaf: Int, below post: UInt32) {
    while let first = tailers.leaves[leaf].waiting.first, first.post < post {
      _ = tailers.leaves[leaf].waiting.popFirst()
      tailers.tailed += 1
    }
  }

  private func returnToRotation(_ leaf: Int) {
    let state = tailers.leaves[leaf]
    guard let since = state.downSince, state.replayEnds == nil else { return }
    if let first = state.waiting.first, first.post < state.wholeTo { return }
    tailers.leaves[leaf].downSince = nil
    measurements.leaves.rebuilds.append(now - since)
  }

  /// The posts below an id that a leaf is to have, rising.
  private func retained(by leaf: Int, to end: UInt32) -> [UInt32] {
    (0..<end).filter { post in
      let author = posts[post].author
      return leaves.leaf(of: author) == leaf && isOnLeaf(author) && isRetained(post)
    }
  }

  public func leafFigures() -> LeafFigures {
    guard let settings = design.leafIndex else { return LeafFigures() }
    let oldest = nowMilliseconds - settings.retention.nanoseconds / 1_000_000
    for leaf in 0..<leaves.leafCount { leaves.evict(from: leaf, before: oldest) }
    return LeafFigures(
      entries: leaves.count, waiting: tailers.waiting, waitingPeak: tailers.waitingPeak)
  }
}
