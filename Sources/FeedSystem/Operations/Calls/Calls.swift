import Simulation

enum CallStep: UInt8 {
  case served, answered, timedOut, hedged
}

/// Something that makes some servers of a tier worse, from its beginning to its end.
public struct ServerEffect: Sendable {
  public var tier: TierName
  /// By number; what lies beyond the fleet harms nobody.
  public var servers: Range<Int>
  public var isDown = false
  /// Factor on service times.
  public var slowness = 1.0
  /// The share of calls that are answered with an error.
  public var errors = 0.0

  public init(tier: TierName, servers: Range<Int>) { (self.tier, self.servers) = (tier, servers) }
}

/// Calls under way, and the servers of the tiers that are guarded.
public struct Calls: ~Copyable {
  /// A bit a tier.
  @usableFromInline var guarded: UInt64 = 0

  init(_ design: borrowing Design) {}

  @inline(__always)
  func guards(_ tier: TierName) -> Bool { guarded & (1 << UInt64(tier.rawValue)) != 0 }

  func busyTime(_ tier: TierName, until instant: Instant) -> Duration { .zero }

  func snapshot(_ tier: TierName, busy: Duration) -> TierSnapshot {
    TierSnapshot(busy: busy, departures: 0, servers: 1, backlog: .zero)
  }
}

extension FeedSystem {
  /// Sends a journey to a guarded tier; nil where it is turned away at once.
  mutating func call(
    _ tier: TierName, service: Duration, line: Int, then event: Event
  ) -> Duration? { nil }

  mutating func advanceCall(_ id: UInt32, _ step: CallStep) {}

  /// Gives a guarded tier its servers; those that go finish what they serve.
  mutating func resize(_ tier: TierName, servers: Int) {}

  /// Servers of a guarded tier are worse from now on, until `end(effect:)` of what is returned.
  mutating func begin(_ effect: ServerEffect) -> Int { 0 }
  mutating func end(effect: Int) {}

  /// Calls of a guarded tier that wait for a server.
  func waitingCalls(_ tier: TierName) -> Int { 0 }

  var callsUnderWay: Int { 0 }
  func callBalances() -> [Check] { [] }
}
