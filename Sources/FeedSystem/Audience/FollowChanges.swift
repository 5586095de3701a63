import Simulation

/// How the follower graph has changed during a run: who follows whom from which post on, and up to
/// which. The graph itself is shared by all replications and never changes.
///
/// Post ids rise with the time at which posts are stored, so "followed when the post was stored" is
/// a range of ids, and exact: a follower's posts of an author are those stored from the follow to
/// the unfollow.
///
/// An author's row of followers goes on with those gained during the run, in the order in which
/// they came, and nobody ever leaves it: a place in it says who and which posts. So a fan-out job
/// that was cut before a change means the same afterwards.
struct FollowChanges: ~Copyable {
  /// A follow that has begun or ended during the run.
  struct Follow: BitwiseCopyable {
    var viewer: UInt32
    var author: UInt32
    /// The author's posts that are stored while it lasts: from this one on …
    var from: UInt32
    /// … up to before this one.
    var until = UInt32.max
    /// Of the graph, and ended since.
    var isOriginal: Bool
    /// The viewer's change before this one.
    var earlier: UInt32

    var isOpen: Bool { until == .max }
    func covers(_ post: UInt32) -> Bool { post >= from && post < until }
  }

  /// What has changed for an author: places in the log.
  private struct AuthorRow {
    var gained: [UInt32] = []
    var lost: [UInt32] = []
    /// Followers now, more than in the graph.
    var more = 0
  }

  private static let none = UInt32.max

  let graph: FollowerGraph
  private var log: [Follow] = []
  private var authors: [UInt32: AuthorRow] = [:]
  /// By viewer, the latest change; empty until the first.
  private var latest: [UInt32] = []
  private var mutedBy: [UInt32: [UInt32]] = [:]
  /// Pairs of which neither may follow the other, the smaller id first.
  private var blocked: Set<UInt64> = []
  /// The row handed out last.
  private var row: UnsafeMutableBufferPointer<UInt32>

  init(_ graph: FollowerGraph) {
    self.graph = graph
    row = .allocate(capacity: 0)
  }

  deinit { row.deallocate() }

  // MARK: Asking

  @inline(__always)
  func touches(author: UInt32) -> Bool { !authors.isEmpty && authors[author] != nil }

  /// Whether what the viewer follows, or is shown of it, is not what the graph says.
  @inline(__always)
  func touches(viewer: UInt32) -> Bool { hasChanged(viewer) || !mutedAuthors(of: viewer).isEmpty }

  @inline(__always)
  private func hasChanged(_ viewer: UInt32) -> Bool {
    !latest.isEmpty && latest[Int(viewer)] != Self.none
  }

  private func mutedAuthors(of viewer: UInt32) -> [UInt32] {
    mutedBy.isEmpty ? [] : mutedBy[viewer] ?? []
  }

  /// The pair's last follow that the run has begun or ended.
  private func latestFollow(_ viewer: UInt32, _ author: UInt32) -> UInt32? {
    guard hasChanged(viewer) else { return nil }
    var place = latest[Int(viewer)]
    while place != Self.none {
      if log[Int(place)].author == author { return place }
      place = log[Int(place)].earlier
    }
    return nil
  }

  func isFollowing(_ viewer: UInt32, _ author: UInt32) -> Bool {
    latestFollow(viewer, author).map { log[Int($0)].isOpen } ?? graph.follows(viewer, author)
  }

  /// Whether a viewer followed a post's author when the post was stored.
  func followed(_ viewer: UInt32, _ author: UInt32, when post: UInt32) -> Bool {
    var place = hasChanged(viewer) ? latest[Int(viewer)] : Self.none
    var isKnown = false
    while place != Self.none {
      let follow = log[Int(place)]
      if follow.author == author {
        if follow.covers(post) { return true }
        isKnown = true
      }
      place = follow.earlier
    }
    return isKnown ? false : graph.follows(viewer, author)
  }

