/// Segmented LRU: a key comes into the lowest of four LRU segments and climbs by one with each use;
/// what a segment has no room for falls by one, and out of the lowest (Karedla, Love, Wherry:
/// "Caching strategies to improve disk system performance", IEEE Computer 27(3), 1994; with four
/// equal segments instead of two).
///
/// As long as a segment has room, a key comes into the lowest that has.
public final class SLRU: SlotCache, SlotPolicy {
  public static let name = "slru"
  public static let summary = "four LRU segments: up by one with each use, out at the bottom"

  /// Segments are the queues 0 ... 3; a key's mark says in which it is.
  private let segmentCapacity: Int

  public required init(_ space: CacheSpace) {
    segmentCapacity = space.capacity / 4
    super.init(space, queues: 4)
  }

  @inline(__always)
  public func access(_ key: UInt32) -> Int? {
    guard slots.contains(key) else { return nil }
    let slot = slots.find(key)
    let segment = Int(slots.mark(ofKey: key))
    if segment == 3 {
      slots.renew(slot, in: 3)
    } else {
      move(slot, from: segment, to: segment + 1)
      cool(segment + 1)
    }
    return Int(slot)
  }

  private func move(_ slot: CacheSlots.Slot, from: Int, to: Int) {
    slots.move(slot, from: from, to: to)
    slots.setMark(UInt32(to), of: slot)
  }

  /// Lets what a segment above the lowest has no room for fall.
  private func cool(_ top: Int) {
    var segment = top
    while segment > 0, slots.used(in: segment) > segmentCapacity {
      while slots.used(in: segment) > segmentCapacity {
        move(slots.oldest(segment), from: segment, to: segment - 1)
      }
      segment -= 1
    }
  }

  public func admit(_ key: UInt32, size: Int) -> Int? {
    if size > capacity { return nil }
    while used + size > capacity { evict() }
    let roomy = (0..<4).first { slots.used(in: $0) + size <= segmentCapacity } ?? 0
    return Int(slots.append(key, size: size, to: roomy, mark: UInt32(roomy)))
  }

  private func evict() {
    for segment in 0..<4 where !slots.isEmpty(segment) {
      slots.drop(slots.oldest(segment), from: segment)
      return
    }
  }

  func drop(_ slot: CacheSlots.Slot) { slots.drop(slot, from: Int(slots.mark(of: slot))) }
}
