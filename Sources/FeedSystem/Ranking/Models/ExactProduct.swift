/// A product of matrices whose bits do not depend on who multiplies.
///
/// Weights are integers up to 2^10 and features integers up to 2^8, so that products stay below
/// 2^18 and the sum of 32 of them below 2^23. A Float holds every integer up to 2^24: no partial
/// sum is ever rounded, and any order of summation, any width of vectors, with or without fused
/// multiply-add, gives the same bits (but a sum of 0 either sign, which rectifying takes away).
struct ExactProduct: Sendable {
  static let largestWeight: Float = 1024
  /// Beyond so many columns a sum may be rounded.
  static let mostColumns = 64

  /// By row, each an integer in -1024 ... 1024.
  let weights: [Float]
  /// What a row's integers are to be multiplied with: its largest weight becomes 1024, so that none
  /// is cut off.
  let scales: [Float]
  let columns: Int

  /// - Parameter rows: the weights; a last column beyond `columns` is left out.
  init(_ rows: LearnedRows, count: Int, columns: Int) {
    precondition(columns <= ExactProduct.mostColumns && columns <= rows.columns)
    self.columns = columns
    var scales = [Float](repeating: 0, count: count)
    weights = [Float](unsafeUninitializedCapacity: count * columns) { whole, filled in
      rows.weights.withUnsafeBufferPointer { learnt in
        for row in 0..<count {
          let learnt = learnt.baseAddress! + row * rows.columns
          let whole = whole.baseAddress! + row * columns
          scales[row] = ExactProduct.quantise(learnt, into: whole, count: columns)
        }
      }
      filled = count * columns
    }
    self.scales = scales
  }

  /// - Returns: the size of a step.
  private static func quantise(
    _ weights: UnsafePointer<Double>, into whole: UnsafeMutablePointer<Float>, count: Int
  ) -> Float {
    // A unit without weights gets steps too small to matter, not of size 0.
    var largest = 0x1p-40
    for column in 0..<count { largest = max(largest, abs(weights[column])) }
    let steps = Double(largestWeight) / largest
    for column in 0..<count {
      // So large that there is no room for a fraction: the nearest whole number, without a call.
      let shifted = weights[column] * steps + 0x1.8p52
      whole[column] = Float(shifted - 0x1.8p52)
    }
    return Float(largest / Double(largestWeight))
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
