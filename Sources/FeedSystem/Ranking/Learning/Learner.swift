import Simulation

/// The models of one list of ranking stages, and the examples that they learn from: of the viewers
/// whose feeds they rank.
final class Learner {
  let models: [TrainedModel]
  private unowned let learning: Learning
  private(set) var ring: ExampleRing
  private let shuffled: Bool
  private let learnsUnexamined: Bool
  private let sample: Double
  /// Labels that wait to be dealt to another example.
  private var held = [UInt32](repeating: 0, count: 1024)
  private var deals: RandomStream

  init(
    _ stages: [any TrainedStage], _ learning: Learning, topics: Int, worth: ActionWorth,
    seed: UInt64
  ) {
    self.learning = learning
    models = stages.map { stage in
      let settings = stage.model
      return TrainedModel(
        stage: type(of: stage).name, settings, topics: topics, worth: worth,
        view: learning.view(settings.freshness), seed: seed)
    }
    let kept = stages.map { max($0.model.training.examples, 1) }.max() ?? 1
    ring = ExampleRing(capacity: kept)
    shuffled = stages.contains { $0.model.shufflesLabels }
    learnsUnexamined = stages.contains { $0.model.training.learnsUnexamined }
    sample = stages.map(\.model.training.sample).max() ?? 0
    deals = RandomStream(seed: seed, purpose: Purpose.labelShuffle.rawValue)
  }

  func score(_ candidates: Candidates, _ context: RankingContext, _ stage: String) {
    guard let model = models.first(where: { $0.stage == stage }) else { return }
    model.score(
      candidates, context, learning.features, learning.observations,
      measured: learning.isMeasuring)
  }

  /// The actions, or those of an earlier example where labels are shuffled: every label is dealt
  /// once, and none to its own example but by chance.
  private func dealt(_ actions: UInt32) -> UInt32 {
    guard shuffled else { return actions }
    let place = Int(deals.below(UInt64(held.count)))
    defer { held[place] = actions }
    return held[place]
  }

  /// Keeps an example, each model having foretold it first.
  func note(
    _ row: UnsafePointer<Float>, topic: UInt8, actions: UInt32, examined: Bool, measured: Bool
  ) {
    let labels = examined ? dealt(actions) : ExampleRing.unexamined
    if measured, examined {
      for model in models { model.validate(row, topic: topic, actions: labels) }
    }
    ring.append(row, topic: topic, actions: labels)
  }

  /// Whether a post that was shown becomes an example: of those that some model learns from, the
  /// largest sample that one of them asks for, drawn post by post.
  func wants(examined: Bool) -> Bool {
    guard !models.isEmpty, examined || learnsUnexamined else { return false }
    return sample >= 1 || deals.uniform() < sample
  }

  func isTaughtAlike(_ other: Learner) -> Bool {
    models.map(\.stage) == other.models.map(\.stage)
      && models.map(\.settings) == other.models.map(\.settings)
  }

  /// Takes over what the models of another list have learnt before the run.
  func copy(_ other: Learner) {
    for (model, same) in zip(models, other.models) { model.copy(same) }
    held = other.held
  }

  /// Every model learns its share of the examples that are to be learnt before the run, which are
  /// not kept. Where labels are shuffled, those that wait to be dealt are as the past had them, so
  /// that what happens is as frequent then as later.
  func pretrain(_ examples: ExampleRing) {
    var examples = examples
    if shuffled {
      examples.shuffleActions(&deals)
      let first = examples.oldest(ofNewest: .max)
      let count = examples.count - first
      for place in held.indices where count > 0 {
        held[place] = examples.actions(of: first + place % count)
      }
    }
    for model in models { model.pretrain(on: examples) }
  }
}
