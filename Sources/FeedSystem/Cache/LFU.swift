/// Least frequently used since it came in; among equals, the one whose last use lies furthest back
/// (in constant time by a queue for each frequency: Shah, Mitra, Matani: "An O(1) algorithm for
/// implementing the LFU cache eviction scheme", 2010).
public final class LFU: SlotCache, SlotPolicy {
  public static let name = "lfu"
  public static let summary = "evict the key used least often since it came"

  /// Keys used equally often are a queue; those queues are chained by rising frequency.
  private struct Group {
    var frequency: UInt32
    var above: Int
    var below: Int
  }

  /// The first is the end of the chain: it has the frequency 0 and no slots.
  private let groups: UnsafeMutablePointer<Group>
  /// Groups from `fresh` on were never in use; others that are not are chained through `above`,
  /// which is 0 at the end.
  private let spare: UnsafeMutablePointer<(fresh: Int, freed: Int)>
  /// By slot.
  private let groupOf: UnsafeMutablePointer<UInt32>

  public required init(_ space: CacheSpace) {
    groupOf = .allocate(capacity: space.slots)
    // As many frequencies as objects, the end of the chain, and one more while a key moves on.
    groups = .allocate(capacity: space.slots + 2)
    groups.initialize(to: Group(frequency: 0, above: 0, below: 0))
    spare = .allocate(capacity: 1)
    spare.initialize(to: (fresh: 1, freed: 0))
    super.init(space, queues: space.slots + 2)
  }

  deinit {
    groupOf.deallocate()
    groups.deallocate()
    spare.deallocate()
  }

  public func access(_ key: UInt32) -> Int? {
    guard slots.contains(key) else { return nil }
    let slot = slots.find(key)
    let old = Int(groupOf[Int(slot)])
    let new = group(above: old)
    slots.move(slot, from: old, to: new)
    groupOf[Int(slot)] = UInt32(new)
    leave(old)
    return Int(slot)
  }

  public func admit(_ key: UInt32, size: Int) -> Int? {
    if size > capacity { return nil }
    while used + size > capacity { drop(slots.oldest(groups[0].above)) }
    let slot = slots.take(key, size: size)
    let first = group(above: 0)
    slots.append(slot, to: first)
    groupOf[Int(slot)] = UInt32(first)
    return Int(slot)
  }

  /// The group whose frequency is one higher, which may be new.
  private func group(above low: Int) -> Int {
    let next = groups[low].above
    let frequency = groups[low].frequency &+ 1
    if next != 0, groups[next].frequency == frequency { return next }
    var place = spare.pointee.freed
    if place != 0 {
      spare.pointee.freed = groups[place].above
    } else {
      place = spare.pointee.fresh
      spare.pointee.fresh += 1
    }
    groups[place] = Group(frequency: frequency, above: next, below: low)
    groups[next].below = place
    groups[low].above = place
    return place
  }

  /// A group without slots goes.
  private func leave(_ group: Int) {
    guard slots.isEmpty(group) else { return }
    groups[groups[group].below].above = groups[group].above
    groups[groups[group].above].below = groups[group].below
    groups[group].above = spare.pointee.freed
    spare.pointee.freed = group
  }

  func drop(_ slot: CacheSlots.Slot) {
    let group = Int(groupOf[Int(slot)])
    slots.drop(slot, from: group)
    leave(group)
  }

  public func checkInvariants() throws {
    var frequency: UInt32 = 0
    var group = groups[0].above
    while group != 0 {
      guard groups[group].frequency > frequency, !slots.isEmpty(group) else {
        throw BrokenInvariant("lfu: the frequencies do not rise, or nothing has one of them")
      }
      frequency = groups[group].frequency
      group = groups[group].above
    }
    try slots.check(Self.name)
    try checkRoom()
  }
}
