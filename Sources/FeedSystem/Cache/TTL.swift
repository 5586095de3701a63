/// Keeps a key for a fixed time from its arrival, whatever its uses; where room runs out before,
/// the next to expire goes.
public final class TTL: CachePolicy {
  public static let name = "ttl"
  public static let summary = "keep a key for a time from its arrival"

  public let space: CacheSpace
  private var timed: TimedQueue

  public init(_ space: CacheSpace) {
    self.space = space
    timed = TimedQueue(space)
  }

  public var count: Int { timed.slots.count }
  public var used: Int { timed.slots.used }

  public func prefetch(_ key: UInt32) { timed.slots.prefetch(key) }
  public func advance(to instant: Int64) { timed.advance(to: instant) }

  public func access(_ key: UInt32) -> Int? {
    timed.slots.contains(key) ? Int(timed.slots.find(key)) : nil
  }

  public func admit(_ key: UInt32, size: Int) -> Int? { timed.admit(key, size: size) }
  public func invalidate(_ key: UInt32) { timed.invalidate(key) }

  public func checkInvariants() throws {
    try timed.check(Self.name)
    try checkRoom()
  }
}

/// Objects by the instant from which their lifetime runs, the next to expire first.
struct TimedQueue: ~Copyable {
  let space: CacheSpace
  let slots: CacheSlots
  /// By slot.
  private var since: [Int64] = []
  private var now: Int64 = .min

  init(_ space: CacheSpace) {
    self.space = space
    slots = CacheSlots(space)
  }

  mutating func advance(to instant: Int64) {
    now = instant
    while !slots.isEmpty(), isOver(since[Int(slots.oldest())]) {
      slots.drop(slots.oldest())
    }
  }

  private func isOver(_ start: Int64) -> Bool {
    let (age, overflows) = now.subtractingReportingOverflow(start)
    return overflows || age >= space.lifetime
  }

  mutating func admit(_ key: UInt32, size: Int) -> Int? {
    if size > space.capacity { return nil }
    while slots.used + size > space.capacity { slots.drop(slots.oldest()) }
    let slot = slots.take(key, size: size)
    if Int(slot) == since.count { since.append(0) }
    since[Int(slot)] = now
    slots.append(slot)
    return Int(slot)
  }

  /// The lifetime runs anew.
  mutating func renew(_ slot: CacheSlots.Slot) {
    since[Int(slot)] = now
    slots.renew(slot)
  }

  mutating func invalidate(_ key: UInt32) {
    if slots.contains(key) { slots.drop(slots.find(key)) }
  }

  func check(_ policy: String) throws {
    try slots.check(policy)
    var slot = slots.oldest()
    var earliest = Int64.min
    while slot != CacheSlots.none {
      guard since[Int(slot)] >= earliest else {
        throw BrokenInvariant("\(policy): the queue is not in the order of time")
      }
      earliest = since[Int(slot)]
      slot = slots.newer(than: slot)
    }
  }
}
