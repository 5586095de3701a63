import Simulation

/// Every (post, follower) pair due in the measurement window, compared with what the follower's
/// timeline was given and what the follower's loads pull: exact counts against the graph.
///
/// A pair is due if the follower followed the author when the post was stored, whatever becomes of
/// the follow later. What a back-fill gives a new follower is neither due nor a delivery.
public struct DeliveryAudit: Sendable, Equatable {
  /// Pairs due, from the posts and the graph alone.
  public var due = 0
  /// Pairs that no timeline, load or job holds and that are not `dropped`, with no reason known but
  /// the plan.
  public var lost = 0
  /// Pairs lost because their post was older than the event bus's retention.
  public var expired = 0
  /// Pairs lost because their post's message failed every time and was skipped.
  public var skipped = 0
  /// Pairs lost because their post was lost with its shard, before any replica had it.
  public var vanished = 0
  /// Of the duplicates: made again after a consumer's crash.
  public var repeated = 0
  /// Pairs lost because another post of the same tick has taken their row.
  public var overwritten = 0
  /// Pairs of posts that were lost with the primary region, before any other had them: delivered
  /// like any other, and not shown any more.
  public var unreplicated = 0
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
  /// Of those pending, how many are older than the lag objective.
  public var overdue = 0
  /// Pairs due of posts that moderation had removed by the end: delivered like any other, and not
  /// shown any more.
  public var removed = 0
  /// All pairs lost, whatever the reason.
  public var lostInAll: Int { lost + expired + overwritten + skipped + vanished + unreplicated }
  /// Viewers whose deliveries differ from what was due.
  public var viewersAffected = 0
  /// What became of each viewer's pairs; nil where deliveries are only counted, by post.
  public var viewers: ViewerAudit?
  /// False where a differing viewer's timeline has already overwritten entries: `lost` and
  /// `duplicate` are then lower bounds.
  public var exact = true
}

/// An order-free account of a set of posts: how many, and the wrapping sum of their hashes.
struct AuditAccount: Equatable {
  var count: UInt32 = 0
  var sum: UInt64 = 0

  static func += (a: inout AuditAccount, b: AuditAccount) {
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

  mutating func add(_ post: UInt32) { self += AuditAccount(count: 1, sum: auditHash(post)) }
}

/// By viewer, what is due and what is found at authors, and whom the plans themselves wrong.
private struct AuditBooks {
  var expected: [AuditAccount]
  var pulled: [AuditAccount]
  var isAffected: [Bool]
  var ends: ViewerDeliveries

  init(users: Int) {
    expected = [AuditAccount](repeating: AuditAccount(), count: users)
    pulled = expected
    isAffected = [Bool](repeating: false, count: users)
    ends = ViewerDeliveries(users: users)
  }
}

extension FeedSystem {
  /// Audits every viewer; 16 bytes each, and a replay of only those that differ.
  ///
  /// What the plans themselves lose or double is counted from them; whether stores and jobs have
  /// done what the plans say is seen from the accounts.
  public func auditDeliveries() -> DeliveryAudit {
    let users = audience.graph.userCount
    var audit = DeliveryAudit()
    var books = AuditBooks(users: users)
    var published = PublishedPosts(users: users)
    for post in 0..<UInt32(posts.count) where posts[post].measured != 0 {
      let author = posts[post].author
      if moderation.isUsed, moderation.standing(of: post) == .removed {
        audit.removed += follows.followerCount(of: author, when: post)
      }
      if faults.gone.contains(post) { bookGone(post, by: author, &books, &audit) }
      if crowd.geography?.hasLost(post) == true {
        audit.unreplicated += follows.followerCount(of: author, when: post)
      }
      published.add(post, by: author, of: plans.hasChanged(author) ? planSpans(of: author) : [])
    }
    for author in published.authors where !countsDeliveries || author < classes.pulledBelow {
      guard let accounts = published.bySpan[author] else {
        let span = PlanSpan(plan: classes.plan(of: author), posts: 0..<UInt32.max)
        book(span, of: author, published[author], &books, &audit)
        continue
      }
      for (span, account) in zip(planSpans(of: author), accounts) where account.count > 0 {
        book(span, of: author, account, &books, &audit)
      }
    }
    if countsDeliveries {
      auditCounted(into: &audit)
    } else {
      addPending(to: &books, &audit)
    }
    var differing: [UInt32] = []
    for viewer in 0..<users {
      let head = timelines.head(UInt32(viewer)).pointee
      var actual = AuditAccount(count: head.delivered, sum: head.deliveredSum)
      actual += books.pulled[viewer]
      if design.timelines.tick != nil {
        let gone = overwrittenAccount(of: viewer)
        actual += gone
        audit.overwritten += Int(gone.count)
        books.ends.lost[viewer] += gone.count
        books.isAffected[viewer] = books.isAffected[viewer] || gone.count > 0
      }
      if actual != books.expected[viewer] {
        books.isAffected[viewer] = true
        differing.append(UInt32(viewer))
      }
    }
    let heldBack = differing.isEmpty ? [:] : heldBackPosts(from: Set(differing))
    for viewer in differing {
      replay(viewer, without: heldBack[viewer] ?? [], &books.ends, &audit)
    }
    audit.lost += audit.lostByPlan
    audit.repeated = faults.again.measured
    audit.duplicate += audit.duplicateByPlan + audit.repeated
    for (viewer, count) in faults.again.byViewer.enumerated() where count > 0 {
      books.ends.duplicate[viewer] += count
      books.isAffected[viewer] = true
    }
    audit.viewersAffected += books.isAffected.count { $0 }
    if !countsDeliveries {
      books.ends.addLate(measurements.lateByViewer)
      audit.viewers = ViewerAudit(books.ends)
    }
    return audit
  }

