/// What cache policies of slots begin with: their room, and the slots in it.
public class SlotCache {
  public let space: CacheSpace
  let slots: CacheSlots

  /// With one queue.
  public required init(_ space: CacheSpace) {
    self.space = space
    slots = CacheSlots(space)
  }

  /// - Parameters: as those of `CacheSlots`.
  init(_ space: CacheSpace, queues: Int, ghosts: [Int] = []) {
    self.space = space
    slots = CacheSlots(space, queues: queues, ghosts: ghosts)
  }

  deinit { slots.deallocate() }
}

/// A cache policy made of slots.
protocol SlotPolicy: CachePolicy, SlotCache {

  /// Drops a slot from whatever queue it is in.
  func drop(_ slot: CacheSlots.Slot)
}

extension SlotPolicy {
  public var count: Int { slots.count }
  public var used: Int { slots.used }

  @inline(__always)
  public func prefetch(_ key: UInt32) { slots.prefetch(key) }

  public func invalidate(_ key: UInt32) {
    if slots.contains(key) { drop(slots.find(key)) }
  }

  public func checkInvariants() throws {
    try slots.check(Self.name)
    try checkRoom()
  }

  func checkRoom() throws {
    guard used <= capacity else {
      throw BrokenInvariant("\(Self.name): \(used) of \(capacity) are used")
    }
  }
}

/// A cache policy of one queue, to whose newest end a key comes.
protocol QueuePolicy: SlotPolicy {
  /// The slot that goes next, of a queue that is not empty.
  func victim() -> CacheSlots.Slot
}

extension QueuePolicy {
  @inline(__always)
  public func admit(_ key: UInt32, size: Int) -> Int? {
    if slots.isFull {
      // One goes for one that comes, and leaves its slot.
      let slot = victim()
      slots.pass(slot, to: key)
      slots.renew(slot)
      return Int(slot)
    }
    if size > capacity { return nil }
    while used + size > capacity { drop(victim()) }
    return Int(slots.append(key, size: size))
  }

  @inline(__always)
  func victim() -> CacheSlots.Slot { slots.oldest() }

  func drop(_ slot: CacheSlots.Slot) { slots.drop(slot) }
}
