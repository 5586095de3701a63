import CGSL
import Simulation

/// What is known of a viewer's own doings, apart from the timeline.
public struct ViewerRow: BitwiseCopyable, Sendable {
  /// Of the last load, ms since the run's start; `.min` when the viewer never loads.
  public var lastLoadMilliseconds: Int32 = .min
  /// Posts below this id were stored before the last return from being away; those of them
  /// stored after `awayFromMilliseconds` have been caught up.
  public var activeSince: UInt32 = 0
  public var awayFromMilliseconds: Int32 = .max
  /// Entries of posts below this id were dropped while the viewer stayed away.
  public var keptFrom: UInt32 = 0
}

/// What a delivery writes: half a cache line for each timeline. The newest entries lie here and
/// move to the ring four at a time, so that three deliveries of four touch nothing else.
public struct TimelineHead: BitwiseCopyable, Sendable {
  /// Entries ever written. Those from its last multiple of four on are in `recent`, each at its
  /// number modulo 4; the others in the ring, each at its number modulo the slots.
  public var written: UInt32 = 0
  /// Measured posts delivered into the timeline.
  public var delivered: UInt32 = 0
  /// Order-free sum of `auditHash` over them.
  public var deliveredSum: UInt64 = 0
  @usableFromInline var recent = SIMD4<UInt32>()

  /// Bytes before `recent`.
  @inlinable static var recentOffset: Int { 16 }
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
  @usableFromInline let trim: TrimLaw
  @usableFromInline let slots: Int
  public let userCount: Int
  @usableFromInline let memory: TimelineMemory
  @usableFromInline let rings: UnsafeMutablePointer<UInt32>
  @usableFromInline let heads: UnsafeMutablePointer<TimelineHead>
  @usableFromInline let viewers: UnsafeMutablePointer<ViewerRow>
  /// Viewers whose heads are full, while a post is written.
  @usableFromInline let full: UnsafeMutablePointer<UInt32>
  /// Viewers whose feed the feed cache may hold.
  public let cached: ViewerSet

  /// - Parameters:
  ///   - capacity: entries kept for a viewer; at least 1.
  ///   - trim: when a timeline is cut back to them.
  public init(
    users: Int, capacity: Int, trim: TrimLaw = TrimLaw(), memory: TimelineMemory
  ) throws {
    self.capacity = capacity
    self.trim = trim
    slots = TimelineStore.slots(for: capacity + trim.room)
    userCount = users
    self.memory = memory
    let lent = try memory.lend(rings: users * slots, viewers: users)
    cached = try ViewerSet(users: users)
    (rings, heads, viewers, full) = (lent.rings, lent.heads, lent.viewers, lent.full)
    heads.update(repeating: TimelineHead(), count: users)
    viewers.update(repeating: ViewerRow(), count: users)
  }

  /// Places of the ring behind a timeline of so many entries.
  static func slots(for capacity: Int) -> Int { max(4, capacity.nextPowerOfTwo) }

  @inlinable @inline(__always)
  public func viewer(_ id: UInt32) -> UnsafeMutablePointer<ViewerRow> { viewers + Int(id) }

  @inlinable @inline(__always)
  public func head(_ id: UInt32) -> UnsafeMutablePointer<TimelineHead> { heads + Int(id) }

  /// Writes an entry; returns the timeline's head for the bookkeeping that shares its line.
  @inlinable @discardableResult
  public func insert(_ post: UInt32, into id: UInt32) -> UnsafeMutablePointer<TimelineHead> {
    if append(post, to: id) { settle(id) }
    return heads + Int(id)
  }

  /// Writes an entry into the head alone; whether that is full then and must be settled.
  @inlinable @inline(__always)
  func append(_ post: UInt32, to id: UInt32) -> Bool {
    let head = heads + Int(id)
    let written = head.pointee.written
    let recent = UnsafeMutableRawPointer(head) + TimelineHead.recentOffset
    recent.storeBytes(of: post, toByteOffset: Int(written & 3) &* 4, as: UInt32.self)
    head.pointee.written = written &+ 1
    return written & 3 == 3
  }

  /// Moves a full head's entries to the ring.
  @inlinable @inline(__always)
  func settle(_ id: UInt32) {
    UnsafeMutableRawPointer(ring(behind: id)).storeBytes(
      of: heads[Int(id)].recent, as: SIMD4<UInt32>.self)
  }

  /// Where the last four entries of a full head belong.
  @inlinable @inline(__always)
  func ring(behind id: UInt32) -> UnsafeMutablePointer<UInt32> {
    let first = Int(heads[Int(id)].written &- 4)
    return rings + (Int(id) &* slots &+ first & (slots &- 1))
  }

  /// Writes an entry into the timelines of those `viewers` that are due it, and calls `account`
  /// with each viewer and its head; returns the entries written.
  ///
  /// In two passes over a few viewers at a time, the heads and then those that are full: which
  /// ones are is anybody's guess, and a branch on it in the first pass would cost as much as the
  /// entry. Lines are asked for well before they are written, heads 32 places ahead: stores become
  /// visible in order, so each would otherwise wait for the line of the one before.
  @inlinable @inline(__always)
  public func insert(
    _ post: UInt32, into viewers: UnsafeBufferPointer<UInt32>, where isDue: (UInt32) -> Bool,
    _ account: (UInt32, UnsafeMutablePointer<TimelineHead>) -> Void
  ) -> Int {
    let ahead = 32
    var written = 0
    var index = 0
    for place in 0..<min(ahead, viewers.count) { feedsim_prefetch(heads + Int(viewers[place])) }
    while index < viewers.count {
      let end = min(index + TimelineMemory.fullCount, viewers.count)
      var fullCount = 0
      while index < end {
        let viewer = viewers[index]
        if index + ahead < viewers.count {
          feedsim_prefetch(heads + Int(viewers[index + ahead]))
        }
        index += 1
        if !isDue(viewer) { continue }
        full[fullCount] = viewer
        fullCount += append(post, to: viewer) ? 1 : 0
        account(viewer, heads + Int(viewer))
        written += 1
      }
      for place in 0..<fullCount {
        if place + 12 < fullCount { feedsim_prefetch(ring(behind: full[place + 12])) }
        settle(full[place])
      }
    }
    return written
  }

