import Simulation

/// Stand-ins until faults, control and clients have theirs.
extension FaultSettings {
  var guardedTiers: [TierName] { [] }
}

extension ControlSettings {
  var guardedTiers: [TierName] { [] }
}

extension Controls {
  var watchesReleases: Bool { false }
  mutating func noteServed(
    _ tier: TierName, server: Int, of servers: Int, took time: Duration, failed: Bool
  ) {}
}

extension FeedSystem {
  var callDelay: Duration { .zero }
  func isLost(_ tier: TierName, key: UInt64) -> Bool { false }
  var lostCallTimeout: Duration { .seconds(1) }
}
