/// Rows of one length, drawn at random, to measure what their code costs.
public struct CompressedRowsSample: ~Copyable {
  private let shape: EliasFanoRow.Shape
  private let rows: Int
  private let ids: UnsafeMutablePointer<UInt32>
  private let packed: UnsafeMutableRawPointer

  /// Ids in all rows.
  public var idCount: Int { shape.count * rows }
  /// Of the compressed rows, without what tells where they are.
  public var bytesPerId: Double { Double(shape.bytes) / Double(shape.count) }

  /// - Parameters:
  ///   - users: the ids are below it.
  ///   - length: of each row, from 1 and below `users`.
  public init(users: Int, length: Int, rows: Int, seed: UInt64) {
    self.rows = rows
    shape = EliasFanoRow.Shape(count: length, universe: users)
    ids = .allocate(capacity: length * rows)
    packed = .allocate(byteCount: shape.bytes * rows + EliasFanoRow.slack, alignment: 64)
    let draw = FollowerDraw(users: users, seed: seed, weights: nil)
    for row in 0..<rows { draw.draw(length, author: row, into: ids + row * length) }
    compress()
  }

  deinit {
    ids.deallocate()
    packed.deallocate()
  }

  public func compress() {
    for row in 0..<rows {
      EliasFanoRow.write(ids + row * shape.count, shape, to: packed + row * shape.bytes)
    }
  }

  /// Unpacks every row; the sum of their last ids, so that the optimiser drops nothing.
  public func unpack() -> UInt64 {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: shape.count) { room in
      guard let row = room.baseAddress else { return 0 }
      var sum: UInt64 = 0
      for index in 0..<rows {
        EliasFanoRow(shape, at: packed + index * shape.bytes).decode(into: row)
        sum &+= UInt64(row[shape.count - 1])
      }
      return sum
    }
  }
}
