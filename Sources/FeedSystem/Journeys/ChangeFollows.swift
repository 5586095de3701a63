import Simulation

/// Who changes whom they follow, and when: users of their own accord, one superposed Poisson
/// stream of them all, and the many of a scripted change.
extension FeedSystem {
  /// Whether the graph may move, by the traffic's will or by what viewers make of posts.
  var movesGraph: Bool { !traffic.follows.isStill || viewersMoveGraph }

  func startFollows() {
    guard movesGraph else { return }
    measurements.follows.open()
    scheduleChange()
    scripts = traffic.follows.scripts.map { _ in ChangeScript() }
    for (index, script) in traffic.follows.scripts.enumerated() {
      calendar.schedule(.scriptedChangeDue(UInt32(index)), at: script.at)
    }
  }

  private func scheduleChange() {
    let active = Double(audience.activity.activeCount)
    let rate = traffic.follows.habits.perDayTotal / 86_400 * active
    guard rate > 0 else { return }
    let time = traffic.follows.arrivals.next(after: now, rate: rate, stream: &changeArrivals)
    if time != .never { calendar.schedule(.changeDue, at: time) }
  }

  func changeFromAudience() {
    guard acceptsArrivals else { return }
    var draws = RandomStream(
      seed: seed, purpose: Purpose.change.rawValue, entity: UInt64(changeNumber))
    let change = traffic.follows.habits.draw(&draws)
    let viewer = audience.activity.reader(&draws)
    if let other = drawOther(change, viewer, &draws) { openChange(change, viewer, other) }
    changeNumber += 1
    scheduleChange()
  }

  /// Whom a change goes to: somebody new, one of those followed, or a follower; nil where nobody is
  /// found in a few draws.
  private func drawOther(
    _ change: FollowChange, _ viewer: UInt32, _ draws: inout RandomStream
  ) -> UInt32? {
    if change == .unfollow || change == .mute {
      let followees = follows.followees(of: viewer)
      return followees.isEmpty ? nil : followees[Int(draws.below(UInt64(followees.count)))]
    }
    for _ in 0..<16 {
      if change == .follow, let author = drawAuthor(&draws) {
        let isNew = author != viewer && !follows.isFollowing(viewer, author)
        if isNew, !follows.isBlocked(viewer, author) { return author }
      } else if change == .block {
        let places = follows.places(of: viewer)
        guard places > 0 else { return nil }
        let follower = follows.follower(at: Int(draws.below(UInt64(places))), of: viewer)
        if follows.isFollowing(follower, viewer) { return follower }
      }
    }
    return nil
  }

  private func drawAuthor(_ draws: inout RandomStream) -> UInt32? {
    let graph = audience.graph
    switch traffic.follows.habits.choice {
    case .anybody: return UInt32(draws.below(UInt64(graph.userCount)))
    case .popular:
      // Each user is the end of as many follows as it has followers.
      return graph.edgeCount > 0
        ? graph.followee(ofEdge: draws.below(UInt64(graph.edgeCount))) : nil
    }
  }

  func openChange(_ change: FollowChange, _ viewer: UInt32, _ other: UInt32) {
    measurements.follows.opened += 1
    let id = changes.take(
      ChangeRow(
        viewer: viewer, author: other, opened: now, key: JourneyKind.change.key(changesOpened),
        measured: measuring))
    changesOpened += 1
    switch change {
    case .follow: follow(id, .opened)
    case .unfollow: unfollow(id, .opened)
    case .mute: mute(id, .opened)
    case .block: block(id, .opened)
    }
  }

  // MARK: Scripts

  /// The next of a script's users makes the change; the first one's time is when they are chosen.
  func changeScripted(_ index: Int) {
    guard acceptsArrivals else { return }
    let script = traffic.follows.scripts[index]
    let users = scripts[index].users ?? choose(script, number: index)
    scripts[index].users = users
    guard scripts[index].done < users.count else { return }
    let viewer = users[scripts[index].done]
    scripts[index].done += 1
    let done = scripts[index].done
    openChange(script.change, viewer, script.account)
    guard done < users.count else { return }
    let share = Double(done) / Double(users.count)
    let time = script.at + Duration(seconds: script.length.seconds * share)
    calendar.schedule(.scriptedChangeDue(UInt32(index)), at: max(time, now))
  }

  /// The users of a script, drawn without replacement from those who can make the change, in the
  /// order in which they do.
  private func choose(_ script: FollowTraffic.Script, number: Int) -> [UInt32] {
    let account = script.account
    let begins = script.change == .follow
    var users = (0..<UInt32(audience.graph.userCount)).filter {
      $0 != account && follows.isFollowing($0, account) != begins
        && !follows.isBlocked($0, account)
    }
    let whole = begins ? audience.graph.userCount : users.count
    let count = min(users.count, script.users.count(of: whole))
    var draws = RandomStream(
      seed: seed, purpose: Purpose.changeScript.rawValue, entity: UInt64(number))
    for place in 0..<count {
      users.swapAt(place, place + Int(draws.below(UInt64(users.count - place))))
    }
    return Array(users[..<count])
  }
}

/// How far a scripted change has come.
struct ChangeScript {
  /// Nil before it has begun.
  var users: [UInt32]?
  var done = 0
}
