import Settings
import Simulation

/// By what a post is truly worth to the viewer, which no system knows: the upper bound that the
/// others are held against. Posts that the viewer has looked at before are worth nothing.
///
/// Places are looked at the less the further down they are, so that the expected worth of a page is
/// greatest where worth falls from place to place (rearrangement inequality).
public struct Oracle: RankingStage {
  public static let name = "oracle"
  public static let summary =
    "true expected worth in audience.world, which no ranker can know: an upper bound"

  public init(_ parameters: inout Parameters) throws {}

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    guard let world = context.world else {
      candidates.scores.update(repeating: 0, count: candidates.count)
      return
    }
    let view = world.viewpoint(of: context.viewer, at: context.nowMilliseconds)
    for index in 0..<candidates.count {
      let id = candidates.ids[index]
      candidates.scores[index] = context.worth(of: id, in: world, to: view)
    }
  }
}

extension RankingContext {
  /// The expected worth of a post to whom it is shown and who looks at it.
  func worth(of id: UInt32, in world: World, to view: Viewpoint) -> Float {
    if hasExamined(id) { return 0 }
    let post = post(id)
    return world.engagement.worth(
      of: world.appeal(
        of: traits(of: id), by: post.author, storedMilliseconds: post.storedMilliseconds,
        to: view))
  }
}
