import Settings

/// Servers of a tier that are gone for a while, and what they were serving with them.
public struct ServerLost: Fault {
  public static let name = "server-lost"
  public static let summary = "servers of a tier are gone, with what they were serving"

  let choice: ServerChoice

  public init(_ parameters: inout Parameters) throws {
    choice = try ServerChoice(&parameters, standard: .count(1))
  }

  public var guardedTiers: [TierName] { [choice.tier] }

  public func check(_ design: Design, _ source: Parameters) throws {
    try choice.check(design, source, Self.name)
  }

  public func begin(_ id: UInt32, _ system: FeedSystem) {
    var effect = ServerEffect(tier: choice.tier, servers: choice.choose(id, system))
    effect.isDown = true
    system.begin(effect, for: id)
  }

  public func end(_ id: UInt32, _ system: FeedSystem) { system.endEffects(id) }
}
