import Simulation

/// A funnel over posts in memory, without queues and clocks: what a feed costs to rank in real
/// time, which benchmarks measure.
public struct FunnelSample: ~Copyable {
  private let funnel: Funnel
  private let length: Int
  private let world: World
  private let posts: PostStore
  private let affinity: AffinityStore
  private let learning: Learning?
  private let keys: UnsafeMutablePointer<UInt64>
  private var lists: ListPool
  private let list: UInt32
  private let count: Int

  /// - Parameters:
  ///   - candidates: posts that each feed is ranked from, of a tenth as many authors.
  ///   - length: posts that the feed keeps.
  public init(_ funnel: Funnel, candidates: Int, length: Int, seed: UInt64) throws {
    self.funnel = funnel
    self.length = length
    count = candidates
    let authors = max(10, candidates / 10)
    world = World(WorldSettings(), seed: seed)
    var posts = PostStore(users: authors, expectedPosts: candidates, world: world)
    var stream = RandomStream(seed: seed, purpose: Purpose.history.rawValue)
    for place in 0..<candidates {
      let post = posts.append(
        author: UInt32(stream.below(UInt64(authors))), at: Int64(place) * 60_000, measured: false)
      posts.add(.like, to: post, times: UInt32(stream.below(100)))
      posts.add(.comment, to: post, times: UInt32(stream.below(20)))
      posts.add(.share, to: post, times: UInt32(stream.below(10)))
      posts.addImpressions(UInt32(stream.below(5000)), of: post)
    }
    self.posts = posts
    affinity = AffinityStore(seed: seed, world: world)
    let graph = try GraphModel.powerLaw(meanFollows: 5, exponent: 2.2)
      .build(users: authors, celebrities: [], seed: seed)
    let audience = Audience(
      graph: graph, activity: ActivityModel().build(on: graph, seed: seed), world: world.settings)
    learning = Learning(
      [funnel.trained], audience, EngagementHabits(), world: world, seed: seed)
    let width = candidates + funnel.room(for: FeedSettings())
    keys = .allocate(capacity: width)
    lists = ListPool(width: width)
    list = lists.take()
    teach(examples: 2000, viewers: authors, &stream)
  }

  /// Shows posts to viewers, whose models learn what they make of them.
  private func teach(examples count: Int, viewers: Int, _ stream: inout RandomStream) {
    guard let learning else { return }
    var examples = ExampleRing(capacity: count)
    let view = FeatureView(freshness: .zero)
    for number in 0..<count {
      let post = UInt32(stream.below(UInt64(self.count)))
      let context = context(for: UInt32(number % viewers), learner: nil)
      let (record, traits) = (context.post(post), context.traits(of: post))
      learning.features.prepare(context, view, learning.observations)
      learning.features.write(post, isOutside: false, context, view, to: learning.row)
      let appeal = world.appeal(
        of: traits, by: record.author, storedMilliseconds: record.storedMilliseconds,
        to: world.viewpoint(of: context.viewer, at: context.nowMilliseconds))
      let judgement = world.engagement.judge(appeal, place: 1, factor: 1, &stream)
      examples.append(learning.row, topic: traits.topic, actions: judgement.actions)
    }
    learning.learners[0].pretrain(examples)
  }

  private func context(for viewer: UInt32, learner: Learner?) -> RankingContext {
    RankingContext(
      viewer: viewer, nowMilliseconds: Int64(count) * 60_000, posts: posts, affinity: affinity,
      world: world, learner: learner)
  }

  deinit { keys.deallocate() }

  /// Ranks one viewer's feed from all the posts.
  ///
  /// - Returns: the post that comes first, and how many are kept.
  public func rank(for viewer: UInt32) -> (first: UInt32, count: Int) {
    var candidates = lists.candidates(list, count: count, keys: keys)
    for place in 0..<count { candidates.ids[place] = UInt32(place) }
    candidates.scores.update(repeating: 0, count: count)
    candidates.sources.update(repeating: .inNetwork, count: count)
    let context = context(for: viewer, learner: learning?.learners[0])
    for stage in funnel.stages { stage.run(on: &candidates, context) }
    candidates.sort(keeping: length)
    return (candidates.count == 0 ? PostStore.none : candidates.ids[0], candidates.count)
  }
}
