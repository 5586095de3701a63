/// Three FIFO queues: a tenth of the room for what is new, the rest for what was used at least
/// twice while it was new or came back while it was remembered, and ghosts of nine tenths (Yang,
/// Zhang, Qiu, Yue, Rashmi: "FIFO queues are all you need for cache eviction", SOSP 2023,
/// algorithm 1).
public final class S3FIFO: SlotCache, SlotPolicy {
  public static let name = "s3-fifo"
  public static let summary = "small, main and ghost FIFO queues with quick demotion"

  private static let small = 0
  private static let main = 1
  /// In a key's mark: uses, up to 3, and whether it is in the main queue.
  private static let uses: UInt32 = 3
  private static let inMain: UInt32 = 4
  /// Uses that move a key from the small queue to the main one.
  private static let promotion: UInt32 = 2

  private let smallCapacity: Int
  private let remembered: Int
  private var ghosts: GhostQueue {
    GhostQueue(slots: slots, queue: 2, capacity: remembered)
  }

  public required init(_ space: CacheSpace) {
    smallCapacity = space.share(0.1)
    remembered = space.share(0.9)
    super.init(space, queues: 2, ghosts: [remembered])
  }

  @inline(__always)
  public func access(_ key: UInt32) -> Int? {
    guard slots.contains(key) else { return nil }
    let mark = slots.mark(ofKey: key)
    if mark & S3FIFO.uses != S3FIFO.uses { slots.setMark(mark + 1, ofKey: key) }
    return Int(slots.find(key))
  }

  /// Many requests to an empty cache of objects that count 1 each are replayed without lists.
  public func replay(_ keys: UnsafeBufferPointer<UInt32>) -> Int {
    guard count == 0, ghosts.isEmpty, space.suitsTables(keys) else { return requested(keys) }
    var replay = S3FIFOReplay(
      keys, keys: space.keys, capacity: capacity, small: smallCapacity, ghosts: remembered)
    replay.run()
    replay.forEach(
      small: { _ = slots.append($0, size: 1, to: S3FIFO.small, mark: $1) },
      main: { _ = slots.append($0, size: 1, to: S3FIFO.main, mark: $1 | S3FIFO.inMain) },
      ghost: { slots.remember($0, in: 2) })
    return replay.misses
  }

  public func admit(_ key: UInt32, size: Int) -> Int? {
    if size > capacity { return nil }
    let returns = ghosts.remove(key)
    while used + size > capacity { evict() }
    return Int(
      returns
        ? slots.append(key, size: size, to: S3FIFO.main, mark: S3FIFO.inMain)
        : slots.append(key, size: size, to: S3FIFO.small))
  }

  private func evict() {
    if slots.used(in: S3FIFO.main) > capacity - smallCapacity || slots.isEmpty(S3FIFO.small) {
      evictFromMain()
    } else {
      evictFromSmall()
    }
  }

  /// Evicts one key, unless all have been used.
  private func evictFromSmall() {
    while !slots.isEmpty(S3FIFO.small) {
      let slot = slots.oldest(S3FIFO.small)
      let key = slots.key(of: slot)
      if slots.mark(ofKey: key) < S3FIFO.promotion {
        return ghosts.insert(slot, from: S3FIFO.small)
      }
      slots.move(slot, from: S3FIFO.small, to: S3FIFO.main)
      slots.setMark(S3FIFO.inMain, ofKey: key)
    }
  }

  private func evictFromMain() {
    while true {
      let slot = slots.oldest(S3FIFO.main)
      let mark = slots.mark(of: slot)
      if mark & S3FIFO.uses == 0 {
        slots.drop(slot, from: S3FIFO.main)
        return
      }
      slots.setMark(mark - 1, of: slot)
      slots.renew(slot, in: S3FIFO.main)
    }
  }

  func drop(_ slot: CacheSlots.Slot) {
    let isInMain = slots.mark(of: slot) & S3FIFO.inMain != 0
    slots.drop(slot, from: isInMain ? S3FIFO.main : S3FIFO.small)
  }

  public func checkInvariants() throws {
    try slots.check(Self.name)
    try ghosts.check(Self.name)
    try checkRoom()
  }
}
