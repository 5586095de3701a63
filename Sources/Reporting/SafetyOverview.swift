import FeedSystem
import Planning

/// What moderation, limits and anonymisation have to show.
extension Overview {
  func moderation() -> [Row?] {
    [
      row("time to decision, mean", "moderation.time_to_decision"),
      row("time to decision, p99", "moderation.time_to_decision", "p99"),
      row("review, waiting and looking, mean", "moderation.review_time"),
      row("review, waiting and looking, p99", "moderation.review_time", "p99"),
      row("most posts waiting for a reviewer", "moderation.backlog"),
      row("reviewers on duty, mean", "moderation.reviewers"),
      row("reviewers busy", "moderation.reviewers_utilisation"),
      row("posts reviewed", "moderation.reviewed"),
      row("reports that led to a review", "moderation.reports"),
      row("harmful posts shown before the decision", "moderation.harmful_impressions"),
      row("harmful posts shown after it", "moderation.missed_impressions"),
      row("removed", "moderation.removed"),
      row("of reduced reach", "moderation.reduced"),
      row("removed by mistake", "moderation.wrongly_removed"),
      row("missed", "moderation.missed"),
      row("appeals", "moderation.appeals"),
      row("appeals upheld", "moderation.overturned"),
      row("deliveries of posts removed since", "delivery.removed"),
    ]
  }

  func limits() -> [Row?] {
    Endpoint.allCases.flatMap { endpoint in
      [
        row("\(endpoint.key): answered 429", "limits.\(endpoint.key).rejected"),
        row("\(endpoint.key): given up for it", "limits.\(endpoint.key).given_up"),
        row("\(endpoint.key): answered 503", "limits.\(endpoint.key).unavailable"),
      ]
    }
  }

  func privacy() -> [Row?] {
    PrivacyKind.allCases.map { row("posts without their \($0.key)", "privacy.\($0.key)") }
  }
}
