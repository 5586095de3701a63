/// Turning rows by one end of the follows into rows by the other.
///
/// Scattering straight into the output misses the cache at every edge (measured: 125 ns).
/// So the edges are first dealt to groups of neighbouring target rows, in order, and each
/// group, small enough for the cache, is then counted and placed (a radix partition; Manegold,
/// Boncz, Kersten: "Optimizing main-memory join on modern hardware", 2002). Both passes keep
/// the order of the source rows, so target rows come out ascending, repeats adjacent.
struct Transposition {
  /// Target rows in a group, as a power of two.
  private let shift: Int
  private let groups: Int
  private let targets: Int

  /// Bytes of output that a group may fill: what a core's own cache holds.
  private static let groupBytes = 384 << 10

  init(targets: Int, edges: Int) {
    self.targets = targets
    var shift = 12
    let bytesPerRow = 4 * edges / max(targets, 1) + 4
    while shift > 4, bytesPerRow << shift > Self.groupBytes { shift -= 1 }
    while (targets >> shift) >= 1024 { shift += 1 }
    self.shift = shift
    groups = (targets >> shift) + 1
  }

  /// Writes the transposed rows and their offsets.
  ///
  /// - Parameters:
  ///   - output: room for every edge.
  ///   - offsets: room for one word more than there are target rows.
  func write(
    _ output: UnsafeMutablePointer<UInt32>, offsets: UnsafeMutablePointer<UInt32>,
    from sourceOffsets: UnsafePointer<UInt32>, _ source: UnsafePointer<UInt32>,
    rowCount: Int, memory: GraphMemory
  ) {
    let rowBits = Int.bitWidth - max(rowCount - 1, 1).leadingZeroBitCount
    let edges = Int(sourceOffsets[rowCount])
    let rows = Rows(
      offsets: sourceOffsets, targets: source, count: rowCount, bits: rowBits)
    // A pair of target within its group and source row often fits into one word.
    let narrow = rowBits + shift <= 32
    let dealt = memory.take(byteCount: (narrow ? 4 : 8) * edges)
    defer { memory.give(dealt) }
    if narrow {
      write(output, offsets: offsets, from: rows, dealt: dealt.words)
    } else {
      write(output, offsets: offsets, from: rows, dealt: dealt.longs)
    }
  }

  private struct Rows {
    let offsets: UnsafePointer<UInt32>
    let targets: UnsafePointer<UInt32>
    let count: Int
    /// Bits that hold a row's number.
    let bits: Int
  }

  private func write<Pair: FixedWidthInteger & UnsignedInteger>(
    _ output: UnsafeMutablePointer<UInt32>, offsets: UnsafeMutablePointer<UInt32>,
    from rows: Rows, dealt: UnsafeMutablePointer<Pair>
  ) {
    let edges = Int(rows.offsets[rows.count])
    // One word of distance: after dealing, a group's cursor is where the group ends.
    var starts = [Int](repeating: 0, count: groups + 1)
    starts.withUnsafeMutableBufferPointer { starts in
      for edge in 0..<edges { starts[(Int(rows.targets[edge]) >> shift) &+ 1] &+= 1 }
      for group in 0..<groups { starts[group + 1] += starts[group] }
      deal(rows, to: dealt, starts)
      var first = 0
      for group in 0..<groups {
        let pairs = UnsafeBufferPointer(start: dealt + first, count: starts[group] - first)
        place(pairs, rowBits: rows.bits, group: group, first: first, output, offsets)
        first = starts[group]
      }
    }
    offsets[targets] = UInt32(truncatingIfNeeded: edges)
  }

  private func deal<Pair: FixedWidthInteger & UnsignedInteger>(
    _ rows: Rows, to dealt: UnsafeMutablePointer<Pair>, _ starts: UnsafeMutableBufferPointer<Int>
  ) {
    guard let cursors = starts.baseAddress else { return }
    let shift = UInt32(truncatingIfNeeded: shift)
    let mask: UInt32 = 1 << shift &- 1
    let rowBits = Pair(truncatingIfNeeded: rows.bits)
    for row in 0..<rows.count {
      let low = Pair(truncatingIfNeeded: row)
      var position = Int(rows.offsets[row])
      let end = Int(rows.offsets[row &+ 1])
      while position < end {
        let target = rows.targets[position]
        let cursor = cursors + Int(target &>> shift)
        dealt[cursor.pointee] = Pair(truncatingIfNeeded: target & mask) &<< rowBits | low
        cursor.pointee &+= 1
        position &+= 1
      }
    }
  }

  /// Counts and places the pairs of one group of target rows, whose edges begin at `first`.
  private func place<Pair: FixedWidthInteger & UnsignedInteger>(
    _ pairs: UnsafeBufferPointer<Pair>, rowBits: Int, group: Int, first: Int,
    _ output: UnsafeMutablePointer<UInt32>, _ offsets: UnsafeMutablePointer<UInt32>
  ) {
    let base = group << shift
    let size = min(1 << shift, targets - base)
    guard size > 0, let pair = pairs.baseAddress else { return }
    let cursors = offsets + base
    let rowShift = Pair(truncatingIfNeeded: rowBits)
    let mask: Pair = 1 << rowShift &- 1
    cursors.update(repeating: 0, count: size)
    for index in 0..<pairs.count {
      cursors[Int(truncatingIfNeeded: pair[index] &>> rowShift)] &+= 1
    }
    var start = UInt32(truncatingIfNeeded: first)
    for row in 0..<size {
      let count = cursors[row]
      cursors[row] = start
      start &+= count
    }
    for index in 0..<pairs.count {
      let value = pair[index]
      let row = Int(truncatingIfNeeded: value &>> rowShift)
      let place = cursors[row]
      cursors[row] = place &+ 1
      output[Int(place)] = UInt32(truncatingIfNeeded: value & mask)
    }
    // Placing moved every start to its row's end, which is the next row's start.
    for row in stride(from: size - 1, to: 0, by: -1) { cursors[row] = cursors[row - 1] }
    cursors[0] = UInt32(truncatingIfNeeded: first)
  }
}
