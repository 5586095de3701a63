import CGSL

/// A linear fit by least squares, told by the weights that it gives to what is fitted.
///
/// By singular values: rows that lie badly leave a term at nothing instead of at anything.
public struct LeastSquares: Sendable {
  /// The pseudo-inverse of the rows: term → row → weight.
  public let weights: [[Double]]
  /// Of the terms, how many the rows can tell apart.
  public let rank: Int

  /// - Parameter rows: of each observation the terms, all of one size.
  /// - Returns: nil with fewer rows than terms.
  public init?(_ rows: [[Double]]) {
    _ = errorHandlerIsOff
    let (count, width) = (rows.count, rows.first?.count ?? 0)
    guard width > 0, count >= width, let left = gsl_matrix_alloc(count, width),
      let right = gsl_matrix_alloc(width, width), let values = gsl_vector_alloc(width),
      let work = gsl_vector_alloc(width)
    else { return nil }
    defer {
      gsl_matrix_free(left)
      gsl_matrix_free(right)
      gsl_vector_free(values)
      gsl_vector_free(work)
    }
    for (row, cells) in rows.enumerated() {
      for (column, cell) in cells.enumerated() { gsl_matrix_set(left, row, column, cell) }
    }
    guard gsl_linalg_SV_decomp(left, right, values, work) == 0 else { return nil }
    let largest = gsl_vector_get(values, 0)
    let used = (0..<width).filter { gsl_vector_get(values, $0) > 1e-9 * largest }
    weights = (0..<width).map { term in
      (0..<count).map { row in
        used.reduce(0.0) { sum, index in
          sum + gsl_matrix_get(right, term, index) * gsl_matrix_get(left, row, index)
            / gsl_vector_get(values, index)
        }
      }
    }
    rank = used.count
  }

  /// The terms' coefficients.
  ///
  /// - Parameter values: one for each row.
  public func coefficients(of values: [Double]) -> [Double] {
    weights.map { row in zip(row, values).reduce(0) { $0 + $1.0 * $1.1 } }
  }
}
