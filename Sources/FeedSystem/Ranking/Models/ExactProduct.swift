/// A product of matrices whose bits do not depend on who multiplies.
///
/// Weights are integers up to 2^10 and features integers up to 2^8, so that products stay below
/// 2^18 and the sum of 32 of them below 2^23. A Float holds every integer up to 2^24: no partial
/// sum is ever rounded, and any order of summation, any width of vectors, with or without fused
/// multiply-add, gives the same bits (a sum of 0 may have either sign).
struct ExactProduct: Sendable {
  static let largestWeight: Float = 1024
  /// Beyond so many columns a sum may be rounded.
  static let mostColumns = 64

  /// By row, each an integer in -1024 ... 1024.
  private(set) var weights: [Float]
  /// What a row's integers are to be multiplied with: its largest weight becomes 1024, so that none
  /// is cut off.
  private(set) var scales: [Float]
  let columns: Int

  /// - Parameter rows: the weights; a last column beyond `columns` is left out.
  init(_ rows: LearnedRows, count: Int, columns: Int) {
    precondition(columns <= ExactProduct.mostColumns)
    self.columns = columns
    weights = []
    scales = []
    weights.reserveCapacity(count * columns)
    for row in 0..<count {
      var largest = 0x1p-40
      for column in 0..<columns { largest = max(largest, abs(rows[row, column])) }
      let steps = Double(ExactProduct.largestWeight) / largest
      for column in 0..<columns {
        // Nearest, ties to even, as `rounded` would, without a call.
        let shifted = rows[row, column] * steps + 0x1.8p52
        weights.append(Float(shifted - 0x1.8p52))
      }
      scales.append(Float(largest / Double(ExactProduct.largestWeight)))
    }
  }

  /// The sums of every row, one row after the other, `stride` apart, which is a multiple of 16; up
  /// to the next multiple of 16 a row has further sums, of the zeros behind the batch.
  func multiply(_ batch: Columns, into sums: UnsafeMutablePointer<Float>, stride: Int) {
    guard batch.count > 1, let product = Blas.product else {
      return multiplyPlainly(batch, into: sums, stride: stride)
    }
    weights.withUnsafeBufferPointer { weights in
      let byRows: Int32 = 101
      let asIs: Int32 = 111
      let room = (batch.count + 15) / 16 * 16
      product(
        byRows, asIs, asIs, Int32(scales.count), Int32(room), Int32(columns), 1,
        weights.baseAddress!, Int32(columns), batch.base, Int32(batch.stride), 0, sums,
        Int32(stride))
    }
  }

  func multiplyPlainly(
    _ batch: Columns, into sums: UnsafeMutablePointer<Float>, stride: Int
  ) {
    weights.withUnsafeBufferPointer { weights in
      for row in scales.indices {
        batch.weightedSums(
          weights.baseAddress! + row * columns, from: 0, into: sums + row * stride)
      }
    }
  }
}
