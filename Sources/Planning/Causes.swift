import FeedSystem
import Simulation

/// What feed latency is made of, for all loads and for those that decide its p99.
///
/// The parts of either sum to its mean latency. Figures are means over the replications.
public struct Causes: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    case waiting, service
    /// What the slowest of the shards asked side by side takes longer than the mean one.
    case fanIn = "fan_in"
    /// Between client and gateway and between services.
    case network
    /// What clients let pass before the attempt that was answered: time-outs and back-offs.
    case client
  }

  /// A part of the latency; `time` is in milliseconds a load.
  public struct Part: Sendable, Equatable {
    public var kind: Kind
    /// Nil for the network, and for the sum over all tiers.
    public var tier: TierName?
    public var time: Estimate

    public init(kind: Kind, tier: TierName?, time: Estimate) {
      self.kind = kind
      self.tier = tier
      self.time = time
    }
  }

  /// Some loads.
  public struct Group: Sendable, Equatable {
    /// Mean latency, milliseconds.
    public var latency: Estimate
    /// By kind and tier, what takes no time left out.
    public var parts: [Part]
    /// The parts of each kind together.
    public var totals: [Part]
    /// The share of these loads that the feed cache did not answer.
    public var missed: Estimate
    /// Of the latency, what comes after a miss: milliseconds a load, those that hit counted as 0.
    public var afterMiss: Estimate

    public init(
      latency: Estimate, parts: [Part], totals: [Part], missed: Estimate, afterMiss: Estimate
    ) {
      self.latency = latency
      self.parts = parts
      self.totals = totals
      self.missed = missed
      self.afterMiss = afterMiss
    }

    public func share(of part: Part) -> Double {
      latency.value > 0 ? part.time.value / latency.value : 0
    }

    /// 0 for a part that takes no time here.
    public func time(of kind: Kind, _ tier: TierName?) -> Double {
      parts.first { $0.kind == kind && $0.tier == tier }?.time.value ?? 0
    }
  }

  /// All loads measured.
  public var mean: Group
  /// The slowest 1 %: those at or above p99.
  public var p99: Group

  public init(mean: Group, p99: Group) {
    self.mean = mean
    self.p99 = p99
  }

  /// - Parameter replications: in their order; nil comes back where one of them had no loads.
  init?(_ replications: [Replication.LatencyMakeUp?]) {
    let measured = replications.compactMap { $0 }
    guard !measured.isEmpty, measured.count == replications.count else { return nil }
    mean = Group(measured.map(\.mean))
    p99 = Group(measured.map(\.slowest))
  }
}

extension Causes.Group {
  fileprivate init(_ replications: [MeanLatencyParts]) {
    func estimate(_ value: (MeanLatencyParts) -> Double) -> Estimate {
      var estimate = Estimate.mean(of: replications.map(value))
      estimate.each = []
      return estimate
    }
    func milliseconds(_ value: (MeanLatencyParts) -> Double) -> Estimate {
      estimate { value($0) / 1e6 }
    }
    let tiers = TierName.ofLoads
    let all =
      tiers.map { tier in
        Causes.Part(kind: .waiting, tier: tier, time: milliseconds { $0.waiting(tier) })
      }
      + tiers.map { tier in
        Causes.Part(kind: .service, tier: tier, time: milliseconds { $0.service(tier) })
      } + [
        Causes.Part(kind: .fanIn, tier: .postStore, time: milliseconds(\.fanIn)),
        Causes.Part(kind: .fanIn, tier: .leafServers, time: milliseconds(\.leafFanIn)),
        Causes.Part(kind: .network, tier: nil, time: milliseconds(\.network)),
        Causes.Part(kind: .client, tier: nil, time: milliseconds(\.client)),
      ]
    let sums: [Causes.Kind: (MeanLatencyParts) -> Double] = [
      .waiting: { parts in tiers.reduce(0) { $0 + parts.waiting($1) } },
      .service: { parts in tiers.reduce(0) { $0 + parts.service($1) } },
      .fanIn: { $0.fanIn + $0.leafFanIn }, .network: \.network, .client: \.client,
    ]
    self.init(
      latency: milliseconds(\.latency), parts: all.filter { $0.time.value > 0 },
      totals: Causes.Kind.allCases.compactMap { kind in
        sums[kind].map { Causes.Part(kind: kind, tier: nil, time: milliseconds($0)) }
      }.filter { $0.time.value > 0 },
      missed: estimate(\.missed), afterMiss: milliseconds(\.afterMiss))
  }
}
