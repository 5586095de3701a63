import Settings
import Simulation

/// Something that breaks: which part of the system, and how. A pure value; what is broken now
/// stands in `Faults` and in what it breaks.
///
/// Faults of one kind may overlap: what is broken by several is whole again when the last of them
/// has ended.
public protocol Fault: Part, Sendable {
  /// Whether it has a length of its own, which `for` says.
  static var lasts: Bool { get }
  /// Of one whose scenario does not say: nil for until the measurement window closes.
  static var usualLength: Duration? { get }

  /// The tiers whose servers are to be told apart, or whose calls may be lost, for its sake.
  var guardedTiers: [TierName] { get }

  /// Throws where a design has not what it breaks.
  ///
  /// - Parameter source: what it was read from, for the place of the error.
  func check(_ design: Design, _ source: Parameters) throws

  /// It sets in.
  ///
  /// - Parameter id: of the occurrence, which knows what has been drawn and what is to be mended.
  func begin(_ id: UInt32, _ system: FeedSystem)

  /// A moment of its own has come, which it asked for with `FaultStep.advances`.
  func advance(_ id: UInt32, _ system: FeedSystem)

  func end(_ id: UInt32, _ system: FeedSystem)
}

extension Fault {
  public static var lasts: Bool { true }
  public static var usualLength: Duration? { nil }
  public var guardedTiers: [TierName] { [] }
  public func advance(_ id: UInt32, _ system: FeedSystem) {}
  public func end(_ id: UInt32, _ system: FeedSystem) {}

  /// In metric names.
  static var metric: String { name.replacing("-", with: "_") }
}

extension Catalog where Contract == any Fault {
  /// Every kind of fault: a new one is one file and one line here.
  public static var faults: Catalog<any Fault> {
    Catalog(
      "fault",
      [
        ServerLost.self, SlowServer.self, ErringServer.self, BadDeployment.self,
        ShardLost.self, SlowShard.self, ClockSkew.self,
        CacheNodeLost.self, CacheClusterLost.self,
        NetworkDelay.self, NetworkLoss.self, RegionLink.self, RegionLost.self,
        PartitionStalled.self, ConsumerCrash.self, PoisonMessage.self,
      ])
  }

  /// Their names as parts of metric names.
  public static var metricNames: [String] {
    faults.names.map { $0.replacing("-", with: "_") }
  }
}
