import CGSL

/// Replays requests known in advance against an S3-FIFO cache: its queues are rings of keys, as no
/// key leaves one but at its end, and a word of a key says all else about it.
struct S3FIFOReplay: ~Copyable {
  private static var ahead: Int { 32 }
  /// In a key's state: uses, up to 3, whether it is held, whether in the main queue, whether its
  /// ghost is.
  private static var uses: UInt8 { 3 }
  private static var promotion: UInt8 { 2 }
  private static var isHeld: UInt8 { 4 }
  private static var inMain: UInt8 { 8 }
  private static var isGhost: UInt8 { 16 }

  private let requests: UnsafeBufferPointer<UInt32>
  private let states: UnsafeMutablePointer<UInt8>
  private let capacity: Int
  private let mainRoom: Int
  private let ghostRoom: Int
  private var small: KeyRing
  private var main: KeyRing
  private var ghosts: KeyRing
  /// By key: where in the ring its ghost is.
  private let places: UnsafeMutablePointer<UInt32>
  private var ghostCount = 0
  private(set) var misses = 0

  init(
    _ requests: UnsafeBufferPointer<UInt32>, keys: Int, capacity: Int, small: Int, ghosts: Int
  ) {
    self.requests = requests
    self.capacity = capacity
    mainRoom = capacity - small
    ghostRoom = ghosts
    states = .large(capacity: keys)
    states.initialize(repeating: 0, count: keys)
    places = .large(capacity: keys)
    self.small = KeyRing(capacity)
    main = KeyRing(capacity)
    self.ghosts = KeyRing(2 * ghosts + 2)
  }

  deinit {
    states.deallocate()
    places.deallocate()
  }

  mutating func run() {
    let last = requests.count - 1
    for place in 0..<requests.count {
      feedsim_prefetch(states + Int(requests[min(place &+ Self.ahead, last)]))
      let key = requests[place]
      let state = states[Int(key)]
      if state & Self.isHeld != 0 {
        states[Int(key)] = state &+ (state & Self.uses == Self.uses ? 0 : 1)
      } else {
        misses &+= 1
        admit(key, state)
      }
    }
  }

  private mutating func admit(_ key: UInt32, _ state: UInt8) {
    if state & Self.isGhost != 0 {
      ghosts.cross(places[Int(key)])
      ghostCount &-= 1
    }
    while small.count &+ main.count >= capacity { evict() }
    if state & Self.isGhost != 0 {
      states[Int(key)] = Self.isHeld | Self.inMain
      main.append(key)
    } else {
      states[Int(key)] = Self.isHeld
      small.append(key)
    }
  }

  private mutating func evict() {
    if main.count > mainRoom || small.count == 0 { return evictFromMain() }
    while small.count > 0 {
      let key = small.removeFirst()
      if states[Int(key)] & Self.uses < Self.promotion { return remember(key) }
      states[Int(key)] = Self.isHeld | Self.inMain
      main.append(key)
    }
  }

  private mutating func evictFromMain() {
    while true {
      let key = main.removeFirst()
      let state = states[Int(key)]
      if state & Self.uses == 0 {
        states[Int(key)] = 0
        return
      }
      states[Int(key)] = state &- 1
      main.append(key)
    }
  }

  private mutating func remember(_ key: UInt32) {
    states[Int(key)] = 0
    if ghostRoom == 0 { return }
    if ghostCount == ghostRoom { forgetOldest() }
    if ghosts.isFull { closeGaps() }
    places[Int(key)] = ghosts.append(key)
    states[Int(key)] = Self.isGhost
    ghostCount &+= 1
  }

  private mutating func forgetOldest() {
    while true {
      let key = ghosts.removeFirst()
      if key == KeyRing.none { continue }
      states[Int(key)] = 0
      ghostCount &-= 1
      return
    }
  }

  /// Moves the ghosts together over those that have been crossed out.
  private mutating func closeGaps() {
    for _ in 0..<ghosts.count {
      let key = ghosts.removeFirst()
      if key != KeyRing.none { places[Int(key)] = ghosts.append(key) }
    }
  }

  /// The keys of the small queue, the main one and the ghosts, each the oldest first, with the uses
  /// since the last look.
  func forEach(
    small tellSmall: (_ key: UInt32, _ uses: UInt32) -> Void,
    main tellMain: (_ key: UInt32, _ uses: UInt32) -> Void, ghost tellGhost: (UInt32) -> Void
  ) {
    small.visit { tellSmall($0, UInt32(states[Int($0)] & Self.uses)) }
    main.visit { tellMain($0, UInt32(states[Int($0)] & Self.uses)) }
    ghosts.visit { if $0 != KeyRing.none { tellGhost($0) } }
  }
}

/// A queue of keys in a ring, which has a place for each that may wait at once.
struct KeyRing: ~Copyable {
  /// In place of a key that has been crossed out.
  static var none: UInt32 { .max }

  private let keys: UnsafeMutablePointer<UInt32>
  private let mask: UInt32
  private var first: UInt32 = 0
  private var end: UInt32 = 0

  init(_ capacity: Int) {
    let slots = max(2, capacity.nextPowerOfTwo)
    keys = .allocate(capacity: slots)
    mask = UInt32(slots - 1)
  }

  deinit { keys.deallocate() }

  @inline(__always) var count: Int { Int(end &- first) }
  @inline(__always) var isFull: Bool { end &- first == mask &+ 1 }

  /// Returns the key's place, for `cross`.
  @inline(__always) @discardableResult
  mutating func append(_ key: UInt32) -> UInt32 {
    let place = end & mask
    keys[Int(place)] = key
    end &+= 1
    return place
  }

  @inline(__always)
  mutating func removeFirst() -> UInt32 {
    let key = keys[Int(first & mask)]
    first &+= 1
    return key
  }

  /// Leaves a gap in place of a key.
  @inline(__always)
  mutating func cross(_ place: UInt32) { keys[Int(place)] = Self.none }

  /// The first to come first.
  func visit(_ body: (UInt32) -> Void) {
    for place in 0..<(end &- first) { body(keys[Int((first &+ place) & mask)]) }
  }
}