  /// The measured posts of which another has taken the row.
  private func overwrittenAccount(of viewer: Int) -> AuditAccount {
    AuditAccount(count: overwritten.measured[viewer], sum: overwritten.sums[viewer])
  }

  /// Books what the followers of an author are due of the posts of one plan, and what of it they
  /// find at the author.
  private func book(
    _ span: PlanSpan, of author: UInt32, _ all: AuditAccount, _ books: inout AuditBooks,
    _ audit: inout DeliveryAudit
  ) {
    let plan = span.plan
    let onLeaf = isOnLeaf(author) ? postsOnLeaf(of: author) : nil
    let waiting = onLeaf?.waiting ?? []
    // What its leaf does not have yet is pending, and on its way to all who pull.
    let readableByAll =
      onLeaf.map { AuditAccount(of: $0.readable + waiting) }
      ?? readableFromAuthor(author, span.posts)
    follows.forEachFollow(of: author) { viewer, followed in
      let index = Int(viewer)
      let isWhole = followed == 0..<UInt32.max
      let ids = span.posts.clamped(to: followed)
      let readable = isWhole ? readableByAll : readableFromAuthor(author, ids)
      let all = isWhole ? all : readable
      audit.due += Int(all.count)
      books.ends.due[index] += all.count
      if plan != .nobody, plan != .pushSampled { books.expected[index] += all }
      switch plan {
      case .push: break
      case .pull:
        books.pulled[index] += readable
        wait(for: waiting, viewer, &books, &audit)
      case .pushToActive: books.pulled[index] += missedByAway(viewer, author, ids)
      case .pushToSome:
        if !classes.edges.pushes(author, to: viewer) {
          books.pulled[index] += readable
          wait(for: waiting, viewer, &books, &audit)
        }
      case .pushSampled:
        let kept = written(author, ids, to: viewer)
        books.expected[index] += kept
        audit.dropped += Int(all.count - kept.count)
      case .pushToActiveAndPull:
        let doubled = written(author, ids, to: viewer)
        books.pulled[index] += readable
        books.expected[index] += doubled
        let unwritten = waiting.filter {
          !isDue(viewer, $0, stored: Int64(posts[$0].storedMilliseconds))
        }
        wait(for: unwritten, viewer, &books, &audit)
        audit.duplicateByPlan += Int(doubled.count)
        books.ends.duplicate[index] += doubled.count
        if doubled.count > 0 { books.isAffected[index] = true }
      case .nobody:
        audit.lostByPlan += Int(all.count) - countGone(author, ids)
        books.ends.lost[index] += all.count
        if all.count > 0 { books.isAffected[index] = true }
      }
    }
  }

