import FeedSystem

/// What a replication says of the stages of its ranking: what filters drop, what a seen filter
/// takes wrongly, what comes from outside of the network and what is paid for; each where a design
/// has it.
extension Replication {
  mutating func addRankingStages(_ figures: RankingFigures, seconds: Double) {
    for passage in figures.passages where passage.came > 0 {
      add(
        MetricNames.filtered(passage.name), .ratio,
        Double(passage.dropped) / Double(passage.came))
    }
    if let seen = figures.seen, seen.strangers > 0 {
      add("ranking.seen_false_positives", .ratio, Double(seen.taken) / Double(seen.strangers))
    }
    if let network = figures.outOfNetwork, network.shown > 0 {
      add("feed.out_of_network", .ratio, Double(network.count) / Double(network.shown))
    }
    if let ads = figures.ads {
      add("ads.impressions", .perSecond, Double(ads.impressions) / seconds)
      add("ads.revenue", .dollars, ads.revenue * Usage.secondsPerMonth / seconds)
    }
  }
}

extension MetricNames {
  /// Of the candidates that came to a stage in measured loads, those that it dropped.
  static func filtered(_ stage: String) -> String {
    "ranking.filtered.\(stage.replacing("-", with: "_"))"
  }

  /// Revenue is a month's at the window's pace, as the bill is.
  static let rankingStageScalars: [(name: String, unit: Unit, direction: Direction)] =
    RankingFigures.dropping.map { (filtered($0), .ratio, .none) } + [
      ("ranking.seen_false_positives", .ratio, .lower),
      ("feed.out_of_network", .ratio, .none),
      ("ads.impressions", .perSecond, .none), ("ads.revenue", .dollars, .higher),
    ]
}
