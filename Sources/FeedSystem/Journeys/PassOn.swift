import Simulation

/// original posted → some of its followers pass it on, each after a while → some of theirs …
///                 └ some followers open the feed
///
/// A repost is a post like any other, by whoever passes it on. What the crowd does depends on
/// nobody but the crowd: a post that the system turns away is passed on all the same, so that all
/// designs have the same cascade.
enum CrowdStep: UInt8 {
  /// The original of a cascade is due; its number is the index.
  case begins
  case reposted, came
  /// Of a lost region: its users are sent elsewhere, its clients come back, another is primary.
  case rerouted, returned, promoted
}

/// Somebody who is going to pass a post on, or to look at it.
struct CrowdRow: BitwiseCopyable {
  var cascade: UInt32
  var user: UInt32
  /// Of the draws of what comes of it.
  var key: UInt64
}

extension FeedSystem {
  func startCrowd(opens: Instant) {
    for (index, cascade) in crowd.cascades.enumerated() {
      calendar.schedule(.crowd(UInt32(index), .begins), at: cascade.at)
    }
  }

  func advanceCrowd(_ index: UInt32, _ step: CrowdStep) {
    switch step {
    case .begins: begin(cascade: Int(index))
    case .reposted: repost(index)
    case .came: comeToSee(index)
    case .rerouted: reroute(Int(index))
    case .returned: welcomeBack(Int(index))
    case .promoted: promote()
    }
  }

  private func begin(cascade index: Int) {
    guard acceptsArrivals else { return }
    let author = crowd.cascades[index].author
    crowd.books[index].began = now
    _ = crowd.books[index].isNew(author)
    passOn(index, from: author, key: mix64(UInt64(index) &+ 1), isFirst: true)
  }

  private func repost(_ id: UInt32) {
    let row = crowd.rows[id]
    let index = Int(row.cascade)
    crowd.rows.release(id)
    crowd.books[index].underWay -= 1
    guard acceptsArrivals else {
      crowd.books[index].afterEnd += 1
      return
    }
    guard crowd.books[index].isNew(row.user) else {
      crowd.books[index].repeated += 1
      return
    }
    crowd.books[index].noteRepost(at: now)
    passOn(index, from: row.user, key: row.key, isFirst: false)
  }

  /// Posts it, and draws who passes it on from there, and who comes to see.
  private func passOn(_ index: Int, from user: UInt32, key: UInt64, isFirst: Bool) {
    openPost(author: user)
    let cascade = crowd.cascades[index]
    let followers = follows.places(of: user)
    crowd.books[index].reach(audience.graph.followers(of: user))
    var stream = RandomStream(seed: seed, purpose: Purpose.cascade.rawValue, entity: key)
    let mean = cascade.law.mean(followers: followers, isFirst: isFirst)
    let drawn = cascade.law.reposts(mean: mean, crowd.poisson, &stream)
    crowd.books[index].drawn += drawn
    guard followers > 0 else {
      crowd.books[index].unheard += drawn
      return
    }
    for done in 0..<drawn {
      if crowd.books[index].made + crowd.books[index].underWay >= cascade.most {
        crowd.books[index].beyondMost += drawn - done
        break
      }
      let follower = follows.follower(at: Int(stream.below(UInt64(followers))), of: user)
      let row = CrowdRow(cascade: UInt32(index), user: follower, key: stream.next())
      let time = now + cascade.law.delay(&stream)
      if time.nanoseconds >= window.upperBound {
        crowd.books[index].afterEnd += 1
      } else {
        crowd.books[index].underWay += 1
        calendar.schedule(.crowd(crowd.rows.take(row), .reposted), at: time)
      }
    }
    guard let visits = cascade.visits else { return }
    var draws = RandomStream(seed: seed, purpose: Purpose.cascadeVisit.rawValue, entity: key)
    let expected = visits.share * Double(followers)
    for _ in 0..<crowd.poisson.next(mean: expected, &draws, .exponential) {
      let follower = follows.follower(at: Int(draws.below(UInt64(followers))), of: user)
      let row = CrowdRow(cascade: UInt32(index), user: follower, key: draws.next())
      let time = now + visits.delay.sample(&draws)
      guard time.nanoseconds < window.upperBound, audience.activity.isActive(follower) else {
        continue
      }
      calendar.schedule(.crowd(crowd.rows.take(row), .came), at: time)
    }
  }

  private func comeToSee(_ id: UInt32) {
    let row = crowd.rows[id]
    crowd.rows.release(id)
    guard acceptsArrivals else { return }
    crowd.books[Int(row.cascade)].visits += 1
    let draws = RandomStream(seed: seed, purpose: Purpose.session.rawValue, entity: row.key)
    openSession(of: row.user, draws)
  }

  /// What cascades have come to; nil without any.
  public var cascadeFigures: CascadeFigures? {
    let begun = crowd.books.filter { $0.began != .never }
    return begun.isEmpty ? nil : CascadeFigures(begun)
  }

  /// Of every cascade, what was drawn is what became of it; and who is under way has an event.
  func crowdBalances() -> [Check] {
    var checks = crowd.books.enumerated().map { index, books in
      Check(
        name: "cascade \(index + 1)", passed: books.isBalanced,
        detail: "\(books.drawn) drawn = \(books.made) made + \(books.repeated) repeated + "
          + "\(books.unheard) unheard + \(books.beyondMost) beyond the most + "
          + "\(books.afterEnd) after the end + \(books.underWay) under way")
    }
    if !crowd.books.isEmpty {
      checks.append(
        Check(
          name: "cascades: nobody stranded",
          passed: calendar.count > 0 || crowd.rows.count == 0,
          detail: "\(crowd.rows.count) under way, \(calendar.count) events to come"))
    }
    return checks + geographyBalances()
  }
}
