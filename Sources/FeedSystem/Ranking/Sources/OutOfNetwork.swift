import Settings
import Simulation

/// Brings posts of authors whom those follow whom the viewer follows (a walk of two follows; in
/// twitter/the-algorithm such sources give 400, 300 and 100 posts beside 600 of the network:
/// reference/feed-systems.md §1).
///
/// Of the viewer's follows `friends` are asked, spread over the list, each for the newest posts of
/// `each` of its follows; who is asked turns every ten minutes. Authors whom the viewer follows,
/// mutes or has blocked are passed over, and a post comes once.
public struct OutOfNetwork: RankingStage {
  public static let name = "out-of-network"
  public static let summary = "adds posts of authors followed by those the viewer follows"

  public var role: StageRole { .source }

  public let posts: Int
  public let friends: Int
  public let each: Int

  public init(_ parameters: inout Parameters) throws {
    posts = try parameters.read(
      "posts", .count(in: 1...10_000), default: 400, "Posts that it adds at most.")
    friends = try parameters.read(
      "friends", .count(in: 1...10_000), default: 50, "Of the viewer's follows, those asked.")
    each = try parameters.read(
      "each", .count(in: 1...10_000), default: 8, "Of their follows, those whose newest post comes."
    )
  }

  public func prepare(_ state: RankingState) { state.leaveNetwork() }

  public func room(for settings: FeedSettings) -> Int { posts }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    let known = context.followees(of: context.viewer).count
    guard known > 0, candidates.count < candidates.capacity else { return }
    let turn = UInt64(bitPattern: context.nowMilliseconds) / 600_000
    var stream = RandomStream(
      seed: context.state?.seed ?? 0, purpose: Purpose.sourceTurn.rawValue,
      entity: mix64(turn) ^ UInt64(context.viewer))
    let end = min(candidates.capacity, candidates.count + posts)
    // Every post that is there, or has come: a walk meets popular authors again and again.
    var present = PostSet(room: end)
    for index in 0..<candidates.count { _ = present.insert(candidates.ids[index]) }
    let asked = min(friends, known)
    let first = Int(stream.below(UInt64(known)))
    for step in 0..<asked {
      // Asked for again, as rows of others come between.
      let friend = context.followees(of: context.viewer)[(first + step * known / asked) % known]
      guard context.isFollowing(context.viewer, friend) else { continue }
      let row = context.followees(of: friend)
      guard !row.isEmpty else { continue }
      let taken = min(each, row.count)
      let start = Int(stream.below(UInt64(row.count)))
      for other in 0..<taken {
        let author = row[(start + other * row.count / taken) % row.count]
        guard candidates.count < end else { return }
        guard let post = context.newestLive(of: author), context.isStranger(author) else {
          continue
        }
        if present.insert(post) { candidates.append(post, from: .outOfNetwork) }
      }
    }
  }
}

extension RankingContext {
  /// Whether an author is somebody else whom the viewer does not follow and may be shown.
  func isStranger(_ author: UInt32) -> Bool {
    author != viewer && !isFollowing(viewer, author) && !isMuted(author) && !isBlocked(author)
  }
}

/// A set of posts for one feed, made for so many.
struct PostSet {
  private var slots: [UInt32]
  private let mask: Int

  init(room: Int) {
    let capacity = max(2 * room, 2).nextPowerOfTwo
    slots = [UInt32](repeating: PostStore.none, count: capacity)
    mask = capacity - 1
  }

  /// Puts a post in; whether it was not there.
  mutating func insert(_ post: UInt32) -> Bool {
    var slot = Int(truncatingIfNeeded: mix64(UInt64(post))) & mask
    while slots[slot] != PostStore.none {
      if slots[slot] == post { return false }
      slot = (slot + 1) & mask
    }
    slots[slot] = post
    return true
  }
}
