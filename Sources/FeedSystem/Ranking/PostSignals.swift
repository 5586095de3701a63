import Simulation

/// What a ranker may know of a post as it scores it for a viewer: nothing of what the world keeps
/// to itself.
public struct PostSignals: Sendable, Equatable {
  /// Seconds since the post was stored.
  public var age = 0.0
  public var likes = 0.0
  public var comments = 0.0
  public var shares = 0.0
  /// Times shown, to anybody; 0 where nobody counts.
  public var impressions = 0.0
  /// Of the viewer with the author.
  public var interactions = 0.0
  public var type = PostType.status

  public init() {}

  public init(age: Double, counters: PostCounters, interactions: Double, type: PostType = .status) {
    self.age = max(0, age)
    likes = Double(counters.likes)
    comments = Double(counters.comments)
    shares = Double(counters.shares)
    impressions = Double(counters.impressions)
    self.interactions = interactions
    self.type = type
  }

  public var hours: Double { age / 3600 }
  public var reactions: Double { likes + comments + shares }

  /// Likes, comments and shares for each hour of age, of which the first counts as whole
  /// (S0.7: likes and comments in the first hour).
  public var velocity: Double { reactions / max(1, hours) }

  /// How close viewer and author are, 0 ... 1: min(1, n / 100) with n interactions (S2.13).
  public var closeness: Double { min(1, interactions / 100) }
}

extension RankingContext {
  @inline(__always)
  func signals(of id: UInt32) -> PostSignals {
    let post = post(id)
    return PostSignals(
      age: Double(nowMilliseconds - Int64(post.storedMilliseconds)) / 1000,
      counters: counters(of: id), interactions: interactions(with: post.author),
      type: traits(of: id).type)
  }
}

extension Candidates {
  /// Gives every candidate the score that a formula says; from now on scores decide.
  @inline(__always)
  mutating func score(_ context: RankingContext, _ formula: (PostSignals) -> Double) {
    for index in 0..<count { scores[index] = Float(formula(context.signals(of: ids[index]))) }
    isOrdered = false
  }

  /// Makes a candidate's score better by a factor above 1, worse by one below, whatever its sign.
  @inline(__always)
  func scale(_ index: Int, by factor: Float) {
    let score = scores[index]
    scores[index] = score < 0 ? score / factor : score * factor
  }
}
