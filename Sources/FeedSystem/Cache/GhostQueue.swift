/// Keys that a cache has evicted and still remembers, without their objects: the oldest go first.
struct GhostQueue {
  let slots: CacheSlots
  let queue: Int
  let capacity: Int
  /// Tells the ghosts of one queue from those of another.
  var mark: UInt32 = 0

  var isEmpty: Bool { slots.isEmpty(queue) }

  /// Room that the objects took.
  var used: Int { slots.used(in: queue) }

  @inline(__always)
  func contains(_ key: UInt32) -> Bool { slots.remembers(key) && slots.mark(ofKey: key) == mark }

  /// Drops an object and remembers its key, unless the object was larger than the queue.
  @inline(__always)
  func insert(_ slot: CacheSlots.Slot, from source: Int) {
    let size = slots.size(of: slot)
    if size > capacity { return slots.drop(slot, from: source) }
    while used + size > capacity { dropOldest() }
    slots.fade(slot, from: source, to: queue, mark: mark)
  }

  @inline(__always)
  func dropOldest() { slots.forget(slots.oldest(queue), from: queue) }

  /// Forgets a key; whether it was remembered.
  @inline(__always)
  func remove(_ key: UInt32) -> Bool {
    guard contains(key) else { return false }
    slots.forget(slots.find(key), from: queue)
    return true
  }

  func check(_ policy: String) throws {
    guard used <= capacity else {
      throw BrokenInvariant("\(policy): remembers \(used), more than \(capacity)")
    }
  }
}
