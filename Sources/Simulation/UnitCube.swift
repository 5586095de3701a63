import CGSL

/// Points that cover the unit cube: for each point a share, 0 ..< 1, for each dimension.
public enum UnitCube {
  /// GSL's sequence has no more dimensions.
  public static let sobolDimensions = 40

  /// A Latin hypercube: each dimension is cut into as many bins as there are points, and has one
  /// point in each.
  public static func latinHypercube(_ count: Int, dimensions: Int, seed: UInt64) -> [[Double]] {
    var points = [[Double]](repeating: [], count: count)
    for dimension in 0..<dimensions {
      var stream = RandomStream(seed: seed, purpose: 0x6c68_7321, entity: UInt64(dimension))
      var bins = Array(0..<count)
      for index in stride(from: count - 1, to: 0, by: -1) {
        bins.swapAt(index, Int(stream.below(UInt64(index + 1))))
      }
      for (index, bin) in bins.enumerated() {
        points[index].append((Double(bin) + stream.uniform()) / Double(count))
      }
    }
    return points
  }

  /// Sobol's quasi-random sequence as GSL generates it (Bratley and Fox, ACM TOMS 14, 1988).
  ///
  /// - Returns: nil for more than `sobolDimensions`.
  public static func sobol(_ count: Int, dimensions: Int) -> [[Double]]? {
    guard dimensions <= sobolDimensions,
      let sequence = gsl_qrng_alloc(feedsim_sobol(), UInt32(dimensions))
    else { return nil }
    defer { gsl_qrng_free(sequence) }
    return (0..<count).map { _ in
      var point = [Double](repeating: 0, count: dimensions)
      _ = gsl_qrng_get(sequence, &point)
      return point
    }
  }
}
