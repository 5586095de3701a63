import CGSL

/// The objects of a cache in slots: an index over dense keys, a mark of 3 bits by key, and numbered
/// queues of slots. What cache policies are made of.
///
/// 4 bytes a key, 12 a slot, 8 more a slot where objects have sizes. The mark lies beside the slot
/// in the index, so that a hit that only marks touches one word. All that changes lies behind
/// pointers: the runtime would check each access to properties.
final class CacheSlots {
  typealias Slot = UInt32

  /// No slot.
  static var none: Slot { .max >> 3 }

  private struct Node {
    /// Towards the newest; free slots are chained through `older`.
    var newer: Slot
    var older: Slot
    var key: UInt32
  }

  /// Slots in the order in which they came in, from the oldest to the newest.
  private struct Queue {
    var newest = CacheSlots.none
    var oldest = CacheSlots.none
    /// Slots, and the room that their objects take.
    var count = 0
    var used = 0
  }

  private struct Totals {
    var count = 0
    var used = 0
    var fresh: Slot = 0
    var freed = CacheSlots.none
  }

  /// Slot and mark of a key, or all bits set.
  private let index: UnsafeMutablePointer<UInt32>
  private let nodes: UnsafeMutablePointer<Node>
  /// By slot; nil where every object counts 1.
  private let sizes: UnsafeMutablePointer<Int>?
  private let queues: UnsafeMutablePointer<Queue>
  private let queueCount: Int
  private let totals: UnsafeMutablePointer<Totals>

  /// - Parameter queues: numbered from 0.
  init(_ space: CacheSpace, queues: Int = 1) {
    index = .allocate(capacity: space.keys)
    index.initialize(repeating: .max, count: space.keys)
    // What is never touched takes no memory.
    let slots = max(1, space.isSized ? space.keys : min(space.keys, space.capacity))
    nodes = .allocate(capacity: slots)
    sizes = space.isSized ? .allocate(capacity: slots) : nil
    self.queues = .allocate(capacity: queues)
    self.queues.initialize(repeating: Queue(), count: queues)
    queueCount = queues
    totals = .allocate(capacity: 1)
    totals.initialize(to: Totals())
  }

  deinit {
    index.deallocate()
    nodes.deallocate()
    sizes?.deallocate()
    queues.deallocate()
    totals.deallocate()
  }

  /// Objects, and the room they take.
  @inline(__always) var count: Int { totals.pointee.count }
  @inline(__always) var used: Int { totals.pointee.used }

  // MARK: Keys

  @inline(__always)
  func contains(_ key: UInt32) -> Bool { index[Int(key)] != .max }

  /// The slot of a key, or `none`.
  @inline(__always)
  func find(_ key: UInt32) -> Slot { index[Int(key)] >> 3 }

  /// Asks for a key's word of the index, ahead of its use.
  @inline(__always)
  func prefetch(_ key: UInt32) { feedsim_prefetch(index + Int(key)) }

  @inline(__always)
  func key(of slot: Slot) -> UInt32 { nodes[Int(slot)].key }

  /// Room that a slot's object takes.
  @inline(__always)
  func size(of slot: Slot) -> Int {
    guard let sizes else { return 1 }
    return sizes[Int(slot)]
  }

  /// 0 ... 7, of a key that is held; 0 when it came.
  @inline(__always)
  func mark(ofKey key: UInt32) -> UInt32 { index[Int(key)] & 7 }

  @inline(__always)
  func setMark(_ mark: UInt32, ofKey key: UInt32) {
    let word = index[Int(key)] & ~7 | mark
    // A hot key's mark seldom changes: a line that is only read stays clean.
    if index[Int(key)] != word { index[Int(key)] = word }
  }

  @inline(__always)
  func mark(of slot: Slot) -> UInt32 { mark(ofKey: key(of: slot)) }

  @inline(__always)
  func setMark(_ mark: UInt32, of slot: Slot) { setMark(mark, ofKey: key(of: slot)) }

  // MARK: Objects

  /// A slot for a key that has none; those given back are taken first.
  @inline(__always)
  func take(_ key: UInt32, size: Int) -> Slot {
    var slot = totals.pointee.freed
    if slot != CacheSlots.none {
      totals.pointee.freed = nodes[Int(slot)].older
    } else {
      slot = totals.pointee.fresh
      totals.pointee.fresh &+= 1
    }
    nodes[Int(slot)].key = key
    index[Int(key)] = slot << 3
    if let sizes { sizes[Int(slot)] = size }
    totals.pointee.count &+= 1
    totals.pointee.used &+= size
    return slot
  }

