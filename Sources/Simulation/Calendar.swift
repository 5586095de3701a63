/// The pending events, ordered by (time, insertion).
///
/// A radix heap over integer time (Ahuja, Mehlhorn, Orlin, Tarjan: "Faster algorithms for the
/// shortest path problem", JACM 1990): events wait in buckets by the highest bit in which
/// their time differs from the present, so a hold costs about the same at 10^3 and at 10^6
/// pending. Events of one instant always share a bucket and are moved in order, hence ties
/// come out first in, first out. An event cannot be deleted: a cancelled one is recognised by
/// whoever scheduled it, when it fires.
public struct Calendar<Event: BitwiseCopyable>: ~Copyable {
  @usableFromInline
  struct Entry: BitwiseCopyable {
    @usableFromInline var time: UInt64
    @usableFromInline var event: Event

    @inlinable init(time: UInt64, event: Event) {
      self.time = time
      self.event = event
    }
  }

  @usableFromInline
  struct Bucket {
    @usableFromInline var entries: UnsafeMutablePointer<Entry>
    @usableFromInline var count: Int
    @usableFromInline var capacity: Int

    @inlinable init(capacity: Int) {
      entries = .allocate(capacity: capacity)
      count = 0
      self.capacity = capacity
    }

    @inlinable @inline(__always)
    mutating func append(_ entry: Entry) {
      if count == capacity { grow() }
      entries[count] = entry
      count += 1
    }

    @usableFromInline @inline(never)
    mutating func grow() {
      let larger = UnsafeMutablePointer<Entry>.allocate(capacity: capacity * 2)
      larger.moveInitialize(from: entries, count: count)
      entries.deallocate()
      entries = larger
      capacity *= 2
    }
  }

  /// Bucket 0 holds the present instant; bucket b holds times whose highest bit that differs
  /// from the present is bit b - 1.
  @usableFromInline let buckets: UnsafeMutablePointer<Bucket>
  /// Bit b - 1 is set while bucket b holds events.
  @usableFromInline var occupied: UInt64 = 0
  /// Events of the present instant already handed out.
  @usableFromInline var taken = 0
  @usableFromInline var present: UInt64 = 0
  @usableFromInline var pending = 0

  @inlinable
  public init() {
    buckets = .allocate(capacity: 65)
    for index in 0..<65 { (buckets + index).initialize(to: Bucket(capacity: 16)) }
  }

  @inlinable deinit {
    for index in 0..<65 { buckets[index].entries.deallocate() }
    buckets.deallocate()
  }

  /// The time of the event handed out last.
  @inlinable public var now: Instant { Instant(nanoseconds: Int64(bitPattern: present)) }

  /// Events scheduled and not yet handed out.
  @inlinable public var count: Int { pending }

  /// Adds an event; one that would lie in the past happens now, after what is already due.
  @inlinable @inline(__always)
  public mutating func schedule(_ event: Event, at instant: Instant) {
    let time = max(UInt64(bitPattern: max(instant.nanoseconds, 0)), present)
    let index = 64 &- (time ^ present).leadingZeroBitCount
    pending &+= 1
    buckets[index].append(Entry(time: time, event: event))
    // Bucket 0 has no bit: it is shifted out.
    occupied |= (1 &<< UInt64(index)) &>> 1
  }

  /// The next event no later than `horizon`, or nil; `now` moves to its time.
  @inlinable @inline(__always)
  public mutating func next(notAfter horizon: Instant) -> Event? {
    let limit = horizon.nanoseconds
    if taken < buckets[0].count {
      if Int64(bitPattern: present) > limit { return nil }
      let event = buckets[0].entries[taken].event
      taken &+= 1
      pending &-= 1
      return event
    }
    guard occupied != 0 else { return nil }
    let index = occupied.trailingZeroBitCount &+ 1
    let entries = buckets[index].entries
    if buckets[index].count > 1 { return advance(index, limit) }
    // Alone in its bucket, the event need not be moved: the usual case while few are pending.
    let entry = entries[0]
    if Int64(bitPattern: entry.time) > limit { return nil }
    present = entry.time
    taken = 0
    buckets[0].count = 0
    buckets[index].count = 0
    occupied &= occupied &- 1
    pending &-= 1
    return entry.event
  }

  /// Moves the present to the earliest time in the lowest bucket, unless that is past the
  /// limit, and hands out the first event of it.
  @inlinable
  mutating func advance(_ index: Int, _ limit: Int64) -> Event? {
    let entries = buckets[index].entries
    let count = buckets[index].count
    var earliest = entries[0].time
    for position in 1..<count { earliest = min(earliest, entries[position].time) }
    if Int64(bitPattern: earliest) > limit { return nil }
    present = earliest
    buckets[0].count = 0
    buckets[index].count = 0
    occupied &= occupied &- 1
    for position in 0..<count {
      let entry = entries[position]
      let target = 64 &- (entry.time ^ earliest).leadingZeroBitCount
      buckets[target].append(entry)
      occupied |= (1 &<< UInt64(target)) &>> 1
    }
    taken = 1
    pending &-= 1
    return buckets[0].entries[0].event
  }
}
