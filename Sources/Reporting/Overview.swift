import FeedSystem
import Planning
import Simulation

/// A result as rows of figures with a column for each design: what the console and Markdown show.
struct Overview {
  struct Section {
    var topic: Topic
    var title: String
    var rows: [Row]
  }

  struct Row {
    var label: String
    /// What the figures are in; the same for all of them.
    var unit: String
    /// One for each design.
    var cells: [Cell]
  }

  enum Cell: Equatable {
    /// Nothing was measured.
    case absent
    /// There was no steady state to measure.
    case unstable
    case figure(value: String, halfWidth: String, resolved: Bool)
    case words(String)
  }

  /// What a section is about: a page puts each below its chart.
  enum Topic {
    case latency, stages, reading, publishing, audit, tiers, costs, other
  }

  enum Detail {
    /// What fits a screen: a tier is one row.
    case brief
    /// Every figure of a tier has its own row and its interval.
    case full
  }

  var sections: [Section] = []
  let designs: [DesignResult]
  private let detail: Detail

  init(_ result: Result, _ detail: Detail) {
    designs = result.designs
    self.detail = detail
    add(.latency, "Feed latency", percentiles("feed.latency"))
    add(.stages, "Feed latency by stage, mean of the loads that take it", stages("mean"))
    if detail == .full {
      add(.stages, "Feed latency by stage, p99 of the loads that take it", stages("p99"))
      add(.stages, "Feed latency by cause, mean of the slowest 1 % of loads", causes())
    }
    add(.reading, "Reading", reading())
    add(.reading, "Ranking by stage", funnel(detail))
    add(.reading, "Engagement", engagement())
    add(.reading, "Ranking", rankingQuality())
    add(.reading, "Regions and edges", edges())
    add(.reading, "Feeds made ahead", madeAhead())
    add(.reading, "What ranking drops and brings", rankingStages())
    add(.reading, "Models and arms", learning())
    add(.publishing, "Publishing and fan-out", publishing())
    add(.publishing, "Pipeline", pipeline())
    add(.publishing, "Graph in motion", motion())
    add(.publishing, "Leaves and objects", stores())
    add(.reading, "Cache levels", cacheLevels(detail))
    add(.publishing, "Caches of objects", objectCaches())
    add(.publishing, "Live updates", liveUpdates())
    add(.audit, "Delivery audit", audit())
    add(.audit, "Moderation", moderation())
    add(.publishing, "Cascades", crowds())
    add(.other, "Regions lost", geography())
    add(.other, "Rate limits", limits())
    add(.other, "Calls of guarded tiers", calls())
    add(.other, "Requests of clients", requests())
    add(.other, "The incident", incident())
    add(.other, "Faults", faults())
    add(.reading, "Anonymised", privacy())
    add(.tiers, "Control", control())
    switch detail {
    case .brief: add(.tiers, "Tiers: servers at utilisation, mean wait", tierWords())
    case .full:
      add(.tiers, "Servers", tiers("servers"))
      add(.tiers, "Utilisation", tiers("utilisation"))
      add(.tiers, "Headroom at the peak", tiers("headroom"))
      add(.tiers, "Throughput", tiers("throughput"))
      add(.tiers, "Waiting time, mean", tiers("waiting_time"))
      add(.tiers, "Waiting time, p99", tiers("waiting_time", "p99"))
    }
    // A report with one bill gives it line by line in a table of its own.
    add(.tiers, "Shards of the post store", shards())
    add(.reading, "Buffered counters", counters())
    if detail == .brief || designs.count > 1 { add(.costs, "Monthly cost", costs()) }
    if detail == .full { add(.other, "Other", others()) }
  }

  /// Whether any figure shown comes from replications too short for it.
  var hasUnresolved: Bool {
    sections.contains { section in
      section.rows.contains { row in
        row.cells.contains { if case .figure(_, _, false) = $0 { true } else { false } }
      }
    }
  }

  private mutating func add(_ topic: Topic, _ title: String, _ rows: [Row?]) {
    let rows = rows.compactMap { $0 }
    if !rows.isEmpty { sections.append(Section(topic: topic, title: title, rows: rows)) }
  }
}

