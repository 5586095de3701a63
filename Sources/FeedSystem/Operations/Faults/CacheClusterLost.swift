import Settings
import Simulation

/// A whole cache that is lost: every look-up misses until it is back, and then it is cold.
public struct CacheClusterLost: Fault {
  public static let name = "cache-cluster-lost"
  public static let summary = "a whole cache is lost, and comes back cold"
  public static let usualLength: Duration? = .zero

  let choice: CacheChoice

  public init(_ parameters: inout Parameters) throws { choice = try CacheChoice(&parameters) }

  public func check(_ design: Design, _ source: Parameters) throws {
    try choice.check(design, source)
  }

  public func begin(_ id: UInt32, _ system: FeedSystem) { choice.lose(1, id, system) }

  public func end(_ id: UInt32, _ system: FeedSystem) { choice.bringBack(id, system) }
}
