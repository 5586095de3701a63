import Simulation

/// Stand-ins until faults, control and clients have theirs.
extension ControlSettings {
  var guardedTiers: [TierName] { [] }
}

extension Controls {
  var watchesReleases: Bool { false }
  mutating func noteServed(
    _ tier: TierName, server: Int, of servers: Int, took time: Duration, failed: Bool
  ) {}
}
