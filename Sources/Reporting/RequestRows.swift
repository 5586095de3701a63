import FeedSystem
import Planning

/// What clients and incidents have to show.
extension Overview {
  func requests() -> [Row?] {
    [
      row("feed requests answered in time", "requests.availability"),
      row("error budget used", "requests.error_budget"),
      row("goodput", "requests.goodput"), row("attempts a request", "requests.attempts"),
      row("failed", "requests.failed"),
    ]
      + FailureCause.allCases.map { cause in
        let metric = "requests.failed.\(cause.metric)"
        let isSeen = designs.contains { ($0.metric(metric)?.mean?.value ?? 0) > 0 }
        return isSeen ? row("failed: \(MetricNames.words(cause.metric))", metric) : nil
      } + [
        row("retries that the budget did not allow", "requests.denied"),
        row("server time in vain", "requests.wasted"),
        row("asked for again by hand", "requests.reloads"),
        row("shown from what the client kept", "feed.offline"),
        row("its age, mean", "feed.offline_age"),
        row("posts answered in time", "requests.publish.availability"),
        row("posts published twice", "requests.publish.doubled"),
        row("posts published that seemed to fail", "requests.publish.unacknowledged"),
        row("reactions answered in time", "requests.engagement.availability"),
        row("reactions counted twice", "requests.engagement.doubled"),
        row("reactions counted that seemed to fail", "requests.engagement.unacknowledged"),
        row("likes shown at once", "likes.optimistic"),
        row("of these, taken back", "likes.rolled_back"),
        row("shown wrongly for, mean", "likes.shown_wrong"),
      ]
  }

  func incident() -> [Row?] {
    [
      row("until it was detected", "incident.time_to_detect"),
      row("until it was mitigated", "incident.time_to_mitigate"),
      row("until the service had recovered", "incident.time_to_recover"),
      row("replications in which it recovered", "incident.recovered"),
      row("engagement lost", "incident.engagement_lost"),
    ]
  }
}
