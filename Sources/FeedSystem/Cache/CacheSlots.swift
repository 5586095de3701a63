import CGSL

/// The objects of a cache in slots: an index over dense keys, a mark of 3 bits by key, and numbered
/// queues of slots. What cache policies are made of.
///
/// 4 bytes a key, 12 a slot, 8 more a slot where objects have sizes. The mark lies beside the slot
/// in the index, so that a hit that only marks touches one word. A queue is a ring of nodes through
/// a head of its own, so that no link is ever missing. Keys that were evicted and are remembered
/// (ghosts) have slots and queues of their own behind those of the objects: one word of the index
/// says where a key is.
///
/// A handle: all that changes lies behind its pointers, so that neither accesses are checked nor
/// references counted as requests go by. Whoever makes it deallocates it.
struct CacheSlots: BitwiseCopyable {
  typealias Slot = UInt32

  private struct Node {
    /// Towards the newest, whose neighbour is the head, as is the oldest's; free slots are chained
    /// through `older`.
    var newer: Slot
    var older: Slot
    var key: UInt32
  }

  /// Slots that are in use, and those that may be.
  private struct Pool {
    var count = 0
    /// Room that their objects take.
    var used = 0
    var fresh: Slot
    var freed = CacheSlots.none
  }

  /// No slot.
  static var none: Slot { .max }

  /// Slot and mark of a key, or all bits set.
  private let index: UnsafeMutablePointer<UInt32>
  private let nodes: UnsafeMutablePointer<Node>
  /// By slot; nil where every object counts 1.
  private let sizes: UnsafeMutablePointer<Int>?
  private let held: UnsafeMutablePointer<Pool>
  private let ghosts: UnsafeMutablePointer<Pool>
  /// Words of the index below this are those of objects.
  private let heldWords: UInt32
  /// Queues have their heads from here on, first those of objects, then those of ghosts.
  private let heads: Slot
  private let queueCount: Int
  private let ghostQueueCount: Int
  /// Room that a queue's objects take.
  private let room: UnsafeMutablePointer<Int>
  private let capacity: Int

  /// - Parameters:
  ///   - queues: of objects, numbered from 0.
  ///   - ghosts: what each queue of ghosts has room for; they are numbered behind the others.
  init(_ space: CacheSpace, queues: Int = 1, ghosts ghostRooms: [Int] = []) {
    var ghostSpace = space
    ghostSpace.capacity = ghostRooms.reduce(0, +)
    let objects = space.slots
    let remembered = ghostSpace.slots
    queueCount = queues + ghostRooms.count
    ghostQueueCount = ghostRooms.count
    capacity = space.isSized ? .max : objects
    heldWords = UInt32(objects) << 3
    heads = UInt32(objects + remembered)
    index = .allocate(capacity: space.keys)
    index.initialize(repeating: .max, count: space.keys)
    // What is never touched takes no memory.
    nodes = .allocate(capacity: objects + remembered + queueCount)
    sizes = space.isSized ? .allocate(capacity: objects + remembered) : nil
    for queue in 0..<queueCount {
      let head = heads + UInt32(queue)
      (nodes + Int(head)).initialize(to: Node(newer: head, older: head, key: 0))
    }
    room = .allocate(capacity: queueCount)
    room.initialize(repeating: 0, count: queueCount)
    held = .allocate(capacity: 2)
    held.initialize(to: Pool(fresh: 0))
    ghosts = held + 1
    ghosts.initialize(to: Pool(fresh: UInt32(objects)))
  }

  func deallocate() {
    index.deallocate()
    nodes.deallocate()
    sizes?.deallocate()
    room.deallocate()
    held.deallocate()
  }

  /// Objects, and the room they take.
  @inline(__always) var count: Int { held.pointee.count }
  @inline(__always) var used: Int { held.pointee.used }

  /// Whether every slot is in use, where every object counts 1.
  @inline(__always) var isFull: Bool { held.pointee.count == capacity }

  // MARK: Keys

