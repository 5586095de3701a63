import Settings
import Simulation

/// What a trained scorer predicts, what its predictions weigh, and how it is trained.
public struct ModelSettings: Sendable, Equatable {
  /// One head of the model each.
  public var actions: [Action] = [.like, .comment, .share, .dwell, .hide, .report]
  /// What each action weighs, by `Action`; a score is Σ weight × predicted probability. Nil for
  /// `audience.world.worth`.
  public var weights: [Double]?
  public var training = TrainingSettings()
  /// Examples from before the run that it starts with.
  public var pretrain = 10_000
  /// Labels are dealt to examples at random: then nothing is to be learnt.
  public var shufflesLabels = false
  /// From one refresh of counters and observations to the next; zero where they are never behind.
  public var freshness = Duration.zero
  /// A score grows by this share for each unit by which the post's topic trends.
  public var trendingBoost = 0.0

  public init() {}

  public init(_ parameters: inout Parameters) throws {
    let tables = ActionWeights.all.map { table in
      (table.name, Action.allCases.map { table[$0] })
    }
    weights = try parameters.read(
      "weights", Form<[Double]>.choice(tables).orKeys(ModelSettings.weights),
      "What each action weighs, or a published table's name; audience.world.worth if not given.")
    if let table = zip(ActionWeights.all, tables).first(where: { $1.1 == weights })?.0 {
      actions = table.actions
    }
    let names = Action.allCases.map { ($0.key, $0) }
    actions = try parameters.read(
      "actions", .list(of: .choice(names)), default: actions,
      "What is predicted; the figures on the model's quality are those of the first.")
    if actions.isEmpty || Set(actions).count < actions.count {
      throw parameters.error(
        actions.isEmpty ? "names no action" : "names an action twice", key: "actions")
    }
    if let weights, actions.allSatisfy({ weights[Int($0.rawValue)] == 0 }) {
      throw parameters.error("are all 0 for the actions that are predicted", key: "weights")
    }
    training =
      try parameters.section(
        "training", "When the model learns from what viewers do.", TrainingSettings.init)
      ?? training
    pretrain = try parameters.read(
      "pretrain", .count(in: 0...10_000_000), default: pretrain,
      "Examples from before the run that the model starts with.")
    shufflesLabels = try parameters.read(
      "shuffleLabels", .flag, default: shufflesLabels,
      "Whether what viewers did is dealt to the examples at random: a control that learns nothing.")
    freshness = try parameters.read(
      "freshness", .duration(in: .zero...(.seconds(24 * 86_400))), default: freshness,
      "From one refresh of counters and observations to the next; 0s where they never lag.")
    trendingBoost = try parameters.read(
      "trendingBoost", .number(in: 0...1000), default: trendingBoost,
      "The share by which a score grows where the topic finds 16 times the others' favour.")
  }

  private static func weights(_ section: inout Parameters) throws -> [Double] {
    try Action.allCases.map { action in
      try section.read(
        action.key, Form<Double>.number(in: -1_000_000...1_000_000), default: 0,
        "Of a predicted probability of 1.")
    }
  }

  /// By head.
  func headWeights(_ worth: ActionWorth) -> [Float] {
    actions.map { Float(weights?[Int($0.rawValue)] ?? worth[$0]) }
  }

  /// A set of actions as a model's labels: bit h for head h.
  func labels(_ actions: UInt32) -> UInt32 {
    var labels: UInt32 = 0
    for (head, action) in self.actions.enumerated() where actions & action.bit != 0 {
      labels |= 1 << UInt32(head)
    }
    return labels
  }
}

/// When a model learns, from what, and when viewers see what it has learnt.
public struct TrainingSettings: Sendable, Equatable {
  public enum Mode: String, Sendable, CaseIterable {
    /// Never again: it serves what it knew as the run began.
    case never
    case batch, hourly, online

    /// From one training to the next, and from a training until its model serves.
    var standard: (every: Duration, delay: Duration) {
      switch self {
      case .never, .batch: (.seconds(86_400), .seconds(3600))
      case .hourly: (.seconds(3600), .seconds(300))
      case .online: (.seconds(60), .zero)
      }
    }
  }

  public var mode = Mode.hourly
  public var every = Mode.hourly.standard.every
  public var delay = Mode.hourly.standard.delay
  /// Newest examples that are kept for a training; what came before them is lost to it.
  public var examples = 100_000
  /// Of the posts examined, those that become examples.
  public var sample = 1.0
  /// How often a training goes through them.
  public var epochs = 1
  /// α of the models' learning rate.
  public var rate = 0.1
  /// Whether posts that were shown and not examined count as examples of no reaction.
  public var learnsUnexamined = false

  public init() {}

  public init(_ parameters: inout Parameters) throws {
    mode = try parameters.read(
      "mode", .choice(Mode.allCases.map { ($0.rawValue, $0) }), default: mode,
      "batch: every 24h, served 1h later; hourly: served 5m later; online: every minute, served "
        + "at once; never: as it was when the run began.")
    (every, delay) = mode.standard
    let seconds = Form<Duration>.duration(in: .seconds(1)...(.seconds(24 * 86_400)))
    every =
      try parameters.read(
        "every", seconds, "From one training to the next; by the mode if not given.") ?? every
    delay =
      try parameters.read(
        "delay", .duration(in: .zero...(.seconds(24 * 86_400))),
        "From a training until its model serves; by the mode if not given.") ?? delay
    examples = try parameters.read(
      "examples", .count(in: 1...10_000_000), default: examples,
      "Newest examples that are kept for a training, 70 bytes each.")
    sample = try parameters.read(
      "sample", .share(in: 0.0001...1), default: sample, "Of posts examined, those that it sees.")
    epochs = try parameters.read(
      "epochs", .count(in: 1...100), default: epochs, "How often it goes through them.")
    rate = try parameters.read(
      "rate", .number(in: 0.000_1...10), default: rate, "The learning rate's α (AdaGrad).")
    learnsUnexamined = try parameters.read(
      "learnFrom", .choice([("examined", false), ("shown", true)]), default: learnsUnexamined,
      "examined: posts that the viewer looked at; shown: the others too, as having found no "
        + "favour, so that the model takes a low place in the feed for a fault of the post.")
  }
}
