import Simulation

/// Evicts any key with equal odds.
public final class RandomEviction: SlotCache, SlotPolicy {
  public static let name = "random"
  public static let summary = "evict any key with equal odds"

  /// All slots in use, in no order that matters, and where each stands there.
  private let held: UnsafeMutablePointer<CacheSlots.Slot>
  private let placeOf: UnsafeMutablePointer<UInt32>
  private var draws: RandomStream

  public required init(_ space: CacheSpace) {
    draws = RandomStream(seed: space.seed, purpose: 0x7261_6e64)
    held = .allocate(capacity: space.slots)
    placeOf = .allocate(capacity: space.slots)
    super.init(space)
  }

  deinit {
    held.deallocate()
    placeOf.deallocate()
  }

  public func access(_ key: UInt32) -> Int? {
    slots.contains(key) ? Int(slots.find(key)) : nil
  }

  public func admit(_ key: UInt32, size: Int) -> Int? {
    if size > capacity { return nil }
    while used + size > capacity { drop(held[Int(draws.below(UInt64(count)))]) }
    let slot = slots.take(key, size: size)
    placeOf[Int(slot)] = UInt32(count - 1)
    held[count - 1] = slot
    return Int(slot)
  }

  func drop(_ slot: CacheSlots.Slot) {
    let last = held[count - 1]
    let place = placeOf[Int(slot)]
    held[Int(place)] = last
    placeOf[Int(last)] = place
    slots.release(slot)
  }

  public func checkInvariants() throws {
    var room = 0
    for place in 0..<count {
      let slot = held[place]
      guard placeOf[Int(slot)] == UInt32(place), slots.find(slots.key(of: slot)) == slot else {
        throw BrokenInvariant("random: slot \(slot) does not stand where it is said to")
      }
      room += slots.size(of: slot)
    }
    guard room == used else {
      throw BrokenInvariant("random: holds \(room), counted \(used)")
    }
    try checkRoom()
  }
}