  /// Books a post that was lost with its shard for those who followed its author then.
  private func bookGone(
    _ post: UInt32, by author: UInt32, _ books: inout AuditBooks, _ audit: inout DeliveryAudit
  ) {
    follows.forEachFollow(of: author) { viewer, followed in
      guard followed.contains(post) else { return }
      audit.vanished += 1
      books.ends.lost[Int(viewer)] += 1
      books.isAffected[Int(viewer)] = true
    }
  }

  /// Of an author's posts among `ids`, the measured ones that were lost with their shard.
  private func countGone(_ author: UInt32, _ ids: Range<UInt32>) -> Int {
    if faults.gone.isEmpty { return 0 }
    var count = 0
    walk(author, ids) { post, record in
      count += record.measured != 0 && faults.gone.contains(post) ? 1 : 0
      return true
    }
    return count
  }

  /// Books posts that a viewer pulls and whose leaf does not have them yet.
  private func wait(
    for waiting: [UInt32], _ viewer: UInt32, _ books: inout AuditBooks, _ audit: inout DeliveryAudit
  ) {
    for post in waiting where !faults.gone.contains(post) {
      audit.pending += 1
      guard isOverdue(post) else { continue }
      audit.overdue += 1
      books.ends.late[Int(viewer)] += 1
    }
  }

  /// Whether a delivery that has not come by now is late.
  private func isOverdue(_ post: UInt32) -> Bool {
    let waited = nowMilliseconds - Int64(posts[post].storedMilliseconds)
    return waited > design.delivery.within.nanoseconds / 1_000_000
  }

  /// Of an author's posts among `ids`, the measured ones that the plan writes to a viewer.
  private func written(_ author: UInt32, _ ids: Range<UInt32>, to viewer: UInt32) -> AuditAccount {
    var account = AuditAccount()
    walk(author, ids) { post, record in
      if record.measured != 0, isDue(viewer, post, stored: Int64(record.storedMilliseconds)) {
        account.add(post)
      }
      return true
    }
    return account
  }

  /// Of an author's posts among `ids`, the measured ones, found as a reader finds them.
  private func readableFromAuthor(_ author: UInt32, _ ids: Range<UInt32>) -> AuditAccount {
    var account = AuditAccount()
    walk(author, ids) { post, record in
      if record.measured != 0 { account.add(post) }
      return true
    }
    return account
  }

  /// What a viewer who is away would catch up on, loading now.
  private func missedByAway(
    _ viewer: UInt32, _ author: UInt32, _ ids: Range<UInt32>
  ) -> AuditAccount {
    var account = AuditAccount()
    let since = timelines.viewer(viewer).pointee.activeSince
    walk(author, ids.clamped(to: since..<UInt32.max)) { post, record in
      if isDue(viewer, post, stored: Int64(record.storedMilliseconds)) { return false }
      if record.measured != 0 { account.add(post) }
      return true
    }
    return account
  }

  /// Visits an author's posts among `ids`, newest first along the chain, for as long as it is told
  /// to go on.
  private func walk(
    _ author: UInt32, _ ids: Range<UInt32>, _ visit: (UInt32, PostRecord) -> Bool
  ) {
    var post = posts.latest(of: author)
    while post != PostStore.none, post >= ids.lowerBound {
      let record = posts[post]
      if post < ids.upperBound, !visit(post, record) { return }
      post = record.previous
    }
  }

