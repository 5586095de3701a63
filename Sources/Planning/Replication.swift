import FeedSystem
import Simulation

/// What one replication of one design has measured: one sample for each metric.
struct Replication: Sendable {
  struct Sample: Sendable {
    var name: String
    var unit: Unit
    /// Nil for a scalar.
    var count: Int?
    var value: Double
    /// At `Replication.probabilities`; empty for a scalar.
    var quantiles: [Double] = []
  }

  static let probabilities = [0.5, 0.95, 0.99, 0.999]

  /// What the latency of all loads and of the slowest 1 % is made of; nil without loads.
  struct LatencyMakeUp: Sendable {
    var loads: Int
    var mean: MeanLatencyParts
    var slowest: MeanLatencyParts
  }

  var latency: LatencyMakeUp?
  var samples: [Sample] = []
  var timeLines: TimeLines
  var checks: [Check]
  var fingerprint: UInt64
  var fleet: Fleet
  var usage: MeasuredUse
  /// Tiers whose work grew without end, named; empty if the run was stable.
  var unstable: [String]
  var audit: DeliveryAudit
  /// Nil where the population is held whole.
  var cellPools: CellPools?

  mutating func add(_ name: String, _ unit: Unit, _ value: Double) {
    samples.append(Sample(name: name, unit: unit, count: nil, value: value))
  }

  /// A distribution of nanoseconds, reported in milliseconds; nothing if nothing was recorded.
  mutating func add(_ name: String, _ histogram: borrowing Histogram) {
    guard histogram.count > 0 else { return }
    var quantiles: [Double] = []
    for probability in Replication.probabilities {
      quantiles.append(histogram.quantile(probability) / 1e6)
    }
    samples.append(
      Sample(
        name: name, unit: .milliseconds, count: Int(histogram.count),
        value: histogram.mean / 1e6, quantiles: quantiles))
  }

  /// Shares over viewers, all of whom are there to be looked at.
  mutating func add(_ name: String, _ shares: ViewerAudit.Shares, of viewers: Int) {
    samples.append(
      Sample(
        name: name, unit: .ratio, count: viewers, value: shares.mean,
        quantiles: Replication.probabilities.map { shares.quantile($0) }))
  }
}

/// What a bill is made from, as one replication used it.
struct MeasuredUse: Sendable {
  var timelineBytes = 0.0
  var feedCacheBytes = 0.0
  var objectBytes = 0.0
  var leafBytes = 0.0
  /// By level of caches.
  var levelBytes = [Double](repeating: 0, count: CacheLevel.allCases.count)
  var followerCacheBytes = 0.0
  var leaderCacheBytes = 0.0
  /// Posts shown for each feed request, entries written for each post.
  var shownPerRequest = 0.0
  var mediaPerRequest = 0.0
  var entriesPerPost = 0.0
  var requestsPerLoad = 1.0
  /// Bytes of live updates for each load, notifications for each post.
  var liveBytesPerLoad = 0.0
  var notificationsPerPost = 0.0
  /// Bytes that the origin sends edges for each load.
  var edgeFillBytesPerLoad = 0.0
  /// By tier, of those whose servers come and go.
  var scaled = [ScaledUse?](repeating: nil, count: TierName.allCases.count)
}

extension Scenario {
  /// The seed of a replication: the same for every design, so that all see the same users,
  /// posts and services.
  func seed(ofReplication index: Int) -> UInt64 {
    var stream = RandomStream(seed: seed, purpose: 0x7265_706c, entity: UInt64(index))
    return stream.next()
  }

