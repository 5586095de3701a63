import FeedSystem
import Simulation

/// What a replication says of moderation, where the scenario has it.
extension Replication {
  /// - Parameters: `before` and `after` are how the reviewers' time was used until the window's
  ///   start and its end.
  mutating func addModeration(
    _ moderation: borrowing Moderation, _ before: ReviewerFigures, _ after: ReviewerFigures,
    seconds: Double
  ) {
    guard moderation.isUsed else { return }
    add("moderation.time_to_decision", moderation.measurements.timeToDecision)
    add("moderation.review_time", moderation.measurements.reviewTime)
    add("moderation.backlog", .posts, Double(moderation.measurements.backlogPeak))
    let onDuty = after.onDuty - before.onDuty
    add("moderation.reviewers", .servers, onDuty / seconds)
    add("moderation.reviewers_utilisation", .ratio, (after.busy - before.busy) / max(onDuty, 1e-9))
    add("moderation.reviewed", .posts, Double(moderation.measurements.reviewed))
    add("moderation.reports", .posts, Double(moderation.measurements.reports))
    let shown = Double(max(moderation.measurements.impressions, 1))
    add(
      "moderation.harmful_impressions", .ratio,
      Double(moderation.measurements.harmfulImpressions) / shown)
    add(
      "moderation.missed_impressions", .ratio,
      Double(moderation.measurements.missedImpressions) / shown)
    add("moderation.removed", .posts, Double(moderation.measurements.removed))
    add("moderation.reduced", .posts, Double(moderation.measurements.reduced))
    add("moderation.wrongly_removed", .posts, Double(moderation.measurements.wronglyRemoved))
    add("moderation.missed", .posts, Double(moderation.measurements.missed))
    add("moderation.appeals", .posts, Double(moderation.measurements.appeals))
    add("moderation.overturned", .posts, Double(moderation.measurements.overturned))
    add("delivery.removed", .deliveries, Double(audit.removed))
  }
}

extension MetricNames {
  static let moderationTimes = ["moderation.time_to_decision", "moderation.review_time"]

  static let moderationScalars: [(name: String, unit: Unit, direction: Direction)] = [
    ("moderation.backlog", .posts, .lower), ("moderation.reviewers", .servers, .none),
    ("moderation.reviewers_utilisation", .ratio, .none), ("moderation.reviewed", .posts, .none),
    ("moderation.reports", .posts, .none), ("moderation.harmful_impressions", .ratio, .lower),
    ("moderation.missed_impressions", .ratio, .lower), ("moderation.removed", .posts, .none),
    ("moderation.reduced", .posts, .none), ("moderation.wrongly_removed", .posts, .lower),
    ("moderation.missed", .posts, .lower), ("moderation.appeals", .posts, .lower),
    ("moderation.overturned", .posts, .lower), ("delivery.removed", .deliveries, .none),
  ]
}

extension Cost {
  static let moderationLineNames = ["reviewers"]

  /// Reviewers' hours: what an hour costs is in no cloud's list, and is asked of the sheet as
  /// `reviewer`.
  static func moderationDemands(_ usage: Usage) -> [Demand] {
    let count = NumberText.amount((usage.reviewers * 100).rounded() / 100)
    return [
      volume(
        "reviewers", usage.reviewers * Usage.hoursPerMonth, .hour,
        "\(count) reviewers on duty, mean of a day", "reviewer")
    ]
  }
}
