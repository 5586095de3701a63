import Simulation

/// edge → gateway → feed cache → whom the viewer follows → timeline and pulled authors over the
/// shards or the leaves → ranking → what the ranked posts lack, over the shards → page → fill
///
/// With levels of caches what they hold is looked up there before its store is asked: `AskLevels`.
///
/// With `objects.cache` the page's posts are read through the caches of objects (`ReadObject`)
/// instead of over the shards, and so are those of a feed that the feed cache has. With `privacy` a
/// page passes the filter before it appears: `Anonymise`.
enum LoadStep: UInt8 {
  case opened, admitted, lookedUp, timelineRead, gathered, ranked, filled, hydrated, followsRead
  case l1Answered, l2Answered, l3Answered, originAnswered, l1Filled, l2Filled, l3Filled
  case objectsRead, anonymised
  /// Of a page asked for before it is wanted: asked for in vain, or wanted now.
  case asked, wanted
}

/// A feed load on its way.
struct LoadRow: BitwiseCopyable {
  var viewer: UInt32
  var session: UInt32
  /// Asked for by a tap on the indicator: made anew (S1.9's refresh), and beside what the session
  /// does anyway.
  var isTapped: Bool
  /// Posts already shown by this feed's earlier pages.
  var offset: UInt32
  /// A scroll sees the posts stored before its first page, no newer ones.
  var asOf: UInt32
  var opened: Instant
  /// When the last step ended.
  var since: Instant
  /// When the feed cache did not have the feed; never, if it had.
  var missedAt: Instant
  /// When the slowest shard's answer is back.
  var shardsBack: Instant
  /// Of the shards asked: how many, and what their visits wait and are served in all.
  var branches: UInt32
  var branchesWait: Duration
  var branchesServe: Duration
  /// Candidates, then ranked posts, in `list`.
  var count: UInt32
  /// The sum of the shards' ends, for their books.
  var branchEnds: UInt64
  var gatheredMilliseconds: Int64
  /// Whether replicas are passed over, since what is read is going to be written.
  var readsPrimary = false
  /// The version of the viewer's timeline when it was read.
  var timelineVersion: UInt32
  var list: UInt32
  var key: UInt64
  /// Of the visit under way, at a tier that is no shard.
  var service: Duration
  /// What has become of the time so far.
  var parts: LatencyParts
  /// Of the viewer's follows, those that the object store has told so far, and when the shard ends
  /// its visit; never, if it has none.
  var followsRead: UInt32 = 0
  var objectsEnd = Instant.never
  var isAtObjects = false
  /// What it reads through the caches of objects.
  var objectRead: UInt32 = 0
  var leafVisits = LeafVisits()
  var question = LevelQuestion()
  /// The age, when it gathered, of the oldest post that the leaves did not have yet.
  var behindMilliseconds: Int64 = 0
  /// Why it is made although nobody asks; nil for a viewer's load.
  var madeFor: MadeAhead.Reason?
  /// Whether the edge shows it.
  var isAtEdge = false
  /// Asked for ahead by a viewer who does not read on after all.
  var isInVain = false
  /// Of a page asked for ahead: when it is wanted, and when it came, if that was before.
  var readyAt = Instant.never
  var arrived = Instant.never
  /// How far its candidates have come through the stages.
  var ranking = RankingProgress()
  /// Answered 429 so often.
  var attempts: UInt8 = 0
  /// Why its timeline could not be read, while it waits for the shards asked beside it.
  var failure: FailureCause?
  /// Whose attempt it is; none without `clients`, and once its client has an answer or gives up.
  var request = RequestRow.none
  /// An attempt whose client has given up.
  var isOrphan = false
  /// Server time that it has asked for; of caches of objects none.
  var served = Duration.zero
  /// Whether it goes without a shard that was down, or a leaf; and when it asked.
  var isIncomplete = false
  var askedShards = Instant.start
  /// Whether nobody could tell whom the viewer follows.
  var lacksFollows = false
  /// What the network has added to the shards' answers under way.
  var delay = Duration.zero
  /// What trends is ranked in place of the posts that authors would have been asked for.
  var takesTrends = false
}

