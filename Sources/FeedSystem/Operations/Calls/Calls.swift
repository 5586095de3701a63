import Simulation

/// Calls under way, and the servers of the tiers that are guarded.
///
/// A tier is guarded where its settings say how it is balanced or protected, where something may
/// break it, and where a control loop sizes it. The others are `Tier`s, and nothing here is theirs.
public struct Calls: ~Copyable {
  static let none = UInt32.max

  /// A bit a tier.
  @usableFromInline var guarded: UInt64 = 0
  /// By `TierName`; idle where a tier is not guarded.
  var tiers: Bank<GuardedTier>
  var rows = Pool<CallRow>()
  var effects: [(handle: Int, effect: ServerEffect)] = []
  var effectsBegun = 0
  /// Loads that were shown what ranking left undone, of the window.
  public internal(set) var fallbacks = 0
  let seed: UInt64
  /// Before what the system does for itself is tried again.
  let backOff: BackOff

  init(_ design: Design, seed: UInt64) {
    self.seed = seed
    var guarded: UInt64 = 0
    for tier in TierName.allCases where !tier.isSharded && design.has(tier) {
      if design.settings(of: tier).guards != nil || design.isDisturbed(tier) {
        guarded |= 1 << UInt64(tier.rawValue)
      }
    }
    self.guarded = guarded
    let hasPriority = design.pipeline?.priority != nil
    let settings = TierName.allCases.map { design.settings(of: $0) }
    tiers = Bank(count: TierName.allCases.count) { index in
      GuardedTier(
        settings[index].guards ?? GuardSettings(), room: settings[index].room,
        classes: TierName.allCases[index] == .fanOutWorkers && hasPriority ? 2 : 1)
    }
    var backOff = BackOff(longest: .seconds(10))
    backOff.first = .milliseconds(100)
    self.backOff = backOff
  }

  @inline(__always)
  func guards(_ tier: TierName) -> Bool { guarded & (1 << UInt64(tier.rawValue)) != 0 }

  func busyTime(_ tier: TierName, until instant: Instant) -> Duration {
    tiers[tier.rawValue].pool.busyTime(until: instant)
  }

  func snapshot(_ tier: TierName, busy: Duration) -> TierSnapshot {
    let departures = tiers[tier.rawValue].pool.books.departures
    let (servers, waiting) = (tiers[tier.rawValue].pool.servers, tiers[tier.rawValue].pool.waiting)
    let mean = departures == 0 ? 0 : busy.seconds / Double(departures)
    return TierSnapshot(
      busy: busy, departures: departures, servers: servers,
      backlog: Duration(seconds: mean * Double(waiting) / Double(servers)))
  }

  /// Visits that wait at a guarded tier, and its servers, up or down.
  func waiting(_ tier: TierName) -> Int { tiers[tier.rawValue].pool.waiting }
  func servers(_ tier: TierName) -> Int { tiers[tier.rawValue].pool.servers }

  /// What a guarded tier has done since this was last asked.
  public mutating func takeMeters(_ tier: TierName, at now: Instant) -> CallMeters {
    tiers[tier.rawValue].takeMeters(at: now)
  }

  /// Nil where the tier is not guarded.
  public func figures(_ tier: TierName, at now: Instant) -> CallFigures? {
    guard guards(tier) else { return nil }
    return CallFigures(
      counts: tiers[tier.rawValue].counts,
      busy: tiers[tier.rawValue].pool.busyTime(until: now),
      breakerOpen: tiers[tier.rawValue].breaker?.openTime(until: now) ?? .zero,
      ejections: tiers[tier.rawValue].ejection?.ejections ?? 0)
  }

  /// Random bits of a call, for one of the things that are drawn for it.
  func draw(_ row: CallRow, _ purpose: Purpose, _ salt: UInt64 = 0) -> RandomStream {
    RandomStream(
      seed: seed, purpose: purpose.rawValue,
      entity: row.number << 16 | UInt64(row.failures) << 8 | UInt64(row.tier.rawValue) << 2 | salt)
  }
}

extension FeedSystem {
  /// Calls of a guarded tier that wait for a server.
  func waitingCalls(_ tier: TierName) -> Int { calls.waiting(tier) }
}