  func isMuted(_ author: UInt32, by viewer: UInt32) -> Bool {
    mutedAuthors(of: viewer).contains(author)
  }

  func isBlocked(_ one: UInt32, _ other: UInt32) -> Bool {
    !blocked.isEmpty && blocked.contains(Self.pair(one, other))
  }

  private static func pair(_ one: UInt32, _ other: UInt32) -> UInt64 {
    UInt64(min(one, other)) << 32 | UInt64(max(one, other))
  }

  /// Whether a viewer is not to see an author's posts, wherever they still lie: a muted author's,
  /// and those of an author no longer followed.
  func hides(_ author: UInt32, from viewer: UInt32) -> Bool {
    isMuted(author, by: viewer)
      || latestFollow(viewer, author).map { !log[Int($0)].isOpen } ?? false
  }

  // MARK: Counts and rows

  @inline(__always)
  func followerCount(of author: UInt32) -> Int {
    graph.followerCount(of: author) + (authors.isEmpty ? 0 : authors[author]?.more ?? 0)
  }

  /// Those who followed an author when a post was stored.
  func followerCount(of author: UInt32, when post: UInt32) -> Int {
    let count = graph.followerCount(of: author)
    guard !authors.isEmpty, let row = authors[author] else { return count }
    return count - row.lost.count { log[Int($0)].until <= post }
      + row.gained.count { log[Int($0)].covers(post) }
  }

  /// The places of an author's row: followers of the graph, then those gained.
  @inline(__always)
  func places(of author: UInt32) -> Int {
    graph.followerCount(of: author) + (authors.isEmpty ? 0 : authors[author]?.gained.count ?? 0)
  }

  /// Calls `body` for some places of an author's row, with who follows there and for which posts.
  /// A follower who has left and come back has several, whose posts differ.
  func forEachFollow(
    of author: UInt32, in places: Range<Int>? = nil,
    _ body: (_ viewer: UInt32, _ posts: Range<UInt32>) -> Void
  ) {
    let original = graph.followerCount(of: author)
    let row = authors.isEmpty ? nil : authors[author]
    let gained = row?.gained ?? []
    let hasLost = !(row?.lost.isEmpty ?? true)
    let places = places ?? 0..<(original + gained.count)
    graph.forEachFollower(of: author, in: places.clamped(to: 0..<original)) { viewer in
      body(viewer, 0..<(hasLost ? endOfOriginal(viewer, author) : .max))
    }
    for place in places.clamped(to: original..<max(original, places.upperBound)) {
      let follow = log[Int(gained[place - original])]
      body(follow.viewer, follow.from..<follow.until)
    }
  }

  /// Who follows, or has followed, at a place of an author's row.
  func follower(at place: Int, of author: UInt32) -> UInt32 {
    let original = graph.followerCount(of: author)
    if place < original { return graph.follower(of: author, at: place) }
    return authors[author].map { log[Int($0.gained[place - original])].viewer } ?? author
  }

  /// The first post after a follow of the graph has ended.
  private func endOfOriginal(_ viewer: UInt32, _ author: UInt32) -> UInt32 {
    var place = hasChanged(viewer) ? latest[Int(viewer)] : Self.none
    while place != Self.none {
      let follow = log[Int(place)]
      if follow.author == author, follow.isOriginal { return follow.until }
      place = follow.earlier
    }
    return .max
  }

  /// The authors whom a viewer follows now, ascending; valid until the next call.
  mutating func followees(of viewer: UInt32) -> UnsafeBufferPointer<UInt32> {
    guard hasChanged(viewer) else { return graph.followees(of: viewer) }
    return handOut(listEverFollowed(by: viewer).filter { isFollowing(viewer, $0) })
  }

  /// The authors whom a viewer follows or has followed, ascending; valid until the next call.
  mutating func everFollowed(by viewer: UInt32) -> UnsafeBufferPointer<UInt32> {
    guard hasChanged(viewer) else { return graph.followees(of: viewer) }
    return handOut(listEverFollowed(by: viewer))
  }

