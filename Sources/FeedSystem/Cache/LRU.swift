/// Least recently used: evicts the key whose last use lies furthest back.
public final class LRU: SlotCache, QueuePolicy {
  public static let name = "lru"
  public static let summary = "evict the key used least recently"

  @inline(__always)
  public func access(_ key: UInt32) -> Int? {
    guard slots.contains(key) else { return nil }
    let slot = slots.find(key)
    slots.renew(slot)
    return Int(slot)
  }
}
