import Simulation

/// The cache at one region's edge: first pages by viewer and media by post, in one room of bytes.
///
/// Posts are keyed by the low bits of their ids, and whose media a key holds stands beside it: a
/// post that as many others have followed as there are keys is forgotten.
final class EdgeCache {
  /// A first page as the origin gave it out.
  struct Page: BitwiseCopyable {
    var view: FeedCache.View
    /// Of the viewer's timeline, when the page was made.
    var version: UInt32
    /// Posts on it, of `view.count` ranked ones.
    var shown: UInt32
  }

  /// What was asked, for whoever checks the answers.
  struct Request {
    var isFeed: Bool
    var key: UInt32
    var size: Int
    var milliseconds: Int64
    var hit: Bool
  }

  let policy: any CachePolicy
  private let users: UInt32
  private let mask: UInt32
  private let lifetime: Int64
  private let length: Int
  /// By slot: since when it is held, and by a page's slot where it lies.
  private var since: [Int64] = []
  private var places: [Int] = []
  /// By place.
  private var pages: [Page] = []
  private var ids: [UInt32] = []
  /// By a post's low bits.
  private var media: [UInt32]
  /// The page that was asked for last.
  private let asked: UnsafeMutablePointer<UInt32>
  /// Keys whose nodes are away.
  var outage = KeyOutage()
  /// Nil where nobody reads it.
  var log: [Request]?

  /// - Parameters:
  ///   - bytes: at least 1.
  ///   - posts: that may be shown at the same time, about.
  ///   - lifetime: milliseconds.
  ///   - page: posts of a page.
  init(
    _ kind: any CachePolicy.Type, bytes: Int, users: Int, posts: Int, lifetime: Int64, page: Int,
    seed: UInt64
  ) {
    let postKeys = max(1024, posts).nextPowerOfTwo
    self.users = UInt32(users)
    mask = UInt32(postKeys - 1)
    self.lifetime = lifetime
    length = page
    policy = kind.init(
      CacheSpace(
        capacity: bytes, keys: users + postKeys, isSized: true, lifetime: lifetime, seed: seed))
    media = [UInt32](repeating: PostStore.none, count: postKeys)
    asked = .allocate(capacity: page)
    asked.initialize(repeating: 0, count: page)
  }

  deinit { asked.deallocate() }

  /// The viewer's page, unless it is not held or too old; its posts are valid until the next
  /// call.
  func lookUpFeed(
    _ viewer: UInt32, at milliseconds: Int64
  ) -> (page: Page, ids: UnsafeMutablePointer<UInt32>)? {
    let slot = find(viewer, at: milliseconds)
    log?.append(
      Request(isFeed: true, key: viewer, size: 0, milliseconds: milliseconds, hit: slot != nil))
    guard let slot else { return nil }
    let place = places[slot]
    for index in 0..<Int(pages[place].shown) { asked[index] = ids[place * length + index] }
    return (pages[place], asked)
  }

  /// Holds a page from now on.
  ///
  /// - Parameter size: bytes.
  func keepFeed(
    _ viewer: UInt32, _ page: Page, _ posts: UnsafeMutablePointer<UInt32>, size: Int,
    at milliseconds: Int64
  ) {
    log?.append(
      Request(isFeed: true, key: viewer, size: size, milliseconds: milliseconds, hit: false))
    policy.advance(to: milliseconds)
    policy.invalidate(viewer)
    guard size > 0, !outage.covers(viewer), let slot = policy.admit(viewer, size: size) else {
      return
    }
    note(slot, at: milliseconds)
    if places[slot] < 0 {
      places[slot] = pages.count
      pages.append(page)
      ids.append(contentsOf: repeatElement(0, count: length))
    }
    let place = places[slot]
    pages[place] = page
    for index in 0..<Int(page.shown) { ids[place * length + index] = posts[index] }
  }

  /// Whether a post's media are held; from now on they are, if there is room.
  ///
  /// - Parameter size: bytes.
  func askMedia(_ post: UInt32, size: Int, at milliseconds: Int64) -> Bool {
    let key = users + post & mask
    let isOwn = media[Int(post & mask)] == post
    if !isOwn { policy.invalidate(key) }
    let hit = find(key, at: milliseconds) != nil
    log?.append(
      Request(isFeed: false, key: post, size: size, milliseconds: milliseconds, hit: hit))
    if hit { return true }
    media[Int(post & mask)] = post
    if outage.covers(key) { return false }
    if let slot = policy.admit(key, size: size) { note(slot, at: milliseconds) }
    return false
  }

  /// Nodes are lost, and what they held.
  func loseAway() {
    for key in 0..<UInt32(policy.space.keys) where outage.covers(key) { policy.invalidate(key) }
  }

  /// Drops a viewer's page, if it is held.
  func purge(_ viewer: UInt32) { policy.invalidate(viewer) }

  private func find(_ key: UInt32, at milliseconds: Int64) -> Int? {
    policy.advance(to: milliseconds)
    guard let slot = policy.access(key) else { return nil }
    if milliseconds - since[slot] < lifetime { return slot }
    policy.invalidate(key)
    return nil
  }

  private func note(_ slot: Int, at milliseconds: Int64) {
    while since.count <= slot {
      since.append(0)
      places.append(-1)
    }
    since[slot] = milliseconds
  }
}
