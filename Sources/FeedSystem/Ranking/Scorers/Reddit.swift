import Settings
import Simulation

/// Reddit's hot (the public `_sorts.pyx`; reference/feed-systems.md §3):
///
///     round(log10(max(|s|, 1)) + sign(s) · seconds / 45000, 7)
///
/// with s votes up less votes down, and the seconds at which the post was made since a fixed
/// moment. Here the moment is the run's start: another would add the same to all. A like is a vote
/// up, the author's own is the first, and nobody votes down.
public struct Reddit: RankingStage {
  public static let name = "reddit"
  public static let summary = "log10 of the votes + seconds / 45000, a like is a vote"

  /// What makes up for ten times the votes.
  public let decade: Duration

  public init(_ parameters: inout Parameters) throws {
    decade = try parameters.read(
      "decade", .duration(), default: .seconds(45_000),
      "So much younger is worth ten times the votes.")
    if decade <= .zero { throw parameters.error("must be above 0", key: "decade") }
  }

  /// The score of one post.
  /// - Parameters:
  ///   - votes: up less down.
  ///   - seconds: at which the post was made.
  public func score(votes: Double, seconds: Double) -> Double {
    let order = ln(max(abs(votes), 1)) / ln(10)
    let sign: Double = votes > 0 ? 1 : votes < 0 ? -1 : 0
    return ((order + sign * seconds / decade.seconds) * 1e7).rounded() / 1e7
  }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    for index in 0..<candidates.count {
      let id = candidates.ids[index]
      candidates.scores[index] = Float(
        score(
          votes: 1 + Double(context.counters(of: id).likes),
          seconds: Double(context.post(id).storedMilliseconds) / 1000))
    }
    candidates.isOrdered = false
  }
}
