import Simulation

/// admitted or stored → hash match → model → media scan (photos, videos) → let pass
///                       └ known      ├ high score └ recognised → removed
///                                    └ doubtful, after the scan → reviewer → let pass, reduced or
///                                                                            removed
/// shown → reported → reviewer          removed → its author appeals → reviewer → back, or not
enum ModerationStep: UInt8 {
  case hashed, modelled, scanned, reviewed, appealed
  /// Of the reviewers.
  case reviewerFree, shiftChanged
}

extension FeedSystem {
  func moderate(_ id: UInt32, _ step: ModerationStep) {
    switch step {
    case .hashed:
      leave(.hashMatch)
      if moderation.law.isKnown(moderation.rows[id].draws) {
        moderation.measurements.byHash += 1
        return decide(id, .removed)
      }
      _ = visit(
        .moderationModel, key: moderation.rows[id].key &+ 1, then: .moderate(id, .modelled))
    case .modelled:
      leave(.moderationModel)
      let draws = moderation.rows[id].draws
      if moderation.law.isRemovedByModel(draws) {
        moderation.measurements.byModel += 1
        return decide(id, .removed)
      }
      if !draws.hasMedia { return passOn(id) }
      _ = visit(.mediaScan, key: moderation.rows[id].key &+ 2, then: .moderate(id, .scanned))
    case .scanned:
      leave(.mediaScan)
      if moderation.law.isRecognised(moderation.rows[id].draws) {
        moderation.measurements.byScan += 1
        return decide(id, .removed)
      }
      passOn(id)
    case .reviewed:
      moderation.reviewers.depart(at: now)
      endReview(id)
    case .appealed: queueForReview(id)
    case .reviewerFree: beginReviews()
    case .shiftChanged: changeShift()
    }
  }

  // MARK: Into moderation

  /// Starts the shifts, and settles where the posts of the past stand.
  func startModeration() {
    guard moderation.isUsed else { return }
    for post in 0..<UInt32(historyCount) {
      let draws = moderation.law.draws(UInt64(post) | 1 << 63, posts.traits(of: post))
      moderation.note(post, moderation.law.settled(draws), isHarmful: draws.isHarmful)
      moderation.noteReview(post)
    }
    scheduleShift()
  }

  /// What a publication is going to be, known as it comes in: the same in designs that store it at
  /// once and later. Nil without a world.
  func traits(of row: PublishRow) -> PostTraits? {
    world?.post(by: row.author, at: row.opened.nanoseconds / 1_000_000)
  }

  /// Looks at a post before it is published; whether that is the order.
  func moderateFirst(_ publication: UInt32) -> Bool {
    guard moderation.settings?.when == .before else { return false }
    beginModeration(publication, post: PostStore.none)
    return true
  }

  /// Looks at a post that has just been stored, unless that has been done.
  func moderateStored(_ publication: UInt32, _ post: UInt32) {
    guard let settings = moderation.settings else { return }
    let isHarmful = posts.traits(of: post).isHarmful
    guard settings.when == .before else {
      moderation.note(post, .open, isHarmful: isHarmful)
      return beginModeration(publication, post: post)
    }
    let isReduced = publications[publication].isReduced
    moderation.note(post, isReduced ? .reduced : .passed, isHarmful: isHarmful)
    // Reviewed already, or not: reports go by that.
    if publications[publication].isReviewed { moderation.noteReview(post) }
  }

  private func beginModeration(_ publication: UInt32, post: UInt32) {
    let row = publications[publication]
    moderation.measurements.opened += 1
    let draws = moderation.law.draws(row.key, traits(of: row) ?? PostTraits())
    let id = moderation.rows.take(
      ModerationRow(
        post: post, publication: post == PostStore.none ? publication : PostStore.none,
        author: row.author, draws: draws, opened: row.opened,
        key: JourneyKind.moderate.key(row.key & 0x00ff_ffff_ffff_ffff), measured: row.measured))
    _ = visit(.hashMatch, key: moderation.rows[id].key, then: .moderate(id, .hashed))
  }

