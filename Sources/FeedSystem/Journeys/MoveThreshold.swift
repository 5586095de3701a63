import Simulation

/// every so often: what was delivered, how late, what waits → another threshold → authors between
/// the old one and the new one are pushed, or pulled, from their next post on
extension FeedSystem {
  func startControl() {
    guard let every = control?.settings.every else { return }
    calendar.schedule(.thresholdDue, at: now + every)
  }

  func moveThreshold() {
    guard acceptsArrivals, let settings = control?.settings else { return }
    seeWaiting(settings.objective)
    let present = now
    if control?.decide(at: present) == true {
      for author in 0..<UInt32(audience.graph.userCount) {
        replan(author, followers: follows.followerCount(of: author))
      }
    }
    calendar.schedule(.thresholdDue, at: present + settings.every)
  }

  /// Looks at the entries that wait: in jobs, or in posts on the event bus.
  private func seeWaiting(_ objective: Duration) {
    var overdue = 0
    var oldest = now
    for id in deliveries.live() where !deliveries[id].isDead {
      let job = deliveries[id]
      let opened = fanOuts[job.fanOut].opened
      oldest = min(oldest, opened)
      if now - opened > objective { overdue += Int(job.count) }
    }
    for id in publications.live() where publications[id].post != PostStore.none {
      let row = publications[id]
      guard plan(ofPost: row.post).writes else { continue }
      oldest = min(oldest, row.opened)
      if now - row.opened > objective {
        overdue += follows.followerCount(of: row.author, when: row.post)
      }
    }
    let age = now - oldest
    control?.view.overdue = overdue
    control?.view.oldestAge = age
  }

  /// A post is stored; who pulls it has it.
  func seeStored(_ post: UInt32, opened: Instant) {
    guard let objective = control?.settings.objective else { return }
    let followers = follows.followerCount(of: posts[post].author, when: post)
    let lag = now - opened
    control?.view.posts += 1
    control?.view.followersDue += followers
    if plan(ofPost: post) == .pull {
      control?.view.deliver(followers, after: lag, within: objective)
    }
  }

  @inline(__always)
  func seeWritten(_ entries: Int, after lag: Duration) {
    guard let objective = control?.settings.objective else { return }
    control?.view.deliver(entries, after: lag, within: objective)
  }

  /// How the threshold has stood during the measurement window; nil where it never moves.
  public var thresholdSummary: ThresholdSummary? {
    control?.summary(
      of: Instant(nanoseconds: window.lowerBound)..<Instant(nanoseconds: window.upperBound))
  }

  /// What pushes and pulls of the window have cost a second: H for each entry written of its posts,
  /// L for each author that its loads asked.
  public var measuredCost: Double {
    let costs = fanOutContext.costs
    let spent =
      costs.push * Double(measurements.entriesWrittenMeasured)
      + costs.pull * Double(measurements.authorsAsked)
    return spent / max(Double(window.upperBound - window.lowerBound) / 1e9, 1e-9)
  }
}
