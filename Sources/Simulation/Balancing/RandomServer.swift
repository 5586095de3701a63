import Settings

/// Any server, whatever it has to do: c servers are c independent queues.
public struct RandomServer: Balancing {
  public static let name = "random"
  public static let summary = "any server, whatever it has to do"

  public init() {}
  public init(_ parameters: inout Parameters) throws {}

  public func choose(_ servers: borrowing ServerLoads, turn: UInt64, draw: UInt64) -> Int {
    servers.inRotation(Int(draw.multipliedFullWidth(by: UInt64(servers.rotationCount)).high))
  }
}
