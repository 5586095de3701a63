/// Keeps a key for a fixed time from its last use; where room runs out before, the next to expire
/// goes, which is the one used least recently.
public final class SlidingTTL: TimedPolicy {
  public static let name = "sliding-ttl"
  public static let summary = "keep a key for a time from its last use"

  let timed: TimedQueue

  public init(_ space: CacheSpace) { timed = TimedQueue(space) }

  public func access(_ key: UInt32) -> Int? {
    guard slots.contains(key) else { return nil }
    let slot = slots.find(key)
    timed.renew(slot)
    return Int(slot)
  }
}
