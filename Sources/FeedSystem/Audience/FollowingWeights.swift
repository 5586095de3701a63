import Simulation

/// How inclined each user is to follow others: weights that fall as a power of a rank which
/// has nothing to do with the user's own followers.
///
/// A uniform number is mapped to a user through a guide table (Chen, Asau: "On generating
/// random variates from an empirical distribution", 1974): sorted numbers give sorted users,
/// in constant time each.
final class FollowingWeights {
  private let users: Int
  private let cumulative: UnsafeMutablePointer<Double>
  private let guide: UnsafeMutablePointer<UInt32>

  static let purpose: UInt64 = 0x666f_6c6c_6f77_0002

  /// - Parameters:
  ///   - exponent: of the followee counts' density, > 1.
  ///   - mean: follows per user, to relate `maximum` to.
  ///   - maximum: follows of the most eager user.
  init(users: Int, exponent: Double, mean: Double, maximum: Double, seed: UInt64) {
    self.users = users
    let law = FollowerLaw(
      users: users, exponent: exponent, total: mean * Double(users), maximum: maximum)
    cumulative = .allocate(capacity: users + 1)
    guide = .allocate(capacity: users + 1)
    for user in 0..<users { cumulative[user + 1] = law.weight(rank: user + 1) }
    var stream = RandomStream(seed: seed, purpose: Self.purpose)
    for user in stride(from: users, to: 1, by: -1) {
      let other = Int(stream.below(UInt64(user))) + 1
      (cumulative[user], cumulative[other]) = (cumulative[other], cumulative[user])
    }
    cumulative[0] = 0
    for user in 0..<users { cumulative[user + 1] += cumulative[user] }
    let scale = Double(users) / cumulative[users]
    for user in 1..<(users + 1) { cumulative[user] *= scale }
    cumulative[users] = Double(users)
    var user = 0
    for slot in 0..<users {
      while cumulative[user + 1] <= Double(slot) { user += 1 }
      guide[slot] = UInt32(truncatingIfNeeded: user)
    }
  }

  deinit {
    cumulative.deallocate()
    guide.deallocate()
  }

  /// The user at this share of the whole weight, from 0 to below 1.
  @inline(__always)
  func user(at share: Double) -> UInt32 {
    let value = min(share * Double(users), Double(users).nextDown)
    var user = Int(guide[Int(value)])
    while cumulative[user &+ 1] <= value { user &+= 1 }
    return UInt32(truncatingIfNeeded: user)
  }

  /// Proportional to how often this user is drawn; positive.
  func weight(of user: Int) -> Double {
    max(cumulative[user + 1] - cumulative[user], .leastNormalMagnitude)
  }
}
