import Settings
import Simulation
import Testing

@testable import FeedSystem

/// Models in service: what is learnt, from what, and when it ranks.
struct TrainedModelTests {
  private static func model(_ change: (inout ModelSettings) -> Void = { _ in }) -> TrainedModel {
    var settings = ModelSettings()
    settings.actions = [.like]
    change(&settings)
    return TrainedModel(
      stage: Linear.name, settings, topics: 4, worth: ActionWorth(),
      view: FeatureView(freshness: .zero), seed: 1)
  }

  /// Examples that are liked if their first feature is above 0.
  private static func ring(_ count: Int, capacity: Int = 1000) -> ExampleRing {
    var stream = RandomStream(seed: 4, purpose: 9)
    var ring = ExampleRing(capacity: capacity)
    for _ in 0..<count { append(&ring, &stream) }
    return ring
  }

  private static func append(_ ring: inout ExampleRing, _ stream: inout RandomStream) {
    var row = [Float](repeating: 0, count: ExampleRing.width)
    for index in row.indices { row[index] = Float(stream.below(513)) - 256 }
    ring.append(row, topic: 1, actions: row[0] > 0 ? Action.like.bit : 0)
  }

  private static func logit(_ model: TrainedModel, first: Float) -> Float {
    var batch = FeatureBatch(width: Feature.firstPass)
    batch.reserve(1)
    for feature in 0..<Feature.firstPass { batch.column(feature)[0] = 0 }
    batch.column(0)[0] = first
    var score: Float = 0
    var topic: UInt8 = 1
    model.served.score(batch, topics: &topic, head: 0, into: &score)
    return score
  }

  /// The copy that serves and the one that learns are two.
  @Test func whatIsLearntServesWhenItIsTold() {
    let model = Self.model()
    let untrained = Self.logit(model, first: 256)
    let ring = Self.ring(800)
    model.train(on: ring, at: Instant(nanoseconds: 5))
    #expect(Self.logit(model, first: 256) == untrained)
    #expect(model.knows == .start)
    model.serveNext()
    let trained = Self.logit(model, first: 256)
    #expect(trained > untrained + 0.5)
    #expect(Self.logit(model, first: -256) < -0.5)
    #expect(model.knows == Instant(nanoseconds: 5))
    // Nothing new to learn: the next copy knows the same.
    model.train(on: ring, at: Instant(nanoseconds: 9))
    model.serveNext()
    #expect(Self.logit(model, first: 256) == trained)
    #expect(model.books.examples == 800 && model.books.trainings == 2)
  }

  @Test func onlyTheNewestExamplesAreKept() {
    let ring = Self.ring(250, capacity: 100)
    #expect(ring.count == 250 && ring.oldest(ofNewest: .max) == 150)
    #expect(ring.oldest(ofNewest: 30) == 220)
    let all = Self.ring(250)
    var (kept, same) = (
      [Float](repeating: 0, count: ExampleRing.width),
      [Float](repeating: 0, count: ExampleRing.width)
    )
    for number in 150..<250 {
      let (a, b) = (ring.read(number, into: &kept), all.read(number, into: &same))
      #expect(a == b)
      #expect(kept == same)
    }
    let model = Self.model { $0.training.examples = 60 }
    model.train(on: ring, at: .start)
    #expect(model.books.examples == 60 && model.books.dropped == 190)
  }

  @Test func booksAreAsByHand() throws {
    var books = ModelBooks()
    #expect(books.logLoss == nil && books.areaUnderCurve == nil)
    // Pairs of liked and not: 2 > 0, 2 > 1, 1 = 1 (half), 1 > 0.
    for (logit, happened): (Float, Bool) in [(2, true), (1, true), (1, false), (0, false)] {
      books.note(logit: logit, happened: happened)
    }
    #expect(books.areaUnderCurve == 3.5 / 4)
    let loss = try #require(books.logLoss)
    // ln(1 + e^-2), ln(1 + e^-1), ln(1 + e), ln 2.
    let byHand = (0.126928011 + 0.313261688 + 1.313261688 + 0.693147181) / 4
    #expect(abs(loss - byHand) < 1e-8)
    var other = ModelBooks()
    other.note(logit: -3, happened: false)
    books.add(other)
    #expect(books.predictions == 5 && books.areaUnderCurve == 5.5 / 6)
  }

  /// Unexamined posts are examples only where that is asked for.
  @Test func unexaminedPostsTeachNothingUnlessAsked() {
    var ring = ExampleRing(capacity: 200)
    let row = [Float](repeating: 0, count: ExampleRing.width)
    for _ in 0..<100 { ring.append(row, topic: 1, actions: ExampleRing.unexamined) }
    let careful = Self.model()
    careful.train(on: ring, at: .start)
    careful.serveNext()
    let untrained = Self.logit(Self.model(), first: 0)
    #expect(abs(untrained - -3.8918) < 1e-3)
    #expect(Self.logit(careful, first: 0) == untrained)
    let naive = Self.model { $0.training.learnsUnexamined = true }
    naive.train(on: ring, at: .start)
    naive.serveNext()
    #expect(Self.logit(naive, first: 0) < untrained)
  }
}
