import FeedSystem
import Planning

/// What feeds are worth to viewers, in a world.
extension Overview {
  func engagement() -> [Row?] {
    [
      row("worth of what viewers do", "engagement.per_feed"),
      row("of it on breaking topics", "engagement.breaking"),
      row("time looked at posts", "engagement.dwell"),
      row("likes", "engagement.like"),
      row("comments", "engagement.comment"),
      row("shares", "engagement.share"),
      row("posts hidden", "engagement.hide"),
      row("posts reported", "engagement.report"),
      row("posts looked at, of those shown", "engagement.examined"),
      row("posts looked at before", "engagement.repeated"),
    ]
  }

  func rankingQuality() -> [Row?] {
    [
      row("quality (NDCG@20)", "ranking.quality"),
      row("quality of the first 5 (NDCG@5)", "ranking.ndcg_5"),
      row("pairs of a page of different topics", "ranking.diversity"),
      row("pairs of different authors", "ranking.author_diversity"),
      row("authors shown, of those who posted", "ranking.author_coverage"),
      row("inequality of authors' impressions (Gini)", "ranking.fairness"),
      row("posts never seen", "ranking.never_seen"),
    ]
  }
}
