import FeedSystem
import Simulation

/// What a replication says of the calls of guarded tiers, where the design has any.
extension Replication {
  /// - Parameters: what each tier had done when the window opened and when it closed.
  mutating func addCalls(
    _ before: [CallFigures?], _ after: [CallFigures?], fallbacks: Int,
    _ m: borrowing Measurements, _ design: Design, seconds: Double
  ) {
    for tier in TierName.allCases {
      guard let first = before[tier.rawValue], let last = after[tier.rawValue] else { continue }
      let name = "tier.\(tier.metric)"
      let made = Double(max(1, last.counts.made - first.counts.made))
      let failed = last.counts.failedInAll - first.counts.failedInAll
      add("\(name).failed", .ratio, Double(failed) / made)
      for cause in FailureCause.allCases {
        let place = Int(cause.rawValue)
        // What has failed so far has a name from then on, in this run.
        guard last.counts.failed[place] > 0 else { continue }
        let count = last.counts.failed[place] - first.counts.failed[place]
        add("\(name).failed.\(cause.metric)", .ratio, Double(count) / made)
      }
      let guards = design.settings(of: tier).guards
      if guards?.hedge != nil {
        add("\(name).hedged", .ratio, Double(last.counts.hedged - first.counts.hedged) / made)
      }
      if guards?.breaker != nil {
        add(
          "\(name).breaker_open", .ratio,
          (last.breakerOpen - first.breakerOpen).seconds / seconds)
      }
      if guards?.ejection != nil {
        add("\(name).ejected", .changes, Double(last.ejections - first.ejections))
      }
      if guards?.timeout != nil || guards?.hedge != nil {
        let busy = Double((last.busy - first.busy).nanoseconds)
        let wasted = Double((last.counts.wasted - first.counts.wasted).nanoseconds)
        add("\(name).wasted", .ratio, busy > 0 ? wasted / busy : 0)
      }
    }
    if design.feed.fallback != .none {
      add("feed.fallback", .ratio, Double(fallbacks) / Double(max(1, m.loadsMeasured)))
    }
  }
}

extension MetricNames {
  static let callScalars: [(name: String, unit: Unit, direction: Direction)] =
    [("feed.fallback", .ratio, .lower)]
    + TierName.allCases.flatMap { tier in
      let name = "tier.\(tier.metric)"
      return [("\(name).failed", .ratio, .lower)]
        + FailureCause.allCases.map { ("\(name).failed.\($0.metric)", .ratio, .lower) } + [
          ("\(name).hedged", .ratio, .none), ("\(name).breaker_open", .ratio, .lower),
          ("\(name).ejected", .changes, .none), ("\(name).wasted", .ratio, .lower),
        ] as [(String, Unit, Direction)]
    }
}
