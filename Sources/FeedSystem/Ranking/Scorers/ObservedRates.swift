import Settings

/// How likely actions are as a post's own counters tell: actions per impression, drawn towards what
/// is usual as long as there are few impressions.
///
///     p = (n + strength · usual) / (max(impressions, n) + strength)
///
/// which is the mean of a Beta distribution of that strength after n successes. Only likes,
/// comments and shares are counted by post; the other actions are as usual, which for a picture or
/// a video is never where a post has none.
public struct ObservedRates: Sendable, Equatable {
  /// Impressions that what is usual counts for.
  public let strength: Double

  public init(strength: Double) { self.strength = strength }

  init(_ parameters: inout Parameters) throws {
    strength = try parameters.read(
      "strength", .number(in: 0.001...1e9), default: 200,
      "Impressions that the usual rate of an action counts for beside a post's own.")
  }

  /// Of shown posts, those that an action follows: orders of magnitude, feedsim's own. Likes,
  /// comments and shares are the usual ones of `traffic.engagement`.
  public static func usual(_ action: Action) -> Double {
    switch action {
    case .like: 0.02
    case .comment: 0.004
    case .share: 0.002
    case .quote, .send, .copyLink, .follow: 0.0005
    case .click, .photo, .video: 0.05
    case .profileClick: 0.005
    case .dwell: 0.2
    case .authorReply: 0.0004
    case .hide, .mute: 0.0003
    case .block: 0.0001
    case .report: 0.000_03
    }
  }

  /// How likely an action is on a post.
  public func probability(_ action: Action, _ post: PostSignals) -> Double {
    let usual = ObservedRates.usual(action)
    let count: Double
    switch action {
    case .like: count = post.likes
    case .comment: count = post.comments
    case .share: count = post.shares
    case .photo: return post.type == .photo ? usual : 0
    case .video: return post.type == .video ? usual : 0
    default: return usual
    }
    return (count + strength * usual) / (max(post.impressions, count) + strength)
  }
}

/// A ranker by a production system's weights over probabilities, which a trained model predicts
/// there and which are observed post by post here.
public protocol ObservedRanker: RankingStage {
  static var weights: ActionWeights { get }
  var rates: ObservedRates { get }
  init(rates: ObservedRates)
}

extension ObservedRanker {
  public init(_ parameters: inout Parameters) throws {
    self.init(rates: try ObservedRates(&parameters))
  }

  /// The score of one post.
  public func score(_ post: PostSignals) -> Double {
    Self.weights.score { rates.probability($0, post) }
  }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    candidates.score(context, score)
  }
}
