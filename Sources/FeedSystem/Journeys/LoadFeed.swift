import Simulation

/// gateway → feed cache → timeline and pulled authors over the shards → ranking → what the ranked
/// posts lack, over the shards → page → fill
enum LoadStep: UInt8 {
  case opened, admitted, lookedUp, timelineRead, gathered, ranked, filled, hydrated
}

/// A feed load on its way.
struct LoadRow: BitwiseCopyable {
  var viewer: UInt32
  var session: UInt32
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
  /// Entries ever written to the viewer's timeline when it was read.
  var timelineVersion: UInt32
  var list: UInt32
  var key: UInt64
  /// Of the visit under way, at a tier that is no shard.
  var service: Duration
  /// What has become of the time so far.
  var parts: LatencyParts
}

extension FeedSystem {
  mutating func load(_ id: UInt32, _ step: LoadStep) {
    switch step {
    case .opened:
      pass(.gateway, id, then: .admitted, key: 0)
    case .admitted:
      leave(.gateway)
      endVisit(.gateway, .gateway, id)
      pass(.feedCache, id, then: .lookedUp, key: 1)
    case .lookedUp:
      leave(.feedCache)
      endVisit(.feedCache, .feedCache, id)
      if !showHeld(id) { scatter(id) }
    case .timelineRead:
      leave(.timelineStore)
      measurements.record(.timeline, now - loads[id].since, loads[id].opened, window)
      calendar.schedule(.load(id, .gathered), at: max(now, loads[id].shardsBack))
    case .gathered:
      endGather(id)
      departShards(id)
      gather(id)
      pass(.ranking, id, for: Int(loads[id].count), then: .ranked, key: 2)
    case .ranked:
      leave(.ranking)
      endVisit(.ranking, .ranking, id)
      rank(id)
      if !hydrate(id) { pass(.feedCache, id, then: .filled, key: 3) }
    case .hydrated:
      endHydration(id)
      departShards(id)
      pass(.feedCache, id, then: .filled, key: 3)
    case .filled:
      leave(.feedCache)
      endVisit(.fill, .feedCache, id)
      fill(id)
      show(id, lists[loads[id].list], asOf: loads[id].asOf)
      lists.release(loads[id].list)
      loads.release(id)
    }
  }

  /// Sends a load to a tier; a tier without room ends it.
  private mutating func pass(
    _ tier: TierName, _ id: UInt32, for units: Int = 0, then step: LoadStep, key: UInt64
  ) {
    guard
      let service = visit(tier, for: units, key: loads[id].key &+ key, then: .load(id, step))
    else { return reject(id) }
    loads[id].service = service
  }

  private mutating func reject(_ id: UInt32) {
    let row = loads[id]
    measurements.loadsRejected += 1
    if window.contains(row.opened.nanoseconds) {
      measurements.loadsRejectedMeasured += 1
      measurements.intervals[row.opened].loadsRejected += 1
    }
    if row.list != PostStore.none { lists.release(row.list) }
    sessions.release(row.session)
    loads.release(id)
  }

  /// Ends a stage that is one visit.
  @inline(__always)
  private mutating func endVisit(_ stage: Stage, _ tier: TierName, _ id: UInt32) {
    let elapsed = endStage(stage, id)
    loads[id].parts.add(
      tier, elapsed: elapsed, service: loads[id].service, network: roundTrip)
  }

  /// Ends the stage in which the timeline and the shards are asked side by side: the slower of
  /// them is the one that was waited for.
  private mutating func endGather(_ id: UInt32) {
    let elapsed = endStage(.gather, id)
    let row = loads[id]
    if row.branches > 0, row.shardsBack == now {
      loads[id].parts.addSlowest(
        .postStore, elapsed: elapsed, waiting: row.branchesWait, service: row.branchesServe,
        shards: row.branches, network: roundTrip)
    } else if elapsed > .zero {
      // Where no timeline was asked either, it took no time.
      loads[id].parts.add(
        .timelineStore, elapsed: elapsed, service: row.service, network: roundTrip)
    }
  }

  private mutating func endHydration(_ id: UInt32) {
    let elapsed = endStage(.hydration, id)
    let row = loads[id]
    loads[id].parts.addSlowest(
      .postStore, elapsed: elapsed, waiting: row.branchesWait, service: row.branchesServe,
      shards: row.branches, network: roundTrip)
  }

  @inline(__always)
  private mutating func endStage(_ stage: Stage, _ id: UInt32) -> Duration {
    let elapsed = now - loads[id].since
    measurements.record(stage, elapsed, loads[id].opened, window)
    loads[id].since = now
    return elapsed
  }

  // MARK: Feed cache

