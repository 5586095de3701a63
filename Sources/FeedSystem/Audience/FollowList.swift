import Simulation

/// Follows collected in any order, with repeats, to make a graph of.
///
/// Radix sorting finds the repeats and the follower counts; users are then renumbered by
/// falling count and two transpositions write the rows.
struct FollowList {
  private(set) var userCount: Int
  private(set) var selfLoops = 0
  private var duplicates = 0
  /// Follower in the high half, followee in the low.
  private var follows: [UInt64] = []
  /// Where memory is next saved by dropping repeats.
  private var compactAt = 1 << 22

  init(userCount: Int = 0) { self.userCount = userCount }

  var count: Int { follows.count }
  subscript(index: Int) -> (follower: UInt32, followee: UInt32) {
    let key = follows[index]
    return (UInt32(truncatingIfNeeded: key >> 32), UInt32(truncatingIfNeeded: key))
  }

  /// Adds a user and returns its number.
  mutating func addUser() -> UInt32 {
    userCount += 1
    return UInt32(truncatingIfNeeded: userCount - 1)
  }

  @inline(__always)
  mutating func append(follower: UInt32, followee: UInt32) {
    guard follower != followee else {
      selfLoops += 1
      return
    }
    if follows.count == compactAt { compact() }
    follows.append(UInt64(follower) << 32 | UInt64(followee))
  }

  /// Adds a user whom that many others follow, sampled alike from all before it.
  mutating func addCelebrity(followers: Int, seed: UInt64) -> UInt32 {
    let id = addUser()
    let row = UnsafeMutablePointer<UInt32>.allocate(capacity: max(followers, 1))
    defer { row.deallocate() }
    let draw = FollowerDraw(users: userCount, seed: seed, weights: nil)
    draw.draw(followers, author: Int(id), into: row)
    for index in 0..<followers { append(follower: row[index], followee: id) }
    return id
  }

  /// Renames every user; used once all are known.
  mutating func rename(_ newNames: [UInt32]) {
    for index in follows.indices {
      let (follower, followee) = self[index]
      follows[index] = UInt64(newNames[Int(follower)]) << 32 | UInt64(newNames[Int(followee)])
    }
  }

  /// Sorts by followee, then follower, and drops repeats.
  private mutating func compact() {
    let bits = Int.bitWidth - max(userCount - 1, 1).leadingZeroBitCount
    RadixSort.sort(&follows, digitsAt: [32..<(32 + bits), 0..<bits])
    var kept = 0
    for index in follows.indices where index == 0 || follows[index] != follows[kept - 1] {
      follows[kept] = follows[index]
      kept += 1
    }
    duplicates += follows.count - kept
    follows.removeLast(follows.count - kept)
    compactAt = max(compactAt, 2 * kept)
  }

  /// - Parameter origin: its self-loops, duplicates and order of names are filled in here;
  ///   celebrities and names are given by the numbers used so far.
  consuming func build(
    origin: FollowerGraph.Origin, memory: GraphMemory, storage: GraphStorage = .plain
  ) -> FollowerGraph {
    compact()
    let users = userCount
    var starts = [UInt32](repeating: 0, count: users + 1)
    for key in follows { starts[Int(UInt32(truncatingIfNeeded: key)) + 1] += 1 }
    let newNames = Self.numbering(byFalling: starts)
    for user in 0..<users { starts[user + 1] += starts[user] }

    let edges = follows.count
    let (followers, followees) =
      storage == .compressed
      ? compressedRows(starts, newNames, memory) : plainRows(starts, newNames, memory)

    var origin = origin
    origin.selfLoops = selfLoops
    origin.duplicates = duplicates
    for index in origin.celebrities.indices {
      origin.celebrities[index].id = newNames[Int(origin.celebrities[index].id)]
    }
    origin.names = origin.names.map { names in
      var ordered = names
      for user in 0..<users { ordered[Int(newNames[user])] = names[user] }
      return ordered
    }
    return FollowerGraph(
      userCount: users, edgeCount: edges, followers: followers, followees: followees,
      origin: origin, memory: memory)
  }

  private mutating func plainRows(
    _ starts: [UInt32], _ newNames: [UInt32], _ memory: GraphMemory
  ) -> (followers: FollowerGraph.Rows, followees: FollowerGraph.Rows) {
    let (users, edges) = (userCount, follows.count)
    let followers = FollowerGraph.Rows(
      offsets: memory.take(byteCount: 4 * (users + 1)), rows: memory.take(byteCount: 4 * edges))
    let followees = FollowerGraph.Rows(
      offsets: memory.take(byteCount: 4 * (users + 1)), rows: memory.take(byteCount: 4 * edges))
    renumber(starts, newNames, followers)
    follows = []
    let transposition = Transposition(targets: users, edges: edges)
    transposition.write(
      followees.rows.words, offsets: followees.offsets.words, from: followers.offsets.words,
      followers.rows.words, rowCount: users, memory: memory)
    transposition.write(
      followers.rows.words, offsets: followers.offsets.words, from: followees.offsets.words,
      followees.rows.words, rowCount: users, memory: memory)
    return (followers, followees)
  }

