import Simulation

/// Draws an index with a probability proportional to its weight, in constant time.
///
/// Walker's alias method in Vose's form ("A linear algorithm for generating random numbers
/// with a given distribution", IEEE TSE 1991): each column is shared by its own index and at
/// most one other. Probabilities are exact to 2^-32 of a column.
public struct AliasTable: Sendable {
  @usableFromInline
  struct Column: Sendable {
    /// The column's own part, of 2^32.
    @usableFromInline var own: UInt32
    @usableFromInline var other: UInt32

    @usableFromInline init(own: UInt32, other: UInt32) {
      self.own = own
      self.other = other
    }
  }

  @usableFromInline let columns: [Column]

  /// - Precondition: weights are finite and not negative, at least one is positive, and there
  ///   are fewer than 2^32.
  public init(_ weights: [Double]) {
    let scale = Double(weights.count) / weights.reduce(0, +)
    var parts = weights.map { $0 * scale }
    var columns = weights.indices.map { Column(own: .max, other: UInt32($0)) }
    var poor: [Int] = []
    var rich: [Int] = []
    for index in parts.indices {
      if parts[index] < 1 { poor.append(index) } else { rich.append(index) }
    }
    while let needy = poor.popLast() {
      // Rounding may leave a needy column over; it is full but for an error of 2^-50.
      guard let giver = rich.last else { break }
      columns[needy] = Column(own: UInt32(parts[needy] * 0x1p32), other: UInt32(giver))
      parts[giver] -= 1 - parts[needy]
      if parts[giver] < 1 {
        rich.removeLast()
        poor.append(giver)
      }
    }
    self.columns = columns
  }

  @inlinable @inline(__always)
  public func draw(_ stream: inout RandomStream) -> Int {
    let product = stream.next().multipliedFullWidth(by: UInt64(columns.count))
    let index = Int(truncatingIfNeeded: product.high)
    let column = columns[index]
    // The fraction of the same product is uniform within the column.
    let isOwn = UInt32(truncatingIfNeeded: product.low >> 32) < column.own
    return isOwn ? index : Int(column.other)
  }
}