  func listEverFollowed(by viewer: UInt32) -> [UInt32] {
    var found = Array(graph.followees(of: viewer))
    var place = hasChanged(viewer) ? latest[Int(viewer)] : Self.none
    while place != Self.none {
      found.append(log[Int(place)].author)
      place = log[Int(place)].earlier
    }
    found.sort()
    var last = Self.none
    found.removeAll { author in
      defer { last = author }
      return author == last
    }
    return found
  }

  private mutating func handOut(_ authors: [UInt32]) -> UnsafeBufferPointer<UInt32> {
    if authors.count > row.count {
      row.deallocate()
      row = .allocate(capacity: authors.count.nextPowerOfTwo)
    }
    _ = row.update(fromContentsOf: authors)
    return UnsafeBufferPointer(rebasing: row[..<authors.count])
  }

  func followeeCount(of viewer: UInt32) -> Int {
    var count = graph.followeeCount(of: viewer)
    var place = hasChanged(viewer) ? latest[Int(viewer)] : Self.none
    while place != Self.none {
      let follow = log[Int(place)]
      count += follow.isOriginal ? -1 : follow.isOpen ? 1 : 0
      place = follow.earlier
    }
    return count
  }

  /// Follows that hold now, counted along the authors' rows.
  func countByAuthor() -> Int {
    var count = 0
    for author in 0..<UInt32(graph.userCount) where authors[author] != nil {
      forEachFollow(of: author) { _, posts in count += posts.upperBound == .max ? 1 : 0 }
      count -= graph.followerCount(of: author)
    }
    return graph.edgeCount + count
  }

  /// Follows that hold now, counted along the viewers' rows.
  func countByViewer() -> Int {
    (0..<UInt32(graph.userCount)).reduce(0) { $0 + followeeCount(of: $1) }
  }

  // MARK: Changing

  /// A viewer follows an author from a post on; false where that is so already, or may not be.
  mutating func begin(_ viewer: UInt32, _ author: UInt32, from post: UInt32) -> Bool {
    guard viewer != author, !isFollowing(viewer, author), !isBlocked(viewer, author) else {
      return false
    }
    let place = append(
      Follow(
        viewer: viewer, author: author, from: post, isOriginal: false, earlier: Self.none))
    authors[author, default: AuthorRow()].gained.append(place)
    authors[author, default: AuthorRow()].more += 1
    return true
  }

  /// A viewer follows an author no longer, from a post on; false where that is so already.
  mutating func end(_ viewer: UInt32, _ author: UInt32, from post: UInt32) -> Bool {
    guard isFollowing(viewer, author) else { return false }
    authors[author, default: AuthorRow()].more -= 1
    if let place = latestFollow(viewer, author) {
      log[Int(place)].until = post
      return true
    }
    let place = append(
      Follow(
        viewer: viewer, author: author, from: 0, until: post, isOriginal: true,
        earlier: Self.none))
    authors[author, default: AuthorRow()].lost.append(place)
    return true
  }

  private mutating func append(_ follow: Follow) -> UInt32 {
    if latest.isEmpty { latest = [UInt32](repeating: Self.none, count: graph.userCount) }
    var follow = follow
    follow.earlier = latest[Int(follow.viewer)]
    let place = UInt32(log.count)
    log.append(follow)
    latest[Int(follow.viewer)] = place
    return place
  }

  /// Hides an author from a viewer, who goes on following; false where that is so already.
  mutating func mute(_ author: UInt32, by viewer: UInt32) -> Bool {
    guard !isMuted(author, by: viewer) else { return false }
    mutedBy[viewer, default: []].append(author)
    return true
  }

  /// Forbids two users to follow each other; false where that is so already.
  mutating func block(_ one: UInt32, _ other: UInt32) -> Bool {
    blocked.insert(Self.pair(one, other)).inserted
  }
}
