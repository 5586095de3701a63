/// Keeps a key for a fixed time from its arrival, whatever its uses; where room runs out before,
/// the next to expire goes.
public final class TTL: TimedCache, SlotPolicy {
  public static let name = "ttl"
  public static let summary = "keep a key for a time from its arrival"

  public func access(_ key: UInt32) -> Int? {
    slots.contains(key) ? Int(slots.find(key)) : nil
  }

  public func checkInvariants() throws { try checkTimes(Self.name) }
}

/// What policies begin with that drop what has outlived its time: objects by the instant from which
/// their lifetime runs, the next to expire first.
public class TimedCache: SlotCache {
  /// By slot.
  private let since: UnsafeMutablePointer<Int64>
  private var now: Int64 = .min

  public required init(_ space: CacheSpace) {
    since = .allocate(capacity: space.slots)
    super.init(space)
  }

  deinit { since.deallocate() }

  public final func advance(to instant: Int64) {
    now = instant
    while !slots.isEmpty(), isOver(since[Int(slots.oldest())]) { slots.drop(slots.oldest()) }
  }

  private func isOver(_ start: Int64) -> Bool {
    let (age, overflows) = now.subtractingReportingOverflow(start)
    return overflows || age >= space.lifetime
  }

  public final func admit(_ key: UInt32, size: Int) -> Int? {
    if size > space.capacity { return nil }
    while slots.used + size > space.capacity { slots.drop(slots.oldest()) }
    let slot = slots.append(key, size: size)
    since[Int(slot)] = now
    return Int(slot)
  }

  /// The lifetime runs anew.
  final func renew(_ slot: CacheSlots.Slot) {
    since[Int(slot)] = now
    slots.renew(slot)
  }

  final func drop(_ slot: CacheSlots.Slot) { slots.drop(slot) }

  final func checkTimes(_ policy: String) throws {
    try slots.check(policy)
    guard slots.used <= space.capacity else {
      throw BrokenInvariant("\(policy): \(slots.used) of \(space.capacity) are used")
    }
    var slot = slots.oldest()
    var earliest = Int64.min
    while !slots.isEnd(slot) {
      guard since[Int(slot)] >= earliest else {
        throw BrokenInvariant("\(policy): the queue is not in the order of time")
      }
      earliest = since[Int(slot)]
      slot = slots.newer(than: slot)
    }
  }
}
