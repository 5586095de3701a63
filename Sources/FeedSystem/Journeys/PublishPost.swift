import Simulation

/// gateway → moderation, if it comes first (`Moderate`) →
/// post store (the shards that keep it) → event bus → fan-out jobs of a batch each
///                                            └ if readers pull it: stream → its leaf (`TailPost`)
enum PublishStep: UInt8 {
  case opened, admitted, stored, announced, consumed
}

/// A post on its way.
struct PublishRow: BitwiseCopyable {
  var author: UInt32
  var post: UInt32
  var opened: Instant
  /// To the shards that keep it; none before it is sent there.
  var visits = ShardVisits()
  var key: UInt64
  var measured: Bool
  /// Of reduced reach from the beginning; and whether a reviewer has seen it.
  var isReduced = false
  var isReviewed = false
  /// Answered 429 so often; whether its media are there.
  var attempts: UInt8 = 0
  var hasUploaded = false
  /// Whose attempt it is; none without `clients`, and once its author has an answer.
  var request = RequestRow.none
  /// Whether its message is read again after a crash.
  var isReplay = false
  /// Of a message that fails every time, the fault's occurrence and one; and its attempts.
  var poison: UInt32 = 0
  var poisonAttempts: UInt32 = 0
  /// Made in another cell: only its followers here are this one's.
  var isElsewhere = false

  var atStore: Bool { post == PostStore.none && visits.count > 0 }
}

extension FeedSystem {
  func publish(_ id: UInt32, _ step: PublishStep) {
    let row = publications[id]
    switch step {
    case .opened:
      if row.isElsewhere { return storeElsewhere(id) }
      if isCutOff(post: id) || isLostOnDetour(of: row.author, id, .post, key: row.key)
        || isTurnedAway(post: id)
      {
        return
      }
      if visit(.gateway, key: row.key, then: .publish(id, .admitted)) == nil {
        noteUnavailable(.post)
        reject(post: id)
      }
    case .admitted:
      leave(.gateway)
      if isRepeated(post: id) { return }
      if !moderateFirst(id) { sendOn(id) }
    case .stored:
      let place = shardMap.place(by: row.author, key: row.key)
      if !row.isElsewhere { endWrites(row.visits, of: row.author, to: place, key: row.key) }
      store(id)
      calendar.schedule(.publish(id, .announced), at: now + design.network.eventBus)
    case .announced:
      if hasBus { return publishToBus(id) }
      announce(id)
      publications.release(id)
    case .consumed:
      commit(id)
    }
  }

  func sendOn(_ id: UInt32) {
    if isUnwritable(post: id) { return }
    switch askBus(id) {
    case .enters: sendToStore(id)
    case .waits: break
    case .refused: reject(post: id)
    }
  }

  func sendToStore(_ id: UInt32) {
    let row = publications[id]
    let place = shardMap.place(by: row.author, key: row.key)
    if !postShards.outages.takesWrites(place) {
      noteRefused()
      withdrawFromBus(id)
      return fail(.publish(id, .stored), .serverLost)
    }
    if isLostOnWayToPrimary(of: row.author, id, .write, key: row.key) { return }
    let visits = writeRow(of: row.author, to: place, key: row.key)
    publications[id].visits = visits
    let way = roundTrip + distanceToPrimary(of: row.author) + callDelay
    calendar.schedule(.publish(id, .stored), at: visits.last + way)
  }

  /// The post becomes readable and its author is answered.
  private func store(_ id: UInt32) {
    let row = publications[id]
    let post = storePost(row)
    publications[id].post = post
    shardMap.note(post, key: row.key)
    if ranking.skews != nil {
      noteClock(post, on: shardMap.place(by: row.author, key: row.key))
    }
    moderateStored(id, post)
    measurements.postsStored += 1
    addObjects()
    levels?.writePost(post, at: nowMilliseconds)
    create(object(of: post), key: row.key)
    if isOnLeaf(row.author) { sendToLeaf(id) }
    tellReaders(of: post, opened: row.opened)
    seeStored(post, opened: row.opened)
    noteAnswered(post: id, isStored: true)
    guard row.measured else { return }
    if !row.isElsewhere { measurements.postsMeasured += 1 }
    if row.request == RequestRow.none, !row.isElsewhere {
      measurements.publishLatency.record(now - row.opened + clientRoundTrip(of: row.author))
    }
    let followers = follows.followerCount(of: row.author, when: post)
    if followers > 0 { measurements.pipeline.postsAwaited += 1 }
    if plan(ofPost: post).isPulled, !isOnLeaf(row.author) {
      bookReadable(post, opened: row.opened)
    }
  }

