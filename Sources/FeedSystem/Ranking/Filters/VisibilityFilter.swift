import Settings
import Simulation

/// Drops posts that the viewer may not see (S1.2): one for friends is seen where viewer and author
/// follow each other now, one for a list by half of these, a private one by its author alone.
///
/// Who is on an author's list is drawn by author and viewer. Needs `audience.world`, which says who
/// may see a post.
public struct VisibilityFilter: RankingStage {
  public static let name = "visibility"
  public static let summary = "drops posts for friends, lists and authors alone, from others"

  public var role: StageRole { .filter }

  public init(_ parameters: inout Parameters) throws {}

  public func prepare(_ state: RankingState) { state.countPassage(Self.name) }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    let ids = candidates.ids
    candidates.keep(Self.name, context) { index in
      let author = context.post(ids[index]).author
      if author == context.viewer { return true }
      switch context.traits(of: ids[index]).visibility {
      case .everyone: return true
      case .friends: return context.isFriend(author)
      case .list: return context.isFriend(author) && context.isOnList(of: author)
      case .author: return false
      }
    }
  }
}

extension RankingContext {
  /// Whether viewer and author follow each other.
  func isFriend(_ author: UInt32) -> Bool {
    isFollowing(viewer, author) && isFollowing(author, viewer)
  }

  /// Whether the viewer is one of the half of users whom an author's list has.
  func isOnList(of author: UInt32) -> Bool {
    let seed = state?.seed ?? 0
    let key = mix64(mix64(seed) ^ mix64(Purpose.postRule.rawValue))
    return mix64(key ^ (UInt64(author) << 32 | UInt64(viewer))) & 1 == 1
  }

  /// A uniform draw on [0, 1) for a post, the same in every design: by author and moment.
  func draw(_ entity: UInt64, for post: PostRecord) -> Double {
    let seed = state?.seed ?? 0
    let key = mix64(mix64(seed) ^ mix64(Purpose.postRule.rawValue &+ entity << 32))
    let moment = UInt64(bitPattern: Int64(post.storedMilliseconds))
    return Double(mix64(key ^ (UInt64(post.author) << 40 ^ moment)) >> 11) * 0x1p-53
  }
}
