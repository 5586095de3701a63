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

  /// Of a population run by cells, tiers whose servers are decided on in steps of several; empty
  /// for any other.
  public var stepsOfCells: [Row] { measured.cells > 1 ? rows.filter { $0.step > 1 } : [] }
}
