/// A few items in the order of their times, ties first in, first out; at most 28.
///
/// A falling row of keys, the soonest last: a time and, in the low five bits, the slot of its
/// item. An insertion gives every key one of three values without a branch that depends on a
/// time (the loop ends after whole blocks); a search for the place would be mispredicted.
@usableFromInline
struct Imminent<Item: BitwiseCopyable>: ~Copyable {
  @inlinable static var capacity: Int { 28 }
  /// Times must lie less than this after the origin.
  @inlinable static var span: UInt64 { 1 << 58 }

  /// Above the row stand the keys that were taken, whose slots are the unused ones; below it
  /// keys later than all.
  @usableFromInline let keys: UnsafeMutablePointer<UInt64>
  @usableFromInline let items: UnsafeMutablePointer<Item>
  @usableFromInline var count = 0
  /// What the keys' times count from.
  @usableFromInline var origin: UInt64 = 0

  @inlinable
  init() {
    keys = UnsafeMutablePointer.allocate(capacity: 8 + 32) + 8
    for place in -8..<32 { keys[place] = place < 0 ? .max : UInt64(place) }
    items = .allocate(capacity: 32)
  }

  @inlinable
  deinit {
    (keys - 8).deallocate()
    items.deallocate()
  }

  /// The time of the soonest; there must be one.
  @inlinable @inline(__always)
  var soonest: UInt64 { time(at: count &- 1) }

  @inlinable @inline(__always)
  func time(at place: Int) -> UInt64 { keys[place] &>> 5 &+ origin }

  /// Puts an item after all that are not later; there must be room.
  @inlinable @inline(__always)
  mutating func insert(_ item: Item, at time: UInt64) {
    let slot = keys[count] & 31
    let bound = (time &- origin) &<< 5 | 31
    let key = bound ^ 31 | slot
    items[Int(truncatingIfNeeded: slot)] = item
    let place = count
    count = place &+ 1
    let upper = shiftFour(place, 0, key, bound)
    if upper <= bound { shiftMore(place &- 4, upper, key, bound) }
  }

  /// Out of line: the places that insert stay short, and most need no more than four shifts.
  @inlinable @inline(never)
  func shiftMore(_ place: Int, _ upper: UInt64, _ key: UInt64, _ bound: UInt64) {
    var place = place
    var upper = upper
    repeat {
      upper = shiftFour(place, upper, key, bound)
      upper = shiftFour(place &- 4, upper, key, bound)
      place &-= 8
    } while upper <= bound
  }

  @inlinable @inline(__always)
  func shiftFour(_ place: Int, _ upper: UInt64, _ key: UInt64, _ bound: UInt64) -> UInt64 {
    var upper = shift(place, upper, key, bound)
    upper = shift(place &- 1, upper, key, bound)
    upper = shift(place &- 2, upper, key, bound)
    return shift(place &- 3, upper, key, bound)
  }

  @inlinable @inline(__always)
  func shift(_ place: Int, _ upper: UInt64, _ key: UInt64, _ bound: UInt64) -> UInt64 {
    let lower = keys[place &- 1]
    let own = upper <= bound ? key : upper
    keys[place] = lower <= bound ? lower : own
    return lower
  }

  /// Takes the soonest; there must be one.
  @inlinable @inline(__always)
  mutating func removeSoonest() -> Item {
    count &-= 1
    return items[Int(truncatingIfNeeded: keys[count] & 31)]
  }

  /// Takes the last `number`, and hands them over in order.
  @inlinable
  mutating func removeLast(_ number: Int, _ body: (Item, UInt64) -> Void) {
    for place in stride(from: number - 1, through: 0, by: -1) {
      body(items[Int(truncatingIfNeeded: keys[place] & 31)], time(at: place))
    }
    for place in number..<count {
      (keys[place - number], keys[place]) = (keys[place], keys[place - number])
    }
    count -= number
  }
}
