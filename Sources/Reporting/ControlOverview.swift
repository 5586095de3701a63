import FeedSystem
import Planning

/// What control loops and roll-outs have to show.
extension Overview {
  func control() -> [Row?] {
    let general = [
      row("changes of servers", "control.changes"),
      row("changes of direction", "control.direction_changes"),
      row("emergencies declared", "control.emergencies"),
      row("time in degraded mode, by readings", "degraded.time"),
      row("times it was entered", "degraded.entries"),
      row("trending posts put into a feed", "degraded.injected"),
    ]
    let refused = [Endpoint.feed, .post, .engagement].map {
      row("\($0.key): turned away in degraded mode", "degraded.turned_away.\($0.key)")
    }
    let tiers = TierName.scalable.flatMap { tier in
      let words = MetricNames.words(tier.metric)
      return [
        row("\(words): servers, mean", "control.servers.\(tier.metric)"),
        row("\(words): servers, most", "control.servers_peak.\(tier.metric)"),
        row("\(words): changes of direction", "control.turns.\(tier.metric)"),
        row("\(words): share that the release came to", "roll_out.\(tier.metric).reached"),
        row("\(words): calls it answered", "roll_out.\(tier.metric).exposed"),
        row("\(words): rolled back", "roll_out.\(tier.metric).rolled_back"),
        row("\(words): until it was back", "roll_out.\(tier.metric).time_to_roll_back"),
      ]
    }
    return general + refused + tiers
  }
}
