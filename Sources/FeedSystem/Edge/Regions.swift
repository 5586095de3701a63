import Simulation

/// Which region each user lives in: drawn by user, so that all designs see the same people.
struct Regions {
  let all: [Region]
  /// A byte a user; empty where there are no regions.
  private let ofUser: [UInt8]

  init(_ regions: [Region], users: Int, seed: UInt64) {
    all = regions
    guard !regions.isEmpty else {
      ofUser = []
      return
    }
    let total = regions.reduce(0) { $0 + $1.users }
    ofUser = (0..<users).map { user in
      var stream = RandomStream(
        seed: seed, purpose: Purpose.region.rawValue, entity: UInt64(user))
      var left = stream.uniform() * total
      for (index, region) in regions.enumerated() {
        left -= region.users
        if left < 0 { return UInt8(index) }
      }
      return UInt8(regions.count - 1)
    }
  }

  /// 0 where there are no regions.
  @inline(__always)
  func of(_ user: UInt32) -> Int { ofUser.isEmpty ? 0 : Int(ofUser[Int(user)]) }

  /// The region's own settings; nil where there are no regions.
  @inline(__always)
  func home(of user: UInt32) -> Region? { ofUser.isEmpty ? nil : all[Int(ofUser[Int(user)])] }

  /// Users of each region.
  var counts: [Int] {
    var counts = [Int](repeating: 0, count: all.count)
    for region in ofUser { counts[Int(region)] += 1 }
    return counts
  }
}
