import Simulation

/// candidates → (features → ranking) for each visit of the funnel → the best of what is left
///
/// A stage does its work when its visit ends; what it leaves, scores and sources with it, stays in
/// the load's list until the next. A load whose time is used up goes without the scorers and
/// sources that are left, so that its order is that of the last scorer; filters and rerankers are
/// applied all the same, in no time, as what they keep out must not be shown.

/// How far a load has come with its ranking.
struct RankingProgress: BitwiseCopyable {
  var began = Instant.never
  /// The visit under way, by its number in the funnel, and when the one before it ended.
  var pass: UInt32 = 0
  var passBegan = Instant.never
  /// Calls of the feature store without an answer; where they are made one by one, those to come
  /// are among them.
  var callsLeft: UInt32 = 0
  var callsAreOneByOne = false
  var isDegraded = false
  /// The viewer's, as ranking began.
  var arm: UInt8 = 0
  var isOrdered = false
  /// Time at the ranking tier and at the feature store so far.
  var inRanking = Duration.zero
  var inFeatures = Duration.zero
  var hasFetched = false
  /// The best that ranking could bring; nil where it is not held against that.
  var optimum: DiscountedGain?
}

extension FeedSystem {
  /// The funnel that a load goes through.
  func funnel(of row: LoadRow) -> Funnel {
    if row.ranking.isDegraded, let funnel = design.degraded?.ranking { return funnel }
    return design.experiment?.arms[Int(row.ranking.arm)].ranking ?? design.ranking
  }

  func sendToRanking(_ id: UInt32) {
    let row = loads[id]
    var progress = RankingProgress()
    progress.began = now
    progress.isDegraded = degradedMode != nil
    progress.arm = UInt8(arm(of: row.viewer))
    loads[id].ranking = progress
    let count = Int(row.count)
    let candidates = lists.candidates(row.list, count: count, keys: scratch.keys)
    candidates.scores.update(repeating: 0, count: count)
    candidates.sources.update(repeating: .inNetwork, count: count)
    beginPass(id)
  }

  private func beginPass(_ id: UInt32) {
    loads[id].ranking.passBegan = now
    stopWhereEnough(id)
    if !fetchFeatures(id) { visitRanking(id) }
  }

  /// Leaves out the candidates that the stage of the next visit is not going to look at, as it has
  /// seen enough before: what it scores is tried beforehand, since the visit's work must be known.
  private func stopWhereEnough(_ id: UInt32) {
    let row = loads[id]
    let funnel = funnel(of: row)
    let stage = funnel.stages[funnel.passes[Int(row.ranking.pass)].lowerBound]
    guard let rule = stage.stopAt else { return }
    let count = Int(row.count)
    scratch.reserve(candidates: lists.width, authors: 0)
    var candidates = lists.candidates(row.list, count: count, keys: scratch.keys)
    candidates.isOrdered = row.ranking.isOrdered
    candidates.sort()
    var tried = Candidates(
      ids: scratch.ids, scores: scratch.scores, sources: scratch.sources, count: count,
      capacity: count)
    tried.ids.update(from: candidates.ids, count: count)
    tried.scores.update(from: candidates.scores, count: count)
    tried.sources.update(from: candidates.sources, count: count)
    withRankingContext(
      of: row.viewer, arm: Int(row.ranking.arm), asOf: row.asOf, offset: Int(row.offset)
    ) { stage.stage.apply(&tried, $0) }
    var good = 0
    for place in 0..<count where Double(tried.scores[place]) >= rule.score {
      good += 1
      guard good == rule.count else { continue }
      loads[id].count = UInt32(place + 1)
      return
    }
  }

  /// Sends a load to the ranking tier, with all that its stages are going to look at.
  func visitRanking(_ id: UInt32) {
    let row = loads[id]
    let funnel = funnel(of: row)
    let stage = funnel.stages[funnel.passes[Int(row.ranking.pass)].lowerBound]
    // The first visit is drawn as that of designs with one.
    let number = UInt64(row.ranking.pass)
    let key = number == 0 ? row.key &+ 2 : mix64(row.key &+ 2) &+ number
    let service = serviceTime(of: stage, candidates: Int(row.count), key: key)
    guard visit(.ranking, service: service, then: .load(id, .ranked)) != nil else {
      return reject(id)
    }
    loads[id].service = service
  }

  private func serviceTime(of stage: FunnelStage, candidates: Int, key: UInt64) -> Duration {
    guard stage.hasTime else { return serviceTime(.ranking, units: candidates, key: key) }
    let law = services[TierName.ranking.rawValue]
    var stream = RandomStream(key: law.seed, entity: key)
    let visit = (stage.visit ?? law.visit).sample(&stream)
    var service = visit + (stage.perCandidate ?? law.perUnit) * candidates
    if let perMegaflop = stage.perMegaflop {
      let megaflops = stage.stage.work.flops * Double(candidates) / 1e6
      service += Duration(seconds: perMegaflop.seconds * megaflops)
    }
    return service
  }

  /// A visit to the ranking tier has ended: its stages do their work. Whether it was the last.
  func endRankingVisit(_ id: UInt32) -> Bool {
    let elapsed = now - loads[id].since
    loads[id].since = now
    loads[id].ranking.inRanking += elapsed
    loads[id].parts.add(
      .ranking, elapsed: elapsed, service: loads[id].service, network: roundTrip)
    if loads[id].ranking.pass == 0 { loads[id].ranking.optimum = optimum(for: loads[id]) }
    let row = loads[id]
    let funnel = funnel(of: row)
    let pass = Int(row.ranking.pass)
    run(funnel, funnel.passes[pass], id) { _ in true }
    if isMeasured(row), isUsual(row), !measurements.funnel.leaders.isEmpty {
      measurements.funnel.latency[pass].record(now - row.ranking.passBegan)
    }
    loads[id].ranking.pass += 1
    if pass + 1 == funnel.passes.count {
      endRanking(id)
      return true
    }
    if isOutOfTime(id) {
      endRankingEarly(id)
      return true
    }
    beginPass(id)
    return false
  }

