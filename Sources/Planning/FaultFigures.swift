import FeedSystem
import Settings
import Simulation

/// What a replication says of faults, where the scenario has some; each effect only of a kind that
/// has it.
extension Replication {
  mutating func addFaults(
    _ system: FeedSystem, _ audit: DeliveryAudit, _ design: Design
  ) {
    let faults = design.faults
    if faults.isEmpty { return }
    for figure in system.faultFigures {
      add("faults.\(figure.metric).count", .changes, Double(figure.count))
      add("faults.\(figure.metric).time", .ratio, figure.time)
    }
    let seen = system.faults.measurements
    if faults.has(ShardLost.self) {
      let pages = max(system.measurements.loadsMeasured, 1)
      add("feed.incomplete", .ratio, Double(seen.pagesIncomplete) / Double(pages))
      add("faults.shard_lost.refused", .visits, Double(seen.refused))
      if design.settings(of: .postStore).replicas != nil {
        add("delivery.vanished", .deliveries, Double(audit.vanished))
      }
    }
    if faults.has(ClockSkew.self) {
      add("feed.misordered", .ratio, Double(seen.pairsMisordered) / Double(max(seen.pairs, 1)))
    }
    if faults.has(ConsumerCrash.self) {
      add("bus.replayed", .posts, Double(seen.messagesReplayed))
      add("delivery.repeated", .deliveries, Double(audit.repeated))
    }
    if faults.has(PoisonMessage.self) {
      add("delivery.skipped", .deliveries, Double(audit.skipped))
      if design.pipeline?.failures == nil {
        add("delivery.dead_lettered", .deliveries, Double(audit.deadLettered))
      }
    }
    if faults.has(RegionLink.self) {
      add("faults.region_link.crossings", .visits, Double(seen.crossings))
      let sent = max(seen.crossings, 1)
      add("faults.region_link.lost", .ratio, Double(seen.crossingsLost) / Double(sent))
      add("faults.region_link.replication", .seconds, system.longestReplication.seconds)
    }
    if let loss = system.feedCacheLoss,
      let time = Self.warmTime(
        system.measurements.intervals, began: loss.began, ended: loss.ended)
    {
      add("cache.feed.warm_time", .seconds, time.seconds)
    }
  }

  /// Why deliveries are lost, or made twice, where faults are the reason.
  static func broken(_ design: Design, _ replications: [Replication]) -> [String] {
    if design.faults.isEmpty { return [] }
    var notes: [String] = []
    func add(_ name: String, _ text: (String) -> String) {
      let deliveries = mean(name, replications)
      if deliveries > 0 { notes.append(text(NumberText.amount(deliveries))) }
    }
    add("delivery.vanished") {
      "Lost: \($0) deliveries a replication, of posts that a shard of the post store took with it "
        + "before any replica had them."
    }
    add("delivery.skipped") {
      "Lost: \($0) deliveries a replication, of posts whose messages failed every time and were "
        + "skipped."
    }
    add("delivery.repeated") {
      "Delivered twice: \($0) a replication, as consumers that had crashed read again what they "
        + "had not committed."
    }
    return notes
  }

  /// From a lost cache's return until the end of the first whole interval in which its hit ratio is
  /// 95 % of what it was before the loss; until the window's end, where there is none.
  ///
  /// Nil where nothing is known of before.
  static func warmTime(
    _ intervals: borrowing Intervals, began: Duration, ended: Duration
  ) -> Duration? {
    let length = intervals.interval
    var (hits, all) = (0, 0)
    for index in 0..<intervals.count where length * (index + 1) <= began {
      let row = intervals.rows[index]
      hits += row.feedCacheHits
      all += row.feedCacheHits + row.feedCacheMisses
    }
    guard all > 0, hits > 0 else { return nil }
    let wanted = 0.95 * Double(hits) / Double(all)
    for index in 0..<intervals.count where length * index >= ended {
      let row = intervals.rows[index]
      let looked = row.feedCacheHits + row.feedCacheMisses
      if looked > 0, Double(row.feedCacheHits) / Double(looked) >= wanted {
        return length * index + intervals.length(of: index) - ended
      }
    }
    return max(.zero, (intervals.window.upperBound - intervals.window.lowerBound) - ended)
  }
}

extension MetricNames {
  static let faultScalars: [(name: String, unit: Unit, direction: Direction)] =
    Catalog<any Fault>.metricNames.flatMap { kind in
      [
        ("faults.\(kind).count", .changes, .none), ("faults.\(kind).time", .ratio, .none),
      ] as [(String, Unit, Direction)]
    } + [
      ("faults.shard_lost.refused", .visits, .lower), ("feed.incomplete", .ratio, .lower),
      ("faults.region_link.crossings", .visits, .none),
      ("faults.region_link.lost", .ratio, .lower),
      ("faults.region_link.replication", .seconds, .lower),
      ("feed.misordered", .ratio, .lower), ("bus.replayed", .posts, .lower),
      ("delivery.repeated", .deliveries, .lower), ("delivery.skipped", .deliveries, .lower),
      ("delivery.vanished", .deliveries, .lower), ("cache.feed.warm_time", .seconds, .lower),
    ]
}
