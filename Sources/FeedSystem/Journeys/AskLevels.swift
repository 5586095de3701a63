import Simulation

/// What a load looks up in levels of caches, and how far that has come.
struct LevelQuestion: BitwiseCopyable {
  var content = CacheContent.feed.rawValue
  /// Of posts: those that no level has had so far, in a list of their own; none otherwise.
  var list = PostStore.none
  var count: UInt32 = 0
  /// Time at each level and at the origin so far, ns, and which of them were asked.
  var spent = SIMD4<Int64>()
  var asked: UInt8 = 0
  /// When the first of the levels that are filled is written to.
  var fillBegan = Instant.never
}

extension CacheLevel {
  fileprivate var answered: LoadStep {
    switch self {
    case .l1: .l1Answered
    case .l2: .l2Answered
    case .l3: .l3Answered
    }
  }

  fileprivate var filled: LoadStep {
    switch self {
    case .l1: .l1Filled
    case .l2: .l2Filled
    case .l3: .l3Filled
    }
  }

  fileprivate var stage: Stage {
    switch self {
    case .l1: .l1Cache
    case .l2: .l2Cache
    case .l3: .l3Cache
    }
  }
}

/// l1 → l2 → l3 → the store: a load's feed, whom its viewer follows, what ranking is told of the
/// viewer, and the ranked posts; each level is one visit for all that is asked of it
///
/// The stores are those of loads without levels: of feeds the whole way of a miss, of follows the
/// object store, of posts their shards. What they tell is written into the levels without anybody
/// waiting, but for the feed, whose levels are written one after the other before it is shown, as
/// S0.11's code does.
extension FeedSystem {
  /// Begins a look-up in the first level that holds a content; false where none does, and where
  /// there is nothing to look up.
  func askLevels(_ content: CacheContent, _ id: UInt32) -> Bool {
    guard let level = levels?.next(holding: content) else { return false }
    loads[id].question.content = content.rawValue
    if content == .post, !listLackingPosts(id) { return false }
    levels?.noteLookUp(isDegraded: isDegraded)
    ask(level, id)
    return true
  }

  /// Whether held entries are shown for longer now.
  private var isDegraded: Bool {
    guard let rule = design.levels?.degraded else { return false }
    if let at = rule.at {
      let since = now.nanoseconds - window.lowerBound - at.nanoseconds
      if since >= 0, since < rule.length?.nanoseconds ?? .max { return true }
    }
    if let backlog = rule.backlog, measurements.backlog >= backlog { return true }
    if let loads = rule.loads, self.loads.count >= loads { return true }
    return false
  }

  private func ask(_ level: CacheLevel, _ id: UInt32) {
    let row = loads[id]
    let content = content(of: row)
    let count = content == .post ? Int(row.question.count) : 1
    visit(
      level.tier, id, for: count, unpacking: found(row, at: level),
      key: UInt64(row.question.content), then: level.answered)
  }

  private func content(of row: LoadRow) -> CacheContent {
    CacheContent(rawValue: row.question.content) ?? .feed
  }

  /// Bytes that a level will be found to have of what is asked, as far as is known before.
  private func found(_ row: LoadRow, at level: CacheLevel) -> Int {
    guard let levels, levels.settings[level]?.perMegabyte != .zero else { return 0 }
    let place = levels.place(of: level)
    switch content(of: row) {
    case .feed:
      return levels.hierarchy.bytesFound(
        place, .feed, levels.feedKey(row.viewer, offset: row.offset), at: nowMilliseconds)
    case .post:
      let list = lists[row.question.list]
      return (0..<Int(row.question.count)).reduce(0) {
        let key = levels.postKey(list[$1])
        return $0 + levels.hierarchy.bytesFound(place, .post, key, at: nowMilliseconds)
      }
    case .features, .graph:
      return levels.hierarchy.bytesFound(
        place, content(of: row), row.viewer, at: nowMilliseconds)
    }
  }

  /// Sends a load to a level's servers, or lets its latency pass where it has none.
  private func visit(
    _ tier: TierName, _ id: UInt32, for units: Int, unpacking bytes: Int, key: UInt64,
    then step: LoadStep
  ) {
    let perMegabyte =
      CacheLevel.allCases.first { $0.tier == tier }
      .flatMap { design.levels?[$0]?.perMegabyte } ?? .zero
    let unpacking = Duration(
      nanoseconds: Int64(Double(perMegabyte.nanoseconds) * Double(bytes) / 1e6))
    let service =
      serviceTime(tier, units: units, key: loads[id].key &+ key) + unpacking
    loads[id].service = service
    if design.has(tier) {
      _ = visit(tier, service: service, then: .load(id, step))
    } else {
      calendar.schedule(.load(id, step), at: now + service)
    }
  }

