/// Keeps a key for a fixed time from its last use; where room runs out before, the next to expire
/// goes, which is the one used least recently.
public final class SlidingTTL: TimedCache, SlotPolicy {
  public static let name = "sliding-ttl"
  public static let summary = "keep a key for a time from its last use"

  public func access(_ key: UInt32) -> Int? {
    guard slots.contains(key) else { return nil }
    let slot = slots.find(key)
    renew(slot)
    return Int(slot)
  }

  public func checkInvariants() throws { try checkTimes(Self.name) }
}
