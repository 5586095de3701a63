import CGSL

extension Candidates {
  /// Puts the best `limit` first, best to worst, and drops the others; where a reranker has put
  /// them in order, the first of these.
  public mutating func sort(keeping limit: Int = .max) {
    cut(to: limit)
    if !isOrdered {
      withKeys { keys in
        writeKeys(keys)
        sortDescending(keys, count: count)
        readKeys(keys, count: count)
      }
    }
    isOrdered = true
  }

  /// Drops all but the best `limit`, and leaves these where they stood to one another.
  public mutating func cut(to limit: Int) {
    guard limit < count else { return }
    if !isOrdered, limit > 0 { withKeys { drop(allBut: limit, $0) } }
    count = max(0, limit)
  }

  /// Moves the best to the front: those whose score is above a bound and, of those at the bound,
  /// the ones with the greatest ids.
  ///
  /// No loop has a branch that depends on a score, which would be anybody's guess.
  /// - Parameter room: as many words as there are candidates: half of them for scores, half for the
  ///   places of those that reach the bound.
  private func drop(allBut limit: Int, _ room: UnsafeMutablePointer<UInt64>) {
    let values = UnsafeMutableRawPointer(room).bindMemory(to: Int32.self, capacity: 2 * count)
    let places = values + count
    for place in 0..<count { values[place] = rising(scores[place]) }
    var bound: Int32 = 0
    let reached = feedsim_find_bound(values, count, limit, &bound)
    var found = 0
    for place in 0..<count {
      places[found] = Int32(truncatingIfNeeded: place)
      // The sign of the difference: of a comparison the compiler makes a branch.
      found &+= 1 &+ (Int(values[place]) &- Int(bound)) >> 63
    }
    var last = Int32.min
    if reached > limit {
      let ties = values
      var tied = 0
      for index in 0..<reached {
        let place = Int(places[index])
        ties[tied] = rising(ids[place], sources[place])
        tied &+= rising(scores[place]) == bound ? 1 : 0
      }
      let wanted = limit - (reached - tied)
      if feedsim_find_bound(ties, tied, wanted, &last) > wanted {
        // The same post is there twice, from the same source.
        return dropOneByOne(allBut: limit, room)
      }
    }
    let least = key(bound, last)
    var kept = 0
    for index in 0..<reached {
      let place = Int(places[index])
      let (id, score, source) = (ids[place], scores[place], sources[place])
      ids[kept] = id
      scores[kept] = score
      sources[kept] = source
      kept &+= key(rising(score), rising(id, source)) >= least ? 1 : 0
    }
  }

  private func dropOneByOne(allBut limit: Int, _ keys: UnsafeMutablePointer<UInt64>) {
    writeKeys(keys)
    partition(keys, count: count, largest: limit)
    readKeys(keys, count: limit)
  }

  /// A number that rises with a score.
  @inline(__always)
  private func rising(_ score: Float) -> Int32 {
    let bits = Int32(bitPattern: score.bitPattern)
    return bits ^ (bits >> 31 & Int32.max)
  }

  /// A number that rises with an id and then with the source.
  @inline(__always)
  private func rising(_ id: UInt32, _ source: CandidateSource) -> Int32 {
    Int32(bitPattern: id << 3 | UInt32(source.rawValue)) ^ .min
  }

  /// A number that rises with the first of two and then with the second.
  @inline(__always)
  private func key(_ first: Int32, _ second: Int32) -> Int64 {
    Int64(first) << 32 | Int64(UInt32(bitPattern: second ^ .min))
  }

  private func withKeys(_ body: (UnsafeMutablePointer<UInt64>) -> Void) {
    if let keys { return body(keys) }
    let own = UnsafeMutablePointer<UInt64>.allocate(capacity: max(1, count))
    defer { own.deallocate() }
    body(own)
  }

  /// One 64-bit key each (score, then id, then source): no comparison looks anywhere else, and
  /// equal scores have one order.
  private func writeKeys(_ keys: UnsafeMutablePointer<UInt64>) {
    var all: UInt32 = 0
    for place in 0..<count {
      let bits = scores[place].bitPattern
      let ordered = bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits
      all |= ids[place]
      keys[place] =
        UInt64(ordered) << 32 | UInt64(ids[place] << 3 | UInt32(sources[place].rawValue))
    }
    // Half a billion posts with their counters are beyond what a run can hold.
    precondition(all < 1 << 29, "a post's id has more than 29 bits")
  }