extension Overview {
  /// The mean and every quantile of one metric.
  func percentiles(_ metric: String) -> [Row?] {
    Threshold.statistics.map { row(Self.label($0), metric, $0) }
  }

  static func label(_ statistic: String) -> String { statistic.replacing("_", with: ".") }

  private func stages(_ statistic: String) -> [Row?] {
    Stage.allCases.map { stage in
      row(Self.label(stage), "feed.latency.\(stage.metric)", statistic)
    }
  }

  /// What the loads that decide p99 spend their time on.
  private func causes() -> [Row?] {
    Causes.Part.united(designs.map { $0.causes?.p99.parts ?? [] }).map { part in
      let times = designs.map { $0.causes?.p99.parts.first { $0.isLike(part) }?.time }
      let scale = NumberText.scale(.milliseconds, of: times.compactMap { $0?.value })
      return Row(
        label: part.words, unit: scale.symbol,
        cells: times.map { $0.map { Self.figure($0, scale) } ?? .absent })
    }
  }

  private func reading() -> [Row?] {
    [
      row("loads", "feed.throughput"),
      row("rejected", "feed.rejected"),
      row("read amplification", "feed.read_amplification"),
      row("posts looked up", "feed.looked_up"),
      row("look-up queries", "feed.lookup_queries"),
      row("staleness, mean", "feed.staleness"),
      row("staleness, p99", "feed.staleness", "p99"),
      row("pages that lack a post", "feed.stale_pages"),
      row("the oldest it lacks, p99", "feed.lacking_age", "p99"),
      row("posts shown twice", "feed.shown_twice"),
      row("media fetched", "feed.media_fetched"),
      row("feed cache hit ratio", "cache.feed.hit_ratio"),
      row("feed cache memory", "cache.feed.memory"),
      row("returns after the drop", "returning.rate"),
      row("returns to an empty feed", "returning.empty"),
      row("returns to a gapped feed", "returning.gapped"),
      row("regeneration, mean", "returning.regeneration"),
      row("regeneration, p99", "returning.regeneration", "p99"),
      row("authors asked for it", "returning.author_queries"),
      row("engagements", "engagement.throughput"),
    ]
  }

  private func publishing() -> [Row?] {
    [
      row("posts", "publish.throughput"),
      row("publish latency, mean", "publish.latency"),
      row("publish latency, p99", "publish.latency", "p99"),
      row("write amplification", "fan_out.write_amplification"),
      row("bytes amplification", "fan_out.bytes_amplification"),
      row("regret over the best edges", "fan_out.regret"),
      row("cost of pushes and pulls", "fan_out.cost"),
      row("threshold, over the time", "fan_out.threshold"),
      row("threshold, lowest", "fan_out.threshold_least"),
      row("threshold, highest", "fan_out.threshold_greatest"),
      row("threshold, moves", "fan_out.threshold_moves"),
      row("posts flipped to pull", "fan_out.flipped"),
      row("time of flash flipping", "fan_out.flash_share"),
      row("flashes", "fan_out.flashes"),
      row("delivery lag, p50", "delivery.lag", "p50"),
      row("delivery lag, p99", "delivery.lag", "p99"),
      row("backlog, peak", "fan_out.backlog"),
      row("backlog, drain time", "fan_out.drain_time"),
      row("caught up on return", "fan_out.caught_up"),
      row("timeline memory", "timeline.memory"),
      row("of users who never come", "timeline.orphaned"),
      row("entries beyond capacity", "timeline.overshoot"),
    ]
  }

  private func pipeline() -> [Row?] {
    [
      row("lag to half of the followers, p50", "delivery.lag_to_p50", "p50"),
      row("lag to the last follower, p50", "delivery.lag_to_last", "p50"),
      row("lag to the last follower, p99", "delivery.lag_to_last", "p99"),
      row("posts without their last follower", "delivery.incomplete"),
      row("lag at high priority, p99", "delivery.lag_high_priority", "p99"),
      row("lag at low priority, p99", "delivery.lag_low_priority", "p99"),
      row("event bus, p99", "bus.delay", "p99"),
      row("consumer lag, peak", "bus.consumer_lag"),
      row("consumer lag of a partition, peak", "bus.partition_lag"),
      row("posts rejected", "publish.rejected"),
      row("jobs retried", "fan_out.retries"),
      row("dead letters", "fan_out.dead_letters"),
      row("dead letters replayed", "fan_out.replayed"),
      row("held by the rate limit, p99", "fan_out.held_time", "p99"),
    ]
  }

