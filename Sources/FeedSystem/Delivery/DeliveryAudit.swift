import Simulation

/// Every (post, follower) pair due in the measurement window, compared with what the follower's
/// timeline was given and what the follower's loads pull: exact counts against the graph.
public struct DeliveryAudit: Sendable, Equatable {
  /// Pairs due, from the posts and the graph alone.
  public var due = 0
  /// Pairs that no timeline, load or job holds and that are not `dropped`, with no reason known but
  /// the plan.
  public var lost = 0
  /// Pairs lost because their post was older than the event bus's retention.
  public var expired = 0
  /// Pairs in jobs that have failed for good and may yet be replayed.
  public var deadLettered = 0
  /// Deliveries beyond the first of a pair.
  public var duplicate = 0
  /// Pairs that the policy leaves out of timelines on purpose.
  public var dropped = 0
  /// Of those lost: the author's posts are neither written nor pulled.
  public var lostByPlan = 0
  /// Of the duplicates: the author's post is written to a follower who pulls it too.
  public var duplicateByPlan = 0
  /// Pairs still in fan-out jobs when the run ended, or waiting for a leaf.
  public var pending = 0
  /// Viewers whose deliveries differ from what was due.
  public var viewersAffected = 0
  /// False where a differing viewer's timeline has already overwritten entries: `lost` and
  /// `duplicate` are then lower bounds.
  public var exact = true
}

/// An order-free account of a set of posts: how many, and the wrapping sum of their hashes.
private struct Account: Equatable {
  var count: UInt32 = 0
  var sum: UInt64 = 0

  static func += (a: inout Account, b: Account) {
    a.count &+= b.count
    a.sum &+= b.sum
  }

  init(count: UInt32 = 0, sum: UInt64 = 0) {
    self.count = count
    self.sum = sum
  }

  init(of posts: [UInt32]) {
    self.init()
    for post in posts { add(post) }
  }

  mutating func add(_ post: UInt32) { self += Account(count: 1, sum: auditHash(post)) }
}

extension FeedSystem {
  /// Audits every viewer; 16 bytes each, and a replay of only those that differ.
  ///
  /// What the plans themselves lose or double is counted from them; whether stores and jobs have
  /// done what the plans say is seen from the accounts.
  public func auditDeliveries() -> DeliveryAudit {
    let graph = audience.graph
    var audit = DeliveryAudit()
    var expected = [Account](repeating: Account(), count: graph.userCount)
    var pulled = [Account](repeating: Account(), count: graph.userCount)
    var published = [Account](repeating: Account(), count: graph.userCount)
    var isAffected = [Bool](repeating: false, count: graph.userCount)
    var authors: [UInt32] = []
    for post in 0..<UInt32(posts.count) where posts[post].measured != 0 {
      let author = posts[post].author
      if published[Int(author)].count == 0 { authors.append(author) }
      published[Int(author)].add(post)
    }
    for author in authors where !countsDeliveries || author < classes.pulledBelow {
      let onLeaf = isOnLeaf(author) ? postsOnLeaf(of: author) : nil
      let waiting = onLeaf?.waiting ?? []
      // What its leaf does not have yet is pending, and on its way to all who pull.
      let readable = onLeaf.map { Account(of: $0.readable + waiting) } ?? readableFromAuthor(author)
      let all = published[Int(author)]
      let plan = classes.plan(of: author)
      for viewer in graph.followers(of: author) {
        audit.due += Int(all.count)
        if plan != .nobody, plan != .pushSampled { expected[Int(viewer)] += all }
        switch plan {
        case .push: break
        case .pull:
          pulled[Int(viewer)] += readable
          audit.pending += waiting.count
        case .pushToActive: pulled[Int(viewer)] += missedByAway(viewer, author)
        case .pushToSome:
          if !classes.edges.pushes(author, to: viewer) {
            pulled[Int(viewer)] += readable
            audit.pending += waiting.count
          }
        case .pushSampled:
          let kept = written(author, to: viewer)
          expected[Int(viewer)] += kept
          audit.dropped += Int(all.count - kept.count)
        case .pushToActiveAndPull:
          let doubled = written(author, to: viewer)
          pulled[Int(viewer)] += readable
          expected[Int(viewer)] += doubled
          audit.pending += waiting.count {
            !isDue(viewer, $0, stored: Int64(posts[$0].storedMilliseconds))
          }
          audit.duplicateByPlan += Int(doubled.count)
          if doubled.count > 0 { isAffected[Int(viewer)] = true }
        case .nobody:
          audit.lostByPlan += Int(all.count)
          isAffected[Int(viewer)] = true
        }
      }
    }
    if countsDeliveries { auditCounted(into: &audit) } else { addPending(to: &pulled, &audit) }
    for viewer in 0..<graph.userCount {
      let head = timelines.head(UInt32(viewer)).pointee
      var actual = Account(count: head.delivered, sum: head.deliveredSum)
      actual += pulled[viewer]
      if actual != expected[viewer] {
        isAffected[viewer] = true
        replay(UInt32(viewer), &audit)
      }
    }
    audit.lost += audit.lostByPlan
    audit.duplicate += audit.duplicateByPlan
    audit.viewersAffected += isAffected.count { $0 }
    return audit
  }

