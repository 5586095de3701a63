import Simulation

/// All that learns in a run, and what features are made from: a run of its own owns it, and ranking
/// stages find it in their context.
public final class Learning {
  /// By arm; one where nothing is tested.
  private(set) var learners: [Learner] = []
  let features: FeatureMaker
  var observations: Observations
  private(set) var views: [FeatureView] = []
  /// Whether what is ranked now is measured.
  var isMeasuring = false
  /// Room for the features of one example.
  let row: UnsafeMutablePointer<Float>

  /// Nil where no list has a stage that learns.
  /// - Parameter lists: the trained stages of each arm.
  init?(
    _ lists: [[any TrainedStage]], _ audience: Audience, _ habits: EngagementHabits,
    world: World?, seed: UInt64
  ) {
    if lists.allSatisfy(\.isEmpty) { return nil }
    features = FeatureMaker(audience.graph, habits)
    observations = Observations(users: audience.graph.userCount, world: world, seed: seed)
    row = .allocate(capacity: ExampleRing.width)
    row.initialize(repeating: 0, count: ExampleRing.width)
    let topics = min(observations.topics, 256)
    let worth = world?.settings.worth ?? ActionWorth()
    learners = lists.map { Learner($0, self, topics: topics, worth: worth, seed: seed) }
  }

  deinit { row.deallocate() }

  /// The view of that freshness, shared by the models that have it.
  func view(_ freshness: Duration) -> FeatureView {
    if let view = views.first(where: { $0.freshness == freshness }) { return view }
    let view = FeatureView(freshness: freshness)
    views.append(view)
    return view
  }

  /// The ranking stages that learn.
  public static let stageNames = [Linear.name, Network.name]

  /// By stage, the books of its models in all arms.
  public var books: [(stage: String, books: ModelBooks)] {
    Learning.stageNames.compactMap { stage in
      let models = models.map(\.model).filter { $0.stage == stage }
      guard let first = models.first else { return nil }
      var books = first.books
      for model in models.dropFirst() { books.add(model.books) }
      return (stage, books)
    }
  }

  /// Every model of every arm, in a fixed order.
  var models: [(learner: Learner, model: TrainedModel)] {
    learners.flatMap { learner in learner.models.map { (learner, $0) } }
  }
}
