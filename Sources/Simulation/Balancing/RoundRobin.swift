import Settings

/// One server after the other: each sees every c-th arrival.
public struct RoundRobin: Balancing {
  public static let name = "round-robin"
  public static let summary = "one server after the other"

  public init() {}
  public init(_ parameters: inout Parameters) throws {}

  public func choose(_ servers: borrowing ServerLoads, turn: UInt64, draw: UInt64) -> Int {
    servers.inRotation(Int(turn % UInt64(servers.rotationCount)))
  }
}
