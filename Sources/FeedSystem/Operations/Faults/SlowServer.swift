import Settings

/// Servers that answer everything, slowly: a grey failure, which no health check sees (Huang et
/// al.: "Gray failure: the Achilles' heel of cloud-scale systems", HotOS 2017).
public struct SlowServer: Fault {
  public static let name = "slow-server"
  public static let summary = "servers of a tier answer everything, slowly: a grey failure"

  let choice: ServerChoice
  let factor: Double

  public init(_ parameters: inout Parameters) throws {
    choice = try ServerChoice(&parameters, standard: .count(1))
    factor = try parameters.read(
      "factor", .number(in: 1...100_000), default: 10, "On their service times.")
  }

  public var guardedTiers: [TierName] { [choice.tier] }

  public func check(_ design: Design, _ source: Parameters) throws {
    try choice.check(design, source, Self.name)
  }

  public func begin(_ id: UInt32, _ system: FeedSystem) {
    var effect = ServerEffect(tier: choice.tier, servers: choice.choose(id, system))
    effect.slowness = factor
    system.begin(effect, for: id)
  }

  public func end(_ id: UInt32, _ system: FeedSystem) { system.endEffects(id) }
}
