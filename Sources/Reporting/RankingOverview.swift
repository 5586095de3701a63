import FeedSystem
import Planning

extension Overview {
  /// What the stages of ranking drop and bring.
  func rankingStages() -> [Row?] {
    RankingFigures.dropping.map { stage in
      row(
        "dropped: \(stage)", "ranking.filtered.\(stage.replacing("-", with: "_"))")
    } + [
      row("never seen, dropped as seen", "ranking.seen_false_positives"),
      row("from outside of the network", "feed.out_of_network"),
      row("ads shown", "ads.impressions"),
      row("paid by ads a month", "ads.revenue"),
    ]
  }
}
