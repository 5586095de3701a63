/// A hand goes from the oldest key to the newest, spares those used since it last passed, where
/// they stand, and evicts the first other (Zhang, Yang, Yue, Vigfusson, Rashmi: "SIEVE is simpler
/// than LRU", NSDI 2024, algorithm 1).
public final class SIEVE: SlotCache, QueuePolicy {
  public static let name = "sieve"
  public static let summary = "a hand sweeps from old to new and evicts what was not used"

  /// Where the hand stands; at no slot before the oldest.
  private var hand = CacheSlots.none

  @inline(__always)
  public func access(_ key: UInt32) -> Int? {
    guard slots.contains(key) else { return nil }
    slots.setMark(1, ofKey: key)
    return Int(slots.find(key))
  }

  @inline(__always)
  func victim() -> CacheSlots.Slot {
    var slot = slots.isEnd(hand) ? slots.oldest() : hand
    while slots.mark(of: slot) == 1 {
      slots.setMark(0, of: slot)
      slot = slots.newer(than: slot)
      if slots.isEnd(slot) { slot = slots.oldest() }
    }
    hand = slots.newer(than: slot)
    return slot
  }

  /// Many requests to an empty cache of objects that count 1 each are replayed without the list.
  public func replay(_ keys: UnsafeBufferPointer<UInt32>) -> Int {
    guard count == 0, capacity >= 1024, space.suitsTables(keys) else { return requested(keys) }
    var replay = SieveReplay(keys, keys: space.keys, capacity: capacity)
    replay.run()
    replay.forEachHeld { key, wasUsed, isNext in
      let slot = slots.append(key, size: 1, mark: wasUsed ? 1 : 0)
      if isNext { hand = slot }
    }
    return replay.misses
  }

  func drop(_ slot: CacheSlots.Slot) {
    if slot == hand { hand = slots.newer(than: slot) }
    slots.drop(slot)
  }

  public func checkInvariants() throws {
    try slots.check(Self.name)
    try checkRoom()
    guard slots.isEnd(hand) || slots.find(slots.key(of: hand)) == hand else {
      throw BrokenInvariant("sieve: the hand stands at a slot that holds nothing")
    }
  }
}
