/// Keeps a key for a fixed time from its last use; where room runs out before, the next to expire
/// goes, which is the one used least recently.
public final class SlidingTTL: CachePolicy {
  public static let name = "sliding-ttl"
  public static let summary = "keep a key for a time from its last use"

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
    guard timed.slots.contains(key) else { return nil }
    let slot = timed.slots.find(key)
    timed.renew(slot)
    return Int(slot)
  }

  public func admit(_ key: UInt32, size: Int) -> Int? { timed.admit(key, size: size) }
  public func invalidate(_ key: UInt32) { timed.invalidate(key) }

  public func checkInvariants() throws {
    try timed.check(Self.name)
    try checkRoom()
  }
}
