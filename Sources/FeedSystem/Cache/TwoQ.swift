/// Two queues: a key comes into a FIFO queue of a quarter of the room, and one that comes again
/// after it has fallen out of that, while it is still remembered, goes into an LRU queue for the
/// rest (Johnson, Shasha: "2Q: a low overhead high performance buffer management replacement
/// algorithm", VLDB 1994, the full version, with its K_in = 25 % and K_out = 50 %).
public final class TwoQ: SlotPolicy {
  public static let name = "2q"
  public static let summary = "a FIFO queue for what is new, an LRU queue for what came back"

  private static let arrivals = 0
  /// Of keys whose mark is 1.
  private static let main = 1

  public let space: CacheSpace
  let slots: CacheSlots
  private let ghosts: GhostQueue
  private let arrivalsCapacity: Int

  public init(_ space: CacheSpace) {
    self.space = space
    slots = CacheSlots(space, queues: 2)
    arrivalsCapacity = space.share(0.25)
    ghosts = GhostQueue(capacity: space.share(0.5), space)
  }

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
    let slot = slots.take(key, size: size)
    if returns {
      slots.append(slot, to: TwoQ.main)
      slots.setMark(1, ofKey: key)
    } else {
      slots.append(slot, to: TwoQ.arrivals)
    }
    return Int(slot)
  }

  private func evict() {
    if slots.used(in: TwoQ.arrivals) > arrivalsCapacity || slots.isEmpty(TwoQ.main) {
      let slot = slots.oldest(TwoQ.arrivals)
      ghosts.insert(slots.key(of: slot), size: slots.size(of: slot))
      slots.drop(slot, from: TwoQ.arrivals)
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
