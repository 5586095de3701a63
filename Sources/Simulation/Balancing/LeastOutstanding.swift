import Settings

/// The server with the fewest visits, waiting or in service; of equals the one that has been so
/// for longest (join the shortest queue).
public struct LeastOutstanding: Balancing {
  public static let name = "least-outstanding"
  public static let summary = "the server with the fewest visits under way"

  public init() {}
  public init(_ parameters: inout Parameters) throws {}

  public func choose(_ servers: borrowing ServerLoads, turn: UInt64, draw: UInt64) -> Int {
    servers.leastLoaded
  }
}
