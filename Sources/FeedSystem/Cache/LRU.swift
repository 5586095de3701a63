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

  /// Many requests to an empty cache of objects that count 1 each are replayed without the list.
  public func replay(_ keys: UnsafeBufferPointer<UInt32>) -> Int {
    guard count == 0, capacity >= 1024, space.suitsTables(keys) else { return requested(keys) }
    var replay = RecencyReplay(keys, keys: space.keys, capacity: capacity)
    replay.run()
    replay.forEachHeld { _ = slots.append($0, size: 1) }
    return replay.misses
  }
}
