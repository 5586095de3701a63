import Settings
import Simulation

/// A scenario's `emergency` (S0.21): when any limit is reached, some tiers get several times their
/// servers at once; afterwards the servers go again, step by step.
public struct EmergencySettings: Sendable, Equatable {
  public struct Growth: Sendable, Equatable {
    public var tier: TierName
    public var factor: Double
    /// Servers at the most; a tier that has more keeps them.
    public var most: Int

    /// Servers to order for a tier that has so many, those on their way among them.
    public func order(servers: Int) -> Int {
      let wanted = min((Double(servers) * factor).rounded(.up), Double(most))
      return max(0, Int(wanted) - servers)
    }
  }

  public var every = Duration.seconds(30)
  public var when = AlarmSettings.seed
  /// S0.21: the API's servers three times, up to 1000, and ranking workers five times, up to 500.
  public var scale = [
    Growth(tier: .gateway, factor: 3, most: 1000), Growth(tier: .ranking, factor: 5, most: 500),
  ]
  public var startUp = Duration.seconds(120)
  /// How servers go again; not below what there was when the window opened.
  public var scaleIn = ScalingLaw()

  init(_ parameters: inout Parameters) throws {
    every = try parameters.read(
      "every", ScalingSettings.period, default: every, "How often the readings are looked at.")
    let standard = when
    when =
      try parameters.section(
        "when", "Limits of which each is reason enough; cpu and queue of the tiers that grow."
      ) { try AlarmSettings(&$0, standard: standard) } ?? when
    scale =
      try parameters.section(
        "scale", "The tiers that grow; gateway and ranking if not given.", Self.growths) ?? scale
    startUp = try parameters.read(
      "startUp", ScalingSettings.delay, default: startUp,
      "From an order of servers until they serve; nothing more is ordered meanwhile.")
    scaleIn.up = AlarmSettings()
    scaleIn =
      try parameters.section(
        "scaleIn", "How servers go again; by a tier's own scaling where it has one."
      ) {
        var law = ScalingLaw()
        law.up = AlarmSettings()
        try law.readScaleIn(&$0, key: "down")
        return law
      } ?? scaleIn
    if scale.isEmpty, !parameters.isDescribing {
      throw parameters.error("names no tier", key: "scale")
    }
  }

  private static func growths(_ section: inout Parameters) throws -> [Growth] {
    var growths: [Growth] = []
    for tier in TierName.scalable {
      let (factor, most) = tier == .ranking ? (5.0, 500) : (3.0, 1000)
      let growth = try section.section(tier.key, "Servers of this tier.") {
        Growth(
          tier: tier,
          factor: try $0.read(
            "factor", .number(in: 1...1000), default: factor, "Servers then, of those before."),
          most: try $0.read(
            "most", .count(in: 1...1_000_000), default: most, "Servers at the most."))
      }
      if let growth { growths.append(growth) }
    }
    return growths
  }
}

extension TierName {
  /// Tiers whose servers may come and go: shards hold data, and live gateways connections.
  public static let scalable = allCases.filter { !$0.isSharded && $0 != .liveGateway }
}
