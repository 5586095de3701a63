import Settings
import Simulation

/// A region that is gone: its share of every tier's servers, and for its users the way to the
/// others until they are sent there.
public struct RegionLost: Fault {
  public static let name = "region-lost"
  public static let summary = "a region's servers are gone, and its users cut off"

  let region: String

  public init(_ parameters: inout Parameters) throws {
    region = try parameters.require("region", .text, "Its name among regions.")
  }

  public var guardedTiers: [TierName] { TierName.allCases.filter { !$0.isSharded } }

  public func check(_ design: Design, _ source: Parameters) throws {
    _ = try design.region(named: region, source)
    if design.geography == nil {
      throw source.error("needs to know where writes go and servers stand; give geography")
    }
  }

  public func begin(_ id: UInt32, _ system: FeedSystem) {
    let name = region
    let index = system.design.regions.firstIndex { $0.name == name } ?? 0
    system.faults[id].place = index
    if system.faults.isFirst(id) { system.loseRegion(index) }
  }

  public func end(_ id: UInt32, _ system: FeedSystem) {
    if system.faults.isFirst(id) { system.regainRegion(system.faults[id].place) }
  }
}