  /// A viewer reports a post: whoever has looked at it does so again, unless that was a person.
  func report(_ post: UInt32) {
    guard moderation.settings?.reports == true else { return }
    let standing = moderation.standing(of: post)
    guard standing == .passed, !moderation.hasBeenReviewed(post) else { return }
    if measuring { moderation.measurements.reports += 1 }
    let record = posts[post]
    let entity = UInt64(post) | 1 << 62
    let id = moderation.rows.take(
      ModerationRow(
        post: post, publication: PostStore.none, author: record.author,
        draws: moderation.law.draws(entity, posts.traits(of: post)), course: .report,
        opened: now, key: JourneyKind.moderate.key(entity), measured: record.measured != 0))
    queueForReview(id)
  }

  // MARK: Reviewers

  /// All machines have looked at it.
  private func passOn(_ id: UInt32) {
    if moderation.law.isReviewed(moderation.rows[id].draws) { return queueForReview(id) }
    moderation.measurements.byDefault += 1
    decide(id, .passed)
  }

  private func queueForReview(_ id: UInt32) {
    let row = moderation.rows[id]
    if row.post != PostStore.none { moderation.noteReview(row.post) }
    moderation.rows[id].queued = now
    let followers = follows.followerCount(of: row.author)
    let line = moderation.law.line(score: row.draws.score, followers: followers)
    let key = row.key &+ 3 &+ UInt64(row.course.rawValue)
    var stream = RandomStream(seed: seed, purpose: Purpose.review.rawValue, entity: key)
    let service = moderation.law.settings.review.time.sample(&stream)
    let event = Event.moderate(id, .reviewed)
    switch moderation.reviewers.arrive(event, service: service, at: now, class: line) {
    case .begins(let end): calendar.schedule(event, at: end)
    case .waits, .blocked: scheduleReviewer()
    }
    if measuring {
      moderation.measurements.backlogPeak = max(
        moderation.measurements.backlogPeak, moderation.reviewers.waiting)
    }
  }

  private func scheduleReviewer() {
    if let time = moderation.reviewers.nextBegin() {
      calendar.schedule(.moderate(0, .reviewerFree), at: time)
    }
  }

  private func beginReviews() {
    while let begun = moderation.reviewers.begin(at: now) {
      calendar.schedule(begun.visitor, at: begun.end)
    }
    scheduleReviewer()
  }

  private func changeShift() {
    moderation.changeShift(at: now)
    scheduleReviewer()
    scheduleShift()
  }

  /// Shifts go on for as long as there may be something to review. Nobody looks further ahead than
  /// a quarter of an hour, or the next shift would hold up the end of the run.
  private func scheduleShift() {
    guard acceptsArrivals || moderation.rows.count > 0 else { return }
    if let time = moderation.nextChange(after: now) {
      calendar.schedule(.moderate(0, .shiftChanged), at: min(time, now + .seconds(900)))
    }
  }

  private func endReview(_ id: UInt32) {
    let row = moderation.rows[id]
    if measuring { moderation.measurements.reviewed += 1 }
    if row.measured { moderation.measurements.reviewTime.record(now - row.queued) }
    switch row.course {
    case .first:
      moderation.measurements.byReview += 1
      decide(id, moderation.law.verdict(row.draws))
    case .report: settle(id, from: .passed, to: moderation.law.verdict(row.draws))
    case .appeal:
      let isBack = moderation.law.isOverturned(row.draws)
      if row.measured, isBack { moderation.measurements.overturned += 1 }
      settle(id, from: .removed, to: isBack ? .passed : .removed)
    }
  }

  // MARK: Decisions

  /// The first decision on a post.
  private func decide(_ id: UInt32, _ standing: Standing) {
    let row = moderation.rows[id]
    moderation.measurements.decided += 1
    if row.measured { moderation.measurements.timeToDecision.record(now - row.opened) }
    settle(id, from: .open, to: standing)
  }

