/// Two queues: a key comes into a FIFO queue of a quarter of the room, and one that comes again
/// after it has fallen out of that, while it is still remembered, goes into an LRU queue for the
/// rest (Johnson, Shasha: "2Q: a low overhead high performance buffer management replacement
/// algorithm", VLDB 1994, the full version, with its K_in = 25 % and K_out = 50 %).
public final class TwoQ: SlotCache, SlotPolicy {
  public static let name = "2q"
  public static let summary = "a FIFO queue for what is new, an LRU queue for what came back"

  private static let arrivals = 0
  /// Of keys whose mark is 1.
  private static let main = 1

  private let arrivalsCapacity: Int
  private let remembered: Int
  private var ghosts: GhostQueue {
    GhostQueue(slots: slots, queue: 2, capacity: remembered)
  }

  public required init(_ space: CacheSpace) {
    arrivalsCapacity = space.share(0.25)
    remembered = space.share(0.5)
    super.init(space, queues: 2, ghosts: [remembered])
  }

  @inline(__always)
  public func access(_ key: UInt32) -> Int? {
    guard slots.contains(key) else { return nil }
    let slot = slots.find(key)
    if slots.mark(ofKey: key) == 1 { slots.renew(slot, in: TwoQ.main) }
    return Int(slot)
  }

  public func admit(_ key: UInt32, size: Int) -> Int? {
    if size > capacity { return nil }
    let returns = ghosts.remove(key)
    while used + size > capacity { evict() }
    if returns {
      while !slots.isEmpty(TwoQ.main),
        slots.used(in: TwoQ.main) + size > capacity - arrivalsCapacity
      {
        slots.drop(slots.oldest(TwoQ.main), from: TwoQ.main)
      }
    }
    return Int(
      returns
        ? slots.append(key, size: size, to: TwoQ.main, mark: 1)
        : slots.append(key, size: size, to: TwoQ.arrivals))
  }

  private func evict() {
    if slots.used(in: TwoQ.arrivals) > arrivalsCapacity || slots.isEmpty(TwoQ.main) {
      ghosts.insert(slots.oldest(TwoQ.arrivals), from: TwoQ.arrivals)
    } else {
      slots.drop(slots.oldest(TwoQ.main), from: TwoQ.main)
    }
  }

  func drop(_ slot: CacheSlots.Slot) {
    slots.drop(slot, from: slots.mark(of: slot) == 1 ? TwoQ.main : TwoQ.arrivals)
  }

  public func checkInvariants() throws {
    try slots.check(Self.name)
    try ghosts.check(Self.name)
    try checkRoom()
  }
}
