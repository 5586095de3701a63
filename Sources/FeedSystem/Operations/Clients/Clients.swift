import Settings
import Simulation

enum RequestStep: UInt8 {
  case due, timedOut
}

/// A scenario's `clients`.
public struct ClientSettings: Sendable {
  init(_ parameters: inout Parameters) throws {}
}

/// What clients ask for, attempt by attempt.
public struct Clients: ~Copyable {
  init(_ settings: ClientSettings?) {}
}

extension FeedSystem {
  mutating func advanceRequest(_ id: UInt32, _ step: RequestStep) {}
  var requestsUnderWay: Int { 0 }
  func requestBalances() -> [Check] { [] }
}
