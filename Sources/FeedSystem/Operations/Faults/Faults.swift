import Settings
import Simulation

enum FaultStep: UInt8 {
  case begins, ends
}

/// A scenario's `faults`.
public struct FaultSettings: Sendable {
  init() {}
  init(_ parameters: inout Parameters) throws {}
}

/// What is broken now.
public struct Faults: ~Copyable {
  init(_ design: borrowing Design) {}
}

extension FeedSystem {
  mutating func startFaults(opens: Instant) {}
  mutating func advanceFault(_ index: UInt32, _ step: FaultStep) {}
  func faultBalances() -> [Check] { [] }
}
