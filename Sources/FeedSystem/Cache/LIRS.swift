/// Keeps keys whose last two uses lay close together: most of the room is for those of low
/// inter-reference recency (LIR), a hundredth for the others (HIR), which become LIR when they come
/// again while the stack remembers them (Jiang, Zhang: "LIRS: an efficient low inter-reference
/// recency set replacement policy", SIGMETRICS 2002, section 3).
///
/// The stack remembers evicted keys as long as the paper has it do: 8 bytes a key.
public final class LIRS: SlotCache, SlotPolicy {
  public static let name = "lirs"
  public static let summary = "keep keys whose last two uses lay close together"

  /// Of keys whose mark is 1, in no order that matters.
  private static let low = 0
  /// The paper's Q: what is evicted from.
  private static let high = 1

  /// The paper's S, by last use; its oldest key is LIR.
  private let stack: KeyList
  private let lowCapacity: Int

  public required init(_ space: CacheSpace) {
    stack = KeyList(keys: space.keys)
    lowCapacity = space.capacity - max(1, space.share(0.01))
    super.init(space, queues: 2)
  }

  public func access(_ key: UInt32) -> Int? {
    guard slots.contains(key) else { return nil }
    let slot = slots.find(key)
    let isRemembered = stack.contains(key)
    stack.renew(key)
    if slots.mark(ofKey: key) == 1 {
      prune()
    } else if isRemembered {
      slots.unlink(slot, from: LIRS.high)
      becomeLow(slot)
    } else {
      slots.renew(slot, in: LIRS.high)
    }
    return Int(slot)
  }

  public func admit(_ key: UInt32, size: Int) -> Int? {
    if size > capacity { return nil }
    while used + size > capacity { evict() }
    let isRemembered = stack.contains(key)
    let slot = slots.take(key, size: size)
    stack.renew(key)
    if isRemembered || slots.used(in: LIRS.low) + size <= lowCapacity {
      becomeLow(slot)
    } else {
      slots.append(slot, to: LIRS.high)
    }
    return Int(slot)
  }

  private func evict() {
    if slots.isEmpty(LIRS.high) { fall() }
    slots.drop(slots.oldest(LIRS.high), from: LIRS.high)
  }

  /// A slot that is in no queue, and whose key is the newest of the stack, becomes LIR.
  private func becomeLow(_ slot: CacheSlots.Slot) {
    slots.append(slot, to: LIRS.low)
    slots.setMark(1, of: slot)
    prune()
    while slots.used(in: LIRS.low) > lowCapacity { fall() }
  }

  /// The LIR key whose last use lies furthest back becomes HIR.
  private func fall() {
    let key = stack.oldest
    let slot = slots.find(key)
    stack.remove(key)
    slots.setMark(0, ofKey: key)
    slots.move(slot, from: LIRS.low, to: LIRS.high)
    prune()
  }

  /// Lets the stack end with a LIR key.
  private func prune() {
    while !stack.isEmpty, !isLow(stack.oldest) { stack.remove(stack.oldest) }
  }

  @inline(__always)
  private func isLow(_ key: UInt32) -> Bool {
    slots.contains(key) && slots.mark(ofKey: key) == 1
  }

  func drop(_ slot: CacheSlots.Slot) {
    let key = slots.key(of: slot)
    slots.drop(slot, from: slots.mark(of: slot) == 1 ? LIRS.low : LIRS.high)
    if stack.contains(key) { stack.remove(key) }
    prune()
  }

  public func checkInvariants() throws {
    try slots.check(Self.name)
    try checkRoom()
    try stack.check(Self.name)
    let endsLow = stack.isEmpty || isLow(stack.oldest) || slots.isEmpty(LIRS.low)
    guard slots.used(in: LIRS.low) <= lowCapacity, endsLow else {
      throw BrokenInvariant("lirs: too many keys are LIR, or the stack ends with one that is not")
    }
  }
}

/// Keys by last use, linked through two arrays over all keys: 8 bytes a key.
struct KeyList: ~Copyable {
  private static var none: UInt32 { .max }
  private let keys: Int
  /// Towards the newest; a key that is not in the list links to itself.
  private let newer: UnsafeMutablePointer<UInt32>
  private let older: UnsafeMutablePointer<UInt32>
  /// The oldest and the newest, behind a pointer: the runtime would check accesses to a property.
  private let ends: UnsafeMutablePointer<(oldest: UInt32, newest: UInt32)>

  init(keys: Int) {
    self.keys = keys
    newer = .allocate(capacity: keys)
    older = .allocate(capacity: keys)
    ends = .allocate(capacity: 1)
    ends.initialize(to: (KeyList.none, KeyList.none))
    for key in 0..<keys { newer[key] = UInt32(key) }
  }

  deinit {
    newer.deallocate()
    older.deallocate()
    ends.deallocate()
  }

  var oldest: UInt32 { ends.pointee.oldest }

  var isEmpty: Bool { oldest == KeyList.none }

  @inline(__always)
  func contains(_ key: UInt32) -> Bool { newer[Int(key)] != key }

  /// Puts a key at the newest end, whether it is in the list or not.
  @inline(__always)
  func renew(_ key: UInt32) {
    if key == ends.pointee.newest { return }
    if contains(key) { remove(key) }
    let newest = ends.pointee.newest
    older[Int(key)] = newest
    newer[Int(key)] = KeyList.none
    if newest != KeyList.none { newer[Int(newest)] = key } else { ends.pointee.oldest = key }
    ends.pointee.newest = key
  }

  @inline(__always)
  func remove(_ key: UInt32) {
    let after = newer[Int(key)]
    let before = older[Int(key)]
    if after != KeyList.none { older[Int(after)] = before } else { ends.pointee.newest = before }
    if before != KeyList.none { newer[Int(before)] = after } else { ends.pointee.oldest = after }
    newer[Int(key)] = key
  }

  func check(_ policy: String) throws {
    var before = KeyList.none
    var key = oldest
    var seen = 0
    while key != KeyList.none {
      seen += 1
      guard seen <= keys, older[Int(key)] == before else {
        throw BrokenInvariant("\(policy): key \(key) is not linked as its neighbours say")
      }
      before = key
      key = newer[Int(key)]
    }
    guard before == ends.pointee.newest else {
      throw BrokenInvariant("\(policy): the list ends elsewhere")
    }
  }
}
