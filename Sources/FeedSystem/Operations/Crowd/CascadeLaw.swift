import Settings
import Simulation

/// How a post is passed on, as a branching process: each repost brings so many others, each of them
/// after a time of its own.
public struct CascadeLaw: Sendable {
  public enum Breadth: Sendable, Equatable {
    /// Mean reposts of each repost, whoever makes it. Below 1 a cascade ends: it has
    /// 1 / (1 − branching) posts on average, the original among them.
    case branching(Double)
    /// The chance that a follower passes it on.
    case infectiousness(Double)
  }

  /// How the numbers scatter about their mean.
  public enum Offspring: String, CaseIterable, Sendable {
    case poisson, geometric
  }

  public enum Pause: Sendable, Equatable {
    case memory(MemoryKernel)
    case drawn(Distribution)
  }

  public var breadth: Breadth
  /// Mean reposts of the original itself; nil as of every other.
  public var first: Double?
  public var offspring = Offspring.poisson
  public var pause = Pause.memory(MemoryKernel())

  public init(_ breadth: Breadth) { self.breadth = breadth }

  init(_ parameters: inout Parameters) throws {
    let branching = try parameters.read(
      "branching", .number(in: 0...100), neededWithout: "infectiousness",
      "Mean reposts of each repost, whoever makes it: below 1 a cascade dies out.")
    let infectiousness = try parameters.read(
      "infectiousness", .share(),
      "The chance that a follower passes it on, in place of branching; `feedsim cascade fit` "
        + "estimates it.")
    if branching != nil, infectiousness != nil {
      throw parameters.error("stands beside branching; leave one out", key: "infectiousness")
    }
    if let infectiousness {
      breadth = .infectiousness(infectiousness)
    } else if let branching {
      breadth = .branching(branching)
    } else {
      throw parameters.missing("branching")
    }
    first = try parameters.read(
      "first", .number(in: 0...10_000_000),
      "Mean reposts of the original itself; as of every other if not given.")
    offspring = try parameters.read(
      "offspring", .choice(Offspring.allCases.map { ($0.rawValue, $0) }), default: offspring,
      "How the number of reposts scatters about its mean.")
    let memory = try parameters.section(
      "memory", "How long until a repost, by SEISMIC's kernel.", MemoryKernel.init)
    let delay = try parameters.read(
      "delay", .distribution, "How long until a repost, in place of the memory.")
    if memory != nil, delay != nil {
      throw parameters.error("stands beside memory; leave one out", key: "delay")
    }
    pause = delay.map(Pause.drawn) ?? .memory(memory ?? MemoryKernel())
  }

  /// Mean reposts of a post.
  func mean(followers: Int, isFirst: Bool) -> Double {
    if isFirst, let first { return first }
    return switch breadth {
    case .branching(let mean): mean
    case .infectiousness(let chance): chance * Double(followers)
    }
  }

  /// How often a post is reposted.
  func reposts(mean: Double, _ poisson: PoissonDraw, _ stream: inout RandomStream) -> Int {
    guard mean > 0 else { return 0 }
    switch offspring {
    case .poisson: return poisson.next(mean: mean, &stream, .exponential)
    case .geometric:
      // P(at least k) = q^k with q = mean / (1 + mean).
      return Int(min(1e9, ln(stream.openUniform()) / ln(mean / (1 + mean))))
    }
  }

  /// From a post to one of its reposts.
  func delay(_ stream: inout RandomStream) -> Duration {
    switch pause {
    case .memory(let kernel): kernel.sample(&stream)
    case .drawn(let law): law.sample(&stream)
    }
  }
}
