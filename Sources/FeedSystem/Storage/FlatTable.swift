import Simulation

/// A table from 64-bit keys to 32-bit values in two flat rows: linear probing, and deletion by
/// shifting back what follows (Knuth, TAOCP 3, 6.4, algorithm R), so that deleted keys leave
/// nothing behind.
struct FlatTable: ~Copyable {
  /// No key may be this.
  private static let vacant = UInt64.max

  private var keys: UnsafeMutablePointer<UInt64>
  private var values: UnsafeMutablePointer<UInt32>
  private var mask: Int
  private(set) var count = 0

  init() {
    mask = 1023
    keys = .allocate(capacity: 1024)
    keys.initialize(repeating: Self.vacant, count: 1024)
    values = .allocate(capacity: 1024)
  }

  deinit {
    keys.deallocate()
    values.deallocate()
  }

  subscript(key: UInt64) -> UInt32? {
    let slot = slot(of: key)
    return keys[slot] == key ? values[slot] : nil
  }

  /// Puts a value in place of the key's old one, if it has one.
  mutating func set(_ key: UInt64, to value: UInt32) {
    var slot = slot(of: key)
    if keys[slot] != key {
      if (count + 1) * 4 > (mask + 1) * 3 {
        grow()
        slot = self.slot(of: key)
      }
      keys[slot] = key
      count += 1
    }
    values[slot] = value
  }

  mutating func remove(_ key: UInt64) {
    var hole = slot(of: key)
    guard keys[hole] == key else { return }
    count -= 1
    var next = hole
    while true {
      next = (next + 1) & mask
      if keys[next] == Self.vacant { break }
      // A key moves into the hole unless its home lies behind it.
      let home = self.home(of: keys[next])
      if (next &- home) & mask >= (next &- hole) & mask {
        keys[hole] = keys[next]
        values[hole] = values[next]
        hole = next
      }
    }
    keys[hole] = Self.vacant
  }

  var bytes: Int { (mask + 1) * 12 }

  @inline(__always)
  private func home(of key: UInt64) -> Int { Int(truncatingIfNeeded: mix64(key)) & mask }

  /// Where the key is, or would be.
  @inline(__always)
  private func slot(of key: UInt64) -> Int {
    var slot = home(of: key)
    while keys[slot] != key, keys[slot] != Self.vacant { slot = (slot + 1) & mask }
    return slot
  }

  private mutating func grow() {
    let (oldKeys, oldValues, old) = (keys, values, mask + 1)
    mask = old * 2 - 1
    keys = .allocate(capacity: old * 2)
    keys.initialize(repeating: Self.vacant, count: old * 2)
    values = .allocate(capacity: old * 2)
    for index in 0..<old where oldKeys[index] != Self.vacant {
      let slot = slot(of: oldKeys[index])
      keys[slot] = oldKeys[index]
      values[slot] = oldValues[index]
    }
    oldKeys.deallocate()
    oldValues.deallocate()
  }
}
