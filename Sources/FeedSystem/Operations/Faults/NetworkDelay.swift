import Settings
import Simulation

/// A network that takes longer than it should: between the tiers, or between a region's clients and
/// the gateway.
public struct NetworkDelay: Fault {
  public static let name = "network-delay"
  public static let summary = "round trips between tiers, or of a region's clients, take longer"

  enum Between: Sendable { case tiers, clients }

  let between: Between
  let delay: Duration
  let region: String?

  public init(_ parameters: inout Parameters) throws {
    between = try parameters.read(
      "between", .choice([("tiers", .tiers), ("clients", .clients)]), default: .tiers,
      "Whether every call of a tier takes longer, or the way of clients to the gateway.")
    delay = try parameters.require(
      "delay", .duration(in: Duration(nanoseconds: 1)...(.seconds(3600))),
      "Added to each round trip.")
    region = try parameters.read(
      "region", .text, "With between: clients, those of this region alone.")
    if region != nil, between == .tiers, !parameters.isDescribing {
      throw parameters.error("is for between: clients; tiers have no regions", key: "region")
    }
  }

  public var guardedTiers: [TierName] {
    between == .tiers ? TierName.allCases.filter { !$0.isSharded } : []
  }

  public func check(_ design: Design, _ source: Parameters) throws {
    if let region { _ = try design.region(named: region, source) }
  }

  public func begin(_ id: UInt32, _ system: FeedSystem) {
    switch between {
    case .tiers: system.faults.network.delayCalls(id, by: delay)
    case .clients:
      let index = region.flatMap { name in
        system.design.regions.firstIndex { $0.name == name }
      }
      system.faults.network.delayClients(id, region: index, by: delay)
    }
  }

  public func end(_ id: UInt32, _ system: FeedSystem) { system.faults.network.mend(id) }
}

extension Design {
  /// The place of a region; throws where there is none of that name.
  func region(
    named name: String, _ source: Parameters, key: String = "region"
  ) throws -> Int {
    if let index = regions.firstIndex(where: { $0.name == name }) { return index }
    let known = regions.map(\.name)
    throw source.error(
      known.isEmpty
        ? "is \"\(name)\", and this design has one world; give regions"
        : "is \"\(name)\"; known: " + known.joined(separator: ", "), key: key)
  }
}
