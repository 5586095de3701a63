import Simulation

/// Growth by preferential attachment (Barabási, Albert: "Emergence of scaling in random
/// networks", Science 1999): each newcomer follows `follows` users, chosen in proportion to
/// how many follows they take part in already, so that the audience of old accounts grows.
struct BarabasiAlbert: Sendable {
  var follows: Int

  static let purpose: UInt64 = 0x666f_6c6c_6f77_0003

  /// The first `follows` + 1 users follow all before them.
  func grow(users: Int, seed: UInt64) -> FollowList {
    var list = FollowList(userCount: users)
    var stream = RandomStream(seed: seed, purpose: Self.purpose)
    var followedLastBy = [UInt32](repeating: .max, count: users)
    for user in 0..<UInt32(users) {
      guard user > follows else {
        for earlier in 0..<user { list.append(follower: user, followee: earlier) }
        continue
      }
      let existing = UInt64(list.count)
      var chosen = 0
      while chosen < follows {
        // Either end of a follow drawn at random: a user in proportion to its follows.
        let draw = stream.below(2 * existing)
        let follow = list[Int(draw >> 1)]
        let target = draw & 1 == 0 ? follow.follower : follow.followee
        if followedLastBy[Int(target)] == user { continue }
        followedLastBy[Int(target)] = user
        list.append(follower: user, followee: target)
        chosen += 1
      }
    }
    return list
  }
}