  /// Whether a load has used up its time for ranking.
  func isOutOfTime(_ id: UInt32) -> Bool {
    guard let budget = design.feed.budget else { return false }
    return now - loads[id].ranking.began >= budget
  }

  /// Ends the ranking of a load whose time is used up before the visit that it is at.
  func endRankingEarly(_ id: UInt32) {
    let row = loads[id]
    let funnel = funnel(of: row)
    let left = funnel.passes[Int(row.ranking.pass)].lowerBound..<funnel.stages.count
    run(funnel, left, id) { !$0.isSkippedLate }
    if isMeasured(row) { measurements.funnel.partial += 1 }
    endRanking(id)
  }

  /// Shows a load whose visit to the ranking tier has failed the newest posts that it has gathered,
  /// but for those that must not be shown; false where that is not wanted, or nobody waits.
  func fallBack(_ id: UInt32) -> Bool {
    guard design.feed.fallback == .chronological, loads[id].madeFor == nil else { return false }
    let elapsed = now - loads[id].since
    loads[id].since = now
    loads[id].ranking.inRanking += elapsed
    loads[id].parts.add(.ranking, elapsed: elapsed, service: .zero, network: .zero)
    loads[id].ranking.isOrdered = false
    let row = loads[id]
    lists.candidates(row.list, count: Int(row.count), keys: scratch.keys)
      .scores.update(repeating: 0, count: Int(row.count))
    let funnel = funnel(of: row)
    let left = funnel.passes[Int(row.ranking.pass)].lowerBound..<funnel.stages.count
    run(funnel, left, id) { !$0.isSkippedLate }
    if isMeasured(row) { calls.fallbacks += 1 }
    endRanking(id)
    leaveRanking(id)
    return true
  }

  /// Whether its stages are those of the design, which are counted one by one.
  private func isUsual(_ row: LoadRow) -> Bool {
    !row.ranking.isDegraded
      && design.experiment?.arms[Int(row.ranking.arm)].ranking == nil
  }

  private func isMeasured(_ row: LoadRow) -> Bool { window.contains(row.opened.nanoseconds) }

  /// Lets the stages that may do their work on a load's candidates.
  private func run(
    _ funnel: Funnel, _ places: Range<Int>, _ id: UInt32, where mayRun: (StageRole) -> Bool
  ) {
    let row = loads[id]
    scratch.reserve(candidates: lists.width, authors: 0)
    var candidates = lists.candidates(row.list, count: Int(row.count), keys: scratch.keys)
    candidates.isOrdered = row.ranking.isOrdered
    let arm = Int(row.ranking.arm)
    let counts = isMeasured(row) && isUsual(row)
    for place in places {
      let stage = funnel.stages[place]
      guard mayRun(stage.stage.role) else { continue }
      let given = candidates.count
      withRankingContext(
        of: row.viewer, arm: arm, asOf: row.asOf, offset: Int(row.offset),
        isMeasured: isMeasured(row)
      ) { stage.run(on: &candidates, $0) }
      if counts { note(place, stage, given: given, kept: candidates.count) }
    }
    loads[id].count = UInt32(candidates.count)
    loads[id].ranking.isOrdered = candidates.isOrdered
  }

  private func note(_ place: Int, _ stage: FunnelStage, given: Int, kept: Int) {
    measurements.funnel.stages[place].loads += 1
    measurements.funnel.stages[place].candidates += given
    measurements.funnel.stages[place].kept += kept
    measurements.funnel.stages[place].flops += stage.stage.work.flops * Double(given)
  }

  /// The best of what the stages have left is the feed.
  private func endRanking(_ id: UInt32) {
    let row = loads[id]
    var candidates = lists.candidates(row.list, count: Int(row.count), keys: scratch.keys)
    candidates.isOrdered = row.ranking.isOrdered
    let length = row.ranking.isDegraded ? design.degraded?.feedLength : nil
    candidates.sort(keeping: length ?? design.feed.length)
    loads[id].count = UInt32(candidates.count)
    if let optimum = row.ranking.optimum { noteQuality(of: loads[id], optimum) }
    measurements.record(.ranking, row.ranking.inRanking, row.opened, window)
    if row.ranking.hasFetched {
      measurements.record(.features, row.ranking.inFeatures, row.opened, window)
    }
    guard isMeasured(row) else { return }
    measurements.funnel.ranked += 1
    if row.ranking.isDegraded { measurements.funnel.degraded += 1 }
  }

  /// Orders the first `count` ids of the scratch memory as a load would now, without adding or
  /// dropping any; false where a reranker would drop some, and they stay as they are.
  func rankAnew(_ count: Int, for viewer: UInt32) -> Bool {
    scratch.sources.update(repeating: .inNetwork, count: count)
    var candidates = Candidates(
      ids: scratch.ids, scores: scratch.scores, sources: scratch.sources, count: count,
      capacity: count, keys: scratch.keys)
    let arm = arm(of: viewer)
    let funnel = degradedMode?.ranking ?? design.funnels[arm]
    for stage in funnel.stages {
      switch stage.stage.role {
      case .scorer, .reranker:
        withRankingContext(of: viewer, arm: arm, isOnScreen: true) {
          stage.run(on: &candidates, $0, keepsAll: true)
        }
      case .source, .filter, .selector: continue
      }
    }
    guard candidates.count == count else { return false }
    candidates.sort()
    return true
  }
}
