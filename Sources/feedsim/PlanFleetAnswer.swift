import Settings

extension PlanFleet {
  /// The search over fleets of a scenario.
  func answerFleet(_ scenario: String) throws {
    throw InvalidInput("no fleet is known for \(scenario)")
  }
}
