import Simulation

/// The keys of a cache whose nodes are away: arcs of the circle on which keys lie by their hash,
/// one for each fault (Karger et al.: "Consistent hashing and random trees", STOC 1997).
struct KeyOutage {
  private struct Arc {
    var id: UInt32
    /// 0 ..< 1.
    var first: Double
    var share: Double
  }

  private var arcs: [Arc] = []

  @inline(__always)
  var isEmpty: Bool { arcs.isEmpty }

  /// A key's place on the circle, from 0 to 1.
  static func place(of key: UInt32) -> Double {
    Double(mix64(UInt64(key) &+ 0x7461_6f00) >> 11) * 0x1p-53
  }

  func covers(_ key: UInt32) -> Bool {
    if arcs.isEmpty { return false }
    let place = Self.place(of: key)
    return arcs.contains { arc in
      let distance = place - arc.first
      return arc.share >= 1 || (distance < 0 ? distance + 1 : distance) < arc.share
    }
  }

  mutating func add(_ id: UInt32, from first: Double, share: Double) {
    arcs.append(Arc(id: id, first: first, share: share))
  }

  mutating func remove(_ id: UInt32) { arcs.removeAll { $0.id == id } }
}
