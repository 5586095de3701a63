import CGSL

/// Replays requests known in advance against an LRU cache without keeping a list.
///
/// A key is held if and only if its last request lies behind the tail: the oldest request that is
/// still its key's last among as many as the cache has room for. So a request is one comparison,
/// and a mark on its key's request before; what is evicted is found by going through the marks in
/// the order of the requests, eight at a time.
///
/// Several requests are taken at a time, as hits or misses by the tail before them, and their
/// evictions made up for afterwards: no branch depends on a single one. That is right unless one of
/// them is for a key that the tail passes meanwhile; such a group is taken back and done one by
/// one.
struct RecencyReplay: ~Copyable {
  private static var group: Int { 32 }
  /// Requests that the tail may pass in a group.
  private static var margin: UInt32 { 128 }
  private static var ahead: Int { 32 }

  private let requests: UnsafeBufferPointer<UInt32>
  /// Number of each key's last request so far, from 1 on; 0 for none.
  private let last: UnsafeMutablePointer<UInt32>
  /// By number of a request, whether it is its key's last so far, as 1 and 0; at 0 what nobody
  /// looks at, behind the last request enough that a word may be read.
  private let isLast: UnsafeMutablePointer<UInt8>
  private let capacity: Int
  /// Keys are held whose last request has a greater number.
  private var tail: UInt32 = 0
  private var held = 0
  private(set) var misses = 0

  /// Of requests that are fewer than 2^32 - 1.
  init(_ requests: UnsafeBufferPointer<UInt32>, keys: Int, capacity: Int) {
    self.requests = requests
    self.capacity = capacity
    last = .large(capacity: keys)
    last.initialize(repeating: 0, count: keys)
    isLast = .large(capacity: requests.count + 16)
  }

  deinit {
    last.deallocate()
    isLast.deallocate()
  }

  mutating func run() {
    var next = 0
    while next < requests.count, held < capacity {
      step(next)
      next += 1
    }
    while next + Self.group + Self.ahead < requests.count {
      if !stepGroup(next) {
        for place in next..<next + Self.group { step(place) }
      }
      next += Self.group
    }
    while next < requests.count {
      step(next)
      next += 1
    }
  }

  /// The keys that are held, the one used least recently first.
  func forEachHeld(_ body: (UInt32) -> Void) {
    for place in Int(tail)..<requests.count where isLast[place + 1] != 0 { body(requests[place]) }
  }

  private mutating func step(_ place: Int) {
    let key = Int(requests[place])
    let before = last[key]
    let isHeld = before > tail
    last[key] = UInt32(truncatingIfNeeded: place + 1)
    isLast[place + 1] = 1
    if isHeld {
      isLast[Int(before)] = 0
      return
    }
    misses += 1
    held += 1
    if held > capacity { evict(1) }
  }

  /// Whether the group's requests could be taken together.
  @inline(__always)
  private mutating func stepGroup(_ start: Int) -> Bool {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.group) { before in
      let oldTail = tail
      var missed = 0
      var isUnsure: UInt32 = 0
      for place in 0..<Self.group {
        feedsim_prefetch(last + Int(requests[start &+ place &+ Self.ahead]))
        let key = Int(requests[start &+ place])
        let number = last[key]
        let distance = Int(number) &- Int(oldTail) &- 1
        // All ones for a key that is not held.
        let miss = distance >> 63
        before[place] = number
        last[key] = UInt32(truncatingIfNeeded: start &+ place &+ 1)
        isLast[start &+ place &+ 1] = 1
        isLast[Int(number) & ~miss] = 0
        missed &-= miss
        isUnsure |= number &- oldTail &- 1 < Self.margin ? 1 : 0
      }
      evict(missed)
      if isUnsure == 0, tail &- oldTail <= Self.margin {
        misses &+= missed
        return true
      }
      for place in (0..<Self.group).reversed() {
        last[Int(requests[start &+ place])] = before[place]
        if before[place] > oldTail { isLast[Int(before[place])] = 1 }
      }
      tail = oldTail
      held = capacity
      return false
    }
  }

  /// Moves the tail behind so many keys more.
  @inline(__always)
  private mutating func evict(_ count: Int) {
    var left = count
    var number = Int(tail) &+ 1
    while left >= 8 {
      let word = UnsafeRawPointer(isLast + number).loadUnaligned(as: UInt64.self)
      left &-= word.nonzeroBitCount
      number &+= 8
    }
    while left > 0 {
      left &-= Int(isLast[number])
      number &+= 1
    }
    tail = UInt32(truncatingIfNeeded: number &- 1)
    held = capacity
  }
}