  /// Shows the viewer's held feed, if there is one that fits.
  private mutating func showHeld(_ id: UInt32) -> Bool {
    let row = loads[id]
    let viewer = timelines.viewer(row.viewer)
    let measured = window.contains(row.opened.nanoseconds)
    guard let held = feedCache?.lookUp(row.viewer, at: nowMilliseconds),
      row.offset == 0 || held.view.asOf == row.asOf, !isAway(viewer.pointee)
    else {
      if measured {
        measurements.feedCacheMisses += 1
        measurements.intervals[row.opened].feedCacheMisses += 1
      }
      loads[id].missedAt = now
      return false
    }
    viewer.pointee.lastLoadMilliseconds = Int32(clamping: nowMilliseconds)
    loads[id].count = held.view.count
    loads[id].gatheredMilliseconds = held.view.gatheredMilliseconds
    if measured {
      measurements.feedCacheHits += 1
      measurements.intervals[row.opened].feedCacheHits += 1
    }
    show(id, held.ids, asOf: held.view.asOf)
    loads.release(id)
    return true
  }

  /// Keeps the ranked feed, unless something was delivered since it was gathered: the
  /// invalidation that this delivery sent would be lost.
  private mutating func fill(_ id: UInt32) {
    let row = loads[id]
    guard row.offset == 0, timelineVersion(of: row.viewer) == row.timelineVersion else { return }
    feedCache?.fill(
      row.viewer,
      .init(gatheredMilliseconds: row.gatheredMilliseconds, asOf: row.asOf, count: row.count),
      ids: lists[row.list])
    if feedCache != nil { timelines.cached.insert(row.viewer) }
  }

  // MARK: Gathering

  /// Whether the viewer's last load lies further back than the active window.
  @inline(__always)
  private func isAway(_ viewer: ViewerRow) -> Bool {
    asksActivity
      && nowMilliseconds > Int64(viewer.lastLoadMilliseconds) + classes.activeWindowMilliseconds
  }

  /// Asks the timeline store and the shards of the pulled authors, side by side.
  private mutating func scatter(_ id: UInt32) {
    let row = loads[id]
    let viewer = timelines.viewer(row.viewer).pointee
    let authors =
      waitsForTimeline(viewer)
      ? follows.followees(of: row.viewer)
      : askedAuthors(by: row.viewer, away: isAway(viewer)).all
    control?.view.gathers += 1
    if window.contains(row.opened.nanoseconds) { measurements.authorsAsked += authors.count }
    var back = now
    if !authors.isEmpty {
      let shards = postShards.shards
      scratch.count(authors, shards: shards)
      for shard in 0..<shards where scratch.perShard[shard] > 0 {
        let units = Int(scratch.perShard[shard])
        let visit = visitPosts(shard: shard, for: units, key: row.key)
        back = max(back, loads[id].ask(visit) + roundTrip)
      }
      measurements.record(.posts, back - now, row.opened, window)
    }
    loads[id].shardsBack = back
    if writesTimelines {
      let entries = min(entriesKept(for: row.viewer), design.timelines.read)
      pass(.timelineStore, id, for: entries, then: .timelineRead, key: 4)
    } else {
      calendar.schedule(.load(id, .gathered), at: back)
    }
  }

  private mutating func departShards(_ id: UInt32) {
    let row = loads[id]
    guard row.branches > 0 else { return }
    postShards.depart(count: UInt64(row.branches), ends: row.branchEnds)
    loads[id].branches = 0
    loads[id].branchEnds = 0
  }

  /// Reads the timeline and the pulled authors' posts into the load's list.
  private mutating func gather(_ id: UInt32) {
    let row = loads[id]
    let viewer = timelines.viewer(row.viewer)
    let lifetime = design.timelines.lifetime.nanoseconds / 1_000_000
    posts.expire(before: nowMilliseconds - lifetime)
    if isAway(viewer.pointee) { catchUp(row.viewer) }
    let returned = comeBack(id)
    viewer.pointee.lastLoadMilliseconds = Int32(clamping: nowMilliseconds)
    if row.offset == 0 { loads[id].asOf = UInt32(posts.count) }
    let ids = posts.oldestLive..<max(posts.oldestLive, loads[id].asOf)
    let kept = ids.clamped(to: viewer.pointee.keptFrom..<UInt32.max)

    var fetched = min(entriesKept(for: row.viewer), design.timelines.read)
    if !writesTimelines { fetched = 0 }
    let (fromTimeline, fromAuthors) = collect(for: row.viewer, ids: ids, kept: kept)
    fetched += fromAuthors
    let found = leaveOutHidden(
      fromTimeline + fromAuthors, from: row.viewer,
      measured: window.contains(row.opened.nanoseconds))

    let list = lists.take()
    loads[id].list = list
    loads[id].count = UInt32(scratch.newest(found, limit: design.feed.candidates, lists[list]))
    loads[id].gatheredMilliseconds = nowMilliseconds
    loads[id].timelineVersion = timelineVersion(of: row.viewer)
    if returned { bookReturn(id, ids: ids, kept: kept) }
    if window.contains(row.opened.nanoseconds) {
      measurements.entriesFetched += fetched
      measurements.candidates += Int(loads[id].count)
    }
  }