  /// Whether a key's object is held.
  @inline(__always)
  func contains(_ key: UInt32) -> Bool { index[Int(key)] < heldWords }

  /// Whether a key is remembered; its mark is then what `remember` was given.
  @inline(__always)
  func remembers(_ key: UInt32) -> Bool {
    index[Int(key)] >= heldWords && index[Int(key)] != .max
  }

  /// The slot of a key that has one.
  @inline(__always)
  func find(_ key: UInt32) -> Slot { index[Int(key)] >> 3 }

  /// Asks for a key's word of the index, ahead of its use.
  @inline(__always)
  func prefetch(_ key: UInt32) { feedsim_prefetch(index + Int(key)) }

  /// Asks for the word of the key that may well be the next to go.
  @inline(__always)
  private func prefetchAfter(_ slot: Slot) { prefetch(key(of: newer(than: slot))) }

  @inline(__always)
  func key(of slot: Slot) -> UInt32 { nodes[Int(slot)].key }

  /// Room that a slot's object takes.
  @inline(__always)
  func size(of slot: Slot) -> Int {
    guard let sizes else { return 1 }
    return sizes[Int(slot)]
  }

  /// 0 ... 7, of a key that has a slot.
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

  /// A slot for a key that is not held, in no queue yet.
  @inline(__always)
  func take(_ key: UInt32, size: Int, mark: UInt32 = 0) -> Slot {
    take(key, size: size, mark: mark, of: held)
  }

  /// A slot for a key that is not held, as the newest of a queue.
  @inline(__always)
  func append(_ key: UInt32, size: Int, to queue: Int = 0, mark: UInt32 = 0) -> Slot {
    let slot = take(key, size: size, mark: mark)
    append(slot, to: queue)
    return slot
  }

  /// Gives the slot of one key's object to another's that is as large; it stays where it is.
  @inline(__always)
  func pass(_ slot: Slot, to key: UInt32) {
    prefetchAfter(slot)
    index[Int(self.key(of: slot))] = .max
    nodes[Int(slot)].key = key
    index[Int(key)] = slot << 3
  }

  /// Gives a slot back that is in no queue.
  @inline(__always)
  func release(_ slot: Slot) { release(slot, of: held) }

  /// Takes a slot out of its queue and gives it back.
  @inline(__always)
  func drop(_ slot: Slot, from queue: Int = 0) {
    prefetchAfter(slot)
    unlink(slot, from: queue)
    release(slot)
  }

  /// Those given back are taken first.
  @inline(__always)
  private func take(
    _ key: UInt32, size: Int, mark: UInt32, of pool: UnsafeMutablePointer<Pool>
  ) -> Slot {
    var slot = pool.pointee.freed
    if slot != CacheSlots.none {
      pool.pointee.freed = nodes[Int(slot)].older
    } else {
      slot = pool.pointee.fresh
      pool.pointee.fresh &+= 1
    }
    nodes[Int(slot)].key = key
    index[Int(key)] = slot << 3 | mark
    if let sizes { sizes[Int(slot)] = size }
    pool.pointee.count &+= 1
    pool.pointee.used &+= size
    return slot
  }

  @inline(__always)
  private func release(_ slot: Slot, of pool: UnsafeMutablePointer<Pool>) {
    index[Int(key(of: slot))] = .max
    pool.pointee.count &-= 1
    pool.pointee.used &-= size(of: slot)
    nodes[Int(slot)].older = pool.pointee.freed
    pool.pointee.freed = slot
  }

  // MARK: Ghosts

  /// Drops an object from its queue and remembers its key in a queue of ghosts.
  @inline(__always)
  func fade(_ slot: Slot, from queue: Int, to ghosts: Int, mark: UInt32 = 0) {
    let key = key(of: slot)
    let size = size(of: slot)
    drop(slot, from: queue)
    append(take(key, size: size, mark: mark, of: self.ghosts), to: ghosts)
  }

  /// Remembers a key that has no slot, in a queue of ghosts.
  func remember(_ key: UInt32, in ghosts: Int) {
    append(take(key, size: 1, mark: 0, of: self.ghosts), to: ghosts)
  }

