import CGSL

/// Replays requests known in advance against a SIEVE cache, in two queues instead of a list: the
/// keys that the hand has yet to pass, and those that it has spared.
///
/// Several requests are taken at a time, as hits or misses by what is held before them, and their
/// evictions made up for afterwards: no branch depends on a single one. That is right unless the
/// hand comes to a key that one of them was for; such a group is taken back and done one by one.
struct SieveReplay: ~Copyable {
  private static var group: Int { 16 }
  private static var ahead: Int { 32 }
  /// In a key's state.
  private static var isHeld: UInt8 { 1 }
  private static var wasUsed: UInt8 { 2 }
  private static var isOfGroup: UInt8 { 4 }

  private let requests: UnsafeBufferPointer<UInt32>
  /// By key.
  private let states: UnsafeMutablePointer<UInt8>
  private let capacity: Int
  private let mask: Int
  /// Before the hand, from the next one on to the newest; a place is a number modulo the slots.
  private var before: UnsafeMutablePointer<UInt32>
  private var next = 0
  private var end = 0
  /// Behind it, the oldest first.
  private var behind: UnsafeMutablePointer<UInt32>
  private var spared = 0
  private(set) var misses = 0

  init(_ requests: UnsafeBufferPointer<UInt32>, keys: Int, capacity: Int) {
    self.requests = requests
    self.capacity = capacity
    states = .large(capacity: keys)
    states.initialize(repeating: 0, count: keys)
    let slots = (capacity + Self.group).nextPowerOfTwo
    mask = slots - 1
    before = .allocate(capacity: slots)
    behind = .allocate(capacity: slots)
  }

  deinit {
    states.deallocate()
    before.deallocate()
    behind.deallocate()
  }

  mutating func run() {
    var place = 0
    while place < requests.count, end < capacity {
      step(place)
      place += 1
    }
    while place + Self.group + Self.ahead < requests.count {
      if !stepGroup(place) {
        for single in place..<place + Self.group { step(single) }
      }
      place += Self.group
    }
    while place < requests.count {
      step(place)
      place += 1
    }
  }

  /// The keys that are held, the oldest first, whether each was used, and whether the hand is to
  /// pass it next.
  func forEachHeld(_ body: (_ key: UInt32, _ wasUsed: Bool, _ isNext: Bool) -> Void) {
    func tell(_ key: UInt32, isNext: Bool) {
      body(key, states[Int(key)] & Self.wasUsed != 0, isNext)
    }
    for place in 0..<spared { tell(behind[place], isNext: false) }
    for place in next..<end { tell(before[place & mask], isNext: place == next) }
  }

  private mutating func step(_ place: Int) {
    let key = requests[place]
    if states[Int(key)] != 0 {
      states[Int(key)] = Self.isHeld | Self.wasUsed
      return
    }
    misses += 1
    if end - next + spared == capacity { evict() }
    states[Int(key)] = Self.isHeld
    before[end & mask] = key
    end += 1
  }

  private mutating func evict() {
    while true {
      let key = before[next & mask]
      next += 1
      let wasUsed = states[Int(key)] & Self.wasUsed != 0
      states[Int(key)] = wasUsed ? Self.isHeld : 0
      if wasUsed {
        behind[spared] = key
        spared += 1
      }
      if next == end { wrap() }
      if !wasUsed { return }
    }
  }

  /// The hand returns to the oldest.
  private mutating func wrap() {
    swap(&before, &behind)
    (next, end, spared) = (0, spared, 0)
  }

  /// Whether the group's requests could be taken together.
  @inline(__always)
  private mutating func stepGroup(_ start: Int) -> Bool {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.group) { old in
      var newest = end
      for place in 0..<Self.group {
        feedsim_prefetch(states + Int(requests[start &+ place &+ Self.ahead]))
        let key = requests[start &+ place]
        let state = states[Int(key)]
        old[place] = state
        let isHeld = state & Self.isHeld
        states[Int(key)] = Self.isHeld | Self.isOfGroup | isHeld << 1
        before[newest & mask] = key
        newest &+= Int(isHeld ^ 1)
      }
      let missed = newest &- end
      if passHand(over: missed) {
        end = newest
        misses &+= missed
        for place in 0..<Self.group {
          states[Int(requests[start &+ place])] &= Self.isHeld | Self.wasUsed
        }
        return true
      }
      for place in (0..<Self.group).reversed() {
        states[Int(requests[start &+ place])] = old[place]
      }
      return false
    }
  }

  /// Evicts so many keys; nothing and false if the hand comes to a key of the group or to the end.
  @inline(__always)
  private mutating func passHand(over count: Int) -> Bool {
    var place = next
    var kept = spared
    var left = count
    while left > 0, place < end {
      let key = before[place & mask]
      feedsim_prefetch(states + Int(before[(place &+ 8) & mask]))
      let state = states[Int(key)]
      if state & Self.isOfGroup != 0 { break }
      let wasUsed = state >> 1
      behind[kept] = key
      kept &+= Int(wasUsed)
      states[Int(key)] = wasUsed
      left &-= Int(wasUsed ^ 1)
      place &+= 1
    }
    if left == 0, place < end {
      (next, spared) = (place, kept)
      return true
    }
    while place > next {
      place &-= 1
      let key = Int(before[place & mask])
      states[key] = states[key] << 1 | Self.isHeld
    }
    return false
  }
}
