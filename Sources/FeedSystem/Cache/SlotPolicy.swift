/// A cache policy made of slots.
protocol SlotPolicy: CachePolicy {
  var slots: CacheSlots { get }

  /// Drops a slot from whatever queue it is in.
  func drop(_ slot: CacheSlots.Slot)
}

extension SlotPolicy {
  public var count: Int { slots.count }
  public var used: Int { slots.used }

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
  /// Drops a slot of a queue that is not empty.
  func evict()
}

extension QueuePolicy {
  public func admit(_ key: UInt32, size: Int) -> Int? {
    if size > capacity { return nil }
    while used + size > capacity { evict() }
    let slot = slots.take(key, size: size)
    slots.append(slot)
    return Int(slot)
  }

  func drop(_ slot: CacheSlots.Slot) { slots.drop(slot) }
}
