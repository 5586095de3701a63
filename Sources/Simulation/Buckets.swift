/// The buckets of a `Calendar`'s radix heap: rows of chunks out of one pool, so that memory that
/// was just read is written next, and none is tied to a bucket.
@usableFromInline
struct Buckets<Event: BitwiseCopyable>: ~Copyable {
  @usableFromInline
  struct Entry: BitwiseCopyable {
    @usableFromInline var time: UInt64
    @usableFromInline var event: Event

    @inlinable init(time: UInt64, event: Event) {
      self.time = time
      self.event = event
    }
  }

  /// Places in the pool; chunk c has places 64 c ..< 64 (c + 1).
  @usableFromInline
  struct Bucket {
    @usableFromInline var first: Int
    /// After the last; 0 in an empty bucket.
    @usableFromInline var end: Int

    @inlinable init() {
      first = 0
      end = 0
    }
  }

  @usableFromInline var count = 0
  @usableFromInline let buckets: UnsafeMutablePointer<Bucket>
  /// Bit d of word l is set while bucket 64 l + d holds events.
  @usableFromInline let digits: UnsafeMutablePointer<UInt64>
  /// Bit l is set while level l holds events.
  @usableFromInline var levels: UInt64 = 0

  @usableFromInline var pool: UnsafeMutablePointer<Entry>
  /// The chunk after this one in its bucket, or among the unused.
  @usableFromInline var successors: UnsafeMutablePointer<Int>
  @usableFromInline var unused = -1
  @usableFromInline var chunks = 0
  @usableFromInline var capacity = 4

  @inlinable
  init() {
    buckets = .allocate(capacity: 704)
    buckets.initialize(repeating: Bucket(), count: 704)
    digits = .allocate(capacity: 11)
    digits.initialize(repeating: 0, count: 11)
    pool = .allocate(capacity: 4 * 64)
    successors = .allocate(capacity: 4)
  }

  @inlinable
  deinit {
    buckets.deallocate()
    digits.deallocate()
    pool.deallocate()
    successors.deallocate()
  }

  @inlinable @inline(__always)
  var isEmpty: Bool { levels == 0 }

  /// The bucket of the earliest events.
  @inlinable @inline(__always)
  var lowest: Int? {
    if levels == 0 { return nil }
    let level = levels.trailingZeroBitCount
    return level &* 64 &+ digits[level].trailingZeroBitCount
  }

  @inlinable @inline(__always)
  func isBucketEmpty(_ index: Int) -> Bool { buckets[index].end == 0 }

  /// Whether a bucket's events can all be imminent; they are in one chunk then.
  @inlinable @inline(__always)
  func isShort(_ index: Int) -> Bool {
    buckets[index].end &- buckets[index].first <= Imminent<Event>.capacity
      && (buckets[index].end &- 1) ^ buckets[index].first < 64
  }

  @inlinable @inline(__always)
  mutating func insert(_ event: Event, at time: UInt64, base: UInt64) {
    count &+= 1
    let difference = (time ^ base) | 1
    // A sixth, for 0 ..< 64.
    let level = ((63 &- difference.leadingZeroBitCount) &* 43) &>> 8
    let digit = Int(truncatingIfNeeded: (time &>> UInt64(level &* 6)) & 63)
    append(Entry(time: time, event: event), level &* 64 &+ digit)
    digits[level] |= 1 &<< UInt64(digit)
    levels |= 1 &<< UInt64(level)
  }

  @inlinable @inline(__always)
  mutating func append(_ entry: Entry, _ index: Int) {
    if buckets[index].end & 63 == 0 { addChunk(index) }
    let end = buckets[index].end
    pool[end] = entry
    buckets[index].end = end &+ 1
  }

  @inlinable @inline(never)
  mutating func addChunk(_ index: Int) {
    var chunk = unused
    if chunk >= 0 {
      unused = successors[chunk]
    } else {
      if chunks == capacity { grow() }
      chunk = chunks
      chunks &+= 1
    }
    let end = buckets[index].end
    if end == 0 {
      buckets[index].first = chunk &* 64
    } else {
      successors[(end &- 1) &>> 6] = chunk
    }
    buckets[index].end = chunk &* 64
  }

  @usableFromInline @inline(never)
  mutating func grow() {
    let larger = UnsafeMutablePointer<Entry>.allocate(capacity: capacity * 128)
    larger.moveInitialize(from: pool, count: capacity * 64)
    pool.deallocate()
    pool = larger
    let more = UnsafeMutablePointer<Int>.allocate(capacity: capacity * 2)
    more.moveInitialize(from: successors, count: capacity)
    successors.deallocate()
    successors = more
    capacity *= 2
  }

  @inlinable @inline(__always)
  mutating func discard(_ chunk: Int) {
    successors[chunk] = unused
    unused = chunk
  }

  /// The first event of the lowest bucket.
  @inlinable @inline(__always)
  mutating func removeFirst(_ index: Int) -> Entry? {
    let first = buckets[index].first
    let end = buckets[index].end
    if end == 0 { return nil }
    count &-= 1
    let entry = pool[first]
    if first &+ 1 == end {
      discard(first &>> 6)
      clear(index)
    } else if (first &+ 1) & 63 == 0 {
      buckets[index].first = successors[first &>> 6] &* 64
      discard(first &>> 6)
    } else {
      buckets[index].first = first &+ 1
    }
    return entry
  }

  @inlinable @inline(__always)
  mutating func clear(_ index: Int) {
    buckets[index].end = 0
    let level = index &>> 6
    digits[level] &= ~(1 &<< UInt64(index & 63))
    if digits[level] == 0 { levels &= ~(1 &<< UInt64(level)) }
  }

  @inlinable
  func earliest(_ index: Int) -> Int64 {
    var place = buckets[index].first
    var earliest = pool[place].time
    while true {
      earliest = min(earliest, pool[place].time)
      if place &+ 1 == buckets[index].end { return Int64(bitPattern: earliest) }
      place = place & 63 == 63 ? successors[place &>> 6] &* 64 : place &+ 1
    }
  }

  /// Deals a bucket's events out to the level below.
  @inlinable
  mutating func deal(_ index: Int) {
    let below = (index &>> 6) &- 1
    let shift = UInt64(below &* 6)
    var place = buckets[index].first
    let end = buckets[index].end
    clear(index)
    var held: UInt64 = 0
    while true {
      let chunk = place &>> 6
      let last = end &- 1 &- place < 64 &- place & 63 && chunk == (end &- 1) &>> 6
      let stop = last ? end : (chunk &+ 1) &* 64
      while place < stop {
        let entry = pool[place]
        let digit = (entry.time &>> shift) & 63
        append(entry, below &* 64 &+ Int(truncatingIfNeeded: digit))
        held |= 1 &<< digit
        place &+= 1
      }
      let next = last ? -1 : successors[chunk]
      discard(chunk)
      if next < 0 { break }
      place = next &* 64
    }
    digits[below] |= held
    levels |= 1 &<< UInt64(below)
  }
}
