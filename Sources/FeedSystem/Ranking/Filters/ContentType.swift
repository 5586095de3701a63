import Settings

/// Drops posts of types that are not wanted (S0.24, `hidden_content_types`). Without
/// `audience.world` every post is a status.
public struct ContentType: RankingStage {
  public static let name = "content-type"
  public static let summary = "keeps posts of some types: status, link, photo, video"

  public var role: StageRole { .filter }

  /// A bit for each `PostType` that stays.
  private let allowed: UInt8

  public init(_ parameters: inout Parameters) throws {
    let word = Form<PostType>.choice(PostType.allCases.map { ($0.key, $0) })
    let types = try parameters.read(
      "types", .list(of: word), "Those that stay; all if not given.")
    allowed = (types ?? PostType.allCases).reduce(0) { $0 | 1 << $1.rawValue }
    if allowed == 0 { throw parameters.error("are none: nothing would be left", key: "types") }
  }

  public func prepare(_ state: RankingState) { state.countPassage(Self.name) }

  public func allows(_ type: PostType) -> Bool { allowed >> type.rawValue & 1 == 1 }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    let ids = candidates.ids
    candidates.keep(Self.name, context) { allows(context.traits(of: ids[$0]).type) }
  }
}