  /// Delivers a post: writes it, accounts for it in the viewers' audit when it is `measured`, and
  /// has the feeds it makes stale invalidated if it `dropsFeeds`; returns the entries written.
  @inlinable @inline(__always)
  public func deliver(
    _ post: UInt32, to viewers: UnsafeBufferPointer<UInt32>, measured: Bool,
    dropsFeeds: Bool = true, where isDue: (UInt32) -> Bool, invalidate: (UInt32) -> Void
  ) -> Int {
    let hash = measured ? auditHash(post) : 0
    return insert(post, into: viewers, where: isDue) { viewer, head in
      head.pointee.delivered &+= measured ? 1 : 0
      head.pointee.deliveredSum &+= hash
      if dropsFeeds, cached.remove(viewer) { invalidate(viewer) }
    }
  }

  /// Of the newest entries of a viewer as many as are ever looked at.
  var held: Int { max(4, capacity + trim.room) }

  /// Fills an empty timeline as if the posts had been inserted one after the other; of these only
  /// the newest `held` are read.
  func fill(_ id: UInt32, with posts: UnsafeMutablePointer<UInt32>, count: Int) {
    let ring = rings + (Int(id) &* slots)
    let settled = max(0, count) & ~3
    for position in min(max(0, count - held), settled)..<settled {
      ring[position & (slots - 1)] = posts[position]
    }
    for position in settled..<max(settled, count) {
      heads[Int(id)].recent[position & 3] = posts[position]
    }
    heads[Int(id)].written = UInt32(truncatingIfNeeded: count)
  }

  /// Entries held for a viewer, live or not.
  @inlinable
  public func count(of id: UInt32) -> Int { count(of: id, written: heads[Int(id)].written) }

  /// Entries held for a viewer to whom so many have been written.
  @inlinable
  public func count(of id: UInt32, written: UInt32) -> Int {
    Int(written) <= capacity
      ? Int(written) : min(Int(written), capacity + trim.overshoot(id, written: written))
  }

  /// Copies up to `limit` of the newest entries whose id is in `ids`, newest first.
  @inlinable
  public func read(
    _ id: UInt32, limit: Int, ids: Range<UInt32>, into out: UnsafeMutablePointer<UInt32>
  ) -> Int {
    let ring = rings + (Int(id) &* slots)
    let recent = heads[Int(id)].recent
    var position = heads[Int(id)].written
    let last = position &- UInt32(min(count(of: id), limit))
    var found = 0
    while position != last, position & 3 != 0 {
      position &-= 1
      out[found] = recent[Int(position & 3)]
      found += ids.contains(out[found]) ? 1 : 0
    }
    while position != last {
      position &-= 1
      out[found] = ring[Int(position) & (slots &- 1)]
      found += ids.contains(out[found]) ? 1 : 0
    }
    return found
  }

  /// Entries held over all viewers.
  public var entries: Int {
    var total = 0
    for id in 0..<UInt32(userCount) { total += count(of: id) }
    return total
  }
}

/// The buffers of a timeline store, kept from one run to the next by the thread that runs them.
public final class TimelineMemory {
  private var rings: LargeMemory
  private var heads: LargeMemory
  private var viewers: LargeMemory
  private let full: LargeMemory
  /// Viewers between one look at the full heads and the next.
  @inlinable static var fullCount: Int { 256 }

  struct Loan {
    var rings: UnsafeMutablePointer<UInt32>
    var heads: UnsafeMutablePointer<TimelineHead>
    var viewers: UnsafeMutablePointer<ViewerRow>
    var full: UnsafeMutablePointer<UInt32>
  }

  public init() throws {
    rings = try LargeMemory(byteCount: 0)
    heads = try LargeMemory(byteCount: 0)
    viewers = try LargeMemory(byteCount: 0)
    full = try LargeMemory(byteCount: 0)
  }

  func lend(rings entries: Int, viewers users: Int) throws -> Loan {
    try Self.grow(&rings, to: entries * MemoryLayout<UInt32>.stride)
    try Self.grow(&heads, to: users * MemoryLayout<TimelineHead>.stride)
    try Self.grow(&viewers, to: users * MemoryLayout<ViewerRow>.stride)
    return Loan(
      rings: rings.base.bindMemory(to: UInt32.self, capacity: entries),
      heads: heads.base.bindMemory(to: TimelineHead.self, capacity: users),
      viewers: viewers.base.bindMemory(to: ViewerRow.self, capacity: users),
      full: full.base.bindMemory(to: UInt32.self, capacity: TimelineMemory.fullCount))
  }

  private static func grow(_ memory: inout LargeMemory, to byteCount: Int) throws {
    if byteCount > memory.byteCount { memory = try LargeMemory(byteCount: byteCount) }
  }
}

extension Int {
  var nextPowerOfTwo: Int { self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