  /// From now on those who pull a post find it.
  func bookReadable(_ post: UInt32, opened: Instant) {
    guard posts[post].measured != 0 else { return }
    let followers = follows.followerCount(of: posts[post].author, when: post)
    let lag = now - opened
    let readers = followers - countDue(post)
    measurements.deliveryLag.record(lag.nanoseconds, times: UInt64(readers))
    if readers == followers {
      measurements.pipeline.reached(followers, from: 0, of: followers, after: lag)
    }
    if lag > design.delivery.within {
      measurements.late += readers
      noteLate(post) { !$0 }
    }
  }

  /// Splits the fan-out into jobs of one batch of followers each.
  ///
  /// - Parameter isDead: whether they are laid among the dead letters at once.
  func announce(_ id: UInt32, isDead: Bool = false) {
    let row = publications[id]
    let plan = plan(ofPost: row.post)
    let places = follows.places(of: row.author)
    guard plan.writes, follows.followerCount(of: row.author, when: row.post) > 0 else { return }
    let due = countDue(row.post)
    if row.isReplay { faults.again.announced += due }
    measurements.announce(due: due, at: now)
    noteForAllCells(due, by: row.author, opened: row.opened)
    noteFlash()
    // Who finds it at its author has it already.
    if due == 0, row.measured, !plan.isPulled { measurements.pipeline.postsAwaited -= 1 }
    let batches = stride(from: 0, to: places, by: design.fanOutBatch).map { first in
      first..<min(first + design.fanOutBatch, places)
    }
    // Where the followers pushed to are known, a batch without any is no job.
    let isKnown = plan == .pushToSome || follows.touches(author: row.author)
    let jobs = isKnown ? batches.filter { countDue(row.post, in: $0) > 0 } : batches
    guard !jobs.isEmpty else { return }
    let fanOut = fanOuts.take(
      FanOutRow(
        post: row.post, jobs: UInt32(jobs.count), due: UInt32(due), written: 0,
        opened: row.opened))
    for batch in jobs {
      let job = deliveries.take(
        DeliverRow(
          post: row.post, first: UInt32(batch.lowerBound), count: UInt32(batch.count),
          fanOut: fanOut, key: row.key &+ UInt64(batch.lowerBound) << 24,
          isReplay: row.isReplay))
      if isDead { bury(job) } else { dispatch(job) }
    }
  }

  // MARK: Arrivals

  func schedulePost() {
    let time = traffic.posts.next(
      after: now, rate: audience.activity.postRateTotal, stream: &postArrivals)
    if time != .never { calendar.schedule(.postDue, at: time) }
  }

  func postFromAudience() {
    guard acceptsArrivals else { return }
    let author = crowd.keepsHours ? awakeAuthor() : audience.activity.author(&authors)
    if starArrivals.isEmpty || !isStar(author) { openPost(author: author) }
    schedulePost()
  }

  func postScripted(_ index: Int) {
    guard acceptsArrivals else { return }
    openPost(author: traffic.scripted[index].author)
  }

  func openPost(author: UInt32) {
    let key = JourneyKind.publish.key(postNumber)
    postNumber += 1
    open(
      PublishRow(
        author: author, post: PostStore.none, opened: now, key: key, measured: measuring,
        request: openRequest(.publish, by: author, key: key),
        isElsewhere: isMadeElsewhere(by: author, key: key)))
  }
}

/// Keys the service draws of a journey by what it is and its number, so that two designs under
/// one seed draw the same services.
enum JourneyKind: UInt64 {
  case publish = 0x1000_0000_0000_0000
  case load = 0x2000_0000_0000_0000
  case engage = 0x3000_0000_0000_0000
  case change = 0x4000_0000_0000_0000
  case flush = 0x7000_0000_0000_0000
  case ahead = 0x8000_0000_0000_0000
  case scroll = 0x9000_0000_0000_0000
  case moderate = 0xa000_0000_0000_0000

  func key(_ number: UInt64) -> UInt64 { rawValue &+ number << 4 }
}