  /// Gathers into the scratch memory what the timeline has of `kept` and the pulled authors have of
  /// `ids`; returns how many from each.
  mutating func collect(
    for viewer: UInt32, ids: Range<UInt32>, kept: Range<UInt32>
  ) -> (fromTimeline: Int, fromAuthors: Int) {
    let asked = askedAuthors(by: viewer, away: false)
    let perAuthor = design.feed.perAuthor
    scratch.reserve(
      candidates: design.timelines.read + asked.all.count * perAuthor,
      authors: asked.settledCount)
    let fromTimeline = readTimeline(viewer, ids: kept)
    var fromAuthors = scratch.pull(
      asked.settled, from: posts, ids: ids, perAuthor: perAuthor, after: fromTimeline)
    if !plans.isEmpty {
      fromAuthors += pull(
        changed: asked.changed, for: viewer, ids: ids, perAuthor: perAuthor,
        after: fromTimeline + fromAuthors)
    }
    return (fromTimeline, fromAuthors)
  }

  /// From here on the viewer is active again. Writes into the timeline what authors who push to
  /// the active alone posted while the viewer was away, and followed them.
  private mutating func catchUp(_ id: UInt32) {
    let viewer = timelines.viewer(id)
    let since =
      viewer.pointee.lastLoadMilliseconds == .min
      ? Int64.min : Int64(viewer.pointee.lastLoadMilliseconds) + classes.activeWindowMilliseconds
    let hasMoved = follows.touches(viewer: id)
    for author in follows.everFollowed(by: id) {
      let hasChanged = plans.hasChanged(author)
      if !hasChanged, classes.plan(of: author) != .pushToActive {
        if plans.isEmpty, author >= classes.middleBelow { break }
        continue
      }
      var post = posts.latest(of: author)
      while post != PostStore.none, post >= posts.oldestLive, post >= viewer.pointee.activeSince {
        let record = posts[post]
        if Int64(record.storedMilliseconds) <= since { break }
        if !hasChanged || plan(ofPost: post) == .pushToActive,
          !hasMoved || follows.followed(id, author, when: post)
        {
          deliverOnce(post, to: id, measured: record.measured != 0)
          measurements.caughtUp += 1
        }
        post = record.previous
      }
    }
    if viewer.pointee.activeSince > 0 {
      absences.append(
        id, until: viewer.pointee.activeSince, from: viewer.pointee.awayFromMilliseconds,
        users: audience.graph.userCount)
    }
    viewer.pointee.activeSince = UInt32(posts.count)
    viewer.pointee.awayFromMilliseconds = Int32(clamping: since)
  }

  // MARK: Ranking and the page

  private mutating func rank(_ id: UInt32) {
    let row = loads[id]
    scratch.reserve(candidates: Int(row.count), authors: 0)
    var candidates = Candidates(
      ids: lists[row.list], scores: scratch.scores, count: Int(row.count))
    let context = RankingContext(
      viewer: row.viewer, nowMilliseconds: nowMilliseconds, posts: posts, affinity: affinity)
    for stage in design.ranking { stage.apply(&candidates, context) }
    loads[id].count = UInt32(
      selectTop(candidates, limit: design.feed.length, keys: scratch.keys))
  }

  private mutating func recordLatency(_ row: LoadRow) {
    let latency = now - row.opened + design.network.client
    var parts = row.parts
    parts.values[LatencyParts.Slot.network] &+= design.network.client.nanoseconds
    if row.missedAt != .never {
      parts.values[LatencyParts.Slot.missed] = 1
      parts.values[LatencyParts.Slot.afterMiss] = (now - row.missedAt).nanoseconds
    }
    measurements.feedLatency.record(latency)
    measurements.latencyParts.record(latency, parts)
    measurements.intervals.record(latency, opened: row.opened)
  }

  /// The page appears; the viewer may react and will scroll, refresh or leave.
  private mutating func show(_ id: UInt32, _ ids: UnsafeMutablePointer<UInt32>, asOf: UInt32) {
    let row = loads[id]
    let first = Int(min(row.offset, row.count))
    let shown = min(design.feed.page, Int(row.count) - first)
    measurements.loadsCompleted += 1
    if window.contains(row.opened.nanoseconds) {
      measurements.loadsMeasured += 1
      recordLatency(row)
      measurements.postsShown += shown
      if row.offset == 0 {
        measurements.staleness.record((nowMilliseconds - row.gatheredMilliseconds) * 1_000_000)
      }
    }
    react(to: ids + first, count: shown, viewer: row.viewer, key: row.key)
    continueSession(row.session, shown: first + shown, of: Int(row.count), asOf: asOf)
  }
}
