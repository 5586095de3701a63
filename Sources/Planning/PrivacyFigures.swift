import FeedSystem

/// What a replication says of anonymisation, where the scenario has it.
extension Replication {
  /// Posts of pages a second, by what was taken out of them.
  mutating func addPrivacy(_ m: borrowing Measurements, _ design: Design, seconds: Double) {
    guard design.privacy != nil else { return }
    for kind in PrivacyKind.allCases {
      add("privacy.\(kind.key)", .perSecond, Double(m.anonymised[kind.rawValue]) / seconds)
    }
  }
}

extension MetricNames {
  static let privacyScalars: [(name: String, unit: Unit, direction: Direction)] =
    PrivacyKind.allCases.map { ("privacy.\($0.key)", .perSecond, .none) }
}
