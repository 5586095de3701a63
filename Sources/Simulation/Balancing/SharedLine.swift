import Settings

/// One line before all servers: who is first in it goes to the server that falls free first.
///
/// No visit waits while a server is free, which no balancer that chooses on arrival achieves
/// (M/M/c).
public struct SharedLine: Balancing {
  public static let name = "shared"
  public static let summary = "one line before all servers, and none is idle while a visit waits"

  public var isShared: Bool { true }

  public init() {}
  public init(_ parameters: inout Parameters) throws {}

  /// The server that has been free for longest.
  public func choose(_ servers: borrowing ServerLoads, turn: UInt64, draw: UInt64) -> Int {
    servers.leastLoaded
  }
}
