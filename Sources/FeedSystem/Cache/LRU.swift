/// Least recently used: evicts the key whose last use lies furthest back.
public final class LRU: CachePolicy {
  public static let name = "lru"
  public static let summary = "evict the key used least recently"

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
    guard slots.contains(key) else { return nil }
    let slot = slots.find(key)
    slots.renew(slot)
    return Int(slot)
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

extension CachePolicy {
  func checkRoom() throws {
    guard used <= capacity else {
      throw BrokenInvariant("\(Self.name): \(used) of \(capacity) are used")
    }
  }
}
