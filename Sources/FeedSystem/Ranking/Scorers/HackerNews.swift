import Settings
import Simulation

/// Hacker News' ranking (the public `news.arc`, `frontpage-rank`; reference/feed-systems.md §3):
///
///     (points − 1)^.8 / ((minutes + 120) / 60)^1.8
///
/// A post's points are its likes and its author's own vote; without any but that one it scores 0,
/// and the newer goes first.
public struct HackerNews: RankingStage {
  public static let name = "hacker-news"
  public static let summary = "(points - 1)^0.8 / (hours + 2)^1.8, a like is a point"

  public let exponent: Double
  public let gravity: Double

  public init(_ parameters: inout Parameters) throws {
    exponent = try parameters.read(
      "exponent", .number(in: 0.01...10), default: 0.8, "Of the points.")
    gravity = try parameters.read(
      "gravity", .number(in: 0...10), default: 1.8, "The exponent of the age.")
  }

  /// The score of one post.
  public func score(_ post: PostSignals) -> Double {
    guard post.likes > 0 else { return 0 }
    return power(post.likes, exponent) / power((post.age / 60 + 120) / 60, gravity)
  }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    candidates.score(context, score)
  }
}
