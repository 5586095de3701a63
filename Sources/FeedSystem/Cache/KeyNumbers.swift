import CGSL
import Glibc
import Simulation

/// Numbers 64-bit keys in the order in which they are first seen: what makes dense ids of sparse
/// ones, request by request.
///
/// Linear probing in a table that is at most two thirds full (Knuth, TAOCP 3, 6.4), a key and its
/// number side by side, so that a look-up is one line of memory as a rule: 24 to 48 bytes a key.
public struct KeyNumbers: ~Copyable {
  private struct Entry {
    var key: UInt64
    var number: UInt32
  }

  /// Numbers are below this, which marks an entry that is empty.
  public static let limit = UInt32(CacheSpace.keyLimit)

  private var entries: UnsafeMutablePointer<Entry>
  private var mask: Int
  private var keys = 0
  /// Numbers given.
  public private(set) var count = 0

  /// - Parameter keys: how many there will be about; more are fine.
  public init(expecting keys: Int = 0) {
    let size = max(1024, (keys + keys / 2).nextPowerOfTwo)
    entries = KeyNumbers.table(size)
    mask = size - 1
  }

  deinit { entries.deallocate() }

  private static func table(_ size: Int) -> UnsafeMutablePointer<Entry> {
    let entries = UnsafeMutablePointer<Entry>.large(capacity: size)
    entries.initialize(repeating: Entry(key: 0, number: limit), count: size)
    return entries
  }

  /// Bytes that the table takes.
  public var bytes: Int { (mask + 1) * MemoryLayout<Entry>.stride }

  /// A key's number; nil for a new key when there are none left.
  @inline(__always)
  public mutating func number(of key: UInt64) -> UInt32? {
    let place = place(of: key)
    let number = entries[place].number
    return number == KeyNumbers.limit ? add(key, at: place) : number
  }

  /// The numbers of many keys; `limit` for those for which there are none left.
  ///
  /// Asks the memory for each key's line while it works on those before.
  ///
  /// - Parameter numbers: has room for as many.
  public mutating func number(
    _ keys: UnsafeBufferPointer<UInt64>, into numbers: UnsafeMutableBufferPointer<UInt32>
  ) {
    let ahead = 16
    for place in keys.indices {
      if place + ahead < keys.count { feedsim_prefetch(entries + home(of: keys[place + ahead])) }
      numbers[place] = number(of: keys[place]) ?? KeyNumbers.limit
    }
  }

  @inline(__always)
  private func home(of key: UInt64) -> Int { Int(truncatingIfNeeded: mix64(key)) & mask }

  /// Where a key is, or would be.
  @inline(__always)
  private func place(of key: UInt64) -> Int {
    var place = home(of: key)
    while entries[place].key != key, entries[place].number != KeyNumbers.limit {
      place = (place + 1) & mask
    }
    return place
  }

  @inline(never)
  private mutating func add(_ key: UInt64, at empty: Int) -> UInt32? {
    guard let number = next() else { return nil }
    var place = empty
    if (keys + 1) * 3 > (mask + 1) * 2 {
      grow()
      place = self.place(of: key)
    }
    entries[place] = Entry(key: key, number: number)
    keys += 1
    return number
  }

  /// The next number, for something that is not a key; nil when there are none left.
  public mutating func next() -> UInt32? {
    guard count < Int(KeyNumbers.limit) else { return nil }
    count += 1
    return UInt32(count - 1)
  }

  private mutating func grow() {
    let old = UnsafeMutableBufferPointer(start: entries, count: mask + 1)
    entries = KeyNumbers.table(old.count * 2)
    mask = old.count * 2 - 1
    for entry in old where entry.number != KeyNumbers.limit {
      entries[place(of: entry.key)] = entry
    }
    old.deallocate()
  }
}
