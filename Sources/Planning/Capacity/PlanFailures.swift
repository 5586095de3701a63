import FeedSystem
import Simulation

/// What a fleet fails although it keeps every objective: a latency is that of what was answered.
extension FleetPlan {
  /// A share of what was asked that failed, as a metric tells it.
  public struct Failures: Sendable, Equatable {
    public var metric: String
    public var share: Double
  }

  /// The largest share of requests that failed in the measured run, or of a tier's calls where all
  /// requests were answered; nil where none did, or where an objective is about failures.
  public var unjudgedFailures: Failures? {
    let words = ["failed", "rejected", "unavailable", "availability", "goodput", "error_budget"]
    let isJudged = (assessments.first?.objectives ?? []).contains { objective in
      words.contains { objective.rule.metric.contains($0) }
    }
    guard !isJudged else { return nil }
    let tiers = TierName.allCases.map { "tier.\($0.metric).failed" }
    return failures(["requests.failed", "feed.rejected", "publish.rejected"]) ?? failures(tiers)
  }

  private func failures(_ names: [String]) -> Failures? {
    let all = names.compactMap { name in
      measured.metric(name)?.mean.map { Failures(metric: name, share: $0.value) }
    }
    return all.filter { $0.share > 0 }.max { $0.share < $1.share }
  }

  /// What deliveries take at p99 where the fan-out workers have less than the busiest twentieth of
  /// the window asks for; nil where they have enough, or where an objective is about deliveries'
  /// times.
  public var unjudgedLag: Estimate? {
    let isJudged = (assessments.first?.objectives ?? []).contains { objective in
      ["delivery.lag", "delivery.late"].contains { objective.rule.metric.hasPrefix($0) }
    }
    guard !isJudged, rows.contains(where: { $0.tier == .fanOutWorkers && $0.utilisation > 1 })
    else { return nil }
    return measured.metric("delivery.lag")?.quantiles.first { $0.probability == 0.99 }?.estimate
  }

  /// Of a population run by cells, tiers whose servers are decided on in steps of several; empty
  /// for any other.
  public var stepsOfCells: [Row] { measured.cells > 1 ? rows.filter { $0.step > 1 } : [] }
}
