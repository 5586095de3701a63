/// First in, first out with a second chance: a key used since it came, or since it was last spared,
/// is spared once (Corbató: "A paging experiment with the Multics system", MIT Project MAC report
/// M-384, 1968).
public final class Clock: CachePolicy {
  public static let name = "clock"
  public static let summary = "evict the key that came first, but spare those used since"

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
    slots.setMark(1, ofKey: key)
    return Int(slots.find(key))
  }

  public func admit(_ key: UInt32, size: Int) -> Int? {
    if size > capacity { return nil }
    while used + size > capacity { evict() }
    let slot = slots.take(key, size: size)
    slots.append(slot)
    return Int(slot)
  }

  private func evict() {
    while slots.mark(of: slots.oldest()) == 1 {
      slots.setMark(0, of: slots.oldest())
      slots.renew(slots.oldest())
    }
    slots.drop(slots.oldest())
  }

  public func invalidate(_ key: UInt32) {
    if slots.contains(key) { slots.drop(slots.find(key)) }
  }

  public func checkInvariants() throws {
    try slots.check(Self.name)
    try checkRoom()
  }
}
