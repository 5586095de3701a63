import Settings

extension PlanFleet {
  /// `--preset`: closed forms, no simulation.
  func answerSheet(_ preset: String) throws {
    throw InvalidInput("no estimate is called \(preset)")
  }
}
