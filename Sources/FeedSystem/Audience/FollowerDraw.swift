import Simulation

/// Draws the followers of one author after another: distinct users, ascending, never the
/// author, each row by its own random stream.
///
/// A short row is drawn as sorted uniforms (normalised sums of exponential gaps, Devroye:
/// "Non-Uniform Random Variate Generation", 1986, section V.3) mapped to users, so it comes
/// out sorted with repeats adjacent; a repeat is replaced by a fresh draw. A long row is
/// collected in a bit set. Both are successive sampling without replacement.
struct FollowerDraw: ~Copyable {
  private let users: Int
  /// Who the drawn are, where they are not all users of the graph; nil where they are.
  private let cell: Cell?
  private let seed: UInt64
  private let exponential: Ziggurat
  private let gaps: UnsafeMutablePointer<Double>
  private let taken: UnsafeMutablePointer<UInt64>
  private let wordCount: Int
  /// Rows at least this long go through the bit set.
  private let longRow: Int
  private let weights: FollowingWeights?

  static let purpose: UInt64 = 0x666f_6c6c_6f77_0001

  /// - Parameters:
  ///   - users: those who may follow.
  ///   - weights: how inclined each of them is to; nil for all alike.
  ///   - cell: whose readers they are.
  init(users: Int, seed: UInt64, weights: FollowingWeights?, cell: Cell? = nil) {
    self.users = users
    self.cell = cell
    self.seed = seed
    self.weights = weights
    exponential = Ziggurat.exponential
    wordCount = (users + 63) / 64
    longRow = max(64, users / 512)
    gaps = .allocate(capacity: longRow)
    taken = .allocate(capacity: wordCount)
    taken.initialize(repeating: 0, count: wordCount)
  }

  deinit {
    gaps.deallocate()
    taken.deallocate()
  }

  /// Writes `count` followers of `author` to `row`.
  ///
  /// - Precondition: `count < users`.
  @inline(__always)
  func draw(_ count: Int, author: Int, into row: UnsafeMutablePointer<UInt32>) {
    guard count > 0 else { return }
    var stream = RandomStream(seed: seed, purpose: Self.purpose, entity: UInt64(author))
    guard let cell else { return draw(count, author: author, into: row, &stream) }
    // Drawn are places among the cell's readers, of whom an author from elsewhere is none.
    draw(count, author: cell.place(ofReader: author) ?? users, into: row, &stream)
    cell.rename(row, count: count)
  }

  @inline(__always)
  private func draw(
    _ count: Int, author: Int, into row: UnsafeMutablePointer<UInt32>,
    _ stream: inout RandomStream
  ) {
    guard count < longRow else {
      return drawLong(count, author: author, into: row, &stream)
    }
    let distinct = drawSorted(count, author: author, into: row, &stream)
    if distinct < count { complete(row, from: distinct, to: count, author: author, &stream) }
  }

  /// Draws `count` users by weight, sorts them and drops repeats and the author.
  ///
  /// - Returns: how many are left.
  @inline(__always)
  private func drawSorted(
    _ count: Int, author: Int, into row: UnsafeMutablePointer<UInt32>,
    _ stream: inout RandomStream
  ) -> Int {
    let scale = drawGaps(count, &stream)
    guard let weights else { return mapAlike(count, scale, author, row) }
    weights.map(gaps, scale: scale, count: count, to: row)
    return withoutRepeats(row, count, dropping: UInt32(truncatingIfNeeded: author))
  }

  /// Fills `gaps` with the running sums of exponentials; the factor makes them uniforms.
  @inline(__always)
  private func drawGaps(_ count: Int, _ stream: inout RandomStream) -> Double {
    var sum = 0.0
    for index in 0..<count {
      sum += exponential.drawExponential(&stream)
      gaps[index] = sum
    }
    return 1 / (sum + exponential.drawExponential(&stream))
  }

  /// Sorted uniforms to ids among all but the author; returns how many are distinct.
  @inline(__always)
  private func mapAlike(
    _ count: Int, _ scale: Double, _ author: Int, _ row: UnsafeMutablePointer<UInt32>
  ) -> Int {
    let others = author < users ? users - 1 : users
    let factor = scale * Double(others)
    let last = UInt32(truncatingIfNeeded: others - 1)
    let author = UInt32(truncatingIfNeeded: author)
    var repeats: UInt32 = 0
    var previous = UInt32.max
    for index in 0..<count {
      // Adding 1.5 · 2^52 leaves the nearest integer in the low bits: no range check.
      let bits = (gaps[index] * factor - 0.5 + 0x1.8p52).bitPattern
      let place = min(UInt32(truncatingIfNeeded: bits), last)
      let user = place &+ (place >= author ? 1 : 0)
      repeats &+= user == previous ? 1 : 0
      previous = user
      row[index] = user
    }
    return repeats == 0 ? count : withoutRepeats(row, count, dropping: author)
  }

