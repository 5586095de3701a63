import Foundation
import Simulation
import Testing

@testable import FeedSystem

/// The code of Elias and Fano on rows of every kind, held against the rows themselves.
@Suite struct CompressedRowsTests {
  /// Distinct ids below a universe, rising.
  private static func drawn(
    _ count: Int, below universe: Int, _ stream: inout RandomStream
  ) -> [UInt32] {
    var row = Set<UInt32>()
    while row.count < count { row.insert(UInt32(stream.below(UInt64(universe)))) }
    return row.sorted()
  }

  private static func packed(_ rows: [[UInt32]]) -> (rows: CompressedRows, FollowerGraph.Rows) {
    let edges = rows.reduce(0) { $0 + $1.count }
    var writer = CompressedRowsWriter(
      universe: rows.count, edges: edges, memory: GraphMemory(reusing: true))
    for row in rows {
      row.withUnsafeBufferPointer { ids in
        var none: UInt32 = 0
        withUnsafePointer(to: &none) { writer.append(ids.baseAddress ?? $0, count: ids.count) }
      }
    }
    return (writer.rows, writer.finish())
  }

  private static func decoded(_ row: EliasFanoRow, _ places: Range<Int>? = nil) -> [UInt32] {
    let places = places ?? 0..<row.shape.count
    return [UInt32](unsafeUninitializedCapacity: max(places.count, 1)) { ids, count in
      if let base = ids.baseAddress { row.decode(places, into: base) }
      count = places.count
    }
  }

  /// Empty, one, neighbours, everybody, the last, every seventh, one more than a sample, random.
  private static func rows(of universe: Int, seed: UInt64) -> [[UInt32]] {
    var stream = RandomStream(seed: seed, purpose: 0x726f_7773)
    let last = UInt32(universe - 1)
    return (0..<universe).map { row in
      switch row % 8 {
      case 0: []
      case 1: [UInt32(stream.below(UInt64(universe)))]
      case 2: Array(UInt32(universe / 3)..<UInt32(min(universe, universe / 3 + 9)))
      case 3: row < 16 ? Array(0...last) : [0, last]
      case 4: row < 64 ? (0...last).filter { $0 % 7 == 1 } : [last]
      case 5 where row < 24: drawn(min(513, universe), below: universe, &stream)
      default: drawn(Int(stream.below(UInt64(min(universe, 30)))), below: universe, &stream)
      }
    }
  }