extension FeedSystem {
  func load(_ id: UInt32, _ step: LoadStep) {
    switch step {
    case .opened:
      if isCutOff(load: id) || showAtEdge(id) || isLostOnDetour(load: id) { return }
      if isTurnedAway(load: id) { return }
      pass(.gateway, id, then: .admitted, key: 0)
    case .admitted:
      leave(.gateway)
      endVisit(.gateway, .gateway, id)
      if askLevels(.feed, id) { return }
      if design.cache.isRead { return pass(.feedCache, id, then: .lookedUp, key: 1) }
      noteFeedMiss(id)
      readOn(id)
    case .lookedUp:
      leave(.feedCache)
      endVisit(.feedCache, .feedCache, id)
      if !showHeld(id) { readOn(id) }
    case .followsRead:
      endLookUp(id)
      if loads[id].lacksFollows { return fail(.load(id, .followsRead), .serverLost) }
      if !lookUpFollows(id) { endFollowsRead(id) }
    case .timelineRead:
      leave(.timelineStore)
      measurements.record(.timeline, now - loads[id].since, loads[id].opened, window)
      calendar.schedule(.load(id, .gathered), at: max(now, loads[id].shardsBack))
    case .gathered:
      if endFailedGather(id) { return }
      endGather(id)
      departShards(id)
      departLeaves(id)
      if isOfNoUse(id) { return }
      gather(id)
      if !askLevels(.features, id) { sendToRanking(id) }
    case .ranked:
      leave(.ranking)
      if endRankingVisit(id) { leaveRanking(id) }
    case .asked: openInVain(id)
    case .wanted: turnPage(id)
    case .hydrated:
      endHydration(id)
      departShards(id)
      if !keepLookedUp(id) { dropUnfound(id) }
      sendToFill(id)
    case .objectsRead:
      endObjects(id, .objects)
      if loads[id].missedAt == .never { showRanked(id) } else { sendToFill(id) }
    case .filled:
      leave(.feedCache)
      endVisit(.fill, .feedCache, id)
      let isKept = fill(id)
      if !endAhead(id, isKept: isKept) { showRanked(id) }
    case .anonymised:
      leave(.privacyFilter)
      endVisit(.privacy, .privacyFilter, id)
      showAnonymised(id)
    case .l1Answered: endAnswer(id, from: .l1)
    case .l2Answered: endAnswer(id, from: .l2)
    case .l3Answered: endAnswer(id, from: .l3)
    case .originAnswered: endOrigin(id)
    case .l1Filled: endLevelFill(id, of: .l1)
    case .l2Filled: endLevelFill(id, of: .l2)
    case .l3Filled: endLevelFill(id, of: .l3)
    }
  }

  /// A load is ranked: on to what its posts lack, or to the fill.
  func leaveRanking(_ id: UInt32) {
    if !readPage(id), !askLevels(.post, id), !hydrate(id) { sendToFill(id) }
  }

  func sendToFill(_ id: UInt32) {
    if !fillLevels(id) { pass(.feedCache, id, then: .filled, key: 3) }
  }

  func showRanked(_ id: UInt32) {
    if !anonymise(id) { showAnonymised(id) }
  }

  private func showAnonymised(_ id: UInt32) {
    show(id, lists[loads[id].list], asOf: loads[id].asOf)
    lists.release(loads[id].list)
    loads.release(id)
  }

  /// Sends a load to a tier; a tier without room ends it.
  private func pass(
    _ tier: TierName, _ id: UInt32, for units: Int = 0, then step: LoadStep, key: UInt64
  ) {
    guard
      let service = visit(tier, for: units, key: loads[id].key &+ key, then: .load(id, step))
    else {
      if loads[id].madeFor == nil { noteUnavailable(.feed) }
      return reject(id)
    }
    loads[id].service = service
  }

  func reject(_ id: UInt32, _ cause: FailureCause = .noRoom) {
    departShards(id)
    departLeaves(id)
    if rejectAhead(id) { return }
    let row = loads[id]
    measurements.loadsRejected += 1
    if controls.watchesFeeds, !row.isOrphan { controls.noteFailure() }
    if window.contains(row.opened.nanoseconds) {
      measurements.loadsRejectedMeasured += 1
      measurements.intervals[row.opened].loadsRejected += 1
    }
    if row.list != PostStore.none { lists.release(row.list) }
    noteFailed(row, cause)
    loads.release(id)
  }