  private func withoutRepeats(
    _ row: UnsafeMutablePointer<UInt32>, _ count: Int, dropping author: UInt32
  ) -> Int {
    var distinct = 0
    var previous = author
    for index in 0..<count {
      let user = row[index]
      // Writing ahead of knowing whether it counts saves a branch that nothing predicts.
      row[distinct] = user
      distinct &+= user != previous && user != author ? 1 : 0
      previous = user
    }
    return distinct
  }

  /// Inserts fresh draws into a sorted row of distinct users until it is long enough.
  private func complete(
    _ row: UnsafeMutablePointer<UInt32>, from distinct: Int, to count: Int, author: Int,
    _ stream: inout RandomStream
  ) {
    var length = distinct
    while length < count {
      let user = one(&stream)
      var low = 0
      var high = length
      while low < high {
        let middle = (low + high) / 2
        if row[middle] < user { low = middle + 1 } else { high = middle }
      }
      if Int(user) == author || (low < length && row[low] == user) { continue }
      (row + low + 1).update(from: row + low, count: length - low)
      row[low] = user
      length += 1
    }
  }

  @inline(__always)
  private func one(_ stream: inout RandomStream) -> UInt32 {
    guard let weights else {
      return UInt32(truncatingIfNeeded: stream.below(UInt64(users)))
    }
    return weights.user(at: stream.uniform())
  }

  /// A row that is a sizeable part of all users.
  private func drawLong(
    _ count: Int, author: Int, into row: UnsafeMutablePointer<UInt32>,
    _ stream: inout RandomStream
  ) {
    // Drawing whom to leave out is as fair and much shorter where most are in, but only if
    // all are alike; unequal users are then ranked by exponential clocks instead.
    let others = author < users ? users - 1 : users
    if weights == nil, count > others / 2 {
      mark(others - count, author: author, scratch: row, &stream)
      collect(row, author: author, inverted: true)
    } else if let weights, count > users / 8 {
      takeFirst(count, weights, author: author, &stream)
      collect(row, author: author, inverted: false)
    } else {
      mark(count, author: author, scratch: row, &stream)
      collect(row, author: author, inverted: false)
    }
  }

  /// Marks that many users besides the author, in sorted batches that the row has room for.
  private func mark(
    _ count: Int, author: Int, scratch row: UnsafeMutablePointer<UInt32>,
    _ stream: inout RandomStream
  ) {
    var marked = 0
    while marked < count {
      let batch = min(count - marked, longRow - 1)
      let drawn = drawSorted(batch, author: author, into: row, &stream)
      for index in 0..<drawn {
        let user = Int(row[index])
        let word = taken[user >> 6]
        let bit: UInt64 = 1 << UInt64(user & 63)
        taken[user >> 6] = word | bit
        marked &+= word & bit == 0 ? 1 : 0
      }
    }
  }

  /// Marks the users whose exponential clocks, running at their weights, ring first: the
  /// same law as successive sampling (Efraimidis, Spirakis, 2006), in one pass.
  private func takeFirst(
    _ count: Int, _ weights: FollowingWeights, author: Int,
    _ stream: inout RandomStream
  ) {
    var times = (0..<users).map { user in
      exponential.drawExponential(&stream) / weights.weight(of: user)
    }
    if author < users { times[author] = .infinity }
    let last = Self.smallest(count - 1, of: times)
    // Clocks that ring together with the last one: the first of them count.
    var ties = count - times.count { $0 < last }
    for user in 0..<users where times[user] <= last {
      if times[user] == last {
        ties -= 1
        if ties < 0 { continue }
      }
      taken[user >> 6] |= 1 << UInt64(user & 63)
    }
  }

  /// The value of that rank, from 0, by partition (Hoare: "Algorithm 65: Find", 1961).
  private static func smallest(_ rank: Int, of values: [Double]) -> Double {
    var values = values
    var low = 0
    var high = values.count - 1
    while low < high {
      let pivot = values[(low + high) / 2]
      var left = low
      var right = high
      while left <= right {
        while values[left] < pivot { left += 1 }
        while pivot < values[right] { right -= 1 }
        if left <= right {
          values.swapAt(left, right)
          left += 1
          right -= 1
        }
      }
      if rank <= right {
        high = right
      } else if rank >= left {
        low = left
      } else {
        break
      }
    }
    return values[rank]
  }

  /// Reads the bit set out in ascending order and clears it.
  private func collect(_ row: UnsafeMutablePointer<UInt32>, author: Int, inverted: Bool) {
    if inverted, author < users { taken[author >> 6] |= 1 << UInt64(author & 63) }
    var length = 0
    for word in 0..<wordCount {
      var bits = inverted ? ~taken[word] : taken[word]
      taken[word] = 0
      if inverted, word == wordCount - 1, users & 63 != 0 {
        bits &= (1 << UInt64(users & 63)) - 1
      }
      while bits != 0 {
        row[length] = UInt32(truncatingIfNeeded: word << 6 | bits.trailingZeroBitCount)
        length += 1
        bits &= bits &- 1
      }
    }
  }
}
