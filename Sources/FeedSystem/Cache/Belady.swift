/// Evicts the key whose next use lies furthest ahead, which needs the future: the fewest misses
/// that any policy can have that admits what it is asked for, where all objects have one size
/// (Belady: "A study of replacement algorithms for a virtual-storage computer", IBM Systems Journal
/// 5(2), 1966).
public final class Belady: SlotCache, SlotPolicy {
  public static let name = "belady"
  public static let summary = "evict the key next used furthest ahead: the bound, of traces only"
  public static let knowsFuture = true

  private var requests: [UInt32] = []
  /// By request: the number of the next one for its key, or `never`.
  private var next: [UInt32] = []
  private static var never: UInt32 { .max }
  private var position = 0
  /// The next requests of the keys that are held; found here, a key is `requests[_]`.
  private var coming: NumberSet
  /// Held keys that are never asked for again.
  private var spent: [UInt32] = []

  public required init(_ space: CacheSpace) {
    coming = NumberSet(below: 0)
    super.init(space)
  }

  public func foresee(_ keys: [UInt32]) {
    requests = keys
    next = [UInt32](repeating: Belady.never, count: keys.count)
    var last = [UInt32](repeating: Belady.never, count: space.keys)
    for index in keys.indices.reversed() {
      next[index] = last[Int(keys[index])]
      last[Int(keys[index])] = UInt32(index)
    }
    coming = NumberSet(below: keys.count)
    position = 0
  }

  public func access(_ key: UInt32) -> Int? {
    let request = position
    position += 1
    guard slots.contains(key) else { return nil }
    if request < next.count {
      coming.remove(request)
      expect(key, at: next[request])
    }
    return Int(slots.find(key))
  }

  private func expect(_ key: UInt32, at request: UInt32) {
    if request == Belady.never {
      spent.append(key)
    } else {
      coming.insert(Int(request))
    }
  }

  public func admit(_ key: UInt32, size: Int) -> Int? {
    if size > capacity { return nil }
    while used + size > capacity { evict() }
    let slot = slots.append(key, size: size)
    let request = position - 1
    expect(key, at: next.indices.contains(request) ? next[request] : Belady.never)
    return Int(slot)
  }

  private func evict() {
    while let key = spent.popLast() {
      guard slots.contains(key) else { continue }
      slots.drop(slots.find(key))
      return
    }
    let furthest = coming.removeLargest()
    slots.drop(slots.find(requests[furthest]))
  }

  /// The next request of a dropped key is looked for among those to come.
  func drop(_ slot: CacheSlots.Slot) {
    let key = slots.key(of: slot)
    slots.drop(slot)
    if let place = spent.firstIndex(of: key) {
      spent.remove(at: place)
    } else if let request = requests[position...].firstIndex(of: key) {
      coming.remove(request)
    }
  }
}

/// A set of numbers below a bound that knows its largest: a tree of words, a bit for each number or
/// for each word below that is not empty.
struct NumberSet {
  /// From the numbers up to a single word.
  private var levels: [[UInt64]]

  init(below bound: Int) {
    levels = []
    var count = max(1, bound)
    repeat {
      count = (count + 63) / 64
      levels.append([UInt64](repeating: 0, count: count))
    } while count > 1
  }

  mutating func insert(_ number: Int) {
    var place = number
    for level in levels.indices {
      let wasEmpty = levels[level][place >> 6] == 0
      levels[level][place >> 6] |= 1 << UInt64(place & 63)
      if !wasEmpty { return }
      place >>= 6
    }
  }

  /// Takes out a number that is in the set.
  mutating func remove(_ number: Int) {
    var place = number
    for level in levels.indices {
      levels[level][place >> 6] &= ~(1 << UInt64(place & 63))
      if levels[level][place >> 6] != 0 { return }
      place >>= 6
    }
  }

  /// Takes out the largest number of a set that is not empty.
  mutating func removeLargest() -> Int {
    var place = 0
    for level in levels.indices.reversed() {
      place = place << 6 + (63 - levels[level][place].leadingZeroBitCount)
    }
    remove(place)
    return place
  }
}
