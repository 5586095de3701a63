import Settings

/// Servers that answer a share of their calls with an error.
public struct ErringServer: Fault {
  public static let name = "erring-server"
  public static let summary = "servers of a tier answer a share of their calls with an error"

  let choice: ServerChoice
  let errors: Double

  public init(_ parameters: inout Parameters) throws {
    choice = try ServerChoice(&parameters, standard: .count(1))
    errors = try parameters.read(
      "errors", .share(), default: 0.5, "Of the calls that they answer.")
  }

  public var guardedTiers: [TierName] { [choice.tier] }

  public func check(_ design: Design, _ source: Parameters) throws {
    try choice.check(design, source, Self.name)
  }

  public func begin(_ id: UInt32, _ system: FeedSystem) {
    var effect = ServerEffect(tier: choice.tier, servers: choice.choose(id, system))
    effect.errors = errors
    system.begin(effect, for: id)
  }

  public func end(_ id: UInt32, _ system: FeedSystem) { system.endEffects(id) }
}