  /// Ends a stage that is one visit.
  @inline(__always)
  private func endVisit(_ stage: Stage, _ tier: TierName, _ id: UInt32) {
    let elapsed = endStage(stage, id)
    loads[id].parts.add(
      tier, elapsed: elapsed, service: loads[id].service, network: roundTrip)
  }

  /// Ends the stage in which the timeline and the shards are asked side by side: the slower of
  /// them is the one that was waited for.
  private func endGather(_ id: UInt32) {
    let elapsed = endStage(.gather, id)
    let row = loads[id]
    if row.leafVisits.count > 0, row.leafVisits.back == now {
      loads[id].parts.addSlowest(
        .leafServers, elapsed: elapsed, waiting: row.leafVisits.waiting,
        service: row.leafVisits.service, shards: row.leafVisits.count,
        network: roundTrip + row.delay)
    } else if row.branches > 0, row.shardsBack == now {
      loads[id].parts.addSlowest(
        .postStore, elapsed: elapsed, waiting: row.branchesWait, service: row.branchesServe,
        shards: row.branches, network: roundTrip + row.delay)
    } else if elapsed > .zero {
      // Where no timeline was asked either, it took no time.
      loads[id].parts.add(
        .timelineStore, elapsed: elapsed, service: row.service, network: roundTrip)
    }
  }

  private func endHydration(_ id: UInt32) {
    let elapsed = endStage(.hydration, id)
    let row = loads[id]
    // Where all shards asked are down it has taken no time.
    guard row.branches > 0 else { return }
    loads[id].parts.addSlowest(
      .postStore, elapsed: elapsed, waiting: row.branchesWait, service: row.branchesServe,
      shards: row.branches, network: roundTrip + row.delay)
  }

  @inline(__always)
  func endStage(_ stage: Stage, _ id: UInt32) -> Duration {
    let elapsed = now - loads[id].since
    measurements.record(stage, elapsed, loads[id].opened, window)
    loads[id].since = now
    return elapsed
  }

  // MARK: Feed cache

  /// Shows the viewer's held feed, if there is one that fits.
  private func showHeld(_ id: UInt32) -> Bool {
    let row = loads[id]
    let viewer = timelines.viewer(row.viewer)
    let measured = window.contains(row.opened.nanoseconds)
    if row.offset == 0 { noteLoad(of: row.viewer) }
    guard !row.isTapped, !lacksNode(for: row.viewer),
      let held = feedCache?.lookUp(
        row.viewer, at: nowMilliseconds, lifetime: degradedMode?.lifetime),
      row.offset == 0
        ? !isFlagged(row.viewer, since: held.view.pointee) : held.view.pointee.asOf == row.asOf,
      !isAway(viewer.pointee)
    else {
      noteFeedMiss(id)
      return false
    }
    if measured, row.offset == 0 { noteFirstPage(row.viewer, held: held.view) }
    ahead?.made.read(row.viewer, measuring: measured)
    refreshBehind(
      row.viewer, gathered: held.view.pointee.gatheredMilliseconds, measured: measured)
    show(id, held: held.view.pointee, held.ids)
    return true
  }

  func noteFeedMiss(_ id: UInt32) {
    let row = loads[id]
    if window.contains(row.opened.nanoseconds) {
      measurements.feedCacheMisses += 1
      measurements.intervals[row.opened].feedCacheMisses += 1
      if row.offset == 0 { noteFirstPage(row.viewer) }
    }
    loads[id].missedAt = now
  }

  /// Shows a feed that was held.
  func show(
    _ id: UInt32, held view: FeedCache.View, _ ids: UnsafeMutablePointer<UInt32>
  ) {
    let row = loads[id]
    timelines.viewer(row.viewer).pointee.lastLoadMilliseconds = Int32(clamping: nowMilliseconds)
    loads[id].count = view.count
    loads[id].gatheredMilliseconds = view.gatheredMilliseconds
    loads[id].behindMilliseconds = view.behindMilliseconds
    if window.contains(row.opened.nanoseconds) {
      measurements.feedCacheHits += 1
      measurements.intervals[row.opened].feedCacheHits += 1
    }
    if readHeldPage(id, ids, asOf: view.asOf) || anonymiseHeld(id, ids, asOf: view.asOf) { return }
    show(id, ids, asOf: view.asOf)
    loads.release(id)
  }

