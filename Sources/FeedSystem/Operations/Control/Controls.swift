import Settings
import Simulation

enum ControlStep: UInt8 {
  case due, ready
}

/// What a scenario has turn knobs while it runs.
public struct ControlSettings: Sendable {
  init() {}
  init(_ parameters: inout Parameters) throws {}
}

/// Control loops, and what they have done.
public struct Controls: ~Copyable {
  init(_ design: borrowing Design) {}
}

extension FeedSystem {
  mutating func startControls(opens: Instant) {}
  mutating func advanceControl(_ index: UInt32, _ step: ControlStep) {}
  func controlBalances() -> [Check] { [] }
}
