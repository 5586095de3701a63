/// A window of a hundredth of the room takes what is new; what falls out of it comes into the main
/// cache, a segmented LRU of which four fifths are protected, only if it was asked for more often
/// of late than what it would drive out (Einziger, Friedman, Manes: "TinyLFU: a highly efficient
/// cache admission policy", ACM ToS 13(4), 2017, section 4).
public final class WTinyLFU: SlotCache, SlotPolicy {
  public static let name = "w-tinylfu"
  public static let summary = "a small window, and only what is asked for more often replaces"

  /// The queues; a key's mark says in which it is.
  private static let window = 0
  private static let probation = 1
  private static let protected = 2

  private let sketch: FrequencySketch
  private let windowCapacity: Int
  private let protectedCapacity: Int

  public required init(_ space: CacheSpace) {
    sketch = FrequencySketch(objects: min(space.capacity, space.keys), seed: space.seed)
    windowCapacity = max(1, space.share(0.01))
    protectedCapacity = Int(Double(space.capacity - windowCapacity) * 0.8)
    super.init(space, queues: 3)
  }

  @inline(__always)
  public func prefetch(_ key: UInt32) {
    slots.prefetch(key)
    sketch.prefetch(key)
  }

  @inline(__always)
  public func access(_ key: UInt32) -> Int? {
    sketch.count(key)
    guard slots.contains(key) else { return nil }
    let slot = slots.find(key)
    let queue = Int(slots.mark(ofKey: key))
    if queue == WTinyLFU.probation { protect(slot) } else { slots.renew(slot, in: queue) }
    return Int(slot)
  }

  private func protect(_ slot: CacheSlots.Slot) {
    move(slot, from: WTinyLFU.probation, to: WTinyLFU.protected)
    while slots.used(in: WTinyLFU.protected) > protectedCapacity {
      move(slots.oldest(WTinyLFU.protected), from: WTinyLFU.protected, to: WTinyLFU.probation)
    }
  }

  private func move(_ slot: CacheSlots.Slot, from old: Int, to new: Int) {
    slots.move(slot, from: old, to: new)
    slots.setMark(UInt32(new), of: slot)
  }

  public func admit(_ key: UInt32, size: Int) -> Int? {
    if slots.isFull { return Int(replace(with: key)) }
    if size > capacity { return nil }
    let queue = size > windowCapacity ? WTinyLFU.probation : WTinyLFU.window
    if queue == WTinyLFU.probation {
      guard makeRoom(size, for: key) else { return nil }
    } else {
      while slots.used(in: WTinyLFU.window) + size > windowCapacity { leaveWindow() }
    }
    return Int(slots.append(key, size: size, to: queue, mark: UInt32(queue)))
  }

  /// The slot of a key that comes into a full cache whose objects count 1 each: of the window's
  /// oldest, or of what that drives out.
  @inline(__always)
  private func replace(with key: UInt32) -> CacheSlots.Slot {
    let leaving = slots.oldest(WTinyLFU.window)
    let queue = slots.isEmpty(WTinyLFU.probation) ? WTinyLFU.protected : WTinyLFU.probation
    let victim = slots.oldest(queue)
    let frequency = sketch.frequency(of: slots.key(of: leaving))
    if slots.isEnd(victim) || sketch.frequency(of: slots.key(of: victim)) >= frequency {
      slots.pass(leaving, to: key)
      slots.renew(leaving, in: WTinyLFU.window)
      return leaving
    }
    slots.unlink(victim, from: queue)
    move(leaving, from: WTinyLFU.window, to: WTinyLFU.probation)
    slots.pass(victim, to: key)
    slots.append(victim, to: WTinyLFU.window)
    return victim
  }

  /// The window's oldest comes into the main cache or goes.
  private func leaveWindow() {
    let slot = slots.oldest(WTinyLFU.window)
    if makeRoom(slots.size(of: slot), for: slots.key(of: slot)) {
      move(slot, from: WTinyLFU.window, to: WTinyLFU.probation)
    } else {
      slots.drop(slot, from: WTinyLFU.window)
    }
  }

  /// Room that lacks in the main cache for so much more.
  private func lack(_ size: Int) -> Int {
    slots.used(in: WTinyLFU.probation) + slots.used(in: WTinyLFU.protected) + size
      - (capacity - windowCapacity)
  }

  /// Evicts from the main cache for a key that was asked for more often than each that goes;
  /// whether there is room then.
  private func makeRoom(_ size: Int, for key: UInt32) -> Bool {
    var lacking = lack(size)
    if lacking <= 0 { return true }
    if size > capacity - windowCapacity { return false }
    let frequency = sketch.frequency(of: key)
    var slot = slots.oldest(WTinyLFU.probation)
    while lacking > 0 {
      if slots.isEnd(slot) { slot = slots.oldest(WTinyLFU.protected) }
      if sketch.frequency(of: slots.key(of: slot)) >= frequency { return false }
      lacking -= slots.size(of: slot)
      slot = slots.newer(than: slot)
    }
    while lack(size) > 0 {
      let queue =
        slots.isEmpty(WTinyLFU.probation) ? WTinyLFU.protected : WTinyLFU.probation
      slots.drop(slots.oldest(queue), from: queue)
    }
    return true
  }

  func drop(_ slot: CacheSlots.Slot) { slots.drop(slot, from: Int(slots.mark(of: slot))) }

  public func checkInvariants() throws {
    try slots.check(Self.name)
    try checkRoom()
    guard slots.used(in: WTinyLFU.window) <= windowCapacity,
      slots.used(in: WTinyLFU.protected) <= protectedCapacity
    else { throw BrokenInvariant("w-tinylfu: the window or the protected part is too large") }
  }
}