  /// The author's measured posts that the plan writes to a viewer.
  private func written(_ author: UInt32, to viewer: UInt32) -> Account {
    var account = Account()
    var post = posts.latest(of: author)
    while post != PostStore.none {
      let record = posts[post]
      if record.measured != 0, isDue(viewer, post, stored: Int64(record.storedMilliseconds)) {
        account.add(post)
      }
      post = record.previous
    }
    return account
  }

  /// The author's measured posts, found as a reader finds them: newest first along the chain.
  private func readableFromAuthor(_ author: UInt32) -> Account {
    var account = Account()
    var post = posts.latest(of: author)
    while post != PostStore.none {
      if posts[post].measured != 0 { account.add(post) }
      post = posts[post].previous
    }
    return account
  }

  /// What a viewer who is away would catch up on, loading now.
  private func missedByAway(_ viewer: UInt32, _ author: UInt32) -> Account {
    var account = Account()
    let row = timelines.viewer(viewer).pointee
    var post = posts.latest(of: author)
    while post != PostStore.none, post >= row.activeSince {
      let record = posts[post]
      if isDue(viewer, post, stored: Int64(record.storedMilliseconds)) { break }
      if record.measured != 0 { account.add(post) }
      post = record.previous
    }
    return account
  }

  /// Adds what fan-out jobs under way will still write, and posts not yet announced; then what
  /// jobs that have failed and posts that the bus has dropped leave undelivered.
  private func addPending(to pulled: inout [Account], _ audit: inout DeliveryAudit) {
    let graph = audience.graph
    func add(_ post: UInt32, _ followers: Range<Int>) -> Int {
      guard posts[post].measured != 0 else { return 0 }
      var pairs = 0
      let author = posts[post].author
      let stored = Int64(posts[post].storedMilliseconds)
      let isPulledToo = classes.plan(of: author) == .pushToActiveAndPull
      for index in followers {
        let viewer = graph.followers(of: author)[index]
        if !isDue(viewer, post, stored: stored) { continue }
        pulled[Int(viewer)].add(post)
        pairs += 1
        // Read at the author until it is written.
        if isPulledToo { audit.duplicateByPlan -= 1 }
      }
      return pairs
    }
    func addWhole(_ post: UInt32) -> Int {
      let author = posts[post].author
      return classes.plan(of: author).writes
        ? add(post, 0..<graph.followerCount(of: author)) : 0
    }
    for id in deliveries.live() {
      let job = deliveries[id]
      let pairs = add(job.post, Int(job.first)..<Int(job.first + job.count))
      if job.isDead { audit.deadLettered += pairs } else { audit.pending += pairs }
    }
    for id in publications.live() where publications[id].post != PostStore.none {
      audit.pending += addWhole(publications[id].post)
    }
    for post in lostPosts { audit.expired += addWhole(post) }
  }

  /// Finds out what a differing viewer lacks and has twice.
  private func replay(_ viewer: UInt32, _ audit: inout DeliveryAudit) {
    let head = timelines.head(viewer).pointee
    var wanted: [UInt32] = []
    for author in audience.graph.followees(of: viewer) {
      let plan = classes.plan(of: author)
      guard plan.writes else { continue }
      var post = posts.latest(of: author)
      while post != PostStore.none {
        let record = posts[post]
        let isWanted =
          plan == .pushToActive
          || isDue(viewer, post, stored: Int64(record.storedMilliseconds))
        if record.measured != 0, isWanted { wanted.append(post) }
        post = record.previous
      }
    }
    wanted.sort()
    if Int(head.written) > timelines.capacity {
      audit.exact = audit.exact && head.delivered == 0
    }
    let buffer = UnsafeMutablePointer<UInt32>.allocate(capacity: timelines.capacity)
    defer { buffer.deallocate() }
    let count = timelines.read(
      viewer, limit: timelines.capacity, ids: 0..<UInt32(posts.count), into: buffer)
    var held = (0..<count).map { buffer[$0] }.filter { posts[$0].measured != 0 }
    held.sort()
    var position = 0
    for post in wanted {
      while position < held.count, held[position] < post {
        position += 1
        audit.duplicate += 1
      }
      if position < held.count, held[position] == post { position += 1 } else { audit.lost += 1 }
    }
    audit.duplicate += held.count - position
  }
}
