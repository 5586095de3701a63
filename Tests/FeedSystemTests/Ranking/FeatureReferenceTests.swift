import Settings
import Simulation
import Testing

@testable import FeedSystem

/// What is made many at a time, held to plain arithmetic one by one: the same bits.
struct FeatureReferenceTests {
  /// The features of a post by their definitions, without vectors and tables.
  static func features(
    _ id: UInt32, isOutside: Bool, _ context: RankingContext, _ counters: PostCounters,
    _ observations: Observations, _ graph: FollowerGraph
  ) -> [Float] {
    var interests = [Float](repeating: 0, count: 256)
    var trends = interests
    var tastes = [Float](repeating: 0, count: 4)
    observations.write(of: context.viewer, topics: &interests, types: &tastes)
    observations.writeTrends(&trends)
    let viewer =
      context.world?.viewer(context.viewer)
      ?? ViewerTraits(age: 30, country: 0, device: .phone, hour: 0)
    let degrees = Float(context.world?.hour(at: context.nowMilliseconds) ?? 0) * 15
    let (post, traits) = (context.post(id), context.traits(of: id))
    let age = max(0, Float(context.nowMilliseconds - Int64(post.storedMilliseconds)))
    let hours = age / 3_600_000
    let (likes, comments) = (Float(counters.likes), Float(counters.comments))
    let (shares, shown) = (Float(counters.shares), Float(counters.impressions))
    func rate(_ count: Float, _ usual: Float) -> Float {
      chordLogarithm((count / usual + 50) / (shown + 50)) / 4
    }
    let interest = interests[Int(traits.topic)] / 3
    let taste = tastes[Int(traits.type.rawValue)] / 3
    let likeRate = rate(likes, 0.02)
    var row = [
      chordLogarithm(1 + hours * 60) / 7 - 1, 6 / (6 + hours),
      chordLogarithm(1 + Float(graph.followerCount(of: post.author))) / 10 - 1,
      likeRate, rate(comments, 0.004), rate(shares, 0.002), chordLogarithm(1 + shown) / 10 - 1,
      chordLogarithm(1 + (likes + comments + shares) / (1 + hours)) / 8,
      chordLogarithm(1 + Float(context.interactions(with: post.author))) / 4 - 1,
    ]
    row += PostType.allCases.map { $0 == traits.type ? 1 : 0 }
    row += [interest, isOutside ? 1 : 0, trends[Int(traits.topic)]]
    row += [
      viewer.device == .phone ? 1 : -1, Feature.sine(degrees: degrees),
      Feature.cosine(degrees: degrees), Feature.cosine(degrees: degrees - Float(viewer.hour) * 15),
    ]
    row += PostType.allCases.map { $0 == traits.type && viewer.device == .phone ? 1 : 0 }
    row += [
      taste, 4 * interest * likeRate, 4 * interest * taste, chordLogarithm(1 + likes) / 10 - 1,
      chordLogarithm(1 + comments) / 10 - 1, traits.country == viewer.country ? 1 : 0,
      (Float(viewer.age) - 18) / 60, abs(interest),
    ]
    return row.map { FeatureBatch.quantised($0) }
  }

  /// A system's posts, authors and viewers, drawn; with a world or without one.
  struct Place: ~Copyable {
    static let users = 60
    let graph: FollowerGraph
    let world: World?
    let affinity: AffinityStore
    var posts: PostStore
    var observations: Observations
    var stream = RandomStream(seed: 12, purpose: 5)

    init(hasWorld: Bool, posts count: Int) throws {
      graph = try GraphModel.powerLaw(meanFollows: 5, exponent: 2.2, maximum: 30)
        .build(users: Place.users, celebrities: [], seed: 3)
      world = hasWorld ? World(WorldSettings(), seed: 7) : nil
      affinity = AffinityStore(seed: 7, world: world)
      posts = PostStore(users: Place.users, expectedPosts: 8, world: world)
      observations = Observations(users: Place.users, world: world, seed: 7)
      for number in 0..<count {
        let author = UInt32(stream.below(UInt64(Place.users)))
        // Weeks back at first, and a few of the future.
        let time = Int64(number - count * 9 / 10) * 3_700_001
        _ = posts.append(author: author, at: time, measured: false)
      }
      react(times: 4 * count)
      for viewer in 0..<UInt32(Place.users) where viewer % 3 > 0 {
        for author in 0..<viewer { affinity.record(viewer, with: author / 2) }
      }
    }

    /// Posts are shown and reacted to, some of them more than any feature can say.
    mutating func react(times: Int) {
      for _ in 0..<times {
        let post = UInt32(stream.below(UInt64(posts.count)))
        let kind = [Engagement.like, .comment, .share][Int(stream.below(3))]
        posts.add(kind, to: post, times: UInt32(stream.next() >> (33 + stream.below(31))))
        posts.addImpressions(UInt32(stream.next() >> (33 + stream.below(31))), of: post)
        let traits = posts.traits(of: post)
        observations.note(
          UInt32(stream.below(UInt64(Place.users))), topic: traits.topic, type: traits.type,
          isFavoured: stream.below(3) == 0, at: 1000)
      }
    }

