import Settings
import Simulation

/// Affinity × weight × decay, as Facebook has told of EdgeRank (2010), with the factors of S2.18:
///
///     min(1, (1 + n) / 100) · w(type) · exp(−age / 24 h) · (1 + ln(1 + velocity))
///
/// with n interactions of the viewer with the author and v reactions an hour. No constants are
/// public, nor the sum over a post's edges; S2.18 says video > photo > link > status, here 4, 3, 2
/// and 1. Whoever never met the author has 1 of 100, or all such posts would score nothing.
public struct EdgeRank: RankingStage {
  public static let name = "edgerank"
  public static let summary = "affinity x weight of the type x decay x engagement velocity"

  /// By `PostType`.
  public let weights: [Double]
  public let decay: Decay

  public init(_ parameters: inout Parameters) throws {
    let standard: [Double] = [1, 2, 3, 4]
    let weights = try parameters.section("weights", "What a post of each type weighs.") { section in
      try zip(PostType.allCases, standard).map { type, weight in
        try section.read(type.key, .number(in: 0...1000), default: weight, "Its weight.")
      }
    }
    self.weights = weights ?? standard
    decay = try Decay(&parameters, default: .seconds(24 * 3600))
  }

  /// The score of one post.
  public func score(_ post: PostSignals) -> Double {
    let affinity = min(1, (1 + post.interactions) / 100)
    return affinity * weights[Int(post.type.rawValue)] * decay(post.age)
      * (1 + ln(1 + post.velocity))
  }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    candidates.score(context, score)
  }
}
