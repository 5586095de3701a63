/// Stand-ins until faults and control say which tiers they guard.
extension FaultSettings {
  var guardedTiers: [TierName] { [] }
}

extension ControlSettings {
  var guardedTiers: [TierName] { [] }
}