    func context(_ viewer: UInt32, at milliseconds: Int64 = 5_000_000) -> RankingContext {
      RankingContext(
        viewer: viewer, nowMilliseconds: milliseconds, posts: posts, affinity: affinity,
        world: world)
    }

    /// Whether the maker's features of drawn candidates are those of the definitions.
    mutating func agrees(_ view: FeatureView, count: Int, width: Int, seen: [PostCounters]) -> Bool
    {
      let maker = FeatureMaker(graph, EngagementHabits())
      let context = context(
        UInt32(stream.below(UInt64(Place.users))), at: Int64(stream.below(1 << 40)))
      let ids = (0..<count).map { _ in UInt32(stream.below(UInt64(posts.count))) }
      let sources = (0..<count).map { _ in CandidateSource.allCases[Int(stream.below(4))] }
      var topics = [UInt8](repeating: 99, count: count)
      var batch = FeatureBatch(width: width)
      batch.reserve(count)
      for feature in 0..<width { batch.column(feature).update(repeating: 7, count: count) }
      let observations = view.observations(observations)
      maker.prepare(context, view, observations)
      maker.write(ids, from: sources, context, view, into: batch, topics: &topics)
      for (place, id) in ids.enumerated() {
        let counters = Int(id) < seen.count ? seen[Int(id)] : PostCounters()
        let expected = FeatureReferenceTests.features(
          id, isOutside: sources[place] != .inNetwork, context, counters, observations, graph)
        let row = (0..<width).map { batch.column($0)[place] }
        if row != Array(expected[..<width]) { return false }
        if topics[place] != context.traits(of: id).topic { return false }
      }
      // Nothing but zeros behind them, which vectors reach.
      let behind = (count + 15) / 16 * 16
      return (0..<width).allSatisfy { feature in
        (count..<behind).allSatisfy { batch.column(feature)[$0] == 0 }
      }
    }

    var counters: [PostCounters] { (0..<posts.count).map { posts.counters(of: UInt32($0)) } }
  }

  @Test(arguments: [true, false], [Feature.firstPass, Feature.allCases.count])
  func ofLiveCounters(_ hasWorld: Bool, _ width: Int) throws {
    var place = try Place(hasWorld: hasWorld, posts: 150)
    let view = FeatureView(freshness: .zero)
    for count in [1, 7, 8, 9, 31, 200, FeatureMaker.block] {
      let counters = place.counters
      let isAlike = place.agrees(view, count: count, width: width, seen: counters)
      #expect(isAlike, "\(count)")
      place.react(times: 50)
    }
  }

  /// As they were at the last refresh, and nothing of posts that came since.
  @Test func ofLaggingCounters() throws {
    var place = try Place(hasWorld: true, posts: 150)
    let width = Feature.allCases.count
    let view = FeatureView(freshness: .seconds(60))
    let isBlank = place.agrees(view, count: 40, width: width, seen: [])
    #expect(isBlank)
    for _ in 0..<3 {
      view.refresh(place.observations, place.posts)
      let seen = place.counters
      place.react(times: 300)
      for _ in 0..<20 { _ = place.posts.append(author: 3, at: 4_000_000, measured: false) }
      let isAlike = place.agrees(view, count: 150, width: width, seen: seen)
      #expect(isAlike)
    }
  }

  /// A single post's row, as training asks for it.
  @Test func ofOnePost() throws {
    let place = try Place(hasWorld: true, posts: 60)
    let maker = FeatureMaker(place.graph, EngagementHabits())
    let view = FeatureView(freshness: .zero)
    for id in 0..<UInt32(60) {
      let context = place.context(id)
      maker.prepare(context, view, place.observations)
      let isOutside = maker.isOutside(place.posts[id].author)
      let author = place.posts[id].author
      let follows = place.graph.followees(of: id).contains(author)
      #expect(isOutside != follows)
      var row = [Float](repeating: 0, count: ExampleRing.width)
      maker.write(id, isOutside: isOutside, context, view, to: &row)
      let expected = FeatureReferenceTests.features(
        id, isOutside: isOutside, context, place.posts.counters(of: id), place.observations,
        place.graph)
      #expect(row == expected)
    }
  }

  /// Several authors at a time, or one by one.
  @Test(arguments: [true, false])
  func interactionsAreThoseOfEach(_ hasWorld: Bool) throws {
    let place = try Place(hasWorld: hasWorld, posts: 10)
    for count in [1, 4, 7, 256, 600] {
      let authors = (0..<(count + 3)).map { UInt32($0 * 7 % 1000) }
      var interactions = [Float](repeating: -1, count: count + 3)
      let context = place.context(41)
      context.writeInteractions(with: authors, count: count, into: &interactions)
      let expected = authors.map { Float(context.interactions(with: $0)) }
      #expect(Array(interactions[..<count]) == Array(expected[..<count]))
      #expect(Set(expected).count > 10 || count < 10)
    }
  }
}
