import Simulation

/// When an insert cuts a timeline back to its capacity: always, or with a chance, which saves most
/// of the cuts and lets the timeline grow beyond (trim_chance in Stream-Framework, 0.1 a push in
/// Misskey).
///
/// The entries beyond the capacity are the inserts since the last cut: geometric, with the mean
/// (1 − p) / p once a timeline is full. Which inserts cut is a hash of the viewer and the insert's
/// number, so an insert does nothing for it and a read finds out by looking back.
public struct TrimLaw: Sendable {
  /// Most entries beyond the capacity; that a timeline would have more has odds of e⁻¹⁰.
  public let room: Int
  @usableFromInline let seed: UInt64
  /// An insert cuts if its hash is below.
  @usableFromInline let bound: UInt64

  /// - Parameter chance: that an insert cuts; above 0 and at most 1.
  public init(chance: Double = 1, seed: UInt64 = 0) {
    room = chance < 1 ? Int((10 / chance).rounded(.up)) : 0
    bound = chance < 1 ? UInt64(chance * 0x1p64) : .max
    self.seed = mix64(seed ^ 0x7472_696d)
  }

  /// Entries beyond the capacity, of a timeline that has long been full.
  @inlinable
  public func overshoot(_ viewer: UInt32, written: UInt32) -> Int {
    var beyond = 0
    while beyond < room, !cuts(viewer, written &- UInt32(beyond)) { beyond += 1 }
    return beyond
  }

  @inlinable @inline(__always)
  func cuts(_ viewer: UInt32, _ insert: UInt32) -> Bool {
    mix64(seed ^ (UInt64(viewer) &<< 32 | UInt64(insert))) < bound
  }

  /// The mean overshoot of a timeline that has long been full: (1 − p)(1 − (1 − p)ʳ) / p with the
  /// room r, the mean of a geometric variable that ends there.
  public static func meanOvershoot(chance: Double, room: Int) -> Double {
    (1 - chance) * (1 - power(1 - chance, Double(room))) / chance
  }
}