  /// Runs one replication of one design.
  ///
  /// - Parameters:
  ///   - laws: what must hold at the end of the run.
  ///   - fleet: settles the servers from the offered load at the ordinary peak.
  func replicate(
    _ design: Design, audience: Audience, index: Int, memory: TimelineMemory,
    laws: (FeedSystem) -> [Check], fleet: ((TierName) -> Double) throws -> Fleet
  ) throws -> Replication {
    let opens = Instant.start + warmUp
    let closes = opens + duration
    let cell = audience.graph.cell
    let design = cell.map { design.inCell($0) } ?? design
    let traffic = try self.traffic.traffic(for: audience.graph, window: opens)
    let system = try FeedSystem(
      design: design, audience: audience, traffic: traffic, seed: seed(ofReplication: index),
      memory: memory)
    if warmStart { system.warmStart() }
    system.start(measuring: opens..<closes)
    let chosen = try settle(system, design, opens: opens, fleet)
    system.run(until: opens)
    let before = TierName.allCases.map { system.snapshot($0) }
    let offeredBefore = TierName.allCases.map { system.offeredTime($0) }
    let connected = system.connections()
    let levelsBefore = system.levelFigures()
    let reviewersBefore = system.moderation.figures(at: opens)
    let callsBefore = TierName.allCases.map { system.calls.figures($0, at: opens) }
    let loads = offeredLoads(system, from: opens, to: closes)
    try system.checkService()
    let after = TierName.allCases.map { system.snapshot($0) }
    let offered = TierName.allCases.map { system.offeredTime($0) - offeredBefore[$0.rawValue] }
    let reviewersAfter = system.moderation.figures(at: closes)
    let callsAfter = TierName.allCases.map { system.calls.figures($0, at: closes) }
    let connections = Connections(connected, system.connections(), over: duration.seconds)
    let busWait = system.eventBusWait
    let timelines = system.timelineFigures()
    let feedsHeld = system.feedCacheFeeds
    let leaves = system.leafFigures()
    let objects = system.objectFigures()
    let levels = levelsBefore.flatMap { before in system.levelFigures()?.since(before) }
    let cached = system.cachedObjects()
    let exposure = system.exposureFigures()
    system.drain(until: closes + drain)
    try system.checkService()
    let checks = laws(system)
    let audit = system.auditDeliveries()
    let paid = bought(chosen, design, used: after)
    let simulated = cell.map { chosen.inCell($0, design.tiers).servers } ?? chosen

    var replication = Replication(
      timeLines: TimeLines(
        system.measurements,
        servers: TierName.allCases.map { paid[$0] == 0 ? 0 : simulated[$0] }),
      checks: checks, fingerprint: system.fingerprint,
      fleet: paid, usage: MeasuredUse(),
      unstable: [], audit: audit)
    replication.usage.requestsPerLoad = traffic.sessions.pages
    replication.unstable = unstableTiers(
      after, busWait: busWait, drained: system.measurements.drained)
    replication.addJourneys(system.measurements, seconds: duration.seconds)
    replication.addFanOut(system.measurements, audit, design)
    replication.addPipeline(system.measurements, audit, design)
    replication.addFollows(system.measurements, self.traffic)
    if let regret = system.regret { replication.add("fan_out.regret", .ratio, regret) }
    replication.addPlanChanges(system)
    replication.addTiers(system.measurements, before, after, design, seconds: duration.seconds)
    replication.addStores(system.measurements, timelines, design, seconds: duration.seconds)
    replication.addStorage(system.measurements, before, after, design, seconds: duration.seconds)
    replication.addLeaves(system.measurements, leaves, design)
    replication.addObjects(system.measurements, objects, design)
    replication.addLevels(levels, design, seconds: duration.seconds)
    replication.addObjectCaches(
      system.objectCaches.measurements, cached, design, seconds: duration.seconds)
    replication.addLive(
      system.live.measurements, connections, loads: system.measurements.loadsMeasured, design,
      seconds: duration.seconds)
    replication.addNotifications(
      system.notifications, posts: system.measurements.postsMeasured, design,
      seconds: duration.seconds)
    replication.addRankingStages(system.rankingFigures, seconds: duration.seconds)
    replication.addFunnel(system.measurements.funnel, design)
    replication.addEdge(system.edge, system.measurements, design, seconds: duration.seconds)
    replication.addScrolls(system.measurements, traffic.sessions)
    replication.addMadeAhead(
      system.aheadFigures(), system.measurements, design, seconds: duration.seconds)
    replication.addLearning(system.learning)
    replication.addRecovery(system.measurements, audience.world)
    replication.addArms(system.experiment, seconds: duration.seconds)
    replication.addWorld(system.measurements.engagement, exposure, audience.world)
    replication.timeLines.addEngagement(system.measurements, audience.world)
    replication.addModeration(
      system.moderation, reviewersBefore, reviewersAfter, seconds: duration.seconds)
    replication.addLimits(system.limits)
    replication.addCalls(
      callsBefore, callsAfter, fallbacks: system.calls.fallbacks, system.measurements, design,
      seconds: duration.seconds)
    replication.addRequests(system.clients, seconds: duration.seconds)
    replication.addIncident(system.clients, begins: incidentBegins(design))
    replication.timeLines.addRequests(system.clients)
    replication.addFaults(system, audit, design)
    replication.addCascades(system.cascadeFigures)
    replication.addGeography(system, design)
    replication.addPrivacy(system.measurements, design, seconds: duration.seconds)
    replication.addHeadroom(
      after, offered: loads.map { $0.max() ?? 0 }, design,
      connections: max(system.live.measurements.peak, connections.atStart))
    replication.addMemory(
      entries: timelines.entries, feeds: feedsHeld, system.measurements, design)
    replication.addControl(system.controls, design, opens: opens, seconds: duration.seconds)
    if let cell {
      replication.extend(
        to: cell,
        CellPools(
          before, after, offered: offered, inParts: loads, paid, design, cell,
          loads: system.measurements.loadsMeasured, over: horizon))
    }
    return replication
  }

