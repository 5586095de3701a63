/// A copy of something, as a level of caches holds it.
struct CacheEntry: BitwiseCopyable, Equatable {
  /// When what it is a copy of was read or made, in the unit of lifetimes.
  var since: Int64
  /// The version that it is a copy of.
  var version: UInt32
  /// There is nothing under its key, which is worth knowing too.
  var isNegative = false
  /// What the owner tells copies of one key apart by.
  var tag: UInt32 = 0
  /// Of a feed: its posts, and the age of the oldest post that its leaves lacked.
  var count: UInt32 = 0
  var behindMilliseconds: Int64 = 0
}

/// How long entries may be shown, in one unit; from when they were read or made.
struct CacheLifetimes: Equatable {
  var usual: Int64
  /// While the system is degraded.
  var degraded: Int64
  /// Of entries that say there is nothing.
  var negative: Int64
}

/// What one part has done since the run's start.
public struct CacheBooks: Sendable, Equatable {
  public var hits = 0
  public var misses = 0
  /// Of the hits, those on a copy of an older version, and those that said there is nothing.
  public var staleHits = 0
  public var negativeHits = 0
  /// Entries that came in, and of these those copied from a level below.
  public var admitted = 0
  public var promoted = 0
  /// How entries left: to make room, on purpose, too old, and to another level.
  public var evicted = 0
  public var invalidated = 0
  public var expired = 0
  public var moved = 0
  /// Of objects as they are stored, sent to readers and written.
  public var bytesRead = 0
  public var bytesWritten = 0

  public init() {}

  /// What was done since an earlier time.
  public func since(_ earlier: CacheBooks) -> CacheBooks { combined(earlier) { $0 - $1 } }

  public static func + (one: CacheBooks, other: CacheBooks) -> CacheBooks {
    one.combined(other) { $0 + $1 }
  }

  private func combined(_ other: CacheBooks, _ make: (Int, Int) -> Int) -> CacheBooks {
    var books = CacheBooks()
    let fields: [WritableKeyPath<CacheBooks, Int>] = [
      \.hits, \.misses, \.staleHits, \.negativeHits, \.admitted, \.promoted, \.evicted,
      \.invalidated, \.expired, \.moved, \.bytesRead, \.bytesWritten,
    ]
    for field in fields {
      books[keyPath: field] = make(self[keyPath: field], other[keyPath: field])
    }
    return books
  }
}

/// One content in one level: a policy that decides what stays, and the entries themselves.
///
/// Beside the policy's own index a slot is kept by key, so that an entry can be looked at without
/// counting as a use, and what an admission has driven out is known: among objects that count 1
/// each a policy gives the newcomer the slot that has just been freed. Of larger ones several may
/// go at once, which is found out as their slots are used again.
final class CachePart {
  private struct Held {
    var key: UInt32
    var entry: CacheEntry
  }

  static let nowhere = UInt32.max

  let policy: any CachePolicy
  let lifetimes: CacheLifetimes
  /// Of an entry's content.
  let width: Int
  private let held: UnsafeMutablePointer<Held>
  private let contents: UnsafeMutablePointer<UInt32>
  private let slotOf: UnsafeMutablePointer<UInt32>
  var books = CacheBooks()
  /// Keys whose nodes are away.
  var outage = KeyOutage()

  /// - Parameters:
  ///   - width: of an entry's content, in words.
  init(_ policy: any CachePolicy, lifetimes: CacheLifetimes, width: Int = 0) {
    self.policy = policy
    self.lifetimes = lifetimes
    self.width = width
    let space = policy.space
    // What is never touched takes no memory.
    let slots = max(1, space.isSized ? space.keys : min(space.keys, space.capacity))
    held = .allocate(capacity: slots)
    held.initialize(
      repeating: Held(key: Self.nowhere, entry: CacheEntry(since: 0, version: 0)), count: slots)
    contents = .allocate(capacity: max(1, slots * width))
    slotOf = .allocate(capacity: space.keys)
    slotOf.initialize(repeating: Self.nowhere, count: space.keys)
  }

  deinit {
    held.deallocate()
    contents.deallocate()
    slotOf.deallocate()
  }

  var isSized: Bool { policy.space.isSized }

  func entry(_ slot: Int) -> CacheEntry { held[slot].entry }
  func content(_ slot: Int) -> UnsafeMutablePointer<UInt32> { contents + slot * width }

  /// Whether an entry is young enough to be shown.
  @inline(__always)
  private func isFresh(_ entry: CacheEntry, at now: Int64, degraded: Bool) -> Bool {
    let usual = degraded ? lifetimes.degraded : lifetimes.usual
    return now - entry.since < (entry.isNegative ? lifetimes.negative : usual)
  }

  /// Whether a look-up would find a key; no use of it.
  func holds(_ key: UInt32, at now: Int64, degraded: Bool) -> Bool {
    let slot = slotOf[Int(key)]
    return slot != Self.nowhere && isFresh(held[Int(slot)].entry, at: now, degraded: degraded)
  }

