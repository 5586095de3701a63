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
  private let memory: GraphMemory
  private let blocks: [GraphMemory.Block]

  static let purpose: UInt64 = 0x666f_6c6c_6f77_0002

  /// - Parameter law: of how many others each user follows.
  init(_ law: FollowerLaw, seed: UInt64, memory: GraphMemory) {
    let users = law.users
    self.users = users
    self.memory = memory
    blocks = [memory.take(byteCount: 8 * (users + 3)), memory.take(byteCount: 8 * users)]
    cumulative = blocks[0].reals
    guide = blocks[1].words
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
    // Two words more than users: `map` looks that far without asking.
    for end in users..<(users + 3) { cumulative[end] = Double(users) }
    var user = 0
    for slot in 0..<(2 * users) {
      while cumulative[user + 1] <= 0.5 * Double(slot) { user += 1 }
      guide[slot] = UInt32(truncatingIfNeeded: user)
    }
  }

  deinit { for block in blocks { memory.give(block) } }

  /// The user at this share of the whole weight, from 0 to below 1.
  func user(at share: Double) -> UInt32 {
    let value = min(share * Double(users), Double(users).nextDown)
    return search(value, from: Int(guide[Int(2 * value)]))
  }

  @inline(__always)
  private func search(_ value: Double, from first: Int) -> UInt32 {
    var user = first
    while cumulative[user &+ 1] <= value { user &+= 1 }
    return UInt32(truncatingIfNeeded: user)
  }

  /// Maps the users at these shares (times `scale`), in ascending order.
  ///
  /// In two passes, so that the reads of the guide, and then those of the weights, miss the
  /// cache together and not one after another.
  func map(
    _ shares: UnsafeMutablePointer<Double>, scale: Double, count: Int,
    to row: UnsafeMutablePointer<UInt32>
  ) {
    let factor = scale * Double(users)
    let last = Double(users).nextDown
    for index in 0..<count {
      let value = min(shares[index] * factor, last)
      shares[index] = value
      row[index] = guide[Int(truncatingIfNeeded: Int64(2 * value))]
    }
    for index in 0..<count {
      let value = shares[index]
      let guess = Int(row[index])
      // Two steps settle nearly all, without a branch.
      let one = cumulative[guess &+ 1] <= value ? 1 : 0
      let two = cumulative[guess &+ 2] <= value ? 1 : 0
      row[index] = search(value, from: guess &+ one &+ two)
    }
  }

  /// Proportional to how often this user is drawn; positive.
  func weight(of user: Int) -> Double {
    max(cumulative[user + 1] - cumulative[user], .leastNormalMagnitude)
  }
}
