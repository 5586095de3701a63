import Simulation

/// What fan-out has done, by post: deliveries that are accounted for and not written, in 16 bytes
/// a post instead of an entry a follower.
///
/// A batch of the followers `first ..< end` of a row adds its size to the post's count and
/// h(first) − h(end) to its sum. Batches that cover the row once telescope to h(0) − h(followers)
/// in any order; a batch that is missing or comes twice leaves a difference.
public struct CountedDeliveries: ~Copyable {
  struct Account: Equatable, BitwiseCopyable {
    var count = 0
    var sum: UInt64 = 0

    init() {}

    /// A batch: the followers at these places of their author's row.
    init(_ batch: Range<Int>) {
      count = batch.count
      sum = mix64(UInt64(batch.lowerBound)) &- mix64(UInt64(batch.upperBound))
    }

    static func += (a: inout Account, b: Account) {
      a.count += b.count
      a.sum &+= b.sum
    }
  }

  /// By post, from `firstPost` on.
  var accounts: [Account] = []
  /// Posts below this id were delivered before the run.
  private(set) var firstPost: UInt32 = 0
  /// By author: posts that all followers have.
  private var whole: [UInt32]

  public init(authors: Int) { whole = [UInt32](repeating: 0, count: authors) }

  /// A post of the history, which all followers have.
  mutating func addHistory(by author: UInt32) {
    whole[Int(author)] += 1
    firstPost += 1
  }

  /// Accounts for a post's delivery to a batch of its author's followers.
  public mutating func add(
    _ batch: Range<Int>, of post: UInt32, by author: UInt32, followers: Int
  ) {
    let index = Int(post - firstPost)
    while accounts.count <= index { accounts.append(Account()) }
    accounts[index] += Account(batch)
    if accounts[index] == Account(0..<followers) { whole[Int(author)] += 1 }
  }

  /// What has been delivered of a post of this run.
  func account(of post: UInt32) -> Account {
    let index = Int(post) - Int(firstPost)
    return accounts.indices.contains(index) ? accounts[index] : Account()
  }

  /// Whether all followers have a post; none is seen to have it before.
  func isWhole(_ post: UInt32, followers: Int) -> Bool {
    post < firstPost || account(of: post) == Account(0..<followers)
  }

  /// An author's posts that all followers have.
  @inline(__always)
  public func wholePosts(of author: UInt32) -> UInt32 { whole[Int(author)] }
}

extension FeedSystem {
  var countsDeliveries: Bool { design.timelines.keep == .counts }

  /// Entries ever written to a viewer's timeline, or that would have been.
  func entriesWritten(for viewer: UInt32) -> UInt32 {
    guard countsDeliveries else { return timelines.head(viewer).pointee.written }
    var written: UInt32 = 0
    for author in pushedAuthors(of: viewer) { written += counted.wholePosts(of: author) }
    return written
  }

  /// Entries that a viewer's timeline holds.
  func entriesHeld(for viewer: UInt32) -> Int {
    timelines.count(of: viewer, written: entriesWritten(for: viewer))
  }

  private func pushedAuthors(of viewer: UInt32) -> Slice<UnsafeBufferPointer<UInt32>> {
    audience.graph.followees(of: viewer).drop { $0 < classes.pulledBelow }
  }

  /// Reads a viewer's timeline into the scratch memory: the newest entries that a load reads, of
  /// those the ones in `ids`; returns how many.
  func readTimeline(_ viewer: UInt32, ids: Range<UInt32>) -> Int {
    let limit = design.timelines.read
    guard countsDeliveries else {
      return timelines.read(viewer, limit: limit, ids: ids, into: scratch.ids)
    }
    let delivered = pullDelivered(to: viewer, from: posts.oldestLive)
    let held = scratch.newest(
      delivered, limit: min(limit, entriesHeld(for: viewer)), scratch.ids)
    return scratch.keep(held) { ids.contains($0) }
  }

  /// Gathers into the scratch memory the posts from an id on that a viewer's timeline was given;
  /// returns how many.
  func pullDelivered(to viewer: UInt32, from first: UInt32) -> Int {
    let authors = UnsafeBufferPointer(rebasing: pushedAuthors(of: viewer))
    let ids = first..<UInt32(posts.count)
    scratch.reserve(candidates: ids.count, authors: authors.count)
    let found = scratch.pull(authors, from: posts, ids: ids, perAuthor: .max, after: 0)
    return scratch.keep(found) { post in
      let followers = audience.graph.followerCount(of: posts[post].author)
      return counted.isWhole(post, followers: followers)
    }
  }

  /// Audits the posts whose deliveries were counted: what was delivered and what jobs under way
  /// will deliver must cover each author's row once.
  func auditCounted(into audit: inout DeliveryAudit) {
    let graph = audience.graph
    var pending: [UInt32: CountedDeliveries.Account] = [:]
    for id in deliveries.live() {
      let job = deliveries[id]
      let batch = Int(job.first)..<Int(job.first + job.count)
      if job.isDead, posts[job.post].measured != 0 { audit.deadLettered += batch.count }
      pending[job.post, default: .init()] += .init(batch)
    }
    for post in lostPosts where plan(ofPost: post).writes {
      let followers = graph.followerCount(of: posts[post].author)
      if posts[post].measured != 0 { audit.expired += followers }
      pending[post, default: .init()] += .init(0..<followers)
    }
    for post in faults.skipped where plan(ofPost: post).writes {
      let followers = graph.followerCount(of: posts[post].author)
      if posts[post].measured != 0 { audit.skipped += followers }
      pending[post, default: .init()] += .init(0..<followers)
    }
    for id in publications.live() where publications[id].post != PostStore.none {
      let followers = graph.followerCount(of: publications[id].author)
      pending[publications[id].post, default: .init()] += .init(0..<followers)
    }
    for post in 0..<UInt32(posts.count)
    where posts[post].measured != 0 && plan(ofPost: post).writes {
      let followers = graph.followerCount(of: posts[post].author)
      let underWay = pending[post] ?? .init()
      var held = counted.account(of: post)
      held += underWay
      audit.due += followers
      audit.pending += underWay.count
      guard held != .init(0..<followers) else { continue }
      // The same count by other followers: at least one is lost and one has it twice.
      let least = held.count == followers ? 1 : 0
      let lost = max(least, followers - held.count)
      let duplicate = max(least, held.count - followers)
      audit.lost += lost
      audit.duplicate += duplicate
      audit.viewersAffected += max(lost, duplicate)
      audit.exact = audit.exact && least == 0
    }
    // What is booked by its reason is not on its way.
    audit.pending -= audit.deadLettered + audit.expired + audit.skipped
  }
}
