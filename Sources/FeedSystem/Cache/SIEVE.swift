/// A hand goes from the oldest key to the newest, spares those used since it last passed, where
/// they stand, and evicts the first other (Zhang, Yang, Yue, Vigfusson, Rashmi: "SIEVE is simpler
/// than LRU", NSDI 2024, algorithm 1).
public final class SIEVE: QueuePolicy {
  public static let name = "sieve"
  public static let summary = "a hand sweeps from old to new and evicts what was not used"

  public let space: CacheSpace
  let slots: CacheSlots
  /// Where the hand stands; `none` for the oldest.
  private var hand = CacheSlots.none

  public init(_ space: CacheSpace) {
    self.space = space
    slots = CacheSlots(space)
  }

  public func access(_ key: UInt32) -> Int? {
    guard slots.contains(key) else { return nil }
    slots.setMark(1, ofKey: key)
    return Int(slots.find(key))
  }

  func evict() {
    var slot = hand == CacheSlots.none ? slots.oldest() : hand
    while slots.mark(of: slot) == 1 {
      slots.setMark(0, of: slot)
      let newer = slots.newer(than: slot)
      slot = newer == CacheSlots.none ? slots.oldest() : newer
    }
    hand = slot
    drop(slot)
  }

  func drop(_ slot: CacheSlots.Slot) {
    if slot == hand { hand = slots.newer(than: slot) }
    slots.drop(slot)
  }

  public func checkInvariants() throws {
    try slots.check(Self.name)
    try checkRoom()
    guard hand == CacheSlots.none || slots.find(slots.key(of: hand)) == hand else {
      throw BrokenInvariant("sieve: the hand stands at a slot that holds nothing")
    }
  }
}
