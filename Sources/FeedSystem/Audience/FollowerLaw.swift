import Simulation

/// Expected follower counts that fall as a power of the rank.
///
/// The weights of Chung and Lu ("The average distances in random graphs with given expected
/// degrees", PNAS 2002, section 4): user j of n is expected to have c (j + j0)^(-1 / (γ - 1))
/// followers, which gives the counts a density that falls with exponent γ. The shift j0 is
/// found so that both the total and the largest weight are as asked.
struct FollowerLaw {
  /// 1 / (γ - 1); 0 gives every user the same weight.
  var slope: Double
  var shift: Double
  var scale: Double
  var users: Int

  /// - Parameters:
  ///   - exponent: γ > 1 of the density; nil for equal weights.
  ///   - total: sum of all weights, at most `users * maximum`.
  ///   - maximum: the largest weight allowed.
  init(users: Int, exponent: Double?, total: Double, maximum: Double) {
    self.users = users
    shift = 0
    slope = exponent.map { 1 / ($0 - 1) } ?? 0
    scale = 1
    guard slope > 0 else {
      scale = total / Double(users)
      return
    }
    scale = total / sum()
    if scale > maximum {
      shift = shiftReaching(maximum / total)
      scale = total / sum()
    }
  }

  /// The shift at which the largest weight has this share of the total, by bisection on its
  /// logarithm: a larger shift makes the weights more equal.
  private func shiftReaching(_ share: Double) -> Double {
    var low = 1e-9
    var high = 1e15
    for _ in 0..<200 where high / low > 1 + 1e-12 {
      let middle = (low * high).squareRoot()
      var law = self
      law.shift = middle
      if 1 / law.sum() > share { low = middle } else { high = middle }
    }
    return high
  }

  /// The weight of a place j + j0 over that of the first user.
  private func relative(_ place: Double) -> Double { power(place / (1 + shift), -slope) }

  /// The sum of all weights over the first: 64 terms one by one, the rest by the
  /// Euler–Maclaurin formula to the third derivative.
  func sum() -> Double {
    let direct = min(users, 64)
    var total = 0.0
    for rank in 1...direct { total += relative(Double(rank) + shift) }
    guard users > direct else { return total }
    let a = Double(direct + 1) + shift
    let b = Double(users) + shift
    let fa = relative(a)
    let fb = relative(b)
    let integral =
      abs(slope - 1) < 1e-9 ? (1 + shift) * ln(b / a) : (b * fb - a * fa) / (1 - slope)
    let first = slope * (fa / a - fb / b) / 12
    let third =
      slope * (slope + 1) * (slope + 2) * (fa / (a * a * a) - fb / (b * b * b)) / 720
    return total + integral + (fa + fb) / 2 + first - third
  }

  /// The weight of the user of this rank, from 1.
  func weight(rank: Int) -> Double {
    slope == 0 ? scale : scale * relative(Double(rank) + shift)
  }

  /// Hands out every user's weight in order of rank.
  ///
  /// Far down the ranks the weights are so nearly straight that one power serves 16 users:
  /// the relative error of interpolating there is below slope² · 10^-6.
  @inline(__always)
  func forEachWeight(_ body: (_ user: Int, _ weight: Double) -> Void) {
    let span = 16
    var user = 0
    while user < users, user < 4096 {
      body(user, weight(rank: user + 1))
      user += 1
    }
    var left = weight(rank: user + 1)
    while user < users {
      let right = weight(rank: user + 1 + span)
      let step = (right - left) / Double(span)
      for offset in 0..<min(span, users - user) {
        body(user + offset, left + step * Double(offset))
      }
      left = right
      user += span
    }
  }
}

/// Follower counts drawn under a law, with an exact total.
enum FollowerCounts {
  /// Counts of `law.users` users, falling, that sum to `total`, none above `maximum`.
  ///
  /// Each count is Poisson about its weight, as the number of followers in a Chung–Lu graph
  /// is: Poisson counts about slightly smaller weights are drawn first and what is missing
  /// of the total then by weight, which together is one multinomial draw. What the maximum
  /// cuts off goes to the others by weight.
  ///
  /// - Precondition: `total <= law.users * maximum`.
  static func draw(
    _ law: FollowerLaw, total: Int, maximum: Int, stream: inout RandomStream,
    exponential: Ziggurat, memory: GraphMemory
  ) -> [UInt32] {
    let users = law.users
    let reals = memory.take(byteCount: 8 * users)
    defer { memory.give(reals) }
    let cumulative = reals.reals
    var counts = [UInt32](repeating: 0, count: users)
    let thinned = max(0, 1 - 4 / Double(max(total, 16)).squareRoot())
    let poisson = PoissonDraw()
    var drawn = 0
    var weightSoFar = 0.0
    law.forEachWeight { user, weight in
      weightSoFar += weight
      cumulative[user] = weightSoFar
      let count = poisson.next(mean: weight * thinned, &stream, exponential)
      counts[user] = UInt32(min(count, maximum))
      drawn += Int(counts[user])
    }
    adjust(&counts, by: total - drawn, maximum: UInt32(maximum), cumulative, &stream)
    return falling(counts, maximum: maximum)
  }

  /// Adds (or takes) one follower at a time, by weight, until the total is met.
  private static func adjust(
    _ counts: inout [UInt32], by missing: Int, maximum: UInt32,
    _ cumulative: UnsafePointer<Double>, _ stream: inout RandomStream
  ) {
    let whole = cumulative[counts.count - 1]
    let step: Int64 = missing > 0 ? 1 : -1
    let full: UInt32 = missing > 0 ? maximum : 0
    var sweep = 0
    for _ in 0..<abs(missing) {
      var user = 0
      var tries = 0
      repeat {
        user = position(of: stream.uniform() * whole, cumulative, counts.count)
        tries += 1
      } while counts[user] == full && tries < 32
      if counts[user] == full {
        // Nearly everybody is full: take them in turn, each is passed once at most.
        while counts[sweep] == full { sweep += 1 }
        user = sweep
      }
      counts[user] = UInt32(Int64(counts[user]) + step)
    }
  }

  /// The first index whose cumulative weight exceeds `value`.
  private static func position(
    of value: Double, _ cumulative: UnsafePointer<Double>, _ count: Int
  ) -> Int {
    var low = 0
    var high = count - 1
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > value { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// The same counts in falling order, by counting.
  private static func falling(_ counts: [UInt32], maximum: Int) -> [UInt32] {
    let largest = Int(counts.max() ?? 0)
    var frequency = [UInt32](repeating: 0, count: largest + 1)
    for count in counts { frequency[Int(count)] += 1 }
    var sorted = [UInt32]()
    sorted.reserveCapacity(counts.count)
    for count in stride(from: largest, through: 0, by: -1) where frequency[count] > 0 {
      sorted.append(
        contentsOf: repeatElement(UInt32(count), count: Int(frequency[count])))
    }
    return sorted
  }
}
