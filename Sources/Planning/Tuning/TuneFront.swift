/// The settings among which less of one thing is more of another: latency, write amplification
/// and cost.
public struct TuneFront: Sendable, Equatable {
  /// What is weighed up, where it is measured.
  public static let weighed = ["feed.latency.p99", "fan_out.write_amplification", "cost.month"]
    .compactMap { name in
      (try? Threshold.metric(name)).map { TuneAnswer.Metric($0.0, statistic: $0.1) }
    }

  /// Those of the figures that every trial which keeps the rules has.
  public var metrics: [TuneAnswer.Metric]
  /// By the first of the metrics, rising; each is known by the index of its trial.
  public var points: [ParetoPoint]

  /// - Parameter trials: those that do not keep the rules are not chosen from.
  init(of trials: [TuneAnswer.Trial]) {
    let feasible = trials.indices.filter { trials[$0].isFeasible }
    let shown = Self.weighed.indices.filter { index in
      feasible.allSatisfy { trials[$0].figures[index]?.value.isFinite ?? false }
    }
    metrics = shown.map { Self.weighed[$0] }
    let candidates = feasible.map { trial in
      ParetoPoint(id: trial, figures: shown.map { trials[trial].figures[$0]?.value })
    }
    var seen: [[Double?]] = []
    points = []
    for point in paretoFront(candidates).sorted(by: Self.precedes)
    where !seen.contains(point.figures) {
      // Of settings that are alike in everything, one is enough.
      seen.append(point.figures)
      points.append(point)
    }
  }

  private static func precedes(_ first: ParetoPoint, _ second: ParetoPoint) -> Bool {
    let (a, b) = (first.figures.compactMap(\.self), second.figures.compactMap(\.self))
    return a == b ? first.id < second.id : a.lexicographicallyPrecedes(b)
  }
}
