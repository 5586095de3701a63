import Settings

/// The rules of S1.25 (seed 1, `applyDiversity`): from the best candidate down, one is dropped that
/// would be its author's third, or whose kind of media is above its share when more than ten are
/// there, or the fourth ad.
///
/// A kind is above its share where the posts of it, over all there would be with the next, are more
/// than image .4, video .3, text .3 (which sum to 1, so a kind that is scarce starves the list of
/// the others). The seed names `maxAds` and never asks for it; here it is kept.
public struct Diversity: RankingStage {
  public static let name = "diversity"
  public static let summary =
    "drops an author's third post, a fourth ad, and media above their share after ten posts"

  public var role: StageRole { .reranker }

  public let perAuthor: Int
  public let ads: Int
  /// By `MediaKind`: image, video, text.
  public let mix: [Double]
  /// Posts that are there before the mix counts.
  public let mixAfter: Int

  public init(_ parameters: inout Parameters) throws {
    perAuthor = try parameters.read(
      "perAuthor", .count(in: 1...10_000), default: 2, "Posts of one author at most.")
    ads = try parameters.read("ads", .count(in: 0...10_000), default: 3, "Ads at most.")
    mix = try MediaMix.read(&parameters)
    mixAfter = try parameters.read(
      "mixAfter", .count(in: 0...10_000), default: 10,
      "The mix counts when more posts than this are there.")
  }

  public func prepare(_ state: RankingState) { state.countPassage(Self.name) }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    candidates.sort()
    let (ids, sources) = (candidates.ids, candidates.sources)
    AuthorCounts.use(for: candidates.count) { authors in
      var counts = [Int](repeating: 0, count: MediaKind.allCases.count)
      var (kept, shownAds) = (0, 0)
      candidates.keep(Self.name, context) { index in
        let id = ids[index]
        let author = context.post(id).author
        let isAd = sources[index] == .ad
        guard authors.count(of: author) < perAuthor, !isAd || shownAds < ads else { return false }
        let kind = MediaKind(context.traits(of: id).type).rawValue
        if kept > mixAfter, Double(counts[kind]) / Double(kept + 1) > mix[kind] { return false }
        _ = authors.next(author)
        counts[kind] += 1
        shownAds += isAd ? 1 : 0
        kept += 1
        return true
      }
    }
  }
}

/// The shares of media that S1.25 asks for.
enum MediaMix {
  static func read(_ parameters: inout Parameters) throws -> [Double] {
    let standard: [Double] = [0.4, 0.3, 0.3]
    let mix = try parameters.section("mix", "Of the posts, how many may be of which kind.") {
      section in
      try zip(MediaKind.allCases, standard).map { kind, share in
        try section.read(kind.key, .share(), default: share, "Its share at most.")
      }
    }
    return mix ?? standard
  }
}
