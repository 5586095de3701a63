import Settings
import Simulation

/// What stands between a tier's callers and its servers.
public struct GuardSettings: Sendable {
  /// Nil where the tier says nothing of it.
  init?(_ tier: TierName, _ parameters: inout Parameters) throws { return nil }
}
