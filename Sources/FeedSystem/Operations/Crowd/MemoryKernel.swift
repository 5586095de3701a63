import Settings
import Simulation

/// How long it takes until a post is passed on by somebody who sees it: evenly likely at first,
/// then ever less, by a power law.
///
/// The memory kernel of SEISMIC (Zhao, Erdogdu, He, Rajaraman, Leskovec: "SEISMIC: a self-exciting
/// point process model for predicting tweet popularity", KDD 2015, section 3.3): φ(s) = c for s ≤
/// s0 and c (s / s0)^-(1 + θ) from there on, with s0 = 300 s and θ = 0.242 of Twitter. c makes it a
/// density: 1 / (s0 (1 + 1/θ)), 6.5 · 10^-4 a second.
public struct MemoryKernel: Sendable, Equatable {
  /// s0.
  public var plateau = Duration.seconds(300)
  /// θ.
  public var theta = 0.242

  public init() {}

  init(_ parameters: inout Parameters) throws {
    plateau = try parameters.read(
      "plateau", .duration(in: .milliseconds(1)...(.seconds(86_400))), default: plateau,
      "For so long it is as likely at any time.")
    theta = try parameters.read(
      "theta", .number(in: 0.01...10), default: theta,
      "Those who pass it on after the time t or later are fewer as t to the minus this.")
  }

  /// The share of those who pass it on that have done so.
  /// - Parameter seconds: since it was posted.
  public func share(after seconds: Double) -> Double {
    let bend = plateau.seconds
    if seconds <= bend { return max(0, seconds) / (bend * (1 + 1 / theta)) }
    return 1 - power(seconds / bend, -theta) / (1 + theta)
  }

  /// By inversion.
  func sample(_ stream: inout RandomStream) -> Duration {
    let draw = stream.openUniform()
    let bend = plateau.seconds
    if draw <= theta / (1 + theta) { return Duration(seconds: draw * bend * (1 + 1 / theta)) }
    return Duration(seconds: min(bend * power((1 - draw) * (1 + theta), -1 / theta), 1e9))
  }
}
