import Settings

/// A shard whose visits take longer than they should, its replicas' as well.
public struct SlowShard: Fault {
  public static let name = "slow-shard"
  public static let summary = "a shard answers everything, slowly"

  let choice: ShardChoice
  let factor: Double

  public init(_ parameters: inout Parameters) throws {
    choice = try ShardChoice(&parameters)
    factor = try parameters.read(
      "factor", .number(in: 1...100_000), default: 10, "On its service times.")
  }

  public func check(_ design: Design, _ source: Parameters) throws {
    try choice.check(design, source)
  }

  public func begin(_ id: UInt32, _ system: FeedSystem) {
    let shard = choice.choose(id, system)
    system.change(choice.tier) { $0.slow(shard, of: $1, by: factor, for: id) }
  }

  public func end(_ id: UInt32, _ system: FeedSystem) {
    let shard = system.faults[id].place
    system.change(choice.tier) { outages, _ in outages.endSlowness(of: shard, for: id) }
  }
}
