/// First in, first out with a second chance: a key used since it came, or since it was last spared,
/// is spared once (Corbató: "A paging experiment with the Multics system", MIT Project MAC report
/// M-384, 1968).
public final class Clock: SlotCache, QueuePolicy {
  public static let name = "clock"
  public static let summary = "evict the key that came first, but spare those used since"

  @inline(__always)
  public func access(_ key: UInt32) -> Int? {
    guard slots.contains(key) else { return nil }
    slots.setMark(1, ofKey: key)
    return Int(slots.find(key))
  }

  @inline(__always)
  func victim() -> CacheSlots.Slot {
    while slots.mark(of: slots.oldest()) == 1 {
      slots.setMark(0, of: slots.oldest())
      slots.renew(slots.oldest())
    }
    return slots.oldest()
  }
}