  private func motion() -> [Row?] {
    [
      row("follows", "graph.follows"),
      row("unfollows", "graph.unfollows"),
      row("mutes", "graph.mutes"),
      row("blocks", "graph.blocks"),
      row("plans switched by followers", "graph.plan_switches"),
      row("follow latency, p99", "graph.follow_latency", "p99"),
      row("entries back-filled", "fan_out.back_filled"),
      row("entries removed", "fan_out.removed"),
      row("entries hidden", "feed.hidden"),
    ]
  }

  private func stores() -> [Row?] {
    [
      row("leaf lag, p50", "leaf.lag", "p50"),
      row("leaf lag, p99", "leaf.lag", "p99"),
      row("posts waiting for leaves, peak", "leaf.waiting_peak"),
      row("leaves asked by a load", "leaf.requests"),
      row("pulled posts that leaves lack", "leaf.missing"),
      row("loads with a gap", "leaf.gaps"),
      row("loads that ask the post store", "leaf.read_elsewhere"),
      row("rebuild of a leaf, longest", "leaf.rebuild_time"),
      row("posts on leaves", "leaf.entries"),
      row("memory of the leaves", "leaf.memory"),
      row("associations", "objects.associations"),
      row("memory of associations", "objects.memory"),
      row("reactions that repeat one", "objects.repeated"),
    ]
  }

  private func liveUpdates() -> [Row?] {
    [
      row("lag to the client, mean", "live.lag"),
      row("lag to the client, p50", "live.lag", "p50"),
      row("lag to the client, p99", "live.lag", "p99"),
      row("lag of reactions, mean", "live.engagement_lag"),
      row("connections, mean", "live.connections"),
      row("connections, peak", "live.connections_peak"),
      row("connections lost", "live.drops"),
      row("reconnected after, mean", "live.reconnect_time"),
      row("reconnected after, p99", "live.reconnect_time", "p99"),
      row("attempts turned away", "live.refused"),
      row("updates", "live.updates"),
      row("updates coalesced", "live.coalesced"),
      row("updates caught up", "live.caught_up"),
      row("updates lost", "live.lost"),
      row("messages", "live.messages"),
      row("bytes sent", "live.bytes"),
      row("indicators", "live.indicators"),
      row("indicators tapped", "live.indicator_taken"),
      row("extra loads", "live.extra_loads"),
      row("notifications", "notifications.sent"),
      row("notifications over the limit", "notifications.limited"),
      row("notifications bounced", "notifications.bounced"),
      row("lag of notifications, p99", "notifications.lag", "p99"),
    ]
  }

  private func audit() -> [Row?] {
    let ends = [
      "due", "lost", "expired", "overwritten", "duplicate", "late", "pending", "dead_lettered",
    ]
    // Who bears it is of interest where there is anything to bear.
    let any = ["lost", "duplicate", "late"].filter { end in
      designs.contains { ($0.metric("delivery.\(end)")?.mean?.value ?? 0) > 0 }
    }
    let byViewer = any.map { end in
      row("\(end) by viewer, p99", "delivery.\(end)_by_viewer", "p99")
    }
    return (ends + ["dropped", "hidden"]).map { row(Self.auditLabel($0), "delivery.\($0)") }
      + byViewer
  }

  private static func auditLabel(_ end: String) -> String {
    switch end {
    case "expired": "lost: past the bus's retention"
    case "overwritten": "lost: overwritten by a tie"
    case "dead_lettered": "dead-lettered"
    case "dropped": "dropped by design"
    case "hidden": "hidden behind held feeds"
    default: end
    }
  }

  private func shards() -> [Row?] {
    [
      row("shards asked by a load that pulls", "feed.shards_asked"),
      row("hottest shard's work over the mean", "tier.post_store.imbalance"),
      row("utilisation of the hottest", "tier.post_store.hottest_utilisation"),
      row("wait at the hottest, mean", "tier.post_store.hottest_waiting_time"),
      row("replicas: stale reads", "replica.stale_reads"),
      row("replicas: behind by, p50", "replica.stale_age", "p50"),
      row("replicas: behind by, p99", "replica.stale_age", "p99"),
      row("replicas: own post unseen", "replica.own_unseen"),
    ]
  }