  private func readKeys(_ keys: UnsafeMutablePointer<UInt64>, count: Int) {
    for place in 0..<count {
      let key = keys[place]
      let ordered = UInt32(truncatingIfNeeded: key >> 32)
      let low = UInt32(truncatingIfNeeded: key)
      scores[place] = Float(
        bitPattern: ordered >> 31 == 1 ? ordered & 0x7fff_ffff : ~ordered)
      ids[place] = low >> 3
      sources[place] = CandidateSource(rawValue: UInt8(low & 7)) ?? .inNetwork
    }
  }
}

/// Moves the `largest` greatest keys to the front, in any order that the keys alone decide.
///
/// Of many, a histogram over their range tells the bucket that the last of them is in: two passes
/// without a branch that depends on a key leave that bucket alone to Hoare's selection, whose
/// branches are anybody's guess.
func partition(_ keys: UnsafeMutablePointer<UInt64>, count: Int, largest: Int) {
  guard count > 96, largest > 0, largest < count else {
    return select(keys, count: count, largest: largest)
  }
  var least = keys[0]
  var greatest = keys[0]
  for index in 1..<count {
    least = min(least, keys[index])
    greatest = max(greatest, keys[index])
  }
  let shift = UInt64(
    max(0, 64 - buckets.trailingZeroBitCount - (greatest - least).leadingZeroBitCount))
  let (bucket, above) = withUnsafeTemporaryAllocation(of: UInt32.self, capacity: buckets) {
    counts in
    counts.initialize(repeating: 0)
    for index in 0..<count { counts[Int((keys[index] &- least) &>> shift)] &+= 1 }
    var bucket = buckets - 1
    var above = 0
    while above + Int(counts[bucket]) < largest {
      above += Int(counts[bucket])
      bucket -= 1
    }
    return (UInt64(bucket), above)
  }
  let floor = least &+ (bucket &<< shift)
  let within = moveToFront(keys, count: count, from: floor)
  // The greatest bucket ends beyond the greatest key, and may beyond the greatest number.
  if above > 0 { _ = moveToFront(keys, count: within, from: floor &+ (1 &<< shift)) }
  select(keys + above, count: within - above, largest: largest - above)
}

private let buckets = 256

/// Moves the keys that are no less than a bound to the front; returns how many.
@inline(__always)
private func moveToFront(
  _ keys: UnsafeMutablePointer<UInt64>, count: Int, from bound: UInt64
) -> Int {
  var front = 0
  for index in 0..<count {
    let key = keys[index]
    keys[index] = keys[front]
    keys[front] = key
    front &+= key >= bound ? 1 : 0
  }
  return front
}

/// The same by Hoare's selection: the pivot is the median of three.
private func select(_ keys: UnsafeMutablePointer<UInt64>, count: Int, largest: Int) {
  var low = 0
  var high = count - 1
  while low < high, largest > 0, largest < count {
    let a = keys[low]
    let b = keys[low + (high - low) / 2]
    let c = keys[high]
    let pivot = max(min(a, b), min(max(a, b), c))
    var left = low
    var right = high
    while left <= right {
      while keys[left] > pivot { left += 1 }
      while keys[right] < pivot { right -= 1 }
      if left <= right {
        (keys[left], keys[right]) = (keys[right], keys[left])
        left += 1
        right -= 1
      }
    }
    if largest - 1 <= right {
      high = right
    } else if largest - 1 >= left {
      low = left
    } else {
      return
    }
  }
}

/// Sorts keys from greatest to least.
func sortDescending(_ keys: UnsafeMutablePointer<UInt64>, count: Int) {
  if count > 48 {
    let half = count / 2
    partition(keys, count: count, largest: half)
    sortDescending(keys, count: half)
    sortDescending(keys + half, count: count - half)
    return
  }
  var index = 1
  while index < count {
    let key = keys[index]
    var hole = index
    while hole > 0, keys[hole - 1] < key {
      keys[hole] = keys[hole - 1]
      hole -= 1
    }
    keys[hole] = key
    index += 1
  }
}
