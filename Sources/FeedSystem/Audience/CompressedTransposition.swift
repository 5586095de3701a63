/// Follows that can be gone through row by row, as often as is needed.
protocol FollowSource {
  /// Calls `body` for every follow whose id is in a range, row after row.
  func forEachFollow(
    from lowest: UInt32, below end: UInt32, _ body: (_ row: UInt32, _ id: UInt32) -> Void)
}

extension CompressedRows: FollowSource {
  @inline(__always)
  func forEachFollow(
    from lowest: UInt32, below end: UInt32, _ body: (_ row: UInt32, _ id: UInt32) -> Void
  ) {
    forEachRow { row, ids in
      let row = UInt32(truncatingIfNeeded: row)
      ids.forEach(from: lowest, below: end) { body(row, $0) }
    }
  }
}

/// Turning rows by one end of the follows into compressed rows by the other, within bounded memory.
///
/// As `Transposition`, but in passes over ranges of targets: each goes through the source, which
/// finds a range in a long row without decoding the rest, and holds the follows of that range
/// alone. A group's rows are compressed as soon as they have been placed, so that nowhere all
/// follows lie uncompressed.
struct CompressedTransposition {
  /// Follows of a pass, unless a single group has more: 512 MiB of pairs.
  static let pairsAtMost = 1 << 26
  /// Follows of a group: what a core's own cache holds.
  private static let groupEdges = 96 << 10

  private let targets: Int
  private let edges: Int
  /// Target rows in a group, as a power of two.
  private let shift: Int
  private let groups: Int
  private let pairsAtMost: Int

  init(targets: Int, edges: Int, pairsAtMost: Int = pairsAtMost) {
    self.targets = targets
    self.edges = edges
    self.pairsAtMost = pairsAtMost
    var shift = 16
    while shift > 4, (edges / max(targets, 1)) << shift > Self.groupEdges { shift -= 1 }
    self.shift = shift
    groups = targets == 0 ? 0 : (targets - 1) >> shift + 1
  }

  /// The source's follows as rows by the other end.
  func rows<Source: FollowSource>(
    of source: Source, memory: GraphMemory
  ) -> CompressedRowsWriter {
    var writer = CompressedRowsWriter(universe: targets, edges: edges, memory: memory)
    let counts = countByGroup(source)
    let most = counts.max() ?? 0
    let dealt = memory.take(byteCount: 8 * max(min(pairsAtMost, edges), most))
    let placed = memory.take(byteCount: 4 * most)
    defer {
      memory.give(dealt)
      memory.give(placed)
    }
    let ends = UnsafeMutablePointer<Int>.allocate(capacity: groups + 1)
    let starts = UnsafeMutablePointer<UInt32>.allocate(capacity: 1 << shift + 1)
    defer {
      ends.deallocate()
      starts.deallocate()
    }
    var first = 0
    while first < groups {
      var end = first
      var pairs = 0
      while end < groups, end == first || pairs + counts[end] <= pairsAtMost {
        ends[end] = pairs
        pairs += counts[end]
        end += 1
      }
      deal(source, groups: first..<end, to: dealt.longs, ends)
      var begin = 0
      for group in first..<end {
        let pairs = UnsafeBufferPointer(start: dealt.longs + begin, count: counts[group])
        begin += counts[group]
        place(pairs, group: group, placed.words, starts, &writer)
      }
      first = end
    }
    return writer
  }

  private func countByGroup<Source: FollowSource>(_ source: Source) -> [Int] {
    var counts = [Int](repeating: 0, count: groups)
    counts.withUnsafeMutableBufferPointer { counts in
      guard let count = counts.baseAddress else { return }
      let shift = UInt32(truncatingIfNeeded: shift)
      source.forEachFollow(from: 0, below: UInt32(targets)) { _, id in
        count[Int(id &>> shift)] &+= 1
      }
    }
    return counts
  }

  /// Deals the follows of some groups to where each group begins, which moves to where it ends.
  private func deal<Source: FollowSource>(
    _ source: Source, groups: Range<Int>, to dealt: UnsafeMutablePointer<UInt64>,
    _ cursors: UnsafeMutablePointer<Int>
  ) {
    let shift = UInt32(truncatingIfNeeded: shift)
    let lowest = UInt32(groups.lowerBound << self.shift)
    let end = UInt32(min(groups.upperBound << self.shift, targets))
    source.forEachFollow(from: lowest, below: end) { row, id in
      let cursor = cursors + Int(id &>> shift)
      dealt[cursor.pointee] = UInt64(id) &<< 32 | UInt64(row)
      cursor.pointee &+= 1
    }
  }

  /// Counts, places and compresses the pairs of one group of target rows.
  private func place(
    _ pairs: UnsafeBufferPointer<UInt64>, group: Int, _ placed: UnsafeMutablePointer<UInt32>,
    _ starts: UnsafeMutablePointer<UInt32>, _ writer: inout CompressedRowsWriter
  ) {
    let base = group << shift
    let size = min(1 << shift, targets - base)
    let first = UInt32(truncatingIfNeeded: base)
    starts.update(repeating: 0, count: size + 1)
    // One word of distance: after placing, a row's cursor is where the row ends.
    for index in 0..<pairs.count {
      let row = Int(UInt32(truncatingIfNeeded: pairs[index] &>> 32) &- first)
      starts[row &+ 1] &+= 1
    }
    for row in 1..<size + 1 { starts[row] &+= starts[row - 1] }
    for index in 0..<pairs.count {
      let pair = pairs[index]
      let cursor = starts + Int(UInt32(truncatingIfNeeded: pair &>> 32) &- first)
      placed[Int(cursor.pointee)] = UInt32(truncatingIfNeeded: pair)
      cursor.pointee &+= 1
    }
    var start = 0
    for row in 0..<size {
      let end = Int(starts[row])
      writer.append(placed + start, count: end - start)
      start = end
    }
  }
}
