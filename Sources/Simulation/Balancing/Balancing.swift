import Settings

/// Decides which server of a pool a visit goes to, as it arrives.
///
/// Settings only: what it may look at is handed to it, so that a pool's state is the pool's alone.
public protocol Balancing: Part, Sendable {
  /// Whether visits wait in one line before all servers, and no server is chosen before it is free.
  var isShared: Bool { get }

  /// A server in rotation; there is at least one.
  ///
  /// - Parameters:
  ///   - turn: counts the visits that the pool has been asked to place.
  ///   - draw: 64 random bits of this visit.
  func choose(_ servers: borrowing ServerLoads, turn: UInt64, draw: UInt64) -> Int
}

extension Balancing {
  public var isShared: Bool { false }
}

extension Catalog where Contract == any Balancing {
  /// Every way to balance: a new one is one file and one line here.
  public static var balancing: Catalog<any Balancing> {
    Catalog(
      "balancing",
      [
        SharedLine.self, RandomServer.self, RoundRobin.self, LeastOutstanding.self,
        PowerOfTwo.self,
      ])
  }
}
