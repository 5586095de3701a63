import Settings
import Simulation

/// Which deliveries drop the feed that is held for their viewer.
public enum HeldFeedInvalidation: String, CaseIterable, Sendable {
  case always
  /// Those of posts that are pushed to all followers; S2's code forgets the others.
  case pushedToAll
  case never
}

/// S2.9's flag: for so long after a post, readers of its author can see that there is one. Feeds
/// held without it are stale.
public struct NewPostsFlag: Sendable {
  /// S2's code sets the flag and never reads it.
  public var isRead = true
  public var lifetime = Duration.seconds(3600)

  init(_ parameters: inout Parameters) throws {
    isRead = try parameters.read(
      "read", .flag, default: isRead,
      "Whether a load looks at the flags of the authors it pulls, and makes a held feed anew that "
        + "lacks their posts.")
    lifetime = try parameters.read(
      "ttl", .duration(), default: lifetime, "How long after a post its author's flag is up.")
  }
}

/// What viewers missed on pages from held feeds.
public struct HeldFeedMeasurements: ~Copyable {
  /// First pages shown; of these, those without a post that the viewer could have been shown.
  public var pages = 0
  public var stalePages = 0
  /// Pairs of a measured post and a follower who was shown a page without it when it had been
  /// delivered, or stored where the follower pulls it.
  public var hidden = 0
  /// The age of the oldest such post of a page, when the page was shown.
  public var age = Histogram()
  /// Posts shown in feeds that could hold a post twice; of these, the second ones.
  public var shown = 0
  public var shownTwice = 0
}

extension FeedSystem {
  /// Whether a delivery under this plan drops its viewers' held feeds.
  @inline(__always)
  func invalidatesFeeds(_ plan: FanOutPlan) -> Bool {
    switch design.cache.invalidation {
    case .always: true
    case .pushedToAll: plan == .push
    case .never: false
    }
  }

  /// Whether an author whom a viewer pulls has a flag up for a post that a held feed lacks.
  func isFlagged(_ viewer: UInt32, since view: FeedCache.View) -> Bool {
    guard let flag = design.cache.newPosts, flag.isRead else { return false }
    let oldest = nowMilliseconds - flag.lifetime.nanoseconds / 1_000_000
    for author in askedAuthors(by: viewer, away: false).all {
      let post = posts.latest(of: author)
      if post != PostStore.none, post >= view.asOf,
        Int64(posts[post].storedMilliseconds) > oldest, isFoundAtAuthor(post, by: viewer)
      {
        return true
      }
    }
    return false
  }

  /// Books the first page of a load; of a held feed, what it lacks.
  func noteFirstPage(_ viewer: UInt32, held: UnsafeMutablePointer<FeedCache.View>? = nil) {
    guard design.cache.countsStale else { return }
    measurements.heldFeeds.pages += 1
    guard let held else { return }
    let found = gatherLacking(viewer, held.pointee)
    var count = 0
    var oldest = nowMilliseconds
    for index in 0..<found {
      let record = posts[scratch.ids[index]]
      guard record.measured != 0 else { continue }
      count += 1
      oldest = min(oldest, Int64(record.storedMilliseconds))
    }
    guard count > 0 else { return }
    measurements.heldFeeds.stalePages += 1
    measurements.heldFeeds.age.record((nowMilliseconds - oldest) * 1_000_000)
    // What it lacks stays lacking for as long as the feed is held.
    measurements.heldFeeds.hidden += max(0, count - Int(held.pointee.hidden))
    held.pointee.hidden = UInt32(count)
  }

  /// Gathers into the scratch memory the posts that a viewer would find beyond a held feed; returns
  /// how many, each once.
  private func gatherLacking(_ viewer: UInt32, _ view: FeedCache.View) -> Int {
    let asked = askedAuthors(by: viewer, away: false).all
    let written = Int(timelineVersion(of: viewer) &- view.timelineVersion)
    let newest = min(written, design.timelines.read)
    let perAuthor = design.feed.perAuthor
    scratch.reserve(candidates: newest + asked.count * perAuthor, authors: 0)
    let live = posts.oldestLive..<UInt32(posts.count)
    var found = 0
    if newest > 0 { found = timelines.read(viewer, limit: newest, ids: live, into: scratch.ids) }
    for author in asked {
      var left = perAuthor
      var post = posts.latest(of: author)
      while left > 0, post != PostStore.none, post >= max(view.asOf, live.lowerBound) {
        if isPulled(author, by: viewer, under: plan(ofPost: post)) {
          scratch.ids[found] = post
          found += 1
          left -= 1
        }
        post = posts[post].previous
      }
    }
    found = scratch.keep(found) { !follows.hides(posts[$0].author, from: viewer) }
    return scratch.unique(found)
  }

  /// Books the posts of a page that the feed holds twice.
  func noteRepeats(_ ids: UnsafeMutablePointer<UInt32>, first: Int, shown: Int) {
    guard doublesPosts else { return }
    measurements.heldFeeds.shown += shown
    for index in first..<(first + shown) {
      let isSecond = (0..<index).contains { ids[$0] == ids[index] }
      measurements.heldFeeds.shownTwice += isSecond ? 1 : 0
    }
  }
}
