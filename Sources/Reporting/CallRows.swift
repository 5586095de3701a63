import FeedSystem
import Planning

/// What the calls of guarded tiers have to show.
extension Overview {
  func calls() -> [Row?] {
    TierName.allCases.flatMap(calls(of:)) + [row("pages without ranking", "feed.fallback")]
  }

  private func calls(of tier: TierName) -> [Row?] {
    let (label, name) = (MetricNames.words(tier.metric), "tier.\(tier.metric)")
    var rows = [row("\(label): failed", "\(name).failed")]
    for cause in FailureCause.allCases where isSeen("\(name).failed.\(cause.metric)") {
      rows.append(
        row(
          "\(label): failed, \(MetricNames.words(cause.metric))",
          "\(name).failed.\(cause.metric)"))
    }
    rows.append(row("\(label): hedged", "\(name).hedged"))
    rows.append(row("\(label): breaker open, of the time", "\(name).breaker_open"))
    rows.append(row("\(label): servers ejected", "\(name).ejected"))
    rows.append(row("\(label): server time in vain", "\(name).wasted"))
    return rows
  }

  /// Whether a figure is above 0 in some design.
  private func isSeen(_ metric: String) -> Bool {
    designs.contains { $0.metric(metric)?.mean?.value ?? 0 > 0 }
  }
}
