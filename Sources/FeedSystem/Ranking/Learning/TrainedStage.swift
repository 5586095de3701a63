import Settings

/// A scorer that learns: its model belongs to the run and is found by the stage's name.
public protocol TrainedStage: RankingStage {
  var model: ModelSettings { get }
}

extension TrainedStage {
  public var role: StageRole { .scorer }

  public func apply(_ candidates: inout Candidates, _ context: RankingContext) {
    context.learner?.score(candidates, context, Self.name)
  }
}

extension Funnel {
  /// The stages that learn.
  var trained: [any TrainedStage] { stages.compactMap { $0.stage as? any TrainedStage } }

  /// Throws where it has the same trained stage twice: it would be one model.
  func checkTrained(_ parameters: Parameters, key: String) throws {
    let names = trained.map { type(of: $0).name }
    for (index, name) in names.enumerated() where names[..<index].contains(name) {
      throw parameters.error("has \(name) twice; a model ranks once", key: key)
    }
  }
}

extension Design {
  /// The funnels of the arms, or the only one.
  var funnels: [Funnel] { experiment?.arms.map { $0.ranking ?? ranking } ?? [ranking] }

  /// Whether any stage learns.
  public var isTrained: Bool { trainedStages.contains { !$0.isEmpty } }

  /// By arm, the stages that learn: those of its funnel, then those of degraded mode alone.
  var trainedStages: [[any TrainedStage]] {
    funnels.map { funnel in
      let usual = funnel.trained
      let names = usual.map { type(of: $0).name }
      let others = degraded?.ranking?.trained ?? []
      return usual + others.filter { !names.contains(type(of: $0).name) }
    }
  }

  /// Whether any funnel has a stage of that kind.
  public func ranks<Stage>(with stage: Stage.Type) -> Bool {
    let all = funnels + [degraded?.ranking].compactMap { $0 }
    return all.contains { $0.stages.contains { $0.stage is Stage } }
  }

  func checkTrained(_ parameters: Parameters) throws {
    try ranking.checkTrained(parameters, key: "ranking")
    try degraded?.ranking?.checkTrained(parameters, key: "degraded")
    for arm in experiment?.arms ?? [] {
      try arm.ranking?.checkTrained(parameters, key: "experiment")
    }
  }
}
