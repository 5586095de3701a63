/// First in, first out: evicts the key that came in first.
public final class FIFO: CachePolicy {
  public static let name = "fifo"
  public static let summary = "evict the key that came first"

  public let space: CacheSpace
  private let slots: CacheSlots

  public init(_ space: CacheSpace) {
    self.space = space
    slots = CacheSlots(space)
  }

  public var count: Int { slots.count }
  public var used: Int { slots.used }

  public func prefetch(_ key: UInt32) { slots.prefetch(key) }

  public func access(_ key: UInt32) -> Int? {
    slots.contains(key) ? Int(slots.find(key)) : nil
  }

  public func admit(_ key: UInt32, size: Int) -> Int? {
    if size > capacity { return nil }
    while used + size > capacity { slots.drop(slots.oldest()) }
    let slot = slots.take(key, size: size)
    slots.append(slot)
    return Int(slot)
  }

  public func invalidate(_ key: UInt32) {
    if slots.contains(key) { slots.drop(slots.find(key)) }
  }

  public func checkInvariants() throws {
    try slots.check(Self.name)
    try checkRoom()
  }
}