  /// Runs the measurement window and gives each tier's offered load in erlangs in each of twenty
  /// equal parts of it: short enough for a spike, long enough to average over visits.
  private func offeredLoads(
    _ system: FeedSystem, from opens: Instant, to closes: Instant
  ) -> [[Double]] {
    let count: Int64 = 20
    var loads: [[Double]] = TierName.allCases.map { _ in [] }
    var latest = opens
    var before = TierName.allCases.map { system.offeredTime($0) }
    for part in 1...count {
      let end =
        part == count
        ? closes : Instant(nanoseconds: opens.nanoseconds + duration.nanoseconds / count * part)
      system.run(until: end)
      for tier in TierName.allCases {
        let offered = system.offeredTime(tier)
        let load = (offered - before[tier.rawValue]).seconds / max((end - latest).seconds, 1e-9)
        loads[tier.rawValue].append(load)
        before[tier.rawValue] = offered
      }
      latest = end
    }
    return loads
  }

  /// The first part of the warm-up runs with as many servers as it takes; its second half
  /// tells the offered load, and the rest lets the fleet's queues settle.
  private func settle(
    _ system: FeedSystem, _ design: Design, opens: Instant,
    _ fleet: ((TierName) -> Double) throws -> Fleet
  ) throws -> Fleet {
    let from = Instant(nanoseconds: opens.nanoseconds / 4)
    let until = Instant(nanoseconds: opens.nanoseconds / 4 * 3)
    system.run(until: from)
    let before = TierName.allCases.map { system.busyTime($0) }
    let connected = system.connections()
    system.run(until: until)
    let seconds = max((until - from).seconds, 1e-9)
    let ordinary = system.ordinaryTraffic
    let peak = ordinary.maximum(from: opens, to: opens + duration)
    let measured = ordinary.integral(from: from, to: until) / seconds
    let scale = measured > 0 ? peak / measured : 1
    var busy = TierName.allCases.map { system.busyTime($0) }
    for index in busy.indices { busy[index] = busy[index] - before[index] }
    let held = Connections(connected, system.connections(), over: seconds).mean
    let factors = TierName.allCases.map { system.sizingFactor($0) }
    let cell = system.cell
    let chosen = try fleet { tier in
      let share = busy[tier.rawValue].seconds / seconds * factors[tier.rawValue]
      return design.load(of: tier, busy: share, connections: held) * scale * (cell?.count ?? 1)
    }
    if let cell {
      let part = chosen.inCell(cell, design.tiers)
      system.resize(to: part.servers, holding: part.holds, of: chosen)
    } else {
      system.resize(to: chosen)
    }
    return chosen
  }