  private mutating func compressedRows(
    _ starts: [UInt32], _ newNames: [UInt32], _ memory: GraphMemory
  ) -> (followers: FollowerGraph.Rows, followees: FollowerGraph.Rows) {
    let transposition = CompressedTransposition(targets: userCount, edges: follows.count)
    let followees = transposition.rows(
      of: RenumberedFollows(
        follows: follows, starts: starts, newNames: newNames, order: order(newNames)),
      memory: memory)
    follows = []
    let followers = transposition.rows(of: followees.rows, memory: memory)
    return (followers.finish(), followees.finish())
  }

  /// The old numbers by the new ones.
  private func order(_ newNames: [UInt32]) -> [UInt32] {
    var order = [UInt32](repeating: 0, count: userCount)
    for user in 0..<userCount { order[Int(newNames[user])] = UInt32(truncatingIfNeeded: user) }
    return order
  }

  /// The rows of followers under the new numbers, each row in no order yet.
  private func renumber(
    _ starts: [UInt32], _ newNames: [UInt32], _ followers: FollowerGraph.Rows
  ) {
    let order = order(newNames)
    let offsets = followers.offsets.words
    let rows = followers.rows.words
    var position = 0
    for (row, user) in order.enumerated() {
      offsets[row] = UInt32(truncatingIfNeeded: position)
      for index in Int(starts[Int(user)])..<Int(starts[Int(user) + 1]) {
        rows[position] = newNames[Int(follows[index] >> 32)]
        position += 1
      }
    }
    offsets[userCount] = UInt32(truncatingIfNeeded: position)
  }

  /// New numbers by falling count (the count of user u stands at u + 1), ties in the old
  /// order, by counting.
  private static func numbering(byFalling counts: [UInt32]) -> [UInt32] {
    let largest = Int(counts.max() ?? 0)
    var starts = [UInt32](repeating: 0, count: largest + 2)
    for count in counts.dropFirst() { starts[largest - Int(count) + 1] += 1 }
    for rank in 0...largest { starts[rank + 1] += starts[rank] }
    return counts.dropFirst().map { count in
      let rank = largest - Int(count)
      defer { starts[rank] += 1 }
      return starts[rank]
    }
  }
}

/// A sorted list's follows, author by author under the new numbers, each row in no order.
private struct RenumberedFollows: FollowSource {
  let follows: [UInt64]
  let starts: [UInt32]
  let newNames: [UInt32]
  let order: [UInt32]

  @inline(__always)
  func forEachFollow(
    from lowest: UInt32, below end: UInt32, _ body: (_ row: UInt32, _ id: UInt32) -> Void
  ) {
    for (row, user) in order.enumerated() {
      for index in Int(starts[Int(user)])..<Int(starts[Int(user) + 1]) {
        let id = newNames[Int(follows[index] >> 32)]
        if id >= lowest, id < end { body(UInt32(truncatingIfNeeded: row), id) }
      }
    }
  }
}

/// Sorts keys by some of their bits, least significant range first; stable, linear time.
enum RadixSort {
  private static let digitBits = 11

  static func sort(_ keys: inout [UInt64], digitsAt ranges: [Range<Int>]) {
    var scratch = [UInt64](repeating: 0, count: keys.count)
    for range in ranges {
      for low in stride(from: range.lowerBound, to: range.upperBound, by: digitBits) {
        let width = min(digitBits, range.upperBound - low)
        keys.withUnsafeBufferPointer { keys in
          scratch.withUnsafeMutableBufferPointer { scratch in
            pass(from: keys, to: scratch, shift: UInt64(low), mask: 1 << UInt64(width) - 1)
          }
        }
        swap(&keys, &scratch)
      }
    }
  }

  private static func pass(
    from keys: UnsafeBufferPointer<UInt64>, to sorted: UnsafeMutableBufferPointer<UInt64>,
    shift: UInt64, mask: UInt64
  ) {
    guard let output = sorted.baseAddress else { return }
    var starts = [Int](repeating: 0, count: Int(mask) + 1)
    for key in keys { starts[Int(truncatingIfNeeded: key &>> shift & mask)] &+= 1 }
    var sum = 0
    for digit in starts.indices {
      let count = starts[digit]
      starts[digit] = sum
      sum += count
    }
    starts.withUnsafeMutableBufferPointer { starts in
      for key in keys {
        let digit = Int(truncatingIfNeeded: key &>> shift & mask)
        output[starts[digit]] = key
        starts[digit] &+= 1
      }
    }
  }
}