  /// The slot of a key, used once more; nil where it is not held, or too old and goes.
  func find(_ key: UInt32, at now: Int64, degraded: Bool) -> Int? {
    advance(to: now)
    if !outage.isEmpty, outage.covers(key) { return nil }
    guard let slot = policy.access(key) else {
      slotOf[Int(key)] = Self.nowhere
      return nil
    }
    guard isFresh(held[slot].entry, at: now, degraded: degraded) else {
      drop(key)
      books.expired += 1
      return nil
    }
    return slot
  }

  private func advance(to now: Int64) {
    let before = policy.count
    policy.advance(to: now)
    books.expired += before - policy.count
  }

  enum Keeping: Equatable {
    /// The policy does not let it in.
    case refused
    case kept
    /// With another one gone, which is left in `victim`.
    case keptFor(UInt32)
  }

  /// Keeps an entry, in the place of one under its key if there is one.
  ///
  /// - Parameters:
  ///   - content: of `width` words.
  ///   - victim: where what is driven out is copied to, of parts whose objects count 1 each.
  func keep(
    _ key: UInt32, _ entry: CacheEntry, _ content: UnsafePointer<UInt32>, size: Int,
    at now: Int64, victim: CarriedEntry
  ) -> Keeping {
    advance(to: now)
    if !outage.isEmpty, outage.covers(key) { return .refused }
    if let slot = policy.access(key) {
      write(key, entry, content, to: slot)
      books.bytesWritten += size
      return .kept
    }
    slotOf[Int(key)] = Self.nowhere
    let before = policy.count
    guard let slot = isSized ? policy.admit(key, size: size) : policy.admit(key) else {
      books.evicted += before - policy.count
      return .refused
    }
    books.evicted += before + 1 - policy.count
    books.admitted += 1
    books.bytesWritten += size
    let old = held[slot].key
    let isLeft = old != Self.nowhere && slotOf[Int(old)] == UInt32(slot)
    if isLeft { slotOf[Int(old)] = Self.nowhere }
    let isVictim = isLeft && !isSized
    if isVictim { victim.take(old, held[slot].entry, self.content(slot), words: width) }
    write(key, entry, content, to: slot)
    return isVictim ? .keptFor(old) : .kept
  }

  private func write(
    _ key: UInt32, _ entry: CacheEntry, _ content: UnsafePointer<UInt32>, to slot: Int
  ) {
    held[slot] = Held(key: key, entry: entry)
    slotOf[Int(key)] = UInt32(slot)
    if width > 0 { self.content(slot).update(from: content, count: width) }
  }

  /// Makes a held entry one of a newer version, which is no use of it; false where none is held.
  func renew(_ key: UInt32, version: UInt32, at now: Int64, size: Int) -> Bool {
    let slot = slotOf[Int(key)]
    guard slot != Self.nowhere, !held[Int(slot)].entry.isNegative else { return false }
    held[Int(slot)].entry.version = version
    held[Int(slot)].entry.since = now
    books.bytesWritten += size
    return true
  }

  /// Drops a key; whether it was held.
  @discardableResult
  func drop(_ key: UInt32) -> Bool {
    let before = policy.count
    policy.invalidate(key)
    let slot = slotOf[Int(key)]
    if slot != Self.nowhere {
      held[Int(slot)].key = Self.nowhere
      slotOf[Int(key)] = Self.nowhere
    }
    return policy.count < before
  }

  /// Nodes are lost: what they held is gone.
  func loseAway() {
    for key in keys() where outage.covers(key) && drop(key) { books.invalidated += 1 }
  }

  /// The keys whose slots are known: those held, and those that the policy has let expire since
  /// they were last asked for.
  func keys() -> [UInt32] {
    (0..<UInt32(policy.space.keys)).filter { slotOf[Int($0)] != Self.nowhere }
  }

  /// Throws what is inconsistent about policy, books and entries.
  func checkInvariants(_ name: String) throws {
    try policy.checkInvariants()
    let left = books.evicted + books.invalidated + books.expired + books.moved
    guard books.admitted == policy.count + left else {
      throw BrokenInvariant(
        "\(name): \(books.admitted) admitted are not \(policy.count) held and \(left) gone")
    }
    let known = keys()
    for key in known where held[Int(slotOf[Int(key)])].key != key {
      throw BrokenInvariant("\(name): the slot of key \(key) holds another")
    }
    guard known.count >= policy.count else {
      throw BrokenInvariant("\(name): \(known.count) entries for \(policy.count) objects")
    }
  }
}

/// An entry between two levels.
final class CarriedEntry {
  fileprivate(set) var key: UInt32 = 0
  fileprivate(set) var entry = CacheEntry(since: 0, version: 0)
  let content: UnsafeMutablePointer<UInt32>
  private let width: Int

  init(width: Int) {
    self.width = width
    content = .allocate(capacity: max(1, width))
    content.initialize(repeating: 0, count: max(1, width))
  }

  deinit { content.deallocate() }

  func take(
    _ key: UInt32, _ entry: CacheEntry, _ words: UnsafePointer<UInt32>, words count: Int
  ) {
    self.key = key
    self.entry = entry
    content.update(from: words, count: min(count, width))
  }
}
