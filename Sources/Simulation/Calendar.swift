/// The pending events, ordered by (time, insertion).
///
/// The imminent ones stand in order; the others wait in a radix heap over integer time (Ahuja,
/// Mehlhorn, Orlin, Tarjan: "Faster algorithms for the shortest path problem", JACM 1990, with
/// their multi-level buckets): in the bucket of the highest six bits in which their time differs
/// from a base in the past, and of the value of those bits. When no event is imminent the lowest
/// bucket is opened: a few become the imminent ones, more are dealt out to the level below. So a
/// hold costs about the same at 10^3 and at 10^6 pending. Events of one instant always share a
/// bucket and are moved in order, hence ties come out first in, first out. An event cannot be
/// deleted: a cancelled one is recognised by whoever scheduled it, when it fires.
public struct Calendar<Event: BitwiseCopyable>: ~Copyable {
  /// Every event before `edge`, or more than there are buckets for.
  @usableFromInline var imminent = Imminent<Event>()
  @usableFromInline var edge = Imminent<Event>.span
  @usableFromInline var present: UInt64 = 0

  /// Bucket 64 l + d holds times that differ from `base` in digit l first, where they have d.
  @usableFromInline var buckets = Buckets<Event>()
  /// No later than the present: where the bucket that was opened last starts.
  @usableFromInline var base: UInt64 = 0

  @inlinable public init() {}

  /// The time of the event handed out last.
  @inlinable public var now: Instant { Instant(nanoseconds: Int64(bitPattern: present)) }

  /// Events scheduled and not yet handed out.
  @inlinable public var count: Int { imminent.count &+ buckets.count }

  /// Adds an event; one that would lie in the past happens now, after what is already due.
  @inlinable @inline(__always)
  public mutating func schedule(_ event: Event, at instant: Instant) {
    let time = UInt64(bitPattern: max(instant.nanoseconds, Int64(bitPattern: present)))
    if time >= edge { return buckets.insert(event, at: time, base: base) }
    if imminent.count == Imminent<Event>.capacity { return scheduleBesideMany(event, time) }
    imminent.insert(event, at: time)
  }

  /// Puts the later half of the imminent events into buckets, to make room for one more.
  @inlinable @inline(never)
  mutating func scheduleBesideMany(_ event: Event, _ time: UInt64) {
    if buckets.isEmpty { base = present }
    edge = imminent.time(at: Imminent<Event>.capacity / 2)
    var later = 0
    while later < imminent.count, imminent.time(at: later) >= edge { later &+= 1 }
    imminent.removeLast(later) { buckets.insert($0, at: $1, base: base) }
    if time >= edge { return buckets.insert(event, at: time, base: base) }
    imminent.insert(event, at: time)
  }

  /// The next event no later than `horizon`, or nil; `now` moves to its time.
  @inlinable @inline(__always)
  public mutating func next(notAfter horizon: Instant) -> Event? {
    if imminent.count == 0, !refill(horizon.nanoseconds) { return nil }
    let time = imminent.soonest
    if Int64(bitPattern: time) > horizon.nanoseconds { return nil }
    present = time
    return imminent.removeSoonest()
  }

  /// Makes the earliest events imminent, or changes nothing and says false if none is due.
  @inlinable @inline(never)
  mutating func refill(_ limit: Int64) -> Bool {
    while true {
      guard let index = buckets.lowest else { return false }
      let shift = UInt64(index >> 6 &* 6)
      let start = (base >> (shift &+ 6)) << (shift &+ 6) | UInt64(index & 63) &<< shift
      let end = start &+ 1 &<< shift
      if Int64(bitPattern: end &- 1) > limit, buckets.earliest(index) > limit { return false }
      base = start
      if index < 64 || index < 640 && buckets.isShort(index) {
        imminent.origin = start
        edge = end
        while let entry = buckets.removeFirst(index) {
          imminent.insert(entry.event, at: entry.time)
          if imminent.count == Imminent<Event>.capacity { break }
        }
        // What is left is of the same instant, and what joins it comes after.
        if !buckets.isBucketEmpty(index) { edge = start }
        if buckets.isEmpty { edge = start &+ Imminent<Event>.span }
        return true
      }
      buckets.deal(index)
    }
  }
}
