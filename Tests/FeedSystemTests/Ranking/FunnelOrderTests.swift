import Settings
import Simulation
import Testing
import YAMLSettings

@testable import FeedSystem

/// A whole funnel of trained models, held to one that ranks candidate by candidate.
struct FunnelOrderTests {
  @Test func theOrderIsThatOfANaiveFunnel() throws {
    typealias Place = FeatureReferenceTests.Place
    var place = try Place(hasWorld: true, posts: 400)
    let text = "ranking: [{linear: {keep: 60}}, {network: {keep: 25}}]"
    var parameters = try Parameters(SettingsFile.parse(text, file: "test.yaml"))
    let funnel = try Design(&parameters).ranking
    let audience = Audience(
      graph: place.graph, activity: ActivityModel().build(on: place.graph, seed: 1),
      world: place.world?.settings)
    let learning = try #require(
      Learning([funnel.trained], audience, EngagementHabits(), world: place.world, seed: 5))
    learning.observations = place.observations
    Self.teach(learning.learners[0], &place.stream)
    let pool = ListPool.sample(width: 400)
    let keys = UnsafeMutablePointer<UInt64>.allocate(capacity: 400)
    defer { keys.deallocate() }
    var firsts: Set<UInt32> = []
    for viewer in 0..<UInt32(12) {
      let count = 60 + Int(place.stream.below(341))
      var candidates = pool.candidates(0, count: count, keys: keys)
      // A candidate is there once; 7 and 400 have no common divisor.
      for index in 0..<count {
        candidates.ids[index] = UInt32((index * 7 + Int(viewer)) % 400)
        candidates.sources[index] = index % 5 == 0 ? .outOfNetwork : .inNetwork
        candidates.scores[index] = 0
      }
      let slate = (0..<count).map { (candidates.ids[$0], candidates.sources[$0]) }
      let context = RankingContext(
        viewer: viewer, nowMilliseconds: 6_000_000, posts: place.posts, affinity: place.affinity,
        world: place.world, learner: learning.learners[0])
      for stage in funnel.stages { stage.run(on: &candidates, context) }
      candidates.sort(keeping: 25)
      var best = slate
      for (model, kept) in zip(learning.learners[0].models, [60, 25]) {
        best = Self.rank(best, by: model, context, place.observations, place.graph, keeping: kept)
      }
      let ids = (0..<candidates.count).map { candidates.ids[$0] }
      #expect(ids == best.map(\.0))
      firsts.insert(ids[0])
    }
    #expect(firsts.count > 3)
  }

  /// Each candidate alone, with features by their definitions, and a sort of all.
  private static func rank(
    _ slate: [(UInt32, CandidateSource)], by model: TrainedModel, _ context: RankingContext,
    _ observations: Observations, _ graph: FollowerGraph, keeping kept: Int
  ) -> [(UInt32, CandidateSource)] {
    var batch = FeatureBatch(width: model.served.features)
    batch.reserve(1)
    let weights = model.settings.headWeights(ActionWorth())
    let scored = slate.map { id, source in
      let row = FeatureReferenceTests.features(
        id, isOutside: source != .inNetwork, context, context.counters(of: id), observations,
        graph)
      for feature in 0..<batch.width { batch.column(feature)[0] = row[feature] }
      var (topic, score): (UInt8, Float) = (context.traits(of: id).topic, 0)
      model.served.scoreWeighted(batch, topics: &topic, weights: weights, into: &score)
      return (score, id, source)
    }
    let sorted = scored.sorted { ($0.0, $0.1) > ($1.0, $1.1) }
    return sorted.prefix(kept).map { ($0.1, $0.2) }
  }

  /// Examples whose actions follow some of the features.
  private static func teach(_ learner: Learner, _ stream: inout RandomStream) {
    var ring = ExampleRing(capacity: 600)
    for _ in 0..<600 {
      let row = (0..<ExampleRing.width).map { _ in Float(stream.below(513)) - 256 }
      let isLiked = row[3] + row[8] + row[13] > Float(stream.below(200))
      let isHidden = row[0] > 100 && row[14] < 0
      ring.append(
        row, topic: UInt8(stream.below(32)),
        actions: (isLiked ? Action.like.bit : 0) | (isHidden ? Action.hide.bit : 0))
    }
    learner.pretrain(ring)
  }

  /// Topics of more than eight heads, of any number of candidates: the sum of the heads one by one.
  @Test(arguments: [1, 8, 13, 70])
  func weightedScoresAreTheSumOfTheHeads(_ count: Int) {
    var stream = RandomStream(seed: 2, purpose: 3)
    var model = LinearModel(features: 16, heads: 17, topics: 32)
    for _ in 0..<200 {
      let row = (0..<16).map { _ in Float(stream.below(513)) - 256 }
      model.learn(
        features: row, topic: UInt8(stream.below(32)), labels: UInt32(stream.below(1 << 17)))
    }
    model.freeze()
    var batch = FeatureBatch(width: 16)
    batch.reserve(count)
    for feature in 0..<16 {
      for place in 0..<count { batch.column(feature)[place] = Float(stream.below(513)) - 256 }
    }
    let topics = (0..<count).map { _ in UInt8(stream.below(256)) }
    let weights = (0..<17).map { head in head == 4 ? 0 : Float(head) - 8.5 }
    var scores = [Float](repeating: 5, count: count)
    model.scoreWeighted(batch, topics: topics, weights: weights, into: &scores)
    var expected = [Float](repeating: 0, count: count)
    for head in 0..<17 where weights[head] != 0 {
      var logits = expected
      model.score(batch, topics: topics, head: head, into: &logits)
      Logistic.add(logits, weight: weights[head], to: &expected, count: count)
    }
    #expect(scores == expected)
  }
}