  /// The fleet that is paid for: a tier that sizes itself and is never visited is not bought.
  private func bought(_ fleet: Fleet, _ design: Design, used: [TierSnapshot]) -> Fleet {
    Fleet { tier in
      if !design.has(tier) { return 0 }
      if case .auto = design.settings(of: tier).servers, used[tier.rawValue].departures == 0 {
        return 0
      }
      return fleet[tier]
    }
  }

  /// A tier is unstable if the work it still had at the window's end would take it a tenth of
  /// the window, the event bus if a post had waited as long, and whatever could not be drained.
  private func unstableTiers(
    _ after: [TierSnapshot], busWait: Duration, drained: Bool
  ) -> [String] {
    var names: [String] = []
    if busWait.seconds > max(10, duration.seconds / 10) { names.append("event_bus") }
    for tier in TierName.allCases {
      let backlog = after[tier.rawValue].backlog
      if backlog.seconds > max(10, duration.seconds / 10) || (!drained && backlog > .seconds(1)) {
        names.append(tier.metric)
      }
    }
    if names.isEmpty, !drained { names.append("the run, which did not end within its drain") }
    return names
  }
}

extension Replication {
  fileprivate mutating func addJourneys(_ m: borrowing Measurements, seconds: Double) {
    add("feed.latency", m.feedLatency)
    for stage in Stage.allCases {
      add("feed.latency.\(stage.metric)", m.stages[stage.rawValue])
    }
    if m.latencyParts.count > 0 {
      latency = LatencyMakeUp(
        loads: Int(m.latencyParts.count), mean: m.latencyParts.slowest(1),
        slowest: m.latencyParts.slowest(0.01))
    }
    add("feed.throughput", .perSecond, Double(m.loadsMeasured) / seconds)
    let asked = m.loadsMeasured + m.loadsRejectedMeasured
    add("feed.rejected", .ratio, asked == 0 ? 0 : Double(m.loadsRejectedMeasured) / Double(asked))
    if m.postsShown > 0 {
      add(
        "feed.read_amplification", .entriesPerShown,
        Double(m.entriesFetched) / Double(m.postsShown))
    }
    add("feed.staleness", m.staleness)
    if m.heldFeeds.pages > 0 {
      add("feed.stale_pages", .ratio, Double(m.heldFeeds.stalePages) / Double(m.heldFeeds.pages))
      add("feed.lacking_age", m.heldFeeds.age)
      add("delivery.hidden", .deliveries, Double(m.heldFeeds.hidden))
    }
    if m.heldFeeds.shown > 0 {
      add("feed.shown_twice", .ratio, Double(m.heldFeeds.shownTwice) / Double(m.heldFeeds.shown))
    }
    add("publish.latency", m.publishLatency)
    add("publish.posts", .posts, Double(m.postsMeasured))
    add("publish.throughput", .perSecond, Double(m.postsMeasured) / seconds)
    add("engagement.throughput", .perSecond, Double(m.engagementsMeasured) / seconds)
    let lookups = m.feedCacheHits + m.feedCacheMisses
    if lookups > 0 {
      add("cache.feed.hit_ratio", .ratio, Double(m.feedCacheHits) / Double(lookups))
    }
    usage.shownPerRequest =
      m.loadsMeasured == 0 ? 0 : Double(m.postsShown) / Double(m.loadsMeasured)
    usage.mediaPerRequest =
      m.loadsMeasured == 0 ? 0 : Double(m.postsShown - m.mediaLeft) / Double(m.loadsMeasured)
  }

