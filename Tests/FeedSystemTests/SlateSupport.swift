import Settings
import Simulation
import YAMLSettings

@testable import FeedSystem

/// Posts of a few authors, what ranking keeps, and a list of candidates that a test makes.
final class SlateBench {
  /// Whether a stage is counted, and what a post is, as a test says.
  var posts: PostStore
  var follows: FollowChanges
  let state: RankingState
  let affinity = AffinityStore(seed: 1)
  let world: World
  private let ids: UnsafeMutablePointer<UInt32>
  private let scores: UnsafeMutablePointer<Float>
  private let sources: UnsafeMutablePointer<CandidateSource>
  static let room = 600

  /// - Parameters:
  ///   - follows: follower and followee, as `WrittenAudience` numbers them.
  ///   - ranking: the stages that keep something, as YAML.
  init(
    users: Int = 8, follows: [(UInt32, UInt32)] = [], ranking: String = "[chronological]",
    page: Int = 20
  ) throws {
    let graph = WrittenAudience(
      follows: follows.map { (follower: $0.0, followee: $0.1) },
      posts: [Double](repeating: 1, count: users), loads: [Double](repeating: 0.001, count: users)
    ).audience
    let audience = Audience(
      graph: graph.graph, activity: graph.activity, world: WorldSettings())
    let text = "ranking: \(ranking)\nfeed: {page: \(page)}"
    var parameters = try Parameters(SettingsFile.parse(text, file: "test.yaml"))
    state = RankingState(try Design(&parameters), audience, seed: 5)
    let world = World(WorldSettings(), seed: 5)
    self.world = world
    posts = PostStore(users: users, expectedPosts: 1000, world: world)
    self.follows = FollowChanges(graph.graph)
    ids = .allocate(capacity: Self.room)
    scores = .allocate(capacity: Self.room)
    sources = .allocate(capacity: Self.room)
  }

  deinit {
    ids.deallocate()
    scores.deallocate()
    sources.deallocate()
  }

  /// Stores a post; its traits are the world's, but for what `change` makes of them.
  @discardableResult
  func post(by author: UInt32, at milliseconds: Int64, _ change: (inout PostTraits) -> Void)
    -> UInt32
  {
    let id = posts.append(author: author, at: milliseconds, measured: false)
    if let traits = posts.traits { change(&traits[Int(id)]) }
    return id
  }

  struct Entry: Equatable {
    var id: UInt32
    var score: Float = 0
    var source = CandidateSource.inNetwork
  }

  /// What a stage leaves of a list, and whether in an order of its own.
  func apply(
    _ stages: [any RankingStage], to slate: [Entry], viewer: UInt32 = 0, now: Int64 = 0,
    offset: Int = 0, capacity: Int = SlateBench.room
  ) -> (entries: [Entry], isOrdered: Bool) {
    for (index, entry) in slate.enumerated() {
      ids[index] = entry.id
      scores[index] = entry.score
      sources[index] = entry.source
    }
    var candidates = Candidates(
      ids: ids, scores: scores, sources: sources, count: slate.count, capacity: capacity)
    withUnsafePointer(to: follows) { follows in
      let context = RankingContext(
        viewer: viewer, nowMilliseconds: now, posts: posts, affinity: affinity, world: world,
        follows: follows, state: state, offset: offset, isMeasured: true)
      for stage in stages { stage.apply(&candidates, context) }
    }
    var left: [Entry] = []
    for index in 0..<candidates.count {
      left.append(Entry(id: ids[index], score: scores[index], source: sources[index]))
    }
    return (left, candidates.isOrdered)
  }

  /// A stage with its usual settings, or those given as YAML.
  static func stage<Stage: RankingStage>(_ type: Stage.Type, _ settings: String = "{}") throws
    -> Stage
  {
    var parameters = try Parameters(SettingsFile.parse("s: \(settings)", file: "test.yaml"))
    var section = try parameters.nested("s") ?? .empty
    let stage = try Stage(&section)
    try section.finish()
    return stage
  }
}
