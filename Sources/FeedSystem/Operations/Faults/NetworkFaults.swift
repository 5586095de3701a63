import Simulation

/// What the network does to calls and to clients, while it is at fault.
struct NetworkFaults {
  /// By occurrence; region nil for all.
  private struct Delay {
    var id: UInt32
    var region: Int?
    var delay: Duration
  }
  private struct Loss {
    var id: UInt32
    /// Nil for all.
    var tier: TierName?
    var share: Double
    var timeout: Duration
  }

  private var clientDelays: [Delay] = []
  private var losses: [Loss] = []
  private var callDelays: [Delay] = []
  /// Added to every round trip between tiers now.
  private(set) var callDelay = Duration.zero
  /// After which a caller without a timeout of its own takes a lost call for failed.
  private(set) var timeout = Duration.seconds(1)

  /// Added to the round trip of a region's clients.
  @inline(__always)
  func delay(region: Int) -> Duration {
    clientDelays.isEmpty ? .zero : sum(region)
  }

  private func sum(_ region: Int) -> Duration {
    clientDelays.reduce(.zero) { $1.region ?? region == region ? $0 + $1.delay : $0 }
  }

  mutating func delayClients(_ id: UInt32, region: Int?, by delay: Duration) {
    clientDelays.append(Delay(id: id, region: region, delay: delay))
  }

  mutating func delayCalls(_ id: UInt32, by delay: Duration) {
    callDelays.append(Delay(id: id, region: nil, delay: delay))
    settle()
  }

  mutating func lose(_ id: UInt32, of tier: TierName?, share: Double, timeout: Duration) {
    losses.append(Loss(id: id, tier: tier, share: share, timeout: timeout))
    settle()
  }

  mutating func mend(_ id: UInt32) {
    clientDelays.removeAll { $0.id == id }
    callDelays.removeAll { $0.id == id }
    losses.removeAll { $0.id == id }
    settle()
  }

  var losesCalls: Bool { !losses.isEmpty }

  /// Of a tier's calls, those lost now: a call is lost if any of the faults loses it.
  func loss(of tier: TierName) -> Double {
    1 - losses.reduce(1) { $1.tier ?? tier == tier ? $0 * (1 - $1.share) : $0 }
  }

  private mutating func settle() {
    callDelay = callDelays.reduce(.zero) { $0 + $1.delay }
    timeout = losses.map(\.timeout).max() ?? .seconds(1)
  }
}
