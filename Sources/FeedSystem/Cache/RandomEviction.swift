import Simulation

/// Evicts any key with equal odds.
public final class RandomEviction: SlotPolicy {
  public static let name = "random"
  public static let summary = "evict any key with equal odds"

  public let space: CacheSpace
  let slots: CacheSlots
  /// All slots in use, in no order that matters, and where each stands there.
  private var held: [CacheSlots.Slot] = []
  private var placeOf: [UInt32] = []
  private var draws: RandomStream

  public init(_ space: CacheSpace) {
    self.space = space
    slots = CacheSlots(space)
    draws = RandomStream(seed: space.seed, purpose: 0x7261_6e64)
  }

  public func access(_ key: UInt32) -> Int? {
    slots.contains(key) ? Int(slots.find(key)) : nil
  }

  public func admit(_ key: UInt32, size: Int) -> Int? {
    if size > capacity { return nil }
    while used + size > capacity { drop(held[Int(draws.below(UInt64(held.count)))]) }
    let slot = slots.take(key, size: size)
    if Int(slot) == placeOf.count { placeOf.append(0) }
    placeOf[Int(slot)] = UInt32(held.count)
    held.append(slot)
    return Int(slot)
  }

  func drop(_ slot: CacheSlots.Slot) {
    let last = held.removeLast()
    if last != slot {
      let place = placeOf[Int(slot)]
      held[Int(place)] = last
      placeOf[Int(last)] = place
    }
    slots.release(slot)
  }

  public func checkInvariants() throws {
    var room = 0
    for (place, slot) in held.enumerated() {
      guard placeOf[Int(slot)] == UInt32(place), slots.find(slots.key(of: slot)) == slot else {
        throw BrokenInvariant("random: slot \(slot) does not stand where it is said to")
      }
      room += slots.size(of: slot)
    }
    guard held.count == count, room == used else {
      throw BrokenInvariant("random: holds \(held.count), counted \(count)")
    }
    try checkRoom()
  }
}