  /// Books the end of a visit to a level or to the origin; returns how long it took.
  @discardableResult
  private func endLevelVisit(_ tier: TierName, _ id: UInt32) -> Duration {
    let isServed = design.has(tier)
    if isServed { leave(tier) }
    let elapsed = now - loads[id].since
    loads[id].since = now
    loads[id].parts.add(
      tier, elapsed: elapsed, service: loads[id].service, network: isServed ? roundTrip : .zero)
    return elapsed
  }

  /// The same of a visit that has come to nothing: all of its time was waiting for it.
  private func loseLevelVisit(_ tier: TierName, _ id: UInt32) -> Duration {
    let elapsed = now - loads[id].since
    loads[id].since = now
    loads[id].parts.add(tier, elapsed: elapsed, service: .zero, network: .zero)
    return elapsed
  }

  private func note(_ elapsed: Duration, at place: Int, _ id: UInt32) {
    loads[id].question.spent[place] &+= elapsed.nanoseconds
    loads[id].question.asked |= 1 << UInt8(place)
  }

  // MARK: Answers

  func endAnswer(_ id: UInt32, from level: CacheLevel) {
    note(endLevelVisit(level.tier, id), at: level.rawValue, id)
    readAnswer(id, from: level)
  }

  /// A level has not answered: it is as if it had nothing.
  func loseAnswer(_ id: UInt32, from level: CacheLevel) {
    note(loseLevelVisit(level.tier, id), at: level.rawValue, id)
    readAnswer(id, from: level, isThere: false)
  }

  private func readAnswer(_ id: UInt32, from level: CacheLevel, isThere: Bool = true) {
    guard let levels else { return }
    let row = loads[id]
    let content = content(of: row)
    var isAnswered = false
    switch content {
    case _ where !isThere: break
    case .feed:
      if showFeed(id, from: level) { return }
    case .post: isAnswered = takePosts(id, from: level)
    case .features, .graph:
      isAnswered =
        levels.hierarchy.probe(
          levels.place(of: level), content, row.viewer, at: nowMilliseconds,
          version: levels.version(content, of: row.viewer)) != nil
    }
    if !isAnswered, !(content == .feed && row.isTapped),
      let next = levels.next(holding: content, after: level)
    {
      return ask(next, id)
    }
    switch content {
    case .feed:
      noteFeedMiss(id)
      readOn(id)
    case .graph: isAnswered ? scatter(id) : readFollows(id)
    case .features: isAnswered ? sendToRanking(id) : askOrigin(id)
    case .post:
      if !isAnswered, hydrate(id) { return }
      releaseQuestion(id)
      sendToFill(id)
    }
  }

  /// A feed that no cache has: whom the viewer follows, then the timeline and the authors.
  func readOn(_ id: UInt32) {
    if levels != nil, asksAuthors(loads[id].viewer), askLevels(.graph, id) { return }
    if !lookUpFollows(id) { scatter(id) }
  }

  /// Asks whatever store has the follows.
  private func readFollows(_ id: UInt32) {
    if design.objects == nil { return askOrigin(id) }
    if !lookUpFollows(id) { endFollowsRead(id) }
  }

  /// All pages of follows have come.
  func endFollowsRead(_ id: UInt32) {
    if let levels, levels.settings.holds(.graph) { fillFromStore(.graph, id) }
    scatter(id)
  }

  private func askOrigin(_ id: UInt32) {
    visit(
      .origin, id, for: 0, unpacking: 0, key: UInt64(loads[id].question.content),
      then: .originAnswered)
  }

  func endOrigin(_ id: UInt32) {
    note(endLevelVisit(.origin, id), at: 3, id)
    let content = content(of: loads[id])
    fillFromStore(content, id)
    if content == .graph { scatter(id) } else { sendToRanking(id) }
  }

  private func fillFromStore(_ content: CacheContent, _ id: UInt32) {
    guard let levels else { return }
    let viewer = loads[id].viewer
    let isEmpty = content == .graph && follows.followeeCount(of: viewer) == 0
    levels.fill(
      content, of: viewer, version: levels.version(content, of: viewer), isEmpty: isEmpty,
      at: nowMilliseconds)
  }

