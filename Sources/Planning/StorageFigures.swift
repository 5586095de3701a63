import FeedSystem
import Simulation

/// What a replication says of its shards, replicas and counters, each where the scenario says what
/// they are.
extension Replication {
  mutating func addStorage(
    _ m: borrowing Measurements, _ before: [TierSnapshot], _ after: [TierSnapshot],
    _ design: Design, seconds: Double
  ) {
    let settings = design.settings(of: .postStore)
    if settings.shardBy != nil || settings.replicas != nil {
      let asked = Double(m.storage.shardsAsked) / Double(max(m.storage.pulls, 1))
      if m.storage.pulls > 0 { add("feed.shards_asked", .visits, asked) }
      let tier = TierName.postStore.rawValue
      addShards(before[tier], after[tier], copies: settings.stations / settings.shards, seconds)
    }
    if settings.replicas != nil, m.storage.replicaReads > 0 {
      let reads = Double(m.storage.replicaReads)
      add("replica.stale_reads", .ratio, Double(m.storage.staleReads) / reads)
      add("replica.own_unseen", .ratio, Double(m.storage.ownUnseen) / reads)
      add("replica.stale_age", m.storage.staleAge)
    }
    if design.counters != nil { addCounters(m, seconds) }
  }

  /// Of the window: the shard with the most work, its replicas included, over the mean shard; and
  /// of single stations the one with the most work.
  private mutating func addShards(
    _ before: TierSnapshot, _ after: TierSnapshot, copies: Int, _ seconds: Double
  ) {
    guard !after.stations.isEmpty, before.stations.count == after.stations.count else { return }
    let stations = zip(before.stations, after.stations).map { $1.since($0) }
    let shards = stride(from: 0, to: stations.count, by: copies).map { first in
      stations[first..<(first + copies)].reduce(0) { $0 + $1.busy.seconds }
    }
    let total = shards.reduce(0, +)
    guard total > 0, let hottest = stations.max(by: { $0.busy < $1.busy }) else { return }
    add(MetricNames.imbalance, .ratio, (shards.max() ?? 0) * Double(shards.count) / total)
    let servers = Double(after.servers / stations.count)
    add("tier.post_store.hottest_utilisation", .ratio, hottest.busy.seconds / (servers * seconds))
    add(
      "tier.post_store.hottest_waiting_time", .milliseconds,
      hottest.waited.milliseconds / Double(max(hottest.visits, 1)))
  }

  private mutating func addCounters(_ m: borrowing Measurements, _ seconds: Double) {
    add("counters.lost", .entries, Double(m.storage.countsLost))
    add("counters.doubled", .entries, Double(m.storage.countsDoubled))
    add("counters.writes", .perSecond, Double(m.storage.counterWrites) / seconds)
    let engagements = Double(max(m.engagementsMeasured, 1))
    add("counters.writes_saved", .ratio, 1 - Double(m.storage.counterWrites) / engagements)
    add("counters.write_age", m.storage.writeAge)
    add("counters.read_age", m.storage.readAge)
  }

  /// What the database has lost or has twice, and why.
  static func unstored(_ design: Design, _ replications: [Replication]) -> [String] {
    var notes: [String] = []
    let overwritten = mean("delivery.overwritten", replications)
    if let tick = design.timelines.tick, overwritten > 0 {
      notes.append(
        "Lost: \(NumberText.amount(overwritten)) deliveries a replication were overwritten: a "
          + "timeline's key is the viewer and the time in steps of "
          + "\(NumberText.amount(tick.milliseconds)) ms, so two posts of one step share a row.")
    }
    guard let counters = design.counters else { return notes }
    let lost = mean("counters.lost", replications)
    if lost > 0 {
      let why =
        counters.buffer == .process
        ? "what waited in the process and what it was writing"
        : "what the flush had cleared and not yet written"
      notes.append(
        "Counts lost: \(NumberText.amount(lost)) likes, comments and shares a replication, "
          + "\(why) when it crashed.")
    }
    let doubled = mean("counters.doubled", replications)
    if doubled > 0 {
      notes.append(
        "Counts doubled: \(NumberText.amount(doubled)) a replication, written before a crash and "
          + "again after it, since the buffer was not yet cleared.")
    }
    return notes
  }
}

extension MetricNames {
  static let imbalance = "tier.post_store.imbalance"

  /// Of shards, where the scenario says by what posts are sharded, or of replicas.
  static let shardMetrics = [
    Entry(name: imbalance, unit: .ratio, isDistribution: false, direction: .lower),
    Entry(
      name: "tier.post_store.hottest_utilisation", unit: .ratio, isDistribution: false,
      direction: .none),
    Entry(
      name: "tier.post_store.hottest_waiting_time", unit: .milliseconds, isDistribution: false,
      direction: .lower),
  ]

  static let storageTimes = ["replica.stale_age", "counters.write_age", "counters.read_age"]

  static let storageScalars: [(name: String, unit: Unit, direction: Direction)] = [
    ("feed.shards_asked", .visits, .lower), ("delivery.overwritten", .deliveries, .lower),
    ("replica.stale_reads", .ratio, .lower), ("replica.own_unseen", .ratio, .lower),
    ("counters.lost", .entries, .lower), ("counters.doubled", .entries, .lower),
    ("counters.writes", .perSecond, .lower), ("counters.writes_saved", .ratio, .higher),
  ]
}

extension Design {
  /// Shards and replicas that keep a post, on average over the posts of an audience.
  func postCopies(_ audience: Audience) -> Double {
    let settings = settings(of: .postStore)
    let each = Double(settings.stations / settings.shards)
    guard settings.shardBy == .viewer else { return each }
    var copies = 0.0
    var rate = 0.0
    for author in 0..<UInt32(audience.graph.userCount) {
      let posts = audience.activity.postRate(of: author)
      guard posts > 0 else { continue }
      let holders = ShardKey.viewer.holders(
        of: author, in: audience.graph, shards: settings.shards)
      copies += posts * Double(holders.count)
      rate += posts
    }
    return rate > 0 ? each * copies / rate : each
  }
}