  private func counters() -> [Row?] {
    [
      row("writes into the database", "counters.writes"),
      row("writes saved", "counters.writes_saved"),
      row("oldest count of a write, mean", "counters.write_age"),
      row("counters shown behind by, mean", "counters.read_age"),
      row("counters shown behind by, p99", "counters.read_age", "p99"),
      row("counts lost in crashes", "counters.lost"),
      row("counts doubled after crashes", "counters.doubled"),
    ]
  }

  private func tiers(_ metric: String, _ statistic: String = "mean") -> [Row?] {
    TierName.allCases.map { tier in
      row(MetricNames.words(tier.metric), "tier.\(tier.metric).\(metric)", statistic)
    }
  }

  private func tierWords() -> [Row?] {
    let columns = designs.map { design in
      Self.aligned(TierName.allCases.map { Self.tierWords(design, "tier.\($0.metric)") })
    }
    return TierName.allCases.enumerated().map { index, tier in
      let cells = columns.map { $0[index] }
      guard cells.contains(where: { $0 != .absent }) else { return nil }
      return Row(label: MetricNames.words(tier.metric), unit: "", cells: cells)
    }
  }

  /// `24`, ` at 61 %` and `, 0.82 ms`; nil for a tier that is not there.
  private static func tierWords(_ design: DesignResult, _ tier: String) -> [String]? {
    guard let servers = design.metric("\(tier).servers")?.mean,
      let utilisation = design.metric("\(tier).utilisation")?.mean, servers.value > 0
    else { return nil }
    let count = NumberText.fixed(servers.value, decimals: NumberText.decimals(servers.value))
    let share = "\(round(utilisation.value * 100)) %"
    guard let waiting = design.metric("\(tier).waiting_time") else { return [count, share, ""] }
    guard let mean = waiting.mean, mean.value.isFinite else { return [count, share, "UNSTABLE"] }
    let wait =
      mean.value < 100
      ? "\(round(mean.value)) ms"
      : NumberText.text(Estimate(value: mean.value), .milliseconds)
    return [count, share, wait]
  }

  /// A column of `24 at 61 %, 0.82 ms`, each of the three below its like.
  private static func aligned(_ rows: [[String]?]) -> [Cell] {
    let widths = (0..<3).map { part in rows.compactMap { $0?[part].count }.max() ?? 0 }
    return rows.map { row in
      guard let row else { return .absent }
      let parts = zip(row, widths).map { $0.padded(before: $1) }
      let separator = row[2].isEmpty ? "  " : ", "
      return .words("\(parts[0]) at \(parts[1])\(widths[2] > 0 ? separator : "")\(parts[2])")
    }
  }

  /// Two digits, where three would be noise: 0.03, 1.2, 61.
  private static func round(_ value: Double) -> String {
    if value > 0, value < 0.005 { return "<0.01" }
    return NumberText.fixed(value, decimals: value < 0.995 ? 2 : value < 9.95 ? 1 : 0)
  }

  private func costs() -> [Row?] {
    var names: [String] = []
    for line in designs.flatMap(\.costs) where !names.contains(line.name) {
      names.append(line.name)
    }
    guard !names.isEmpty else { return [] }
    let unit = designs.first { !$0.costs.isEmpty }?.currency.symbol ?? ""
    let lines = names.map { name in
      Row(
        label: Self.costLabel(name), unit: unit,
        cells: designs.map { design in
          guard let line = design.costs.first(where: { $0.name == name }) else { return .absent }
          return Self.money(line.monthly)
        })
    }
    let total = Row(
      label: "total priced", unit: unit,
      cells: designs.map { Self.money($0.costs.isEmpty ? nil : Cost.month($0.costs)) })
    return lines + [total]
  }

  static func costLabel(_ line: String) -> String {
    MetricNames.words(line.replacing("compute.", with: ""))
  }

  static func money(_ amount: Double?) -> Cell {
    guard let amount, amount.isFinite else { return .words("not priced") }
    return .figure(value: NumberText.dollars(amount), halfWidth: "", resolved: true)
  }

