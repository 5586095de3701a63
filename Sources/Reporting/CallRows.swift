import FeedSystem
import Planning

/// What the calls of guarded tiers have to show.
extension Overview {
  func calls() -> [Row?] {
    TierName.allCases.flatMap { tier in
      let (label, name) = (MetricNames.words(tier.metric), "tier.\(tier.metric)")
      return [row("\(label): failed", "\(name).failed")]
        + FailureCause.allCases.filter { isSeen("\(name).failed.\($0.metric)") }.map { cause in
          row(
            "\(label): failed, \(MetricNames.words(cause.metric))",
            "\(name).failed.\(cause.metric)")
        } + [
          row("\(label): hedged", "\(name).hedged"),
          row("\(label): breaker open, of the time", "\(name).breaker_open"),
          row("\(label): servers ejected", "\(name).ejected"),
          row("\(label): server time in vain", "\(name).wasted"),
        ]
    } + [row("pages without ranking", "feed.fallback")]
  }

  /// Whether a figure is above 0 in some design.
  private func isSeen(_ metric: String) -> Bool {
    designs.contains { $0.metric(metric)?.mean?.value ?? 0 > 0 }
  }
}
