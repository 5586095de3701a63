import Settings
import Simulation
import Testing

@testable import FeedSystem

/// What models are told, by hand.
struct FeatureTests {
  private static func graph() throws -> FollowerGraph {
    try GraphModel.powerLaw(meanFollows: 5, exponent: 2.2, maximum: 30)
      .build(users: 60, celebrities: [], seed: 3)
  }

  /// One post, 63 minutes old, shown 150 times, with 3 likes and 1 comment.
  private static func post() -> PostStore {
    var posts = PostStore(users: 60, expectedPosts: 8)
    let id = posts.append(author: 2, at: 0, measured: false)
    posts.add(.like, to: id, times: 3)
    posts.add(.comment, to: id)
    posts.addImpressions(150, of: id)
    return posts
  }

  private static func features(
    _ posts: borrowing PostStore, _ view: FeatureView, at minutes: Int64 = 63,
    isOutside: Bool = false
  ) throws -> [Float] {
    let graph = try graph()
    let maker = FeatureMaker(graph, EngagementHabits())
    let context = RankingContext(
      viewer: 40, nowMilliseconds: minutes * 60_000, posts: posts,
      affinity: AffinityStore(seed: 1))
    maker.prepare(context, view, Observations(users: 60, world: nil, seed: 1))
    var row = [Float](repeating: 0, count: ExampleRing.width)
    maker.write(0, isOutside: isOutside, context, view, to: &row)
    return row
  }

  @Test func theyAreWhatTheFormulasSay() throws {
    let posts = Self.post()
    let row = try Self.features(posts, FeatureView(freshness: .zero))
    func value(_ feature: Feature) -> Float { row[feature.rawValue] }
    // log2 64 = 6, 6/7 - 1 = -.1429; 6 h / 7.05 h = .8511.
    #expect(value(.age) == -37)
    #expect(value(.recency) == 218)
    // (3 / .02 + 50) / (150 + 50) = 1; (1 / .004 + 50) / 200 = 1.5, whose chord is .5; 50 / 200.
    #expect(value(.likeRate) == 0)
    #expect(value(.commentRate) == 32)
    #expect(value(.shareRate) == -128)
    // Between 128 and 256: 7 + 23 / 128.
    #expect(value(.impressions) == -72)
    // 1 + 4 / 2.05 = 2.951: 1.4756 / 8.
    #expect(value(.velocity) == 47)
    // 1 + 3 = 4 likes, 1 + 1 = 2 comments.
    #expect(value(.likes) == -205)
    #expect(value(.comments) == -230)
    #expect(value(.isStatus) == 256 && value(.isPhoto) == 0)
    #expect(value(.phoneStatus) == 256 && value(.phoneVideo) == 0)
    #expect(value(.isOutside) == 0)
    // Midnight, without a world.
    #expect(value(.hourSine) == 0 && value(.hourCosine) == 256)
    #expect(row.allSatisfy { $0 == $0.rounded() && abs($0) <= 256 })
    let outside = try Self.features(posts, FeatureView(freshness: .zero), isOutside: true)
    #expect(outside[Feature.isOutside.rawValue] == 256)
  }

  @Test func olderPostsHaveGreaterAgesAndNothingElse() throws {
    let posts = Self.post()
    let view = FeatureView(freshness: .zero)
    let young = try Self.features(posts, view, at: 10)
    let old = try Self.features(posts, view, at: 1000)
    #expect(young[Feature.age.rawValue] < old[Feature.age.rawValue])
    #expect(young[Feature.recency.rawValue] > old[Feature.recency.rawValue])
    let ageing: [Feature] = [.age, .recency, .velocity]
    for feature in Feature.allCases where !ageing.contains(feature) {
      #expect(young[feature.rawValue] == old[feature.rawValue], "\(feature)")
    }
  }

  /// What happens after a refresh is not seen before the next.
  @Test func viewsLagUntilTheyAreRefreshed() throws {
    var posts = Self.post()
    let lagging = FeatureView(freshness: .seconds(600))
    let observations = Observations(users: 60, world: nil, seed: 1)
    lagging.refresh(observations, posts)
    let before = try Self.features(posts, lagging)
    posts.add(.like, to: 0, times: 40)
    let unchanged = try Self.features(posts, lagging)
    #expect(unchanged == before)
    let live = try Self.features(posts, FeatureView(freshness: .zero))
    #expect(live != before)
    lagging.refresh(observations, posts)
    let refreshed = try Self.features(posts, lagging)
    #expect(refreshed == live)
  }

  @Test func theSineIsASine() {
    for (degrees, sine) in [(0, 0), (30, 0.5), (90, 1), (180, 0), (210, -0.5), (-90, -1)] {
      #expect(abs(Feature.sine(degrees: Float(degrees)) - Float(sine)) < 0.002)
    }
    #expect(chordLogarithm(8) == 3)
    #expect(chordLogarithm(0.25) == -2)
    #expect(chordLogarithm(3) == 1.5)
  }

  /// More favour for a topic than for others is seen in the viewer's interest, and in the trend for
  /// an hour.
  @Test func favourIsObserved() {
    var settings = WorldSettings()
    settings.topics = 4
    let world = World(settings, seed: 5)
    var seen = Observations(users: 10, world: world, seed: 5)
    var before = [Float](repeating: 0, count: 4)
    var after = before
    var tastes = before
    var trends = before
    seen.write(of: 3, topics: &before, types: &tastes)
    for index in 0..<400 {
      seen.note(
        3, topic: UInt8(index % 4), type: .photo, isFavoured: index % 4 == 2,
        at: Int64(index) * 1000)
    }
    seen.write(of: 3, topics: &after, types: &tastes)
    seen.writeTrends(&trends)
    #expect(after[2] > before[2] || before[2] > 1.2)
    #expect(after[1] < before[1])
    #expect(trends[2] > 0.3 && trends[0] < 0)
    let untouched = after
    seen.write(of: 4, topics: &before, types: &tastes)
    #expect(before != untouched)
    // Two hours on, only what was seen then counts for the trend.
    seen.note(3, topic: 0, type: .photo, isFavoured: false, at: 7_200_000)
    seen.writeTrends(&trends)
    #expect(abs(trends[2]) < 0.01)
  }
}
