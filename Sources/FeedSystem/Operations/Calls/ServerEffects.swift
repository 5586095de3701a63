import Simulation

/// Something that makes some servers of a tier worse, from its beginning to its end.
///
/// Effects on one server combine: it is down if any says so, slownesses multiply, and a call fails
/// if any of them fails it.
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

extension FeedSystem {
  /// Servers of a guarded tier are worse from now on, until `end(effect:)` of what is returned.
  func begin(_ effect: ServerEffect) -> Int {
    calls.effectsBegun += 1
    calls.effects.append((calls.effectsBegun, effect))
    apply(effect.tier, effect.servers)
    return calls.effectsBegun
  }

  func end(effect handle: Int) {
    guard let index = calls.effects.firstIndex(where: { $0.handle == handle }) else { return }
    let effect = calls.effects.remove(at: index).effect
    apply(effect.tier, effect.servers)
  }

  /// Gives a guarded tier its servers; those that go finish what they serve, and who waits in their
  /// lines goes to others.
  func resize(_ tier: TierName, servers: Int) {
    let before = calls.servers(tier)
    let idle = calls.tiers[tier.rawValue].pool.resize(to: servers, at: now)
    if !calls.effects.isEmpty { apply(tier, (before == .max ? 0 : before)..<max(before, servers)) }
    for server in idle { beginNext(tier, server) }
    recall(tier)
  }

  /// Has servers that are needed again begin what waits.
  private func recall(_ tier: TierName) {
    for server in calls.tiers[tier.rawValue].pool.takeRecalled() {
      calls.tiers[tier.rawValue].ejection?.forget(server)
      beginNext(tier, server)
    }
  }

  /// Brings servers into the state that all effects on them make.
  private func apply(_ tier: TierName, _ servers: Range<Int>) {
    let place = tier.rawValue
    guard !calls.tiers[place].pool.isUnlimited else { return }
    let all = 0..<calls.servers(tier)
    let effects = calls.effects.filter { $0.effect.tier == tier }.map(\.effect)
    for server in servers.clamped(to: all) {
      var (isDown, slowness, right) = (false, 1.0, 1.0)
      for effect in effects where effect.servers.contains(server) {
        isDown = isDown || effect.isDown
        slowness *= effect.slowness
        right *= 1 - effect.errors
      }
      calls.tiers[place].pool.set(slowness: slowness, errors: 1 - right, on: server)
      if isDown {
        for visitor in calls.tiers[place].pool.takeDown(server, at: now) {
          lose(UInt32(visitor >> 1), Int(visitor & 1), .serverLost)
        }
      } else {
        calls.tiers[place].pool.bringUp(server)
        beginNext(tier, server)
      }
    }
    recall(tier)
  }

  /// Compares a tier's servers, when it is time: as calls come in, so that it takes no event.
  func inspectServers(_ tier: TierName) {
    let place = tier.rawValue
    let isDue = calls.tiers[place].ejection?.isDue(at: now) ?? false
    if !isDue || calls.tiers[place].pool.isUnlimited { return }
    let (servers, present) = (calls.servers(tier), now)
    let found = calls.tiers[place].ejection?.inspect(servers: servers, at: present)
    for server in found?.come ?? [] {
      calls.tiers[place].pool.setEjected(false, server)
      beginNext(tier, server)
    }
    for server in found?.go ?? [] { calls.tiers[place].pool.setEjected(true, server) }
    recall(tier)
  }
}