  /// Metrics that have no section of their own yet, so that none is left out.
  private func others() -> [Row?] {
    let levels = CacheLevel.allCases.map { "cache.\($0.key)." }
    let contents = CacheContent.allCases.map { "cache.\($0.key)." }
    let ofCaches = ["cache.hit_ratio", "cache.stale_hits", "cache.memory", "cache.degraded"]
    let shown = [
      "feed.", "publish.", "fan_out.", "delivery.", "tier.", "timeline.", "cost.", "engagement.",
      "bus.", "replica.", "counters.", "leaf.", "objects.", "live.", "notifications.",
      "cache.follower.", "cache.gutter.", "cache.leader.", "cache.warm_up.", "lease.",
      "invalidation.", "database.",
      "region.", "cache.edge.", "prefetch.", "refresh.", "ranking.model.",
      "ranking.recovery", "arm.",
    ]
    var names: [String] = []
    for metric in designs.flatMap(\.metrics) where !names.contains(metric.name) {
      let isShown = (shown + levels + contents + ofCaches).contains { metric.name.hasPrefix($0) }
      if !isShown, !isOfFunnel(metric.name) { names.append(metric.name) }
    }
    return names.map { row($0, $0) }
  }
}

extension Overview {
  /// One statistic of one metric over all designs; nil where no design has it.
  func row(_ label: String, _ metric: String, _ statistic: String = "mean") -> Row? {
    let measured = designs.map { $0.metric(metric) }
    guard let unit = measured.compactMap({ $0?.unit }).first else { return nil }
    let estimates = measured.map { Self.estimate($0, statistic) }
    let isShare = MetricNames.entry(metric)?.isShare ?? true
    let sizes = estimates.compactMap { $0.map { abs($0.value) } }.filter { $0 > 0 }
    let scale = NumberText.scale(unit, isShare: isShare, of: sizes)
    let cells = zip(measured, estimates).map { metric, estimate -> Cell in
      guard let estimate else { return metric?.isUnstable == true ? .unstable : .absent }
      return Self.figure(estimate, scale)
    }
    guard cells.contains(where: { $0 != .absent }) else { return nil }
    let symbol = detail == .brief ? Self.brief(scale.symbol) : scale.symbol
    return Row(label: label, unit: symbol, cells: cells)
  }

  /// A unit without the noun that the row's label or section says already.
  private static func brief(_ symbol: String) -> String {
    var symbol = symbol.replacing("entries/", with: "/")
    for noun in ["entries", "deliveries", "posts", "visits"] {
      symbol = symbol.replacing(" \(noun)", with: "").replacing(noun, with: "")
    }
    return symbol
  }

  private static func estimate(_ metric: Metric?, _ statistic: String) -> Estimate? {
    guard let metric else { return nil }
    let estimate =
      statistic == "mean"
      ? metric.mean : metric.quantiles.first { $0.name == statistic }?.estimate
    return estimate.flatMap { $0.value.isFinite ? $0 : nil }
  }

  static func figure(_ estimate: Estimate, _ scale: NumberText.Scale) -> Cell {
    let value = estimate.value / scale.divisor
    var width: Double?
    if let half = estimate.halfWidth, half.isFinite, half > 0 { width = half / scale.divisor }
    let decimals = NumberText.decimals(value, halfWidth: width)
    return .figure(
      value: NumberText.fixed(value, decimals: decimals),
      halfWidth: width.map { NumberText.halfWidth($0, decimals: decimals) } ?? "",
      resolved: estimate.resolved)
  }
}

extension Result {
  /// Every note once: the result's, those of all designs, then those of some, which are named.
  var allNotes: [String] {
    var common = notes
    var particular: [String] = []
    for note in designs.flatMap(\.notes) {
      let holders = designs.filter { $0.notes.contains(note) }
      if holders.count == designs.count {
        if !common.contains(note) { common.append(note) }
      } else {
        let text = "\(holders.map(\.name).joined(separator: ", ")): \(note)"
        if !particular.contains(text) { particular.append(text) }
      }
    }
    return common + particular
  }

  var unresolvedLegend: String {
    "? marks a quantile whose replications are too short: fewer than "
      + "\(NumberText.fixed(Estimate.observationsBeyond, decimals: 0)) observations lie beyond "
      + "it in each, or there is only one."
  }
}
