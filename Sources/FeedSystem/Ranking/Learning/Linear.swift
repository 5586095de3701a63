import Settings

/// The first pass: logistic regressions over 16 features and the topic, one for each action,
/// trained on what viewers do in the run.
public struct Linear: TrainedStage {
  public static let name = "linear"
  public static let summary =
    "trained first pass: logistic regression of 16 features, learnt from what viewers do"

  public let model: ModelSettings

  public init(_ parameters: inout Parameters) throws {
    model = try ModelSettings(&parameters)
  }
}

extension Linear {
  /// A product and a sum for each feature and head.
  public var work: StageWork {
    StageWork(flops: Double(2 * Feature.firstPass * model.actions.count), features: 16)
  }
}
