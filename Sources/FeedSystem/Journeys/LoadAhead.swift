import Simulation

/// (nobody asks) → timeline and pulled authors over the shards → ranking → fill
///
/// A load without a viewer who waits: it goes the way of a load that the feed cache did not
/// answer, through the same tiers and queues, and ends with the fill. It tells the stores nothing
/// of its viewer: nobody has come back, and nobody is active because of it. Whose timeline was
/// dropped, or whose posts wait for the return, gets none.
enum AheadStep: UInt8 {
  /// It is decided whose feeds to make; one of them is made.
  case planned, due
}

/// What makes feeds ahead in one run.
struct AheadState: ~Copyable {
  let made: MadeAhead
  /// Nil where nothing is prefetched.
  let prefetch: PrefetchSettings?
  var forecast: LoadForecast?
  /// Loads opened, for the streams of their services.
  var opened: UInt64 = 0
  /// Of the window: feeds shown although they had outlived their time, to be made anew.
  var staleHits = 0

  init?(_ design: Design, _ activity: Activity) {
    let isUsed = design.prefetch != nil || design.cache.refreshes
    guard isUsed, design.cache.capacity(users: activity.userCount) > 0 else { return nil }
    made = MadeAhead(users: activity.userCount)
    prefetch = design.prefetch
    forecast = design.prefetch.map { LoadForecast($0, activity) }
  }
}

extension FeedSystem {
  func advanceAhead(_ id: UInt32, _ step: AheadStep) {
    switch step {
    case .planned: planPrefetches()
    case .due: if ahead?.made.isHeld(id, at: nowMilliseconds) == false { loadAhead(id, .prefetch) }
    }
  }

  func startPrefetching() {
    guard let every = ahead?.prefetch?.every else { return }
    calendar.schedule(.ahead(0, .planned), at: now + every)
  }

  /// A viewer has asked for a first page, as the origin sees it.
  func noteLoad(of viewer: UInt32) {
    let milliseconds = nowMilliseconds
    ahead?.forecast?.note(viewer, at: milliseconds)
  }

  /// Finds the viewers who are likely to load soon and have no feed to be shown, the likeliest
  /// first, and has their feeds made over the time until the next such look.
  private func planPrefetches() {
    guard acceptsArrivals, let settings = ahead?.prefetch else { return }
    let leastRate = settings.leastRate
    let milliseconds = nowMilliseconds
    var likely: [(rate: Double, viewer: UInt32)] = []
    for viewer in 0..<UInt32(audience.graph.userCount) where audience.activity.isActive(viewer) {
      let rate = ahead?.forecast?.rate(of: viewer, at: milliseconds) ?? 0
      guard rate >= leastRate, ahead?.made.isHeld(viewer, at: milliseconds) == false else {
        continue
      }
      likely.append((rate, viewer))
    }
    likely.sort { $0.rate > $1.rate || ($0.rate == $1.rate && $0.viewer < $1.viewer) }
    let most = Int(min(settings.limit * settings.every.seconds, 1e9))
    let chosen = likely.prefix(most)
    let gap = Duration(nanoseconds: settings.every.nanoseconds / Int64(max(1, chosen.count)))
    for (index, entry) in chosen.enumerated() {
      calendar.schedule(.ahead(entry.viewer, .due), at: now + gap * index)
    }
    calendar.schedule(.ahead(0, .planned), at: now + settings.every)
  }

  /// A held feed has been shown; makes it anew if it is soon too old, or is already.
  func refreshBehind(_ viewer: UInt32, gathered milliseconds: Int64, measured: Bool) {
    guard design.cache.refreshes else { return }
    let age = Duration(nanoseconds: (nowMilliseconds - milliseconds) * 1_000_000)
    if age >= design.cache.lifetime, measured { ahead?.staleHits += 1 }
    if age >= design.cache.lifetime - design.cache.refreshAhead { loadAhead(viewer, .refresh) }
  }

  /// Makes a viewer's feed, unless that is under way, or stores keep something for the return.
  private func loadAhead(_ viewer: UInt32, _ reason: MadeAhead.Reason) {
    let row = timelines.viewer(viewer).pointee
    guard acceptsArrivals, let made = ahead?.made, !made.isUnderWay(viewer), !isAway(row),
      dropped(row) == nil
    else { return }
    made.open(viewer, reason)
    ahead?.opened += 1
    let key = JourneyKind.ahead.key((ahead?.opened ?? 0) << 12)
    let id = loads.take(
      LoadRow(
        viewer: viewer, session: .max, isTapped: false, offset: 0, asOf: 0,
        // No part of the window: what it takes is measured at the tiers alone.
        opened: .never, since: now, missedAt: .never, shardsBack: now, branches: 0,
        branchesWait: .zero, branchesServe: .zero, count: 0, branchEnds: 0,
        gatheredMilliseconds: 0, timelineVersion: 0, list: PostStore.none, key: key,
        service: .zero, parts: LatencyParts(), madeFor: reason))
    if !lookUpFollows(id) { scatter(id) }
  }

  /// Whether a load that nobody waits for has come to nothing: its viewer has gone away meanwhile.
  func isOfNoUse(_ id: UInt32) -> Bool {
    guard let reason = loads[id].madeFor else { return false }
    let viewer = loads[id].viewer
    let row = timelines.viewer(viewer).pointee
    guard isAway(row) || dropped(row) != nil else { return false }
    ahead?.made.abandon(viewer, reason)
    loads.release(id)
    return true
  }

  /// Ends a load that nobody waits for; whether it was one.
  func endAhead(_ id: UInt32, isKept: Bool) -> Bool {
    guard let reason = loads[id].madeFor else { return false }
    ahead?.made.end(loads[id].viewer, reason, isKept: isKept, measuring: measuring)
    lists.release(loads[id].list)
    loads.release(id)
    return true
  }

  /// Ends one that a tier has turned away; whether it was one.
  func rejectAhead(_ id: UInt32) -> Bool {
    guard let reason = loads[id].madeFor else { return false }
    ahead?.made.reject(loads[id].viewer, reason)
    if loads[id].list != PostStore.none { lists.release(loads[id].list) }
    loads.release(id)
    return true
  }
}

/// What a run has made ahead.
public struct AheadFigures {
  public let made: MadeAhead
  /// Of the window: feeds shown although they had outlived their time.
  public let staleHits: Int
  fileprivate let reasons: [MadeAhead.Reason]

  /// Whether the design makes feeds for this reason.
  public func isUsed(_ reason: MadeAhead.Reason) -> Bool { reasons.contains(reason) }
}

extension FeedSystem {
  /// Nil where feeds are made only when somebody asks.
  public func aheadFigures() -> AheadFigures? {
    guard let made = ahead?.made, let staleHits = ahead?.staleHits else { return nil }
    let reasons: [MadeAhead.Reason] =
      (design.prefetch == nil ? [] : [.prefetch]) + (design.cache.refreshes ? [.refresh] : [])
    return AheadFigures(made: made, staleHits: staleHits, reasons: reasons)
  }
}