  /// Carries out a decision, and ends the row unless the author appeals.
  private func settle(_ id: UInt32, from old: Standing, to new: Standing) {
    let row = moderation.rows[id]
    if row.measured {
      book(old, row.draws, -1)
      book(new, row.draws, 1)
    }
    let appealAt = new == .removed ? timeOfAppeal(row) : .never
    let goesOn = appealAt.nanoseconds < window.upperBound
    if row.post != PostStore.none, old != new {
      moderation.note(row.post, new, isHarmful: row.draws.isHarmful)
      if new == .removed { takeDown(row.post) }
    }
    if row.publication != PostStore.none, !goesOn {
      endHold(row.publication, new, isReviewed: row.queued != .never)
    }
    guard goesOn else { return moderation.rows.release(id) }
    if row.measured { moderation.measurements.appeals += 1 }
    moderation.rows[id].course = .appeal
    calendar.schedule(.moderate(id, .appealed), at: appealAt)
  }

  /// When the author of a post that is removed now asks for a second review; appeals after the
  /// window are not followed.
  private func timeOfAppeal(_ row: ModerationRow) -> Instant {
    guard row.course != .appeal, moderation.law.isAppealed(row.draws) else { return .never }
    var stream = RandomStream(seed: seed, purpose: Purpose.appeal.rawValue, entity: row.key)
    return now + moderation.law.settings.appeals.after.sample(&stream)
  }

  private func book(_ standing: Standing, _ draws: ModerationDraws, _ sign: Int) {
    switch standing {
    case .open: break
    case .passed: moderation.measurements.missed += draws.isHarmful ? sign : 0
    case .reduced: moderation.measurements.reduced += sign
    case .removed:
      moderation.measurements.removed += sign
      moderation.measurements.wronglyRemoved += draws.isHarmful ? 0 : sign
    }
  }

  /// A post that was held back until now is published, or never will be.
  private func endHold(
    _ publication: UInt32, _ standing: Standing, isReviewed: Bool
  ) {
    publications[publication].isReduced = standing == .reduced
    publications[publication].isReviewed = isReviewed
    guard standing == .removed else { return sendOn(publication) }
    moderation.measurements.withheld += 1
    if publications[publication].measured { moderation.measurements.withheldMeasured += 1 }
    noteAnswered(post: publication, isStored: false)
    publications.release(publication)
  }

  /// A post is no longer shown: clients that have it on screen are told, and edges, which know
  /// nothing of moderation, are purged of feeds that may hold it.
  private func takeDown(_ post: UInt32) {
    tellScreens(of: post, .postRemoved)
    guard edge.outdated != nil else { return }
    var followers: [UInt32] = []
    follows.forEachFollow(of: posts[post].author) { viewer, _ in followers.append(viewer) }
    for follower in followers { outdateFeed(of: follower) }
  }

  // MARK: Readers

  /// Leaves out, of the first candidates, those that are taken down; returns how many are left.
  func leaveOutTakenDown(_ count: Int, from viewer: UInt32) -> Int {
    guard moderation.takesDown else { return count }
    return scratch.keep(count) { moderation.shows($0, to: viewer) }
  }

  /// What of a page its viewer sees: a feed that was made before a post was taken down is shown
  /// without it, except by an edge, and keeps its other places. Books the harmful ones.
  func moderated(
    _ ids: UnsafeMutablePointer<UInt32>, count: Int, for row: LoadRow
  ) -> (ids: UnsafeMutablePointer<UInt32>, count: Int) {
    guard moderation.settings != nil else { return (ids, count) }
    var shown = count
    var page = ids
    if moderation.takesDown, !row.isAtEdge {
      scratch.reserve(candidates: count, authors: 0)
      page = scratch.ids
      shown = 0
      for place in 0..<count where moderation.shows(ids[place], to: row.viewer) {
        page[shown] = ids[place]
        shown += 1
      }
    }
    let measured = window.contains(row.opened.nanoseconds)
    if measured { moderation.measurements.impressions += shown }
    for place in 0..<shown {
      let post = page[place]
      let isHarmful = moderation.isHarmful(post)
      if measured, isHarmful {
        if moderation.standing(of: post) == .open {
          moderation.measurements.harmfulImpressions += 1
        } else {
          moderation.measurements.missedImpressions += 1
        }
      }
    }
    return (page, shown)
  }
}