  /// Gives a slot back that is in no queue.
  @inline(__always)
  func release(_ slot: Slot) {
    index[Int(key(of: slot))] = .max
    totals.pointee.count &-= 1
    totals.pointee.used &-= size(of: slot)
    nodes[Int(slot)].older = totals.pointee.freed
    totals.pointee.freed = slot
  }

  // MARK: Queues

  @inline(__always)
  func oldest(_ queue: Int = 0) -> Slot { queues[queue].oldest }

  @inline(__always)
  func newest(_ queue: Int = 0) -> Slot { queues[queue].newest }

  @inline(__always)
  func isEmpty(_ queue: Int = 0) -> Bool { queues[queue].oldest == CacheSlots.none }

  /// Room that a queue's objects take.
  @inline(__always)
  func used(in queue: Int) -> Int { queues[queue].used }

  /// The slot that came in just after, or `none`.
  @inline(__always)
  func newer(than slot: Slot) -> Slot { nodes[Int(slot)].newer }

  @inline(__always)
  func append(_ slot: Slot, to queue: Int = 0) {
    link(slot, queues + queue)
    queues[queue].count &+= 1
    queues[queue].used &+= size(of: slot)
  }

  @inline(__always)
  func unlink(_ slot: Slot, from queue: Int = 0) {
    cut(slot, queues + queue)
    queues[queue].count &-= 1
    queues[queue].used &-= size(of: slot)
  }

  /// Makes a slot the newest of its queue.
  @inline(__always)
  func renew(_ slot: Slot, in queue: Int = 0) {
    if slot == queues[queue].newest { return }
    cut(slot, queues + queue)
    link(slot, queues + queue)
  }

  /// From the queue where it is to another, or to the newest end of the same.
  @inline(__always)
  func move(_ slot: Slot, from old: Int, to new: Int) {
    unlink(slot, from: old)
    append(slot, to: new)
  }

  /// Takes a slot out of its queue and gives it back.
  @inline(__always)
  func drop(_ slot: Slot, from queue: Int = 0) {
    unlink(slot, from: queue)
    release(slot)
  }

  @inline(__always)
  private func link(_ slot: Slot, _ queue: UnsafeMutablePointer<Queue>) {
    let newest = queue.pointee.newest
    nodes[Int(slot)].older = newest
    nodes[Int(slot)].newer = CacheSlots.none
    if newest != CacheSlots.none {
      nodes[Int(newest)].newer = slot
    } else {
      queue.pointee.oldest = slot
    }
    queue.pointee.newest = slot
  }

  @inline(__always)
  private func cut(_ slot: Slot, _ queue: UnsafeMutablePointer<Queue>) {
    let newer = nodes[Int(slot)].newer
    let older = nodes[Int(slot)].older
    if newer != CacheSlots.none {
      nodes[Int(newer)].older = older
    } else {
      queue.pointee.newest = older
    }
    if older != CacheSlots.none {
      nodes[Int(older)].newer = newer
    } else {
      queue.pointee.oldest = newer
    }
  }

  // MARK: Checks

  /// Throws what is inconsistent about queues that together hold every slot.
  func check(_ policy: String) throws {
    var seen = 0
    var room = 0
    for number in 0..<queueCount {
      let queue = queues[number]
      let before = (seen, room)
      var older = CacheSlots.none
      var slot = queue.oldest
      while slot != CacheSlots.none {
        guard nodes[Int(slot)].older == older, find(key(of: slot)) == slot else {
          throw BrokenInvariant("\(policy): slot \(slot) is not linked as its neighbours say")
        }
        seen += 1
        room += size(of: slot)
        guard seen <= count else { throw BrokenInvariant("\(policy): a queue is circular") }
        older = slot
        slot = nodes[Int(slot)].newer
      }
      guard older == queue.newest, (seen - before.0, room - before.1) == (queue.count, queue.used)
      else { throw BrokenInvariant("\(policy): a queue holds not what it counts") }
    }
    guard (seen, room) == (count, used) else {
      throw BrokenInvariant("\(policy): queues hold \(seen) objects, the index \(count)")
    }
  }
}
