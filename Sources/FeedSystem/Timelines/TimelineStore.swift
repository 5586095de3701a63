import CGSL
import Simulation

/// What the stores keep for one viewer: 32 bytes, so that a delivery touches one cache line
/// here and one in the timeline.
public struct ViewerRow: BitwiseCopyable, Sendable {
  /// Entries ever written; the newest lies in the slot before this one, modulo the ring.
  public var written: UInt32 = 0
  /// Set while the feed cache may hold a page for the viewer.
  public var cached: UInt32 = 0
  /// Of the last load, ms since the run's start; `.min` when the viewer never loads.
  public var lastLoadMilliseconds: Int32 = .min
  /// Posts below this id were stored before the last return from being away; those of them
  /// stored after `awayFromMilliseconds` have been caught up.
  public var activeSince: UInt32 = 0
  public var awayFromMilliseconds: Int32 = .max
  /// Measured posts delivered into the timeline.
  public var delivered: UInt32 = 0
  /// Order-free sum of `auditHash` over them.
  public var deliveredSum: UInt64 = 0
}

/// The hash whose wrapping sum tells a set of delivered posts from any other.
@inlinable @inline(__always)
public func auditHash(_ post: UInt32) -> UInt64 {
  mix64(UInt64(post) &+ 0x9e37_79b9_7f4a_7c15)
}

/// Materialised timelines: for each viewer a capped ring of post ids, the oldest overwritten.
///
/// Memory is touched only as it is written; rings can be lent from one run to the next
/// (`TimelineMemory`), since first touch costs as much as filling them.
public struct TimelineStore: ~Copyable {
  public let capacity: Int
  @usableFromInline let slots: Int
  @usableFromInline let mask: UInt32
  public let userCount: Int
  @usableFromInline let memory: TimelineMemory
  @usableFromInline let rings: UnsafeMutablePointer<UInt32>
  @usableFromInline let viewers: UnsafeMutablePointer<ViewerRow>

  /// - Parameter capacity: entries kept for a viewer; at least 1.
  public init(users: Int, capacity: Int, memory: TimelineMemory) throws {
    self.capacity = capacity
    slots = max(1, capacity).nextPowerOfTwo
    mask = UInt32(slots - 1)
    userCount = users
    self.memory = memory
    (rings, viewers) = try memory.lend(rings: users * slots, viewers: users)
    viewers.update(repeating: ViewerRow(), count: users)
  }

  @inlinable @inline(__always)
  public func viewer(_ id: UInt32) -> UnsafeMutablePointer<ViewerRow> { viewers + Int(id) }

  /// Writes an entry; returns the viewer's row for the bookkeeping that shares its cache line.
  @inlinable @inline(__always) @discardableResult
  public func insert(_ post: UInt32, into id: UInt32) -> UnsafeMutablePointer<ViewerRow> {
    let row = viewers + Int(id)
    let written = row.pointee.written
    let slot = Int(id) &* slots &+ Int(written & mask)
    rings[slot] = post
    row.pointee.written = written &+ 1
    return row
  }

  /// Writes an entry into the timelines of those `viewers` that are due it, accounts for it in
  /// their audit when the post is `measured`, and has the feeds it makes stale invalidated;
  /// returns the entries written.
  @inlinable @inline(__always)
  public func deliver(
    _ post: UInt32, to viewers: UnsafeBufferPointer<UInt32>, measured: Bool,
    where isDue: (UInt32) -> Bool, invalidate: (UInt32) -> Void
  ) -> Int {
    let hash = measured ? auditHash(post) : 0
    var written = 0
    forEach(viewers) { viewer in
      if !isDue(viewer) { return }
      let row = insert(post, into: viewer)
      row.pointee.delivered &+= measured ? 1 : 0
      row.pointee.deliveredSum &+= hash
      if row.pointee.cached != 0 {
        row.pointee.cached = 0
        invalidate(viewer)
      }
      written += 1
    }
    return written
  }

  /// Fills an empty timeline as if the posts had been inserted one after the other.
  func fill(_ id: UInt32, with posts: UnsafeMutablePointer<UInt32>, count: Int) {
    let ring = rings + (Int(id) &* slots)
    for position in max(0, count - capacity)..<max(count, 0) {
      ring[position & (slots - 1)] = posts[position]
    }
    viewers[Int(id)].written = UInt32(truncatingIfNeeded: count)
  }

  /// Calls `body` for each viewer, with the lines that an `insert` will touch on their way well
  /// before: rows 32 places ahead, slots 16. Stores become visible in order, so without it each
  /// would wait for the line of the one before; that makes 6 times the cost where few follow.
  @inlinable @inline(__always)
  public func forEach(_ ids: UnsafeBufferPointer<UInt32>, _ body: (UInt32) -> Void) {
    let count = ids.count
    for index in 0..<min(count, 32) { feedsim_prefetch(viewers + Int(ids[index])) }
    for index in 0..<min(count, 16) { prefetchSlot(ids[index]) }
    for index in 0..<count {
      if index + 32 < count { feedsim_prefetch(viewers + Int(ids[index + 32])) }
      if index + 16 < count { prefetchSlot(ids[index + 16]) }
      body(ids[index])
    }
  }

  @inlinable @inline(__always)
  func prefetchSlot(_ id: UInt32) {
    let written = viewers[Int(id)].written
    let slot = Int(id) &* slots &+ Int(written & mask)
    feedsim_prefetch(rings + slot)
  }

  /// Entries held for a viewer, live or not.
  @inlinable
  public func count(of id: UInt32) -> Int { min(Int(viewers[Int(id)].written), capacity) }

  /// Copies up to `limit` of the newest entries whose id is in `ids`, newest first.
  @inlinable
  public func read(
    _ id: UInt32, limit: Int, ids: Range<UInt32>, into out: UnsafeMutablePointer<UInt32>
  ) -> Int {
    let ring = rings + (Int(id) &* slots)
    var position = viewers[Int(id)].written
    var left = min(count(of: id), limit)
    var found = 0
    while left > 0 {
      position &-= 1
      let post = ring[Int(position & mask)]
      out[found] = post
      found += ids.contains(post) ? 1 : 0
      left -= 1
    }
    return found
  }

  /// Entries held over all viewers.
  public var entries: Int {
    var total = 0
    for id in 0..<userCount { total += min(Int(viewers[id].written), capacity) }
    return total
  }
}

/// The buffers of a timeline store, kept from one run to the next by the thread that runs them.
public final class TimelineMemory {
  private var rings: LargeMemory
  private var viewers: LargeMemory

  public init() throws {
    rings = try LargeMemory(byteCount: 0)
    viewers = try LargeMemory(byteCount: 0)
  }

  func lend(
    rings entries: Int, viewers users: Int
  ) throws -> (UnsafeMutablePointer<UInt32>, UnsafeMutablePointer<ViewerRow>) {
    let ringBytes = entries * MemoryLayout<UInt32>.stride
    if ringBytes > rings.byteCount { rings = try LargeMemory(byteCount: ringBytes) }
    let viewerBytes = users * MemoryLayout<ViewerRow>.stride
    if viewerBytes > viewers.byteCount { viewers = try LargeMemory(byteCount: viewerBytes) }
    return (
      rings.base.bindMemory(to: UInt32.self, capacity: entries),
      viewers.base.bindMemory(to: ViewerRow.self, capacity: users)
    )
  }
}

extension Int {
  var nextPowerOfTwo: Int { self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
