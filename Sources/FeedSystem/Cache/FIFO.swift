/// First in, first out: evicts the key that came in first.
public final class FIFO: QueuePolicy {
  public static let name = "fifo"
  public static let summary = "evict the key that came first"

  public let space: CacheSpace
  let slots: CacheSlots

  public init(_ space: CacheSpace) {
    self.space = space
    slots = CacheSlots(space)
  }

  public func access(_ key: UInt32) -> Int? {
    slots.contains(key) ? Int(slots.find(key)) : nil
  }

  func evict() { slots.drop(slots.oldest()) }
}
