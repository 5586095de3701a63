/// Keeps a key for a fixed time from its arrival, whatever its uses; where room runs out before,
/// the next to expire goes.
public final class TTL: TimedPolicy {
  public static let name = "ttl"
  public static let summary = "keep a key for a time from its arrival"

  let timed: TimedQueue

  public init(_ space: CacheSpace) { timed = TimedQueue(space) }

  public func access(_ key: UInt32) -> Int? {
    slots.contains(key) ? Int(slots.find(key)) : nil
  }
}

/// A cache policy that drops what has outlived its time.
protocol TimedPolicy: SlotPolicy {
  var timed: TimedQueue { get }
}

extension TimedPolicy {
  public var space: CacheSpace { timed.space }
  var slots: CacheSlots { timed.slots }

  public func advance(to instant: Int64) { timed.advance(to: instant) }
  public func admit(_ key: UInt32, size: Int) -> Int? { timed.admit(key, size: size) }
  func drop(_ slot: CacheSlots.Slot) { slots.drop(slot) }

  public func checkInvariants() throws {
    try timed.check(Self.name)
    try checkRoom()
  }
}

/// Objects by the instant from which their lifetime runs, the next to expire first.
final class TimedQueue {
  let space: CacheSpace
  let slots: CacheSlots
  /// By slot.
  private var since: [Int64] = []
  private var now: Int64 = .min

  init(_ space: CacheSpace) {
    self.space = space
    slots = CacheSlots(space)
  }

  func advance(to instant: Int64) {
    now = instant
    while !slots.isEmpty(), isOver(since[Int(slots.oldest())]) {
      slots.drop(slots.oldest())
    }
  }

  private func isOver(_ start: Int64) -> Bool {
    let (age, overflows) = now.subtractingReportingOverflow(start)
    return overflows || age >= space.lifetime
  }

  func admit(_ key: UInt32, size: Int) -> Int? {
    if size > space.capacity { return nil }
    while slots.used + size > space.capacity { slots.drop(slots.oldest()) }
    let slot = slots.take(key, size: size)
    if Int(slot) == since.count { since.append(0) }
    since[Int(slot)] = now
    slots.append(slot)
    return Int(slot)
  }

  /// The lifetime runs anew.
  func renew(_ slot: CacheSlots.Slot) {
    since[Int(slot)] = now
    slots.renew(slot)
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
