import Settings

/// The second pass: a network of 32 features, 64 hidden units and a head for each action, trained
/// on what viewers do in the run.
public struct Network: TrainedStage {
  public static let name = "network"
  public static let summary =
    "trained second pass: a 32-64-n network, learnt from what viewers do"

  public let model: ModelSettings

  public init(_ parameters: inout Parameters) throws {
    model = try ModelSettings(&parameters)
  }
}

extension Network {
  public static let hidden = 64

  /// A product and a sum for each weight.
  public var work: StageWork {
    let weights = Network.hidden * (Feature.allCases.count + model.actions.count)
    return StageWork(flops: Double(2 * weights), features: Feature.allCases.count)
  }
}
