import Glibc
import Simulation

/// Where a thread unpacks compressed rows: the graph itself is shared, and never changes.
///
/// A row that was asked for stays where it is until as many others as are kept, less one, have been
/// asked for; one that is still there is not unpacked again.
struct UnpackedRows: ~Copyable {
  private struct Slot {
    var key = UnpackedRows.nobody
    var ids: UnsafeMutablePointer<UInt32>
    var room: Int
    /// When it was last asked for.
    var used: UInt64 = 0
  }

  /// Rows that are kept.
  static let kept = 8
  static let nobody = UInt64.max

  private let slots: UnsafeMutablePointer<Slot>
  private var clock: UInt64 = 0

  init() {
    slots = .allocate(capacity: Self.kept)
    for index in 0..<Self.kept {
      (slots + index).initialize(to: Slot(ids: .allocate(capacity: 256), room: 256))
    }
  }

  deinit {
    for index in 0..<Self.kept { slots[index].ids.deallocate() }
    slots.deallocate()
  }

  /// The ids at some places of a row.
  ///
  /// - Parameters:
  ///   - key: of the row; no other row of any graph has it.
  ///   - places: nil for all.
  mutating func ids(
    of row: Int, key: UInt64, in rows: borrowing CompressedRows, _ places: Range<Int>?
  ) -> UnsafeBufferPointer<UInt32> {
    clock &+= 1
    var oldest = 0
    for index in 0..<Self.kept {
      if slots[index].key == key {
        slots[index].used = clock
        let places = places ?? 0..<rows.count(of: row)
        return UnsafeBufferPointer(
          start: slots[index].ids + places.lowerBound, count: places.count)
      }
      if slots[index].used < slots[oldest].used { oldest = index }
    }
    let count = places?.count ?? rows.count(of: row)
    let ids = take(oldest, key: places == nil ? key : Self.nobody, count: count)
    if let places { rows[row].decode(places, into: ids) } else { rows[row].decode(into: ids) }
    return UnsafeBufferPointer(start: ids, count: count)
  }

  private func take(_ index: Int, key: UInt64, count: Int) -> UnsafeMutablePointer<UInt32> {
    slots[index].key = key
    slots[index].used = clock
    if slots[index].room < count {
      slots[index].ids.deallocate()
      slots[index].room = count.nextPowerOfTwo
      slots[index].ids = .allocate(capacity: slots[index].room)
    }
    return slots[index].ids
  }

  /// The calling thread's, made when it first asks and freed when it ends.
  static var ofThread: UnsafeMutablePointer<UnpackedRows> {
    if let known = pthread_getspecific(threadKey) {
      return known.assumingMemoryBound(to: UnpackedRows.self)
    }
    let made = UnsafeMutablePointer<UnpackedRows>.allocate(capacity: 1)
    made.initialize(to: UnpackedRows())
    pthread_setspecific(threadKey, made)
    return made
  }

  private static let threadKey: pthread_key_t = {
    var key = pthread_key_t()
    let status = pthread_key_create(&key) { memory in
      guard let memory else { return }
      let rows = memory.assumingMemoryBound(to: UnpackedRows.self)
      rows.deinitialize(count: 1)
      rows.deallocate()
    }
    precondition(status == 0, "no room for another key of threads")
    return key
  }()
}