  /// Keeps the ranked feed, unless something was delivered since it was gathered: the
  /// invalidation that this delivery sent, if any did, would be lost. Whether it is kept.
  private func fill(_ id: UInt32) -> Bool {
    let row = loads[id]
    guard row.offset == 0, !row.isIncomplete, !lacksNode(for: row.viewer) else { return false }
    if design.cache.invalidation != .never,
      timelineVersion(of: row.viewer) != row.timelineVersion
    {
      return false
    }
    let isKept = feedCache?.fill(
      row.viewer,
      .init(
        gatheredMilliseconds: row.gatheredMilliseconds, asOf: row.asOf, count: row.count,
        behindMilliseconds: row.behindMilliseconds, timelineVersion: row.timelineVersion),
      ids: lists[row.list])
    if feedCache != nil { timelines.cached.insert(row.viewer) }
    return isKept ?? false
  }

  // MARK: Gathering

  /// Whether the viewer's last load lies further back than the active window.
  @inline(__always)
  func isAway(_ viewer: ViewerRow) -> Bool {
    asksActivity
      && nowMilliseconds > Int64(viewer.lastLoadMilliseconds) + classes.activeWindowMilliseconds
  }

  /// Asks the timeline store and the shards of the pulled authors, side by side.
  func scatter(_ id: UInt32) {
    let row = loads[id]
    let viewer = timelines.viewer(row.viewer).pointee
    let (waits, isAway) = (waitsForTimeline(viewer), isAway(viewer))
    let takesTrends = !waits && !isAway && controls.replacesAuthors && degradedMode != nil
    loads[id].takesTrends = takesTrends
    let asked =
      takesTrends
      ? UnsafeBufferPointer(start: nil, count: 0)
      : waits ? follows.followees(of: row.viewer) : askedAuthors(by: row.viewer, away: isAway).all
    control?.view.gathers += 1
    if window.contains(row.opened.nanoseconds) { measurements.authorsAsked += asked.count }
    loads[id].readsPrimary = waits || isAway
    loads[id].delay = callDelay
    if isHeldUp(id, asking: asked) { return fail(.load(id, .gathered), .serverLost) }
    if loads[id].readsPrimary, !asked.isEmpty, crossesToPrimary(id) { return }
    let authors = askLeaves(id, for: asked)
    var back = now
    if !authors.isEmpty {
      countPulls(of: authors, by: row.viewer)
      for shard in 0..<shardMap.shards where scratch.perShard[shard] > 0 {
        if lacks(shard, id) { continue }
        let units = Int(scratch.perShard[shard])
        let visit = visitPosts(
          shard: shard, replica: replica(of: shard, for: loads[id]), for: units, key: row.key)
        back = max(back, loads[id].ask(visit) + roundTrip + loads[id].delay)
      }
      if window.contains(row.opened.nanoseconds) {
        measurements.storage.pulls += 1
        measurements.storage.shardsAsked += Int(loads[id].branches)
      }
      measurements.record(.posts, back - now, row.opened, window)
    }
    loads[id].shardsBack = max(back, loads[id].leafVisits.back)
    if writesTimelines {
      let entries = min(entriesKept(for: row.viewer), design.timelines.read)
      pass(.timelineStore, id, for: entries, then: .timelineRead, key: 4)
    } else {
      calendar.schedule(.load(id, .gathered), at: loads[id].shardsBack)
    }
  }

  func departShards(_ id: UInt32) {
    let row = loads[id]
    guard row.branches > 0 else { return }
    postShards.depart(count: UInt64(row.branches), ends: row.branchEnds)
    loads[id].branches = 0
    loads[id].branchEnds = 0
  }

