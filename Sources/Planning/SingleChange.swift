import FeedSystem
import Settings
import Simulation

/// One thing changed in a design, all else as it was: more servers in one tier, or a larger feed
/// cache.
public struct SingleChange: Sendable, Equatable {
  public enum Part: Sendable, Equatable {
    case servers(TierName)
    case feedCache
  }

  public var part: Part
  /// Servers, or feeds held.
  public var from: Int
  public var to: Int

  public init(_ part: Part, from: Int, to: Int) {
    self.part = part
    self.from = from
    self.to = to
  }

  /// In scenarios: `tiers.postStore.servers`.
  public var path: String {
    switch part {
    case .servers(let tier): "tiers.\(tier.key).servers"
    case .feedCache: "cache.feed.size"
    }
  }

  /// As `--set` takes it.
  public var setting: String { "\(path)=\(to)" }

  func applied(to design: Design) -> Design {
    var design = design
    switch part {
    case .servers(let tier): design.tiers[tier, default: .standard(tier)].servers = .fixed(to)
    case .feedCache:
      design.cache.size = .count(to)
    }
    return design
  }

  /// For each tier that the design visits, and for its feed cache, what more of it there may be.
  ///
  /// - Parameters:
  ///   - measured: what the design did: it tells the servers of tiers that size themselves.
  ///   - step: a share of what there is; at least one server, of shards one each, or one feed.
  static func all(
    in design: Design, measured: DesignResult, users: Int, step: Double
  ) -> [SingleChange] {
    func more(_ count: Int) -> Int { max(1, Int((Double(count) * step).rounded(.up))) }
    var changes = TierName.allCases.compactMap { tier -> SingleChange? in
      guard let count = measured.servers(of: tier) else { return nil }
      let stations = design.settings(of: tier).stations
      return SingleChange(
        .servers(tier), from: count, to: count + more(max(1, count / stations)) * stations)
    }
    let feeds = design.cache.capacity(users: users)
    if feeds > 0, feeds < users {
      changes.append(SingleChange(.feedCache, from: feeds, to: min(users, feeds + more(feeds))))
    }
    return changes
  }
}

extension DesignResult {
  /// What a tier had to work with; nil for one that was never visited.
  func servers(of tier: TierName) -> Int? {
    guard let servers = metric("tier.\(tier.metric).servers")?.mean?.value, servers > 0,
      metric("tier.\(tier.metric).headroom") != nil
    else { return nil }
    return Int(servers)
  }
}

extension Design {
  /// The same with the servers that tiers that size themselves were given: else a change that
  /// spares a tier work would give it fewer, and two things would change.
  func keeping(_ measured: DesignResult) -> Design {
    var design = self
    for tier in TierName.allCases {
      guard let count = measured.servers(of: tier) else { continue }
      design.tiers[tier, default: .standard(tier)].servers = .fixed(count)
    }
    return design
  }
}

extension Experiment {
  /// What a design did, and what it did with one thing changed, for each of such changes.
  public struct Perturbed: Sendable {
    public var base: Result
    public var changes: [(change: SingleChange, design: DesignResult)]
  }

  /// Runs the scenario's first design, then runs it again with one thing changed, for each tier
  /// and the feed cache: under the same random numbers, and over one population.
  ///
  /// - Parameters:
  ///   - step: how much more of each, as a share of what there is; nil changes nothing.
  ///   - fingerprint: of the base's events, where it has been run before: if it comes out
  ///     otherwise, no changes are run.
  public func perturb(
    step: Double?, expecting fingerprint: UInt64? = nil, version: String
  ) throws -> Perturbed {
    guard let named = scenario.designs.first else {
      throw BrokenInvariant("a scenario without a design")
    }
    var experiment = self
    experiment.scenario.designs = [named]
    // What is explained is not judged.
    experiment.scenario.thresholds = []
    try MachineMemory.check(experiment.scenario)
    progress("building the follower graph")
    let audience = try scenario.audience.build(seed: scenario.seed)
    let base = try experiment.run(version: version, over: audience)
    guard let step, let measured = base.designs.first,
      fingerprint == nil || fingerprint == measured.fingerprint
    else { return Perturbed(base: base, changes: []) }

    let changes = SingleChange.all(
      in: named.design, measured: measured, users: audience.graph.userCount, step: step)
    guard !changes.isEmpty else { return Perturbed(base: base, changes: []) }
    let kept = named.design.keeping(measured)
    experiment.scenario.designs = changes.map {
      Scenario.NamedDesign(name: $0.setting, design: $0.applied(to: kept))
    }
    experiment.scenario.replications = ReplicationPlan(exactly: base.replications)
    let changed = try experiment.run(version: version, over: audience)
    return Perturbed(base: base, changes: Array(zip(changes, changed.designs)))
  }
}
