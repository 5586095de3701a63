import Simulation

enum ControlStep: UInt8 {
  /// A watch's period is over; servers ordered for a tier serve.
  case due, ready
  /// The window opens, and with it everything here.
  case opened
  /// Of a roll-out: it begins, a stage is over, its check looks, it is rolled back by hand, the
  /// servers have the old release again.
  case rollsOut, stageEnds, looks, recalled, isBack
}

/// Control loops, and what they have done.
public struct Controls: ~Copyable {
  /// In the order of tiers.
  public internal(set) var scaled: [ScaledTier] = []
  /// By the number of its scaled tier, how often its own law is asked; nil where none is.
  let periods: [Duration?]
  let emergency: EmergencySettings?
  /// Times that an emergency ordered servers.
  public internal(set) var emergencies = 0
  public internal(set) var brownOut: BrownOut?
  public internal(set) var rollOuts: [RollOut] = []
  /// By roll-out.
  var releases: Bank<ReleaseTimes>
  var effects: [Int?]
  /// One for each period that anything here has.
  var watches: Bank<ControlWatch>
  /// Whether anything here asks how feeds fare.
  let watchesFeeds: Bool
  /// Whether any server's release is looked at.
  let watchesReleases: Bool
  /// What degraded mode turns away; nil for nothing.
  var refusals: Refusals?
  /// Whether degraded mode ranks what trends in place of what authors would be asked for.
  let replacesAuthors: Bool
  /// Posts that trended put among the candidates of measured loads, and these loads.
  public internal(set) var injected = 0
  public internal(set) var injectedLoads = 0
  /// Calls of a tier since its roll-out began, and those that the new release answered.
  public internal(set) var releaseCalls: [(all: Int, new: Int)]

  init(_ design: Design) {
    let emergency = design.control.emergency
    self.emergency = emergency
    brownOut = design.degraded?.when.map { BrownOut($0) }
    var periods: [Duration?] = []
    for tier in design.scaledTiers {
      let own = design.settings(of: tier).scaling
      let law = own?.law ?? design.control.emergency?.scaleIn ?? ScalingLaw()
      scaled.append(
        ScaledTier(
          tier, law: law, startUp: own?.startUp ?? .zero, isGradual: own != nil,
          perMachine: design.settings(of: tier).serversPerInstance))
      periods.append(own?.every ?? design.control.emergency?.every)
    }
    self.periods = periods
    rollOuts = design.control.rollOuts.map { RollOut($0) }
    releases = Bank(count: rollOuts.count) { _ in ReleaseTimes() }
    effects = rollOuts.map { _ in nil }
    releaseCalls = rollOuts.map { _ in (0, 0) }
    var lengths: [Duration] = []
    for every in periods + [emergency?.every, brownOut?.settings.every] {
      if let every, !lengths.contains(every) { lengths.append(every) }
    }
    let watched = lengths
    watches = Bank(count: watched.count) { ControlWatch(every: watched[$0]) }
    watchesFeeds = !watched.isEmpty
    watchesReleases = !rollOuts.isEmpty
    refusals = design.degraded?.refuses.map { Refusals($0) }
    replacesAuthors = design.degraded?.trending != nil
  }

  public var isUsed: Bool { watches.count > 0 || !rollOuts.isEmpty }

  /// Whether readings have brought about degraded mode.
  @inline(__always)
  var isBrownedOut: Bool { brownOut?.isOn ?? false }

  /// The share of the window's requests that degraded mode has turned away, of those made in it, by
  /// the endpoints of which it turns any away.
  public var refusedShares: [(Endpoint, Double)] {
    guard let refusals else { return [] }
    return EmergencyLimits.endpoints.compactMap { endpoint in
      let index = endpoint.rawValue
      guard refusals.settings.rates[index] != nil || refusals.settings.shares[index] > 0 else {
        return nil
      }
      return (endpoint, Double(refusals.refused[index]) / Double(max(refusals.asked[index], 1)))
    }
  }

  // MARK: What it hears

  mutating func noteFeed(after latency: Duration) {
    for index in 0..<watches.count { watches[index].feeds.answered(after: latency) }
  }

  mutating func noteFailure() {
    for index in 0..<watches.count { watches[index].feeds.failed() }
  }

  /// The failure noted last was none.
  mutating func pardonFailure() {
    for index in 0..<watches.count { watches[index].feeds.pardon() }
  }

  /// A server has answered a call, or failed it.
  mutating func noteServed(
    _ tier: TierName, server: Int, of servers: Int, took time: Duration, failed: Bool
  ) {
    for index in rollOuts.indices where rollOuts[index].settings.tier == tier {
      let isNew = rollOuts[index].servers(of: servers).contains(server)
      releases[index].note(isNew ? .new : .before, took: time, failed: failed)
      guard rollOuts[index].state != .waits else { continue }
      releaseCalls[index].all += 1
      if isNew { releaseCalls[index].new += 1 }
    }
  }

  /// An interval of the window ends.
  mutating func read(at now: Instant) {
    for index in scaled.indices { scaled[index].read(at: now) }
  }

  /// A tier's scaled self.
  public func scaled(_ tier: TierName) -> ScaledTier? { scaled.first { $0.tier == tier } }
}