  /// Forgets the key of a ghost.
  @inline(__always)
  func forget(_ slot: Slot, from ghosts: Int) {
    prefetchAfter(slot)
    unlink(slot, from: ghosts)
    release(slot, of: self.ghosts)
  }

  // MARK: Queues

  /// The oldest slot of a queue that is not empty.
  @inline(__always)
  func oldest(_ queue: Int = 0) -> Slot { newer(than: head(queue)) }

  @inline(__always)
  func isEmpty(_ queue: Int = 0) -> Bool { oldest(queue) == head(queue) }

  /// Room that a queue's objects take.
  @inline(__always)
  func used(in queue: Int) -> Int { room[queue] }

  /// The slot that came in just after; `isEnd` of the newest's.
  @inline(__always)
  func newer(than slot: Slot) -> Slot { nodes[Int(slot)].newer }

  /// Whether this is no slot, as what `newer` returns at the end of a queue.
  @inline(__always)
  func isEnd(_ slot: Slot) -> Bool { slot >= heads }

  @inline(__always)
  private func head(_ queue: Int = 0) -> Slot { heads &+ UInt32(truncatingIfNeeded: queue) }

  @inline(__always)
  func append(_ slot: Slot, to queue: Int = 0) {
    link(slot, before: head(queue))
    room[queue] &+= size(of: slot)
  }

  @inline(__always)
  func unlink(_ slot: Slot, from queue: Int = 0) {
    cut(slot)
    room[queue] &-= size(of: slot)
  }

  /// Makes a slot the newest of its queue.
  @inline(__always)
  func renew(_ slot: Slot, in queue: Int = 0) {
    cut(slot)
    link(slot, before: head(queue))
  }

  /// From the queue where it is to another.
  @inline(__always)
  func move(_ slot: Slot, from old: Int, to new: Int) {
    unlink(slot, from: old)
    append(slot, to: new)
  }

  @inline(__always)
  private func link(_ slot: Slot, before head: Slot) {
    let newest = nodes[Int(head)].older
    nodes[Int(newest)].newer = slot
    nodes[Int(slot)].older = newest
    nodes[Int(slot)].newer = head
    nodes[Int(head)].older = slot
  }

  @inline(__always)
  private func cut(_ slot: Slot) {
    let newer = nodes[Int(slot)].newer
    let older = nodes[Int(slot)].older
    nodes[Int(newer)].older = older
    nodes[Int(older)].newer = newer
  }

  // MARK: Checks

  /// Throws what is inconsistent about queues that together hold every slot.
  func check(_ policy: String) throws {
    let objects = queueCount - ghostQueueCount
    try check(policy, queues: 0..<objects, held, slots: 0..<(heldWords >> 3))
    try check(policy, queues: objects..<queueCount, ghosts, slots: (heldWords >> 3)..<heads)
  }

  private func check(
    _ policy: String, queues: Range<Int>, _ pool: UnsafeMutablePointer<Pool>, slots: Range<Slot>
  ) throws {
    var seen = 0
    var total = 0
    for queue in queues {
      let before = total
      var older = head(queue)
      var slot = oldest(queue)
      while !isEnd(slot) {
        guard slots.contains(slot), nodes[Int(slot)].older == older,
          find(key(of: slot)) == slot
        else {
          throw BrokenInvariant("\(policy): slot \(slot) is not linked as its neighbours say")
        }
        seen += 1
        total += size(of: slot)
        guard seen <= pool.pointee.count else {
          throw BrokenInvariant("\(policy): a queue is circular, or an object is not counted")
        }
        older = slot
        slot = nodes[Int(slot)].newer
      }
      guard slot == head(queue), older == nodes[Int(slot)].older, total - before == room[queue]
      else { throw BrokenInvariant("\(policy): a queue holds not what it counts") }
    }
    guard (seen, total) == (pool.pointee.count, pool.pointee.used) else {
      throw BrokenInvariant(
        "\(policy): queues hold \(seen) objects, the index \(pool.pointee.count)")
    }
  }
}
