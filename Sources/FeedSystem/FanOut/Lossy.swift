import Settings
import Simulation

/// Push with lossy timelines: a viewer who follows more than `limit` others is given each entry
/// with odds of limit ÷ follows, so that no timeline costs more than one of `limit` follows
/// (Bluesky's "lossy timelines", 2025, with a limit of 2,000).
///
/// What is left out is nobody's to pull: it is not delivered, by design.
public struct Lossy: FanOutPolicy {
  public static let name = "lossy"
  public static let summary =
    "push, but leave out entries of viewers who follow more than limit others"

  /// Follows up to which a timeline is complete.
  public let limit: Int

  public init(_ parameters: inout Parameters) throws {
    limit = try parameters.read(
      "limit", .count(in: 1...Int.max), default: 2000,
      "A viewer who follows more gets each entry with odds of limit to follows.")
  }

  public func plan(followers: Int) -> FanOutPlan { .pushSampled }

  public func edges(of authors: Range<UInt32>, in context: FanOutContext) -> EdgeRule {
    let graph = context.audience.graph
    let odds = (0..<UInt32(graph.userCount)).map {
      Double(limit) / Double(max(graph.followeeCount(of: $0), 1))
    }
    return .sample(EntrySample(odds: odds, seed: context.seed))
  }
}
