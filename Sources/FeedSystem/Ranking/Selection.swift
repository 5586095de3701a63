extension Candidates {
  /// Puts the best `limit` first, best to worst, and drops the others; where a reranker has put
  /// them in order, the first of these.
  public mutating func sort(keeping limit: Int = .max) {
    let kept = min(limit, count)
    if !isOrdered {
      withKeys { keys in
        writeKeys(keys)
        partition(keys, count: count, largest: kept)
        sortDescending(keys, count: kept)
        readKeys(keys, count: kept)
      }
    }
    count = kept
    isOrdered = true
  }

  /// Drops all but the best `limit`; which of these stands where is left open where scores decide.
  public mutating func cut(to limit: Int) {
    guard limit < count else { return }
    if !isOrdered {
      withKeys { keys in
        writeKeys(keys)
        partition(keys, count: count, largest: limit)
        readKeys(keys, count: limit)
      }
    }
    count = limit
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