  @Test(arguments: [1, 2, 3, 63, 64, 65, 1000, 4096, 5000])
  func whatIsWrittenIsRead(universe: Int) {
    let rows = Self.rows(of: universe, seed: UInt64(universe))
    let (packed, blocks) = Self.packed(rows)
    var stream = RandomStream(seed: 1, purpose: 0x7265_6164)
    #expect(
      blocks.byteCount
        <= CompressedRows.bytesAtMost(
          universe: universe, edges: rows.reduce(0) { $0 + $1.count }))
    for (number, row) in rows.enumerated() {
      let found = packed[number]
      #expect(Self.decoded(found) == row && packed.count(of: number) == row.count)
      guard !row.isEmpty else {
        #expect(!found.contains(0))
        continue
      }
      let first = Int(stream.below(UInt64(row.count)))
      let end = first + Int(stream.below(UInt64(row.count - first + 1)))
      #expect(Self.decoded(found, first..<end) == Array(row[first..<end]))
      #expect(found.id(at: first) == row[first] && found.contains(row[first]))
      let id = UInt32(stream.below(UInt64(universe)))
      #expect(found.contains(id) == row.contains(id))
      let below = id + UInt32(stream.below(UInt64(universe)))
      var between: [UInt32] = []
      found.forEach(from: id, below: below) { between.append($0) }
      #expect(between == row.filter { $0 >= id && $0 < below })
    }
  }

  /// 10^5 rows of 0 to 8 among as many users.
  @Test func aHundredThousandRowsComeBack() {
    var stream = RandomStream(seed: 5, purpose: 0x726f_7773)
    let universe = 100_000
    let rows = (0..<universe).map { _ in
      let count = Int(stream.below(9))
      return Self.drawn(count, below: universe, &stream)
    }
    let packed = Self.packed(rows).rows
    var wrong = 0
    packed.forEachRow { number, ids in
      wrong += Self.decoded(ids) == rows[number] ? 0 : 1
    }
    #expect(wrong == 0)
  }

  /// At most n (2 + log2(N ÷ n)) bits, samples and whole bytes beside; the highest id of all fits.
  @Test func aRowIsAsShortAsPromised() {
    for (universe, count) in [
      (10_000_000, 50), (10_000_000, 1), (1 << 31, 50), (1 << 31, 1 << 30), (1 << 31, 1 << 31),
      (1000, 999),
    ] {
      let shape = EliasFanoRow.Shape(count: count, universe: universe)
      let bits = Double(count) * (2 + log2(Double(universe) / Double(count)))
      #expect(Double(shape.bytes) <= bits / 8 + 2 + Double(4 * shape.samples))
      #expect((universe - 1) >> shape.low + count <= shape.highBits)
      // Samples are 32 bits wide.
      #expect(shape.highBits - 1 <= Int(UInt32.max))
    }
    let row: [UInt32] = [0, 5, 1 << 30, (1 << 31) - 2, (1 << 31) - 1]
    let shape = EliasFanoRow.Shape(count: row.count, universe: 1 << 31)
    withUnsafeTemporaryAllocation(byteCount: 256, alignment: 8) { room in
      guard let base = room.baseAddress else { return }
      EliasFanoRow.write(row, shape, to: base)
      #expect(Self.decoded(EliasFanoRow(shape, at: base)) == row)
    }
  }

  /// Four rows of 2^31 - 1 follows: the offsets go round, and each follow is found all the same.
  @Test func followsBeyond32BitsAreFound() {
    let lengths = [UInt32(Int32.max), UInt32(Int32.max), 0, UInt32(Int32.max), UInt32(Int32.max)]
    var offsets: [UInt32] = [0]
    for length in lengths { offsets.append(offsets[offsets.count - 1] &+ length) }
    let starts: [UInt64] = [0]
    let edges = lengths.reduce(0) { $0 + Int($1) }
    offsets.withUnsafeBufferPointer { offsets in
      starts.withUnsafeBufferPointer { starts in
        guard let offset = offsets.baseAddress, let start = starts.baseAddress else { return }
        let rows = CompressedRows(
          universe: lengths.count, edges: edges, offsets: offset, starts: start,
          bytes: UnsafeRawPointer(start))
        var begin = 0
        for (row, length) in lengths.enumerated() {
          #expect(rows.begin(of: row) == begin && rows.count(of: row) == Int(length))
          for place in [0, 1, 2, 1 << 30, Int(length) - 1] where (0..<Int(length)).contains(place) {
            let found = rows.place(ofEdge: UInt64(begin + place))
            #expect(found.row == row && found.place == place)
          }
          begin += Int(length)
        }
      }
    }
  }

  /// In one pass, in a few, and group by group.
  @Test(arguments: [1 << 26, 1000, 1]) func turningRowsRoundInPasses(pairsAtMost: Int) {
    let rows = Self.rows(of: 700, seed: 3)
    var turned = [[UInt32]](repeating: [], count: rows.count)
    for (row, ids) in rows.enumerated() { for id in ids { turned[Int(id)].append(UInt32(row)) } }
    let (packed, _) = Self.packed(rows)
    let transposition = CompressedTransposition(
      targets: rows.count, edges: rows.reduce(0) { $0 + $1.count }, pairsAtMost: pairsAtMost)
    let found = transposition.rows(of: packed, memory: GraphMemory(reusing: true)).rows
    for (row, ids) in turned.enumerated() { #expect(Self.decoded(found[row]) == ids) }
  }
}