  fileprivate mutating func addFanOut(
    _ m: borrowing Measurements, _ audit: DeliveryAudit, _ design: Design
  ) {
    add("delivery.lag", m.deliveryLag)
    add("delivery.due", .deliveries, Double(audit.due))
    add("delivery.lost", .deliveries, Double(audit.lostInAll))
    if design.timelines.tick != nil {
      add("delivery.overwritten", .deliveries, Double(audit.overwritten))
    }
    add("delivery.duplicate", .deliveries, Double(audit.duplicate))
    if design.fanOut.plan(followers: 0) == .pushSampled {
      add("delivery.dropped", .deliveries, Double(audit.dropped))
    }
    add("delivery.late", .deliveries, Double(m.late + audit.overdue))
    add("delivery.pending", .deliveries, Double(audit.pending))
    add("delivery.viewers_affected", .viewers, Double(audit.viewersAffected))
    if let viewers = audit.viewers, viewers.viewers > 0 {
      add("delivery.lost_by_viewer", viewers.lost, of: viewers.viewers)
      add("delivery.duplicate_by_viewer", viewers.duplicate, of: viewers.viewers)
      add("delivery.late_by_viewer", viewers.late, of: viewers.viewers)
    }
    if m.postsMeasured > 0 {
      let entries = Double(m.entriesWrittenMeasured)
      let posts = Double(m.postsMeasured)
      usage.entriesPerPost = entries / posts
      add("fan_out.write_amplification", .entriesPerPost, entries / posts)
      add(
        "fan_out.bytes_amplification", .ratio,
        entries * Double(design.timelines.entryBytes) / (posts * Double(design.posts.bytes)))
    }
    add("fan_out.backlog", .entries, m.backlogPeak)
    if let drain = m.drainTime { add("fan_out.drain_time", .seconds, drain.seconds) }
    add("fan_out.caught_up", .entries, Double(m.caughtUp))
  }

  fileprivate mutating func addTiers(
    _ m: borrowing Measurements, _ before: [TierSnapshot], _ after: [TierSnapshot],
    _ design: Design, seconds: Double
  ) {
    for tier in TierName.allCases where design.has(tier) {
      let first = before[tier.rawValue]
      let last = after[tier.rawValue]
      let busy = (last.busy - first.busy).seconds
      add("tier.\(tier.metric).servers", .servers, Double(fleet[tier]))
      add("tier.\(tier.metric).utilisation", .ratio, busy / (Double(last.servers) * seconds))
      add("tier.\(tier.metric).waiting_time", m.waiting[tier.rawValue])
      add(
        "tier.\(tier.metric).throughput", .perSecond,
        Double(last.departures - first.departures) / seconds)
      add("tier.\(tier.metric).waiting_peak", .visits, Double(m.waitingPeak[tier.rawValue]))
    }
  }

  /// Headroom is 1 − peak ÷ capacity; below 0 where more is asked than all servers can do. Of
  /// shards the busiest decides. A tier that is never visited has none to speak of.
  /// Connections fill their servers as work does.
  fileprivate mutating func addHeadroom(
    _ after: [TierSnapshot], offered: [Double], _ design: Design, connections: Int
  ) {
    for tier in TierName.allCases where after[tier.rawValue].departures > 0 {
      let last = after[tier.rawValue]
      var load = offered[tier.rawValue]
      if tier == .liveGateway, let live = design.live {
        load = max(load, Double(connections) / Double(live.connectionsPerServer))
      }
      let peak = load * last.skew / Double(last.servers)
      add("tier.\(tier.metric).headroom", .ratio, 1 - peak)
    }
  }

  fileprivate mutating func addMemory(
    entries: Int, feeds: Int, _ m: borrowing Measurements, _ design: Design
  ) {
    usage.timelineBytes = Double(entries * design.timelines.entryBytes)
    // A held feed is its post ids and a key's overhead of about 100 bytes.
    usage.feedCacheBytes = Double(feeds * (design.feed.length * 8 + 100))
    add("timeline.memory", .bytes, usage.timelineBytes)
    // Levels of caches tell theirs.
    if design.levels?.holds(.feed) != true {
      add("cache.feed.memory", .bytes, usage.feedCacheBytes)
    }
  }
}
