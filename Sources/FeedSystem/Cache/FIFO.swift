/// First in, first out: evicts the key that came in first.
public final class FIFO: SlotCache, QueuePolicy {
  public static let name = "fifo"
  public static let summary = "evict the key that came first"

  @inline(__always)
  public func access(_ key: UInt32) -> Int? {
    slots.contains(key) ? Int(slots.find(key)) : nil
  }
}
