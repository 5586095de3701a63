import Simulation

/// A model in service: the copy that ranks, the copy that learns, and those on their way from one
/// to the other. The copies are values, so that what is learnt is not served before its time.
final class TrainedModel {
  let stage: String
  let settings: ModelSettings
  let view: FeatureView
  private(set) var served: any EngagementModel
  private var learning: any EngagementModel
  /// Trained, and not served yet, in their order.
  private var onTheWay: [(model: any EngagementModel, knows: Instant)] = []
  /// Until when the served copy has seen what viewers did; a copy as old as the run until it is
  /// served another.
  private(set) var knows = Instant.start
  /// The next example to learn.
  private var next = 0
  private var batch: FeatureBatch
  private var one: FeatureBatch
  private var topics: [UInt8] = []
  private let headWeights: [Float]
  private(set) var books = ModelBooks()

  init(
    stage: String, _ settings: ModelSettings, topics: Int, worth: ActionWorth,
    view: FeatureView, seed: UInt64
  ) {
    self.stage = stage
    self.settings = settings
    self.view = view
    headWeights = settings.headWeights(worth)
    let heads = settings.actions.count
    var model: any EngagementModel =
      if stage == Linear.name {
        LinearModel(
          features: Feature.firstPass, heads: heads, topics: topics,
          rate: settings.training.rate)
      } else {
        NetworkModel(
          features: Feature.allCases.count, heads: heads, topics: topics,
          rate: settings.training.rate, seed: seed)
      }
    model.begin(at: [Double](repeating: TrainedModel.unknownRate, count: heads))
    model.freeze()
    (served, learning) = (model, model)
    batch = FeatureBatch(width: model.features)
    one = FeatureBatch(width: model.features)
  }

  /// How often an action is taken for done of which nothing has been seen.
  private static let unknownRate = 0.02

  // MARK: Serving

  /// Scores a feed's candidates: Σ over the heads of weight × predicted probability, and the
  /// trending boost.
  func score(
    _ candidates: Candidates, _ context: RankingContext, _ features: FeatureMaker,
    _ live: Observations, measured: Bool
  ) {
    guard candidates.count > 0 else { return }
    features.prepare(context, view, live)
    if topics.count < candidates.count {
      topics = [UInt8](repeating: 0, count: candidates.count.nextPowerOfTwo)
    }
    let model = served
    topics.withUnsafeMutableBufferPointer { topics in
      for first in stride(from: 0, to: candidates.count, by: FeatureMaker.block) {
        let topics = topics.baseAddress! + first
        batch.reserve(min(FeatureMaker.block, candidates.count - first))
        features.write(
          candidates.ids + first, from: candidates.sources + first, context, view, into: batch,
          topics: topics)
        model.scoreWeighted(
          batch, topics: topics, weights: headWeights, into: candidates.scores + first)
      }
    }
    if settings.trendingBoost > 0 {
      for index in 0..<candidates.count {
        let trend = min(max(features.trend(of: topics[index]), 0), 1)
        if candidates.scores[index] > 0 {
          candidates.scores[index] *= 1 + Float(settings.trendingBoost) * trend
        }
      }
    }
    if measured {
      let now = Instant(nanoseconds: context.nowMilliseconds * 1_000_000)
      books.noteFeed(age: now - knows)
    }
  }

  /// What the served copy foretells of an example's first action, noted beside what happened.
  func validate(_ row: UnsafePointer<Float>, topic: UInt8, actions: UInt32) {
    one.reserve(1)
    for feature in 0..<served.features { one.column(feature)[0] = row[feature] }
    var logit: Float = 0
    var topic = topic
    served.score(one, topics: &topic, head: 0, into: &logit)
    books.note(logit: logit, happened: actions & settings.actions[0].bit != 0)
  }

  // MARK: Learning

  /// Learns what has come since the last training, as much of it as is kept, and makes a copy of
  /// what it knows then.
  func train(on ring: ExampleRing, at now: Instant) {
    let first = max(next, ring.oldest(ofNewest: settings.training.examples))
    books.dropped += first - next
    for _ in 0..<settings.training.epochs {
      for number in first..<ring.count { learn(number, of: ring) }
    }
    books.examples += ring.count - first
    books.trainings += 1
    next = ring.count
    learning.freeze()
    onTheWay.append((learning, now))
  }

  private func learn(_ number: Int, of ring: ExampleRing) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: ExampleRing.width) { row in
      guard let row = row.baseAddress else { return }
      let example = ring.read(number, into: row)
      let isExamined = example.actions & ExampleRing.unexamined == 0
      guard isExamined || settings.training.learnsUnexamined else { return }
      learning.learn(
        features: row, topic: example.topic, labels: settings.labels(example.actions))
    }
  }

  /// The copy that was trained first of those on their way takes over.
  func serveNext() {
    guard !onTheWay.isEmpty else { return }
    (served, knows) = onTheWay.removeFirst()
  }

  /// Before the run: learns the first `pretrain` of the examples, and serves that from the start.
  func pretrain(on ring: ExampleRing) {
    let numbers = ring.oldest(ofNewest: settings.pretrain)..<ring.count
    learning.begin(
      at: settings.actions.map { action in
        let happened = numbers.count { ring.actions(of: $0) & action.bit != 0 }
        return (Double(happened) + 0.5) / (Double(numbers.count) + 20)
      })
    for number in numbers { learn(number, of: ring) }
    learning.freeze()
    served = learning
  }

  /// Takes over what a model of the same settings has learnt before the run.
  func copy(_ other: TrainedModel) {
    learning = other.learning
    served = other.served
  }
}