  /// Reads the timeline and the pulled authors' posts into the load's list.
  private func gather(_ id: UInt32) {
    let row = loads[id]
    let viewer = timelines.viewer(row.viewer)
    let lifetime = design.timelines.lifetime.nanoseconds / 1_000_000
    posts.expire(before: nowMilliseconds - lifetime)
    if isAway(viewer.pointee) { catchUp(row.viewer) }
    let returned = comeBack(id)
    if row.madeFor == nil {
      viewer.pointee.lastLoadMilliseconds = Int32(clamping: nowMilliseconds)
    }
    if row.offset == 0 { loads[id].asOf = UInt32(posts.count) }
    let ids = posts.oldestLive..<max(posts.oldestLive, loads[id].asOf)
    let kept = ids.clamped(to: viewer.pointee.keptFrom..<UInt32.max)

    var fetched = min(entriesKept(for: row.viewer), design.timelines.read)
    if !writesTimelines { fetched = 0 }
    let gathered =
      row.takesTrends
      ? collectTrends(for: row.viewer, ids: ids, kept: kept)
      : collect(for: row.viewer, load: id, ids: ids, kept: kept)
    let fromTimeline = gathered.fromTimeline
    var fromAuthors = gathered.fromAuthors
    if gathered.asksAuthors {
      fromAuthors = dropUnreadable(id, of: scratch.ids + fromTimeline, count: fromAuthors)
      fromAuthors = dropUnseen(id, of: scratch.ids + fromTimeline, count: fromAuthors)
    }
    fetched += fromAuthors
    let allowed = leaveOutHidden(
      fromTimeline + fromAuthors, from: row.viewer,
      measured: window.contains(row.opened.nanoseconds))
    let there = leaveOutGone(leaveOutTakenDown(allowed, from: row.viewer))
    let found = leaveOutUnreplicated(there, for: id)

    let distinct = doublesPosts && design.feed.deduplicates ? scratch.unique(found) : found
    let list = lists.take()
    loads[id].list = list
    let limit = candidatesRanked
    loads[id].count = UInt32(scratch.newest(distinct, limit: limit, lists[list]))
    loads[id].gatheredMilliseconds = nowMilliseconds
    loads[id].timelineVersion = timelineVersion(of: row.viewer)
    if returned { bookReturn(id, ids: ids, kept: kept) }
    if window.contains(row.opened.nanoseconds) {
      measurements.entriesFetched += fetched
      measurements.candidates += Int(loads[id].count)
    }
  }

  // MARK: The page

  private func recordLatency(_ row: LoadRow) {
    let client = clientRoundTrip(row)
    let latency = (row.arrived == .never ? now : row.arrived) - row.opened + client
    var parts = row.parts
    parts.add(client, to: LatencyParts.Slot.network)
    if row.missedAt != .never {
      parts.noteMiss((row.arrived == .never ? now : row.arrived) - row.missedAt)
    }
    measurements.feedLatency.record(latency)
    experiment?.notePage(row.viewer, isFirst: row.offset == 0, latency: latency, at: now)
    measurements.latencyParts.record(latency, parts)
    measurements.intervals.record(latency, opened: row.opened)
    recordLevels(row)
    edge.measurements.latency[edge.regions.of(row.viewer)].record(latency)
  }

  /// The page appears; the viewer may react and will scroll, refresh or leave.
  func show(_ id: UInt32, _ ids: UnsafeMutablePointer<UInt32>, asOf: UInt32) {
    if clients.isUsed { noteArrival(of: id) }
    if endInVain(id) || keepUntilRead(id, ids, asOf: asOf) { return }
    let row = loads[id]
    let first = Int(min(row.offset, row.count))
    let shown = min(design.feed.page, Int(row.count) - first)
    keepAtEdge(row, ids, shown: shown, asOf: asOf)
    if clients.isUsed { keepOffline(row, end: first + shown) }
    let whole = mixed(ids + first, count: shown, for: row)
    let moderated = moderated(whole, count: shown, for: row)
    let (page, seen) = withoutLost(moderated.ids, count: moderated.count)
    bookPage(row, page, shown: seen)
    rememberShown(
      row.viewer, page, count: seen, isMeasured: window.contains(row.opened.nanoseconds))
    measurements.loadsCompleted += 1
    if faults.isUsed { noteFaults(row, page, shown: seen) }
    if controls.watchesFeeds { controls.noteFeed(after: now - row.opened) }
    if window.contains(row.opened.nanoseconds) {
      measurements.loadsMeasured += 1
      recordLatency(row)
      bookScroll(row)
      measurements.postsShown += seen
      noteCountersRead(page, count: seen)
      noteRepeats(ids, first: first, shown: shown)
      if row.offset == 0 {
        let age = nowMilliseconds - row.gatheredMilliseconds + row.behindMilliseconds
        measurements.staleness.record(age * 1_000_000)
      }
    }
    if world == nil {
      react(to: page, count: seen, viewer: row.viewer, key: row.key)
    } else {
      judge(page, count: seen, first: first, row)
    }
    continueSession(after: row, page, seen: seen, shown: shown, first: first, asOf: asOf)
  }
}
