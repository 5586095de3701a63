/// Keys that a cache has evicted and still remembers, without their objects: the oldest go first.
struct GhostQueue: ~Copyable {
  let capacity: Int
  private let slots: CacheSlots

  init(capacity: Int, _ space: CacheSpace) {
    self.capacity = capacity
    var space = space
    space.capacity = capacity
    slots = CacheSlots(space)
  }

  var isEmpty: Bool { slots.isEmpty() }

  /// Room that the objects took.
  var used: Int { slots.used }

  @inline(__always)
  func contains(_ key: UInt32) -> Bool { slots.contains(key) }

  @inline(__always)
  func insert(_ key: UInt32, size: Int) {
    if size > capacity { return }
    while slots.used + size > capacity { dropOldest() }
    slots.append(slots.take(key, size: size))
  }

  @inline(__always)
  func dropOldest() { slots.drop(slots.oldest()) }

  /// Forgets a key; whether it was remembered.
  @inline(__always)
  func remove(_ key: UInt32) -> Bool {
    guard slots.contains(key) else { return false }
    slots.drop(slots.find(key))
    return true
  }

  func check(_ policy: String) throws {
    try slots.check(policy)
    guard used <= capacity else {
      throw BrokenInvariant("\(policy): remembers \(used), more than \(capacity)")
    }
  }
}