  /// Adds what fan-out jobs under way will still write, and posts not yet announced; then what
  /// jobs that have failed and posts that the bus has dropped leave undelivered.
  private func addPending(to books: inout AuditBooks, _ audit: inout DeliveryAudit) {
    func add(_ post: UInt32, _ places: Range<Int>? = nil, _ book: (Int) -> Void) {
      guard posts[post].measured != 0 else { return }
      let isPulledToo = plan(ofPost: post) == .pushToActiveAndPull
      // What is lost with its shard is lost, wherever else it may be.
      let isGone = faults.gone.contains(post)
      forEachDue(post, in: places) { viewer in
        let index = Int(viewer)
        books.pulled[index].add(post)
        if !isGone { book(index) }
        // Read at the author until it is written.
        if isPulledToo {
          audit.duplicateByPlan -= 1
          books.ends.duplicate[index] -= 1
        }
      }
    }
    func wait(_ post: UInt32, _ places: Range<Int>? = nil) {
      let isOverdue = isOverdue(post)
      add(post, places) { viewer in
        audit.pending += 1
        if isOverdue {
          audit.overdue += 1
          books.ends.late[viewer] += 1
        }
      }
    }
    for id in deliveries.live() where !deliveries[id].isReplay {
      let job = deliveries[id]
      let places = Int(job.first)..<Int(job.first + job.count)
      if job.isDead {
        add(job.post, places) { _ in audit.deadLettered += 1 }
      } else {
        wait(job.post, places)
      }
    }
    for id in publications.live()
    where publications[id].post != PostStore.none && !publications[id].isReplay {
      wait(publications[id].post)
    }
    for post in lostPosts {
      add(post) {
        audit.expired += 1
        books.ends.lost[$0] += 1
      }
    }
    for post in faults.skipped {
      add(post) {
        audit.skipped += 1
        books.ends.lost[$0] += 1
      }
    }
  }

  /// The measured posts that some viewers are due and that jobs or the bus hold back, for good or
  /// not; those are told apart from what is lost.
  private func heldBackPosts(from viewers: Set<UInt32>) -> [UInt32: Set<UInt32>] {
    var held: [UInt32: Set<UInt32>] = [:]
    func add(_ post: UInt32, _ places: Range<Int>? = nil) {
      forEachDue(post, in: places) { viewer in
        if viewers.contains(viewer) { held[viewer, default: []].insert(post) }
      }
    }
    for id in deliveries.live() where !deliveries[id].isReplay {
      let job = deliveries[id]
      add(job.post, Int(job.first)..<Int(job.first + job.count))
    }
    for id in publications.live()
    where publications[id].post != PostStore.none && !publications[id].isReplay {
      add(publications[id].post)
    }
    for post in lostPosts + faults.skipped { add(post) }
    return held
  }

  /// Finds out what a differing viewer lacks and has twice, of what nothing holds back.
  private func replay(
    _ viewer: UInt32, without heldBack: Set<UInt32>, _ ends: inout ViewerDeliveries,
    _ audit: inout DeliveryAudit
  ) {
    let head = timelines.head(viewer).pointee
    let activeSince = timelines.viewer(viewer).pointee.activeSince
    var wanted: [UInt32] = []
    for author in follows.listEverFollowed(by: viewer) {
      guard plans.hasChanged(author) || classes.plan(of: author).writes else { continue }
      walk(author, 0..<UInt32.max) { post, record in
        // Who was away has caught up with what came before the last return.
        let isWanted =
          plan(ofPost: post) == .pushToActive && post < activeSince
          || isDue(viewer, post, stored: Int64(record.storedMilliseconds))
        if record.measured != 0, isWanted, !heldBack.contains(post),
          follows.followed(viewer, author, when: post)
        {
          wanted.append(post)
        }
        return true
      }
    }
    wanted.sort()
    if Int(head.written) > timelines.capacity || edits.touch(viewer) {
      audit.exact = audit.exact && head.delivered == 0
    }
    let buffer = UnsafeMutablePointer<UInt32>.allocate(capacity: timelines.capacity)
    defer { buffer.deallocate() }
    let count = timelines.read(
      viewer, limit: timelines.capacity, ids: 0..<UInt32(posts.count), into: buffer)
    var held = (0..<count).map { buffer[$0] }.filter {
      posts[$0].measured != 0 && follows.followed(viewer, posts[$0].author, when: $0)
    }
    held.sort()
    var position = 0
    var duplicate = 0
    // Those are counted by their reason.
    var lost = design.timelines.tick == nil ? 0 : -Int(overwritten.measured[Int(viewer)])
    for post in wanted {
      while position < held.count, held[position] < post {
        position += 1
        duplicate += 1
      }
      if position < held.count, held[position] == post { position += 1 } else { lost += 1 }
    }
    lost = max(0, lost)
    duplicate += held.count - position
    audit.lost += lost
    audit.duplicate += duplicate
    ends.lost[Int(viewer)] += UInt32(lost)
    ends.duplicate[Int(viewer)] += UInt32(duplicate)
  }
}
