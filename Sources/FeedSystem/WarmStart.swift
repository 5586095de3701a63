import Simulation

extension FeedSystem {
  /// Fills stores and timelines with the posts of the past entry lifetime, drawn at the
  /// scenario's own mean rates, so that the run begins in its steady state.
  ///
  /// Reactions to a past post are exponential around what its author's active followers would
  /// leave, saturating over a day. A reader's last load lies one draw of the time between
  /// sessions back. The feed cache is filled by the warm-up window instead.
  public mutating func warmStart() {
    drawLastLoads()
    let lifetime = design.timelines.lifetime
    let rate = audience.activity.postRateTotal
    guard rate > 0 else { return }
    var times = RandomStream(seed: seed, purpose: Purpose.history.rawValue)
    var authors = RandomStream(seed: seed, purpose: Purpose.historyAuthor.rawValue)
    var reactions = RandomStream(seed: seed, purpose: Purpose.historyEngagement.rawValue)
    let gap = Distribution.exponential(mean: 1 / rate)
    var time = -lifetime.nanoseconds
    while true {
      time += gap.sample(&times).nanoseconds
      guard time < 0 else { break }
      let author = audience.activity.author(&authors)
      let milliseconds = time / 1_000_000
      let post = posts.append(author: author, at: milliseconds, measured: false)
      pushHistory(post, by: author, at: milliseconds)
      drawReactions(to: post, by: author, age: -time, &reactions)
    }
    historyCount = posts.count
  }

  private mutating func drawLastLoads() {
    let perSession = traffic.sessions.loads
    for user in 0..<UInt32(audience.graph.userCount) {
      let rate = audience.activity.loadRate(of: user) / perSession
      guard rate > 0 else { continue }
      var stream = RandomStream(
        seed: seed, purpose: Purpose.lastLoad.rawValue, entity: UInt64(user))
      let back = Distribution.exponential(mean: 1 / rate).sample(&stream)
      timelines.viewer(user).pointee.lastLoadMilliseconds =
        -Int32(clamping: min(back.nanoseconds / 1_000_000, Int64(Int32.max) - 1))
    }
  }

  private func pushHistory(_ post: UInt32, by author: UInt32, at milliseconds: Int64) {
    let plan = classes.plan(of: author)
    if plan == .pull { return }
    let followers = audience.graph.followers(of: author)
    for index in 0..<followers.count {
      if index + 40 < followers.count { timelines.prefetch(followers[index + 40]) }
      if index + 20 < followers.count { timelines.prefetchSlot(followers[index + 20]) }
      let viewer = followers[index]
      if plan == .pushToActive,
        !isDue(timelines.viewer(viewer).pointee, post, stored: milliseconds)
      {
        continue
      }
      timelines.insert(post, into: viewer)
    }
  }

  private mutating func drawReactions(
    to post: UInt32, by author: UInt32, age nanoseconds: Int64, _ stream: inout RandomStream
  ) {
    let days = Double(nanoseconds) / 86_400e9
    let readers =
      Double(audience.graph.followerCount(of: author)) * audience.activity.activeShare
      * min(1, days)
    let habits = traffic.engagementHabits
    let worth = readers * -ln(stream.openUniform())
    posts.add(.like, to: post, times: UInt32(min(worth * habits.likes, 4e9)))
    posts.add(.comment, to: post, times: UInt32(min(worth * habits.comments, 4e9)))
    posts.add(.share, to: post, times: UInt32(min(worth * habits.shares, 4e9)))
  }
}
