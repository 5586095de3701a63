/// Adaptive replacement: one LRU queue for keys used once, one for those used more often, and
/// ghosts of both, whose hits move the border between the two (Megiddo, Modha: "ARC: a self-tuning,
/// low overhead replacement cache", FAST 2003, figure 4, whose names T1, T2, B1, B2 and p are kept;
/// p is a real number, its steps are at least 1).
public final class ARC: SlotCache, SlotPolicy {
  public static let name = "arc"
  public static let summary = "recent against frequent keys, the border moved by hits on ghosts"

  private static let t1 = 0
  /// Of keys whose mark is 1.
  private static let t2 = 1

  private var b1: GhostQueue { GhostQueue(slots: slots, queue: 2, capacity: capacity) }
  private var b2: GhostQueue { GhostQueue(slots: slots, queue: 3, capacity: 2 * capacity, mark: 1) }
  /// The room that t1 is meant to have.
  private var p = 0.0

  public required init(_ space: CacheSpace) {
    super.init(space, queues: 2, ghosts: [space.capacity, 2 * space.capacity])
  }

  @inline(__always)
  public func access(_ key: UInt32) -> Int? {
    guard slots.contains(key) else { return nil }
    let slot = slots.find(key)
    if slots.mark(ofKey: key) == 1 {
      slots.renew(slot, in: ARC.t2)
    } else {
      slots.move(slot, from: ARC.t1, to: ARC.t2)
      slots.setMark(1, ofKey: key)
    }
    return Int(slot)
  }

  public func admit(_ key: UInt32, size: Int) -> Int? {
    if size > capacity { return nil }
    let returns = b1.contains(key) || b2.contains(key)
    if b1.contains(key) {
      p = min(p + max(Double(b2.used) / Double(b1.used), 1), Double(capacity))
      makeRoom(size, isInB2: false)
      _ = b1.remove(key)
    } else if b2.contains(key) {
      p = max(p - max(Double(b1.used) / Double(b2.used), 1), 0)
      makeRoom(size, isInB2: true)
      _ = b2.remove(key)
    } else {
      makeRoomForNew(size)
    }
    return Int(
      returns
        ? slots.append(key, size: size, to: ARC.t2, mark: 1)
        : slots.append(key, size: size, to: ARC.t1))
  }

  /// Case IV: a key that is not remembered.
  private func makeRoomForNew(_ size: Int) {
    while used + size > capacity {
      if slots.used(in: ARC.t1) + b1.used + size > capacity {
        if slots.used(in: ARC.t1) < capacity, !b1.isEmpty {
          b1.dropOldest()
          replace(isInB2: false)
        } else if slots.isEmpty(ARC.t1) {
          replace(isInB2: false)
        } else {
          slots.drop(slots.oldest(ARC.t1), from: ARC.t1)
        }
      } else {
        if slots.used(in: ARC.t1) + b1.used + slots.used(in: ARC.t2) + b2.used >= 2 * capacity,
          !b2.isEmpty
        {
          b2.dropOldest()
        }
        replace(isInB2: false)
      }
    }
    trimGhosts(size)
  }

  /// t1 and b1 have the capacity together, all four twice that.
  private func trimGhosts(_ size: Int) {
    while !b1.isEmpty, slots.used(in: ARC.t1) + b1.used + size > capacity { b1.dropOldest() }
    while !b2.isEmpty, used + b1.used + b2.used + size > 2 * capacity { b2.dropOldest() }
  }

  private func makeRoom(_ size: Int, isInB2: Bool) {
    while used + size > capacity { replace(isInB2: isInB2) }
  }

  /// The paper's REPLACE.
  private func replace(isInB2: Bool) {
    let fromT1 =
      !slots.isEmpty(ARC.t1)
      && (Double(slots.used(in: ARC.t1)) > p || (Double(slots.used(in: ARC.t1)) == p && isInB2)
        || slots.isEmpty(ARC.t2))
    if fromT1 {
      b1.insert(slots.oldest(ARC.t1), from: ARC.t1)
    } else {
      b2.insert(slots.oldest(ARC.t2), from: ARC.t2)
    }
  }

  func drop(_ slot: CacheSlots.Slot) {
    slots.drop(slot, from: slots.mark(of: slot) == 1 ? ARC.t2 : ARC.t1)
  }

  public func checkInvariants() throws {
    try slots.check(Self.name)
    try b1.check(Self.name)
    try b2.check(Self.name)
    try checkRoom()
    guard (0...Double(capacity)).contains(p), slots.used(in: ARC.t1) + b1.used <= capacity,
      used + b1.used + b2.used <= 2 * capacity
    else {
      throw BrokenInvariant(
        "arc: t1 \(slots.used(in: ARC.t1)), t2 \(slots.used(in: ARC.t2)), b1 \(b1.used), "
          + "b2 \(b2.used), p \(p), c \(capacity)"
      )
    }
  }
}
