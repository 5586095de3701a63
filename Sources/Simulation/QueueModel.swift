/// A quantity of a queue over all replications.
public struct QueueMetric: Sendable {
  /// "s", "1/s", "ratio" or "jobs".
  public var unit: String
  /// Observations over all replications; 0 for a share, a rate or a time average.
  public var count: UInt64
  /// nil where no steady state exists.
  public var mean: Estimate?
  /// How many times narrower control variates have made the mean's interval; nil without them.
  public var gain: Double?
  public var variance: Estimate?
  /// In the order of `QueueModel.quantiles`; empty where the quantity has none.
  public var quantiles: [Estimate]
}

/// What the replications of a queue say.
public struct QueueResult: Sendable {
  public var design: QueueDesign
  public var plan: QueuePlan
  public var seed: UInt64
  public var metrics: [String: QueueMetric]
  /// Whether in every replication the books of arrivals and departures agreed.
  public var balanced: Bool
  /// Over every departure of every replication.
  public var fingerprint: UInt64

  /// How many times narrower control variates have made intervals; nil without them.
  public var gains: ClosedRange<Double>? {
    let gains = metrics.values.compactMap(\.gain)
    guard let least = gains.min(), let most = gains.max() else { return nil }
    return least...most
  }
}

/// The sandbox: one queue, simulated and estimated.
public enum QueueModel {
  public static let quantiles: [(name: String, q: Double)] = [
    ("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("p99_9", 0.999),
  ]

  /// What a queue's metrics are in.
  public static var unitNames: [String] { Set(units.map(\.unit) + ["ratio"]).sorted() }

  static let units: [(prefix: String, unit: String)] = [
    ("sojourn_time", "s"), ("waiting_time", "s"), ("throughput", "1/s"),
    ("number_in_system", "jobs"), ("number_waiting", "jobs"),
  ]

  /// Simulates a valid design; a queue without a steady state is not simulated.
  public static func run(
    _ design: QueueDesign, _ plan: QueuePlan, seed: UInt64, threads: Int
  ) throws -> QueueResult {
    guard design.isStable else { return unstable(design, plan, seed: seed) }
    let nothing: @Sendable () -> Void = {}
    let runs = try parallelMap(
      count: plan.replications, threads: threads, local: nothing
    ) { index, _ in
      replication(design, plan, seed: seed, index: index)
    }
    return QueueResult(
      design: design, plan: plan, seed: seed, metrics: metrics(of: runs, design, plan),
      balanced: runs.allSatisfy(\.balanced),
      fingerprint: runs.reduce(seed) { mix64($0 ^ $1.fingerprint) })
  }

  /// One replication, by the simplest means that the design's rules allow.
  public static func replication(
    _ design: QueueDesign, _ plan: QueuePlan, seed: UInt64, index: Int
  ) -> QueueReplication {
    if design.discipline == .ps {
      var run = SharingRun(design, plan)
      return run.run(seed: seed, replication: index)
    }
    if design.fitsStation {
      return StationRun(design, plan, seed: seed, replication: index).run()
    }
    return TierRun(design, plan, seed: seed, replication: index).run()
  }

  /// Every quantity over replications of a design.
  public static func metrics(
    of runs: [QueueReplication], _ design: QueueDesign, _ plan: QueuePlan
  ) -> [String: QueueMetric] {
    var metrics: [String: QueueMetric] = [:]
    let names = runs.first.map { $0.samples.keys.sorted() } ?? []
    let controls = QueueControls.of(runs, design, plan)
    for name in names {
      metrics[name] = metric(
        name, runs.compactMap { $0.samples[name] }, design, plan,
        controls: QueueControls.decide(name) ? controls : [])
    }
    return metrics
  }

  private static func metric(
    _ name: String, _ samples: [MetricSample], _ design: QueueDesign, _ plan: QueuePlan,
    controls: [[Double]]
  ) -> QueueMetric {
    let unit = units.first { name.hasPrefix($0.prefix) }?.unit ?? "ratio"
    let variances = samples.compactMap(\.variance)
    // A time average has no count of its own; every job changes the number twice.
    let shortest = samples.map { $0.count == 0 ? UInt64(plan.jobs) : $0.count }.min() ?? 0
    let effective = Double(shortest) * QueuePlan.effectiveShare(of: design)
    let quantiles = samples.contains { $0.quantiles.isEmpty } ? [] : Self.quantiles
    let (mean, gain) = Estimate.mean(of: samples.map(\.mean), controls: controls)
    return QueueMetric(
      unit: unit, count: samples.reduce(0) { $0 + $1.count }, mean: mean, gain: gain,
      variance: variances.count == samples.count ? .mean(of: variances) : nil,
      quantiles: quantiles.indices.map { index in
        .quantile(
          quantiles[index].q, of: samples.map { $0.quantiles[index] }, observations: effective)
      })
  }

  /// What is certain where the backlog grows for ever.
  private static func unstable(
    _ design: QueueDesign, _ plan: QueuePlan, seed: UInt64
  ) -> QueueResult {
    func metric(_ unit: String, _ mean: Double? = nil) -> QueueMetric {
      QueueMetric(
        unit: unit, count: 0, mean: mean.map { Estimate(value: $0) }, variance: nil, quantiles: [])
    }
    return QueueResult(
      design: design, plan: plan, seed: seed,
      metrics: [
        "sojourn_time": metric("s"), "waiting_time": metric("s"),
        "number_in_system": metric("jobs"), "utilisation": metric("ratio", 1),
        "blocked": metric("ratio", 0),
        "throughput": metric("1/s", design.arrivalRate / design.load),
      ], balanced: true, fingerprint: mix64(seed))
  }
}
