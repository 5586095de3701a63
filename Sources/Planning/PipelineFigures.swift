import FeedSystem

/// What a replication says of its pipeline, where the scenario says what that is.
extension Replication {
  mutating func addPipeline(
    _ m: borrowing Measurements, _ audit: DeliveryAudit, _ design: Design
  ) {
    guard let pipeline = design.pipeline else { return }
    for (index, share) in PipelineMeasurements.shares.enumerated() {
      let goal = share == 100 ? "last" : "p\(share)"
      add("delivery.lag_to_\(goal)", m.pipeline.lagTo[index])
    }
    add("delivery.incomplete", .posts, Double(m.pipeline.postsIncomplete))
    if let bus = pipeline.bus {
      add("bus.delay", m.pipeline.busDelay)
      add("bus.consumer_lag", .posts, Double(m.pipeline.consumerLagPeak))
      add("bus.partition_lag", .posts, Double(m.pipeline.partitionLagPeak))
      if bus.retention != nil { add("delivery.expired", .deliveries, Double(audit.expired)) }
      if bus.lagLimit != nil {
        let asked = m.postsMeasured + m.pipeline.postsRejected
        add("publish.rejected", .ratio, Double(m.pipeline.postsRejected) / Double(max(asked, 1)))
      }
    }
    if pipeline.priority != nil {
      add("delivery.lag_high_priority", m.pipeline.lagByLine[0])
      add("delivery.lag_low_priority", m.pipeline.lagByLine[1])
    }
    if pipeline.failures != nil {
      add("fan_out.retries", .visits, Double(m.pipeline.retries))
      add("fan_out.dead_letters", .entries, Double(m.pipeline.entriesDeadLettered))
      add("fan_out.replayed", .entries, Double(m.pipeline.entriesReplayed))
      add("delivery.dead_lettered", .deliveries, Double(audit.deadLettered))
    }
    if pipeline.rateLimit != nil { add("fan_out.held_time", m.pipeline.held) }
  }

  /// The mean of a scalar over replications.
  static func mean(_ name: String, _ replications: [Replication]) -> Double {
    let values = replications.compactMap { replication in
      replication.samples.first { $0.name == name }?.value
    }
    return values.reduce(0, +) / Double(max(values.count, 1))
  }

  /// Why followers have not got what they were due.
  static func undelivered(_ design: Design, _ replications: [Replication]) -> [String] {
    guard let pipeline = design.pipeline else { return [] }
    var notes: [String] = []
    let expired = mean("delivery.expired", replications)
    if let retention = pipeline.bus?.retention, expired > 0 {
      notes.append(
        "Lost: \(NumberText.amount(expired)) deliveries a replication, of posts whose messages "
          + "were older than the event bus's retention (\(NumberText.amount(retention.seconds)) s) "
          + "when a consumer came to them.")
    }
    let dead = mean("delivery.dead_lettered", replications)
    if let failures = pipeline.failures, dead > 0 {
      notes.append(
        "Dead-lettered: \(NumberText.amount(dead)) deliveries a replication, of jobs that failed "
          + "\(failures.attempts) times and were not replayed with success.")
    }
    return notes
  }
}
