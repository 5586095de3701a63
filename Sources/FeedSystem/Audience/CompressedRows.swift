/// One direction of a graph with every row in the code of Elias and Fano.
///
/// Where a row lies follows from how long the rows before it are: a place for every 64th row is
/// kept, so a row costs an eighth of a byte and its length 4. The offsets count follows in 32 bits
/// and go round; differences of neighbours are right all the same, and rows from which on they have
/// gone round again are known.
struct CompressedRows: Sendable {
  /// Rows from one known place to the next.
  static let stride = 64

  /// Ids are below it, and there are as many rows.
  let universe: Int
  nonisolated(unsafe) let offsets: UnsafePointer<UInt32>
  /// Where every 64th row begins, in bytes.
  nonisolated(unsafe) let starts: UnsafePointer<UInt64>
  nonisolated(unsafe) let bytes: UnsafeRawPointer
  /// The rows from which on the offsets have gone round once more.
  let turns: [Int]

  /// - Parameter edges: in all rows.
  init(
    universe: Int, edges: Int, offsets: UnsafePointer<UInt32>, starts: UnsafePointer<UInt64>,
    bytes: UnsafeRawPointer
  ) {
    self.universe = universe
    self.offsets = offsets
    self.starts = starts
    self.bytes = bytes
    var turns: [Int] = []
    if edges > Int(UInt32.max) {
      for row in 0..<universe where offsets[row + 1] < offsets[row] { turns.append(row + 1) }
    }
    self.turns = turns
  }

  @inline(__always)
  func count(of row: Int) -> Int { Int(offsets[row &+ 1] &- offsets[row]) }

  @inline(__always)
  private func shape(of row: Int) -> EliasFanoRow.Shape {
    EliasFanoRow.Shape(count: count(of: row), universe: universe)
  }

  subscript(row: Int) -> EliasFanoRow {
    var place = Int(truncatingIfNeeded: starts[row / Self.stride])
    for earlier in (row & ~(Self.stride &- 1))..<row { place &+= shape(of: earlier).bytes }
    return EliasFanoRow(shape(of: row), at: bytes + place)
  }

  /// Calls `body` with every row in turn.
  @inline(__always)
  func forEachRow(_ body: (_ row: Int, _ ids: EliasFanoRow) -> Void) {
    var place = 0
    for row in 0..<universe {
      let shape = shape(of: row)
      body(row, EliasFanoRow(shape, at: bytes + place))
      place &+= shape.bytes
    }
  }

  /// The row that a follow is in, and its place there, by its place among all.
  func place(ofEdge edge: UInt64) -> (row: Int, place: Int) {
    let turn = Int(edge >> 32)
    let offset = UInt32(truncatingIfNeeded: edge)
    var low = turn == 0 ? 0 : turns[turn - 1]
    var high = turn < turns.count ? turns[turn] : universe
    // Whole follows before a turn's first row belong to the row that has gone round.
    if turn > 0, offset < offsets[low] { return (low - 1, Int(edge) - begin(of: low - 1)) }
    while high - low > 1 {
      let middle = (low + high) / 2
      if offsets[middle] <= offset { low = middle } else { high = middle }
    }
    return (low, Int(edge) - begin(of: low))
  }

  /// Follows in the rows before a row.
  func begin(of row: Int) -> Int {
    turns.count { $0 <= row } << 32 + Int(offsets[row])
  }

  /// Bytes that the rows will take at most, with what may be read behind them.
  static func bytesAtMost(universe: Int, edges: Int) -> Int {
    guard edges > 0 else { return EliasFanoRow.slack }
    // The bits of a row are a concave function of its length, so rows of one length take most.
    let mean = max(edges / max(universe, 1), 1)
    let ratio = max(universe / mean, 1)
    let perEdge = 3 + Int.bitWidth - ratio.leadingZeroBitCount
    return edges / 8 * perEdge + edges / 64 + 4 * universe + 4096
  }
}

/// Compresses rows one after the other.
struct CompressedRowsWriter: ~Copyable {
  private let universe: Int
  private let offsets: UnsafeMutablePointer<UInt32>
  private let starts: UnsafeMutablePointer<UInt64>
  private let bytes: UnsafeMutableRawPointer
  private let room: Int
  private let blocks: FollowerGraph.Rows
  private var row = 0
  private var place = 0
  private var edges = 0

  /// - Parameter edges: in all rows that will come, at most.
  init(universe: Int, edges: Int, memory: GraphMemory) {
    self.universe = universe
    room = CompressedRows.bytesAtMost(universe: universe, edges: edges)
    let known = universe / CompressedRows.stride + 1
    blocks = FollowerGraph.Rows(
      offsets: memory.take(byteCount: 4 * (universe + 1)), rows: memory.take(byteCount: room),
      starts: memory.take(byteCount: 8 * known))
    offsets = blocks.offsets.words
    starts = (blocks.starts ?? blocks.offsets).longs
    bytes = blocks.rows.base
    offsets[0] = 0
  }

  /// The next row: distinct ids below the universe, rising.
  @inline(__always)
  mutating func append(_ ids: UnsafePointer<UInt32>, count: Int) {
    if row & (CompressedRows.stride &- 1) == 0 {
      starts[row / CompressedRows.stride] = UInt64(truncatingIfNeeded: place)
    }
    let shape = EliasFanoRow.Shape(count: count, universe: universe)
    precondition(row < universe && place + shape.bytes + EliasFanoRow.slack <= room)
    EliasFanoRow.write(ids, shape, to: bytes + place)
    place &+= shape.bytes
    edges &+= count
    row &+= 1
    offsets[row] = UInt32(truncatingIfNeeded: edges)
  }

  /// The rows as they are so far, all of which must have come.
  var rows: CompressedRows {
    precondition(row == universe)
    return CompressedRows(
      universe: universe, edges: edges, offsets: offsets, starts: starts, bytes: bytes)
  }

  consuming func finish() -> FollowerGraph.Rows {
    precondition(row == universe)
    var blocks = blocks
    blocks.byteCount = place + EliasFanoRow.slack
    return blocks
  }
}
