import Simulation

enum CrowdStep: UInt8 {
  case reposted
}

/// What the audience does of itself: cascades of posts that are passed on.
public struct Crowd: ~Copyable {
  init(_ traffic: borrowing Traffic) {}
}

extension FeedSystem {
  mutating func startCrowd(opens: Instant) {}
  mutating func advanceCrowd(_ index: UInt32, _ step: CrowdStep) {}
  func crowdBalances() -> [Check] { [] }
}
