/// A set of viewers, a bit each: that of a million viewers fits a core's cache, so asking it
/// costs a delivery nothing that counts.
public struct ViewerSet: ~Copyable {
  @usableFromInline let words: UnsafeMutablePointer<UInt64>
  private let memory: LargeMemory

  /// - Throws: `InvalidInput` where the system has no room for it.
  public init(users: Int) throws {
    let count = (users + 63) / 64
    memory = try LargeMemory(byteCount: count * 8)
    words = memory.base.bindMemory(to: UInt64.self, capacity: max(1, count))
  }

  @inlinable @inline(__always)
  public func contains(_ viewer: UInt32) -> Bool { bit(viewer) != 0 }

  @inlinable @inline(__always)
  public func insert(_ viewer: UInt32) { words[Int(viewer >> 6)] |= 1 &<< UInt64(viewer & 63) }

  /// Takes a viewer out; whether it was in.
  @inlinable @inline(__always)
  public func remove(_ viewer: UInt32) -> Bool {
    guard contains(viewer) else { return false }
    words[Int(viewer >> 6)] ^= 1 &<< UInt64(viewer & 63)
    return true
  }

  /// Takes out those of the viewers that are in, and calls `body` for each of them, rising.
  ///
  /// - Parameter viewers: ascending. Where they lie dense, the set's words tell in one look that
  ///   none of 64 is in; else eight are asked with one branch.
  @inlinable @inline(__always)
  public func remove(_ viewers: UnsafeBufferPointer<UInt32>, _ body: (UInt32) -> Void) {
    guard let first = viewers.first, let last = viewers.last else { return }
    let span = Int(first >> 6)...Int(last >> 6)
    if span.count <= viewers.count / 4 {
      remove(viewers, words: span, body)
    } else {
      removeEach(viewers, body)
    }
  }

  @inlinable @inline(__always)
  func remove(
    _ viewers: UnsafeBufferPointer<UInt32>, words span: ClosedRange<Int>, _ body: (UInt32) -> Void
  ) {
    var place = 0
    for word in span where words[word] != 0 {
      var bits = words[word]
      while bits != 0 {
        let held = UInt32(word &<< 6 &+ bits.trailingZeroBitCount)
        bits &= bits &- 1
        place = firstNotBelow(held, viewers, from: place)
        if place == viewers.count { return }
        if viewers[place] == held, remove(held) { body(held) }
      }
    }
  }

  @inlinable
  func firstNotBelow(
    _ viewer: UInt32, _ viewers: UnsafeBufferPointer<UInt32>, from start: Int
  ) -> Int {
    var low = start
    var high = viewers.count
    while low < high {
      let middle = (low &+ high) / 2
      if viewers[middle] < viewer { low = middle &+ 1 } else { high = middle }
    }
    return low
  }

  @inlinable @inline(__always)
  func removeEach(_ viewers: UnsafeBufferPointer<UInt32>, _ body: (UInt32) -> Void) {
    var index = 0
    while index &+ 8 <= viewers.count {
      var found: UInt64 = 0
      for place in 0..<8 { found |= bit(viewers[index &+ place]) }
      if found != 0 {
        for place in 0..<8 where remove(viewers[index &+ place]) { body(viewers[index &+ place]) }
      }
      index &+= 8
    }
    for place in index..<viewers.count where remove(viewers[place]) { body(viewers[place]) }
  }

  @inlinable @inline(__always)
  func bit(_ viewer: UInt32) -> UInt64 { words[Int(viewer >> 6)] &>> UInt64(viewer & 63) & 1 }
}
