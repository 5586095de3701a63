import Settings

/// Least recently used: evicts the key whose last use lies furthest back.
///
/// A doubly linked list over slots and an index over dense keys: 4 bytes a key, 12 a slot.
public final class LRU: CachePolicy {
  public static let name = "lru"
  public static let summary = "evict the key used least recently"

  public let capacity: Int
  public private(set) var count = 0

  private static let none = Int32(-1)
  private let keyCount: Int
  private let slotOfKey: UnsafeMutablePointer<Int32>
  private let keyOfSlot: UnsafeMutablePointer<UInt32>
  /// Towards the most recent; free slots are chained through `older`.
  private let newer: UnsafeMutablePointer<Int32>
  private let older: UnsafeMutablePointer<Int32>
  private var newest = none
  private var oldest = none
  private var freed = none
  private var fresh: Int32 = 0

  public init(capacity: Int, keys: Int) {
    self.capacity = capacity
    keyCount = keys
    slotOfKey = .allocate(capacity: max(1, keys))
    slotOfKey.initialize(repeating: LRU.none, count: keys)
    keyOfSlot = .allocate(capacity: capacity)
    newer = .allocate(capacity: capacity)
    older = .allocate(capacity: capacity)
  }

  deinit {
    slotOfKey.deallocate()
    keyOfSlot.deallocate()
    newer.deallocate()
    older.deallocate()
  }

  public func access(_ key: UInt32) -> Int? {
    let slot = slotOfKey[Int(key)]
    if slot == LRU.none { return nil }
    if slot != newest {
      unlink(slot)
      linkNewest(slot)
    }
    return Int(slot)
  }

  public func admit(_ key: UInt32) -> Int {
    let slot = takeSlot()
    keyOfSlot[Int(slot)] = key
    slotOfKey[Int(key)] = slot
    linkNewest(slot)
    count += 1
    return Int(slot)
  }

  public func invalidate(_ key: UInt32) {
    let slot = slotOfKey[Int(key)]
    if slot != LRU.none { remove(slot) }
  }

  private func takeSlot() -> Int32 {
    if freed == LRU.none, fresh < Int32(capacity) {
      fresh += 1
      return fresh - 1
    }
    if freed == LRU.none { remove(oldest) }
    let slot = freed
    freed = older[Int(slot)]
    return slot
  }

  private func remove(_ slot: Int32) {
    slotOfKey[Int(keyOfSlot[Int(slot)])] = LRU.none
    unlink(slot)
    older[Int(slot)] = freed
    freed = slot
    count -= 1
  }

  private func linkNewest(_ slot: Int32) {
    older[Int(slot)] = newest
    newer[Int(slot)] = LRU.none
    if newest != LRU.none { newer[Int(newest)] = slot } else { oldest = slot }
    newest = slot
  }

  private func unlink(_ slot: Int32) {
    let before = newer[Int(slot)]
    let after = older[Int(slot)]
    if before != LRU.none { older[Int(before)] = after } else { newest = after }
    if after != LRU.none { newer[Int(after)] = before } else { oldest = before }
  }

  public func checkInvariants() throws {
    var seen = 0
    var slot = newest
    var before = LRU.none
    while slot != LRU.none {
      guard newer[Int(slot)] == before, slotOfKey[Int(keyOfSlot[Int(slot)])] == slot else {
        throw BrokenInvariant("lru: slot \(slot) is not linked as its neighbours say")
      }
      seen += 1
      guard seen <= capacity else { throw BrokenInvariant("lru: the list is circular") }
      before = slot
      slot = older[Int(slot)]
    }
    guard before == oldest, seen == count, count <= capacity else {
      throw BrokenInvariant("lru: holds \(seen), counted \(count), capacity \(capacity)")
    }
  }
}
