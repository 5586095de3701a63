/// The pending events, ordered by (time, insertion).
///
/// A radix heap over integer time (Ahuja, Mehlhorn, Orlin, Tarjan: "Faster algorithms for the
/// shortest path problem", JACM 1990, with their multi-level buckets): an event waits in the
/// bucket of the highest hexadecimal digit in which its time differs from the present, and of
/// that digit's value; so a hold costs about the same at 10^3 and at 10^6 pending. Events of one
/// instant always share a bucket and are moved in order, hence ties come out first in, first
/// out. Up to 32 events stand in one sorted row instead, which is three times as fast for one
/// queue. An event cannot be deleted: a cancelled one is recognised by whoever scheduled it, when
/// it fires.
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

    /// Most buckets are never used: the first entry allocates.
    @inlinable init() {
      entries = UnsafeMutablePointer(bitPattern: MemoryLayout<Entry>.alignment).unsafelyUnwrapped
      count = 0
      capacity = 0
    }

    @inlinable @inline(__always)
    mutating func append(_ entry: Entry) {
      if count == capacity { grow() }
      entries[count] = entry
      count += 1
    }

    @usableFromInline @inline(never)
    mutating func grow() {
      let larger = UnsafeMutablePointer<Entry>.allocate(capacity: max(capacity * 2, 16))
      if capacity > 0 {
        larger.moveInitialize(from: entries, count: count)
        entries.deallocate()
      }
      entries = larger
      capacity = max(capacity * 2, 16)
    }
  }

  /// While few are pending, all of them, the next one last.
  @usableFromInline let row: UnsafeMutablePointer<Entry>
  @usableFromInline var rowCount = 0
  /// The buckets are in use; they are until they are empty.
  @usableFromInline var spilled = false

  /// Bucket 16 l + d holds times that differ from the present in digit l first, where they have
  /// d; on level 0 that is one instant a bucket, the present among them.
  @usableFromInline let buckets: UnsafeMutablePointer<Bucket>
  /// Bit d of word l is set while bucket 16 l + d holds events.
  @usableFromInline let digits: UnsafeMutablePointer<UInt32>
  /// Bit l is set while level l holds events.
  @usableFromInline var levels: UInt64 = 0
  /// Events of the present instant already handed out, while its bucket holds more.
  @usableFromInline var taken = 0
  @usableFromInline var present: UInt64 = 0
  @usableFromInline var pending = 0

  @inlinable
  public init() {
    buckets = .allocate(capacity: 256)
    buckets.initialize(repeating: Bucket(), count: 256)
    digits = .allocate(capacity: 16)
    digits.initialize(repeating: 0, count: 16)
    row = .allocate(capacity: 32)
  }

  deinit {
    for index in 0..<256 where buckets[index].capacity > 0 {
      buckets[index].entries.deallocate()
    }
    buckets.deallocate()
    digits.deallocate()
    row.deallocate()
  }

  /// The time of the event handed out last.
  @inlinable public var now: Instant { Instant(nanoseconds: Int64(bitPattern: present)) }

  /// Events scheduled and not yet handed out.
  @inlinable public var count: Int { pending }

  /// Adds an event; one that would lie in the past happens now, after what is already due.
  @inlinable @inline(__always)
  public mutating func schedule(_ event: Event, at instant: Instant) {
    let time = max(UInt64(bitPattern: max(instant.nanoseconds, 0)), present)
    pending &+= 1
    if spilled || rowCount == 32 { return spill(Entry(time: time, event: event)) }
    var place = rowCount
    while place > 0 && row[place &- 1].time <= time {
      row[place] = row[place &- 1]
      place &-= 1
    }
    row[place] = Entry(time: time, event: event)
    rowCount &+= 1
  }

  /// Adds an event to the buckets, after those of a row that is full.
  @inlinable
  mutating func spill(_ entry: Entry) {
    if !spilled {
      for index in 1...32 { insert(row[32 &- index]) }
      rowCount = 0
      spilled = true
    }
    insert(entry)
  }

  @inlinable @inline(__always)
  mutating func insert(_ entry: Entry) {
    let difference = (entry.time ^ present) | 1
    let level = (63 &- difference.leadingZeroBitCount) &>> 2
    let digit = Int(truncatingIfNeeded: (entry.time &>> UInt64(level &* 4)) & 15)
    buckets[level &* 16 &+ digit].append(entry)
    digits[level] |= 1 &<< UInt32(truncatingIfNeeded: digit)
    levels |= 1 &<< UInt64(level)
  }

  /// The next event no later than `horizon`, or nil; `now` moves to its time.
  @inlinable @inline(__always)
  public mutating func next(notAfter horizon: Instant) -> Event? {
    if spilled { return nextOfBuckets(horizon.nanoseconds) }
    guard rowCount > 0 else { return nil }
    let entry = row[rowCount &- 1]
    if Int64(bitPattern: entry.time) > horizon.nanoseconds { return nil }
    present = entry.time
    rowCount &-= 1
    pending &-= 1
    return entry.event
  }

  @inlinable
  mutating func nextOfBuckets(_ limit: Int64) -> Event? {
    let level = levels.trailingZeroBitCount
    let index = level &* 16 &+ digits[level].trailingZeroBitCount
    if buckets[index].count > 1 { return nextOfMany(index, limit) }
    // Alone in its bucket, the event need not be moved.
    let entry = buckets[index].entries[0]
    if Int64(bitPattern: entry.time) > limit { return nil }
    present = entry.time
    empty(index)
    pending &-= 1
    return entry.event
  }

  /// Marks a bucket that holds nothing more.
  @inlinable @inline(__always)
  mutating func empty(_ index: Int) {
    let level = index &>> 4
    buckets[index].count = 0
    taken = 0
    digits[level] &= digits[level] &- 1
    if digits[level] == 0 {
      levels &= levels &- 1
      spilled = levels != 0
    }
  }

  /// The next event of the lowest bucket, which holds several. On level 0 they are of one
  /// instant; elsewhere the earliest time becomes the present, and all move to lower levels.
  @inlinable
  mutating func nextOfMany(_ index: Int, _ limit: Int64) -> Event? {
    let entries = buckets[index].entries
    let count = buckets[index].count
    if index < 16 {
      let entry = entries[taken]
      if Int64(bitPattern: entry.time) > limit { return nil }
      present = entry.time
      taken &+= 1
      pending &-= 1
      if taken == count { empty(index) }
      return entry.event
    }
    var earliest = entries[0].time
    for position in 1..<count { earliest = min(earliest, entries[position].time) }
    if Int64(bitPattern: earliest) > limit { return nil }
    present = earliest
    empty(index)
    spilled = true
    for position in 0..<count { insert(entries[position]) }
    let first = Int(truncatingIfNeeded: earliest & 15)
    let event = buckets[first].entries[0].event
    pending &-= 1
    if buckets[first].count == 1 { empty(first) } else { taken = 1 }
    return event
  }
}