  // MARK: Feeds

  /// Shows the feed that a level has, if it has one that fits.
  private func showFeed(_ id: UInt32, from level: CacheLevel) -> Bool {
    let row = loads[id]
    guard let levels, !row.isTapped else { return false }
    let isAway = isAway(timelines.viewer(row.viewer).pointee)
    let held = levels.hierarchy.probe(
      levels.place(of: level), .feed, levels.feedKey(row.viewer, offset: row.offset),
      at: nowMilliseconds, version: timelineVersion(of: row.viewer)
    ) { !isAway && (row.offset == 0 || $0.tag == row.asOf) }
    guard let held else { return false }
    let view = FeedCache.View(
      gatheredMilliseconds: held.since, asOf: held.tag, count: held.count,
      behindMilliseconds: held.behindMilliseconds)
    let ids = levels.hierarchy.foundContent
    guard levels.entriesPerFeed > 1 else {
      show(id, held: view, ids)
      return true
    }
    // A page stands in its feed where it would be.
    let list = lists.take()
    let first = min(Int(row.offset), Int(view.count))
    (lists[list] + first).update(
      from: ids, count: min(levels.postsPerEntry, lists.width - first))
    show(id, held: view, lists[list])
    lists.release(list)
    return true
  }

  /// Writes the ranked feed into the levels; false where none holds feeds.
  func fillLevels(_ id: UInt32) -> Bool {
    guard let levels, let first = levels.next(holding: .feed) else { return false }
    loads[id].question.fillBegan = now
    sendFill(first, id)
    return true
  }

  private func sendFill(_ level: CacheLevel, _ id: UInt32) {
    let packing = design.levels?[level]?.perMegabyte == .zero ? 0 : 1
    let bytes = packing * (levels?.hierarchy.bytes(levels?.place(of: level) ?? 0, .feed) ?? 0)
    visit(level.tier, id, for: 1, unpacking: bytes, key: 4, then: level.filled)
  }

  func endLevelFill(_ id: UInt32, of level: CacheLevel) {
    endLevelVisit(level.tier, id)
    guard let levels else { return }
    if !levels.settings.isExclusive, let next = levels.next(holding: .feed, after: level) {
      return sendFill(next, id)
    }
    measurements.record(.fill, now - loads[id].question.fillBegan, loads[id].opened, window)
    keepFeed(id)
    showRanked(id)
  }

  /// A level could not be written: the feed is shown and no level below has it either.
  func loseLevelFill(_ id: UInt32, of level: CacheLevel) {
    _ = loseLevelVisit(level.tier, id)
    measurements.record(.fill, now - loads[id].question.fillBegan, loads[id].opened, window)
    showRanked(id)
  }

  /// Keeps the ranked feed, or its page, unless something was delivered since it was gathered.
  private func keepFeed(_ id: UInt32) {
    let row = loads[id]
    guard let levels, !row.isIncomplete,
      timelineVersion(of: row.viewer) == row.timelineVersion,
      row.offset == 0 || levels.entriesPerFeed > 1
    else { return }
    let first = levels.entriesPerFeed > 1 ? Int(min(row.offset, row.count)) : 0
    // What is left of the list may be less than a page.
    let held = min(levels.postsPerEntry, lists.width - first)
    scratch.reserve(candidates: levels.postsPerEntry, authors: 0)
    scratch.ids.update(from: lists[row.list] + first, count: held)
    levels.fillFeed(
      row.viewer, offset: row.offset,
      .init(
        gatheredMilliseconds: row.gatheredMilliseconds, asOf: row.asOf,
        count: min(row.count, UInt32(design.feed.length)),
        behindMilliseconds: row.behindMilliseconds),
      version: row.timelineVersion, ids: scratch.ids, at: nowMilliseconds)
    timelines.cached.insert(row.viewer)
  }

  /// What each level has added to the load's latency.
  func recordLevels(_ row: LoadRow) {
    guard row.question.asked != 0 else { return }
    for level in CacheLevel.allCases where row.question.asked >> UInt8(level.rawValue) & 1 == 1 {
      measurements.stages[level.stage.rawValue].record(
        Duration(nanoseconds: row.question.spent[level.rawValue]))
    }
    if row.question.asked >> 3 & 1 == 1 {
      measurements.stages[Stage.origin.rawValue].record(
        Duration(nanoseconds: row.question.spent[3]))
    }
  }
}
